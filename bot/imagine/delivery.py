"""The one message that ends a job.

Delivery is apart from drawing: it repeats until it succeeds or cannot, and never draws.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import structlog

from bot import wording
from bot.errors import trace
from bot.imagine.card_tracker import CardTracker, TrackedCard
from bot.imagine.cards import Presenter, is_long
from bot.imagine.records import (
    ELSEWHERE,
    Result,
    address_of,
    card_of,
    known_as,
    message_text,
    result_of,
    result_text,
)
from bot.imagine.retry import retry_ledger
from bot.imagine.waiting import Waiting
from bot.port.cards import Delivered, Ended
from bot.port.protocols import Adapter, DeliveryError
from bot.port.requests import MessageRef
from bot.services import Services
from bot.tasks import Background, backoff
from bot.telemetry.metrics import DELIVERIES
from quotas.ids import id_text
from quotas.records import Job

log = structlog.get_logger()

# Seconds until the gallery goes out by itself if the platform does not say where the card is.
CARD_PATIENCE = 5.0
RETRIES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)  # seconds between tries of a delivery; the last repeats
GIVE_UP = 24 * 3600  # seconds after which an outcome whose delivery keeps failing waits
LOOK_EVERY = 60.0  # seconds between looks for waiting outcomes whose next try is due


class Delivery:
    """Delivers each closed job's outcome once."""

    def __init__(
        self, services: Services, presenter: Presenter, tracker: CardTracker, waiting: Waiting
    ) -> None:
        self._services = services
        self._waiting = waiting
        self._presenter = presenter
        self._tracker = tracker
        # Set by the room that joins the outcomes of a comparison; None: some of its jobs are open.
        self.complete: Callable[[Job], Awaitable[Job | None]] = _not_set
        self._tasks = Background(lambda error: log.error("delivery.broke", trace=trace(error)))

    def begin(self, job: Job) -> None:
        """Deliver a closed job's outcome in a task of its own. Safe to repeat.

        Of a comparison, nothing is delivered until all of its jobs are closed.
        """
        if job.comparison is not None and not result_of(job).compared:
            self._tracker.moved(job)
            self._tasks.start(self._complete(job))
            return
        card = self._tracker.claim(job)
        if card is not None:
            self._tasks.start(self._after_card(job, card))

    async def _complete(self, job: Job) -> None:
        await self._services.activate_language(job.workspace)
        carrier = await self.complete(job)
        if carrier is not None:
            self._tracker.hand_over(job.comparison or carrier.id, carrier)
            self.begin(carrier)

    async def try_again(self, numbers: Iterable[int]) -> None:
        """Deliver what waits, as far as it still does."""
        for number in numbers:
            job = await self._services.ledger.jobs.get(number)
            if job is not None and job.delivered_at is None and job.platform in self._services.adapters:
                self.begin(job)

    async def stop(self) -> None:
        """Give deliveries under way a moment; the ledger keeps the rest for the next start."""
        await self._tasks.drain(CARD_PATIENCE)
        await self._waiting.stop(CARD_PATIENCE)

    async def run(self) -> None:
        """Try again what waits, each job when it is due, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self.try_again(await self._services.ledger.waiting.list_due())

    async def _after_card(self, closed: Job, card: TrackedCard) -> None:
        """Deliver once the platform said where the card is, or after CARD_PATIENCE."""
        await self._services.activate_language(closed.workspace)
        try:
            async with asyncio.timeout(CARD_PATIENCE):
                await card.shown.wait()
        except TimeoutError:
            log.warning("card.unknown", job=id_text(closed.id))
        try:
            async with card.lock:
                await self._deliver(closed, card)
        finally:
            self._tracker.release(closed.id)

    async def _deliver(self, closed: Job, card: TrackedCard) -> None:
        """Retry after a passing failure; after a lasting one tell the person privately, or let it wait."""
        ways = [self._openly, self._privately]
        why = ""
        number, begun, tries = closed.id, self._services.clock(), 0
        job: Job | None = replace(closed, card=card.job.card or closed.card)
        while self._services.clock() - begun <= GIVE_UP:
            begun = min(begun, self._services.clock())  # a clock that was set back must not prolong it
            if job is None or job.delivered_at is not None:
                return
            try:
                message = await ways[0](job, why)
            except DeliveryError as error:
                self._services.metrics.count(
                    DELIVERIES, job.platform, "retried" if error.retryable else "failed"
                )
                log.warning("delivery.failed", job=id_text(number), reason=str(error), again=error.retryable)
                if error.retryable:
                    await asyncio.sleep(backoff(RETRIES, tries))
                    tries += 1
                else:
                    why = why or error.sentence or wording.not_here("", "")
                    ways.pop(0)
                    if not ways and await self._write_off(job):
                        ways = [self._openly, self._privately]
            except Exception as error:
                log.error("delivery.broke", job=id_text(number), trace=trace(error))
                ways.pop(0)
            else:
                await self._record(job, message)
                await self._delete_late_card(job, card.job, message)
                return
            if not ways:
                break
            job = await retry_ledger(lambda: self._services.ledger.jobs.get(number))
        await self._leave(job or closed, why, impossible=not ways)

    async def _openly(self, job: Job, _why: str) -> MessageRef:
        now, adapter = self._services.clock(), self._services.adapters[job.platform]
        card = card_of(job, now)
        if job.state == "released":
            return await self._end(adapter, job, card, self._presenter.ended(job))
        return await self._gallery(adapter, job, card, self._presenter.delivered(job, now))

    async def _gallery(
        self, adapter: Adapter, job: Job, card: MessageRef | None, gallery: Delivered
    ) -> MessageRef:
        """Turn the card into the gallery if the platform can; a long job's gallery is a new message."""
        name, address = known_as(job), address_of(job, self._services.clock())
        if card is None:  # the card's own key: a platform that can finds the card that was lost
            return await adapter.post(address, gallery, key=name)
        if adapter.card_becomes_gallery and not is_long(job):
            try:
                return await adapter.revise(card, gallery)
            except DeliveryError as error:
                if error.retryable:
                    raise
                log.info("card.gone", job=name, reason=str(error))
        message = await adapter.post(address, gallery, key=f"{name}.late")
        await self._tracker.delete(card)
        return message

    async def _end(self, adapter: Adapter, job: Job, card: MessageRef | None, ended: Ended) -> MessageRef:
        """Tell the requester alone why there is no picture, and delete the public card."""
        private = replace(address_of(job, self._services.clock()), private_to=job.person)
        message = MessageRef(address=private, id="")
        # A requester who cancels was answered by the press, and another process answers for itself.
        if result_of(job).by not in (job.person, ELSEWHERE):
            name = known_as(job)  # a lost card's own key, which lets the platform find and replace it
            message = await adapter.post(private, ended, key=name if card is None else f"{name}.ended")
        await self._tracker.delete(card)
        return message

    async def _privately(self, job: Job, why: str) -> MessageRef:
        """Tell the person alone, and leave no card in a channel that refuses messages. `why`: its refusal."""
        now, adapter = self._services.clock(), self._services.adapters[job.platform]
        outcome = self._presenter.outcome(job, now, why=why)
        address = replace(address_of(job, now), private_to=job.person)
        message = await adapter.post(address, outcome, key=f"{known_as(job)}.private")
        await self._tracker.delete(card_of(job, now))
        return message

    async def _leave(self, job: Job, why: str, *, impossible: bool) -> None:
        """Let an outcome wait for its person. `impossible`: every way refused it for good, or broke."""
        log.error("delivery.impossible" if impossible else "delivery.left", job=id_text(job.id))
        if impossible:
            await self._tracker.delete(card_of(job, self._services.clock()))
        await self._waiting.put(job, why)

    async def _write_off(self, job: Job) -> bool:
        """Give the charge back if a settled job's pictures are lost, so that its person can be told."""
        if job.state != "settled" or await self._is_there(job):
            return False
        name = id_text(job.id)
        sentence, result = wording.lost(name), result_of(job)
        compared = tuple(
            replace(each, why="failed", sentence=sentence, picture=None, charge_micros=0)
            if each.picture
            else each
            for each in result.compared
        )
        lost = Result(why="failed", sentence=sentence, calls=result.calls, compared=compared)
        log.error("pictures.lost", job=name)
        write_off = self._services.ledger.jobs.write_off
        return await retry_ledger(lambda: write_off(job.id, result_text(lost))) is not None

    async def _is_there(self, job: Job) -> bool:
        """Return whether there is a picture of the job, as far as anybody can tell."""
        try:
            pictures = [await self._services.store.get(each.key) for each in result_of(job).originals]
        except OSError:
            return True
        return any(data is not None for data in pictures)

    async def _record(self, job: Job, message: MessageRef) -> None:
        place, text = message.address, message_text(message)
        deliver = self._services.ledger.jobs.deliver
        await retry_ledger(lambda: deliver(job.id, place.platform, place.channel, message.id, text))
        for name in {id_text(job.id), *(each.job for each in result_of(job).compared)}:
            self._services.store.delivered(name)
        self._services.metrics.count(DELIVERIES, job.platform, "delivered")
        log.info("job.delivered", job=id_text(job.id), state=job.state)
        await self.try_again(self._waiting.delivered(job, message))

    async def shared(self, job: Job, message: MessageRef) -> None:
        """Record that the requester made a job's pictures public; that delivers them, if they waited."""
        place, text = message.address, message_text(message)
        share = self._services.ledger.jobs.share
        await share(job.id, text, place.platform, place.channel, message.id)
        if job.delivered_at is None:
            await self._record(job, message)

    async def _delete_late_card(self, delivered: Job, tracked: Job, message: MessageRef) -> None:
        """Delete a card that was shown while the outcome went out without it."""
        card = card_of(tracked, self._services.clock())
        if card is not None and tracked.card != delivered.card and card.id != message.id:
            await self._tracker.delete(card)


async def _not_set(job: Job) -> Job | None:
    raise LookupError(f"nothing joins the comparison of job {id_text(job.id)}")
