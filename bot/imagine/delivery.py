"""Telling people: the card that moves, and the one message that ends a job.

Delivery is apart from drawing: it is tried again until it succeeds or cannot, and never draws.
"""

import asyncio
import contextlib
from dataclasses import replace

import structlog

from bot.errors import trace
from bot.imagine.cards import Presenter, is_long
from bot.imagine.progress import TrackedCard
from bot.imagine.records import address_of, card_of, message_text, result_of
from bot.imagine.retry import retry_ledger
from bot.port.cards import Delivered, Ended
from bot.port.protocols import Adapter, DeliveryError
from bot.port.requests import MessageRef
from bot.services import Services
from bot.tasks import Background, backoff
from bot.telemetry.metrics import DELIVERIES
from quotas.ids import id_text
from quotas.records import Job

log = structlog.get_logger()

CARD_PATIENCE = (
    5.0  # seconds until the gallery goes out alone, when a platform does not say where its card is
)
RETRIES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)  # seconds between tries of a delivery; the last repeats
GIVE_UP = 24 * 3600  # seconds after which a delivery that keeps failing is left to the next start
TICK = 2.0  # seconds between looks at the cards
REVISIONS_PER_TICK = 25  # so that a long queue does not spend the platform's allowance on itself


class Delivery:
    """Revises cards, and tells each closed job's outcome once."""

    def __init__(self, services: Services, presenter: Presenter) -> None:
        self._services = services
        self._present = presenter
        self._follows: dict[int, TrackedCard] = {}
        self._telling = Background(lambda error: log.error("delivery.broke", trace=trace(error)))
        self._wake = asyncio.Event()

    # --- cards that move

    def follow(self, job: Job, *, line: str | None) -> None:
        """Watch an open job, whose card says `line`; None: an earlier process showed it, or lost it."""
        follow = self._follows.setdefault(job.id, TrackedCard(job))
        if line is None:
            follow.shown.set()
        else:
            follow.line = line

    def moved(self, job: Job) -> None:
        """A job went on (it is being drawn now): its card should say so soon."""
        follow = self._follows.setdefault(job.id, TrackedCard(job))
        follow.job = replace(job, card=follow.job.card or job.card)
        follow.looked_at = 0.0
        self._wake.set()

    async def shown(self, number: int, card: MessageRef) -> None:
        """The platform shows the job's card there. A card that comes after its gallery is taken away."""
        place, text = card.address, message_text(card)
        await retry_ledger(
            lambda: self._services.ledger.shown(number, text, place.platform, place.channel, card.id)
        )
        follow = self._follows.get(number)
        if follow is not None:
            follow.job = replace(follow.job, card=text)
            follow.shown.set()
            if follow.job.started_at is not None:
                self._wake.set()
            return
        told = await self._services.ledger.job(number)
        gallery = card_of(told, self._services.clock()) if told and told.delivered_at is not None else None
        if gallery is not None and gallery.id != card.id:
            await self._take_away(card)

    async def run(self) -> None:
        """Revise the cards of open jobs, for ever: those being drawn at once, the others tick by tick."""
        loop = asyncio.get_running_loop()
        tick = loop.time() + TICK
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(tick):
                    await self._wake.wait()
            self._wake.clear()
            now, ticked = self._services.clock(), loop.time() >= tick
            if ticked:
                tick = loop.time() + TICK
            moving = [each for each in self._follows.values() if ticked or each.job.started_at is not None]
            due = [follow for follow in moving if follow.due(now)]
            due.sort(key=lambda follow: (follow.job.started_at is None, follow.looked_at))
            await asyncio.gather(*(self._revise(follow) for follow in due[:REVISIONS_PER_TICK]))

    async def _revise(self, follow: TrackedCard) -> None:
        async with follow.lock:
            await self._services.speak(follow.job.workspace)
            now = follow.looked_at = self._services.clock()
            card = self._present.working(follow.job, now)
            message = card_of(follow.job, now)
            if follow.telling or message is None or card.line == follow.line:
                return
            follow.line = card.line
            try:
                await self._services.adapters[follow.job.platform].revise(message, card)
            except DeliveryError as error:
                log.info("card.not_revised", job=id_text(follow.job.id), reason=str(error))

    # --- the one message that ends a job

    def begin(self, job: Job) -> None:
        """Tell a closed job's outcome, in a task of its own."""
        follow = self._follows.get(job.id)
        if follow is None:
            follow = self._follows[job.id] = TrackedCard(job)
            follow.shown.set()  # of an earlier process: its card is known, or lost
        if follow.telling:
            return
        follow.telling = True
        self._telling.start(self._tell(job.id, follow))

    async def stop(self) -> None:
        """Give deliveries under way a moment, then leave them to the next start: they are in the ledger."""
        await self._telling.drain(CARD_PATIENCE)

    async def _tell(self, number: int, follow: TrackedCard) -> None:
        await self._services.speak(follow.job.workspace)
        try:
            async with asyncio.timeout(CARD_PATIENCE):
                await follow.shown.wait()
        except TimeoutError:
            log.warning("card.unknown", job=id_text(number))
        try:
            async with follow.lock:
                await self._deliver(number, follow)
        finally:
            self._follows.pop(number, None)

    async def _deliver(self, number: int, follow: TrackedCard) -> None:
        """On a passing failure wait and try again; on a lasting one tell the person privately, or give up."""
        ways = [self._openly, self._privately]
        begun, tries = self._services.clock(), 0
        while self._services.clock() - begun <= GIVE_UP:
            job = await retry_ledger(lambda: self._services.ledger.job(number))
            if job is None or job.delivered_at is not None:
                return
            try:
                message = await (ways[0] if ways else self._nowhere)(job)
            except DeliveryError as error:
                self._services.metrics.count(
                    DELIVERIES, job.platform, "retried" if error.retryable else "failed"
                )
                log.warning("delivery.failed", job=id_text(number), reason=str(error), again=error.retryable)
                if error.retryable:
                    await asyncio.sleep(backoff(RETRIES, tries))
                    tries += 1
                else:
                    ways.pop(0)
            except Exception as error:
                log.error("delivery.broke", job=id_text(number), trace=trace(error))
                if ways.pop(0) == self._privately:
                    return  # left to the next start: a fault of ours, and nothing that will not have it
            else:
                await self._record(job, message)
                await self._take_away_late(job, follow.job, message)
                return
        log.error("delivery.left", job=id_text(number))

    async def _openly(self, job: Job) -> MessageRef:
        now, adapter = self._services.clock(), self._services.adapters[job.platform]
        card = card_of(job, now)
        if job.state == "released":
            return await self._end(adapter, job, card, self._present.ended(job))
        return await self._gallery(adapter, job, card, self._present.delivered(job, now))

    async def _gallery(
        self, adapter: Adapter, job: Job, card: MessageRef | None, gallery: Delivered
    ) -> MessageRef:
        """The card becomes the gallery where it can; a long job's is a new message, and the card goes."""
        name, address = id_text(job.id), address_of(job, self._services.clock())
        if card is None:  # the card's own key: where the platform can, a card that was lost is found
            return await adapter.post(address, gallery, key=name)
        if adapter.card_becomes_gallery and not is_long(job):
            try:
                return await adapter.revise(card, gallery)
            except DeliveryError as error:
                if error.retryable:
                    raise
                log.info("card.gone", job=name, reason=str(error))
        message = await adapter.post(address, gallery, key=f"{name}.late")
        await self._take_away(card)
        return message

    async def _end(self, adapter: Adapter, job: Job, card: MessageRef | None, ended: Ended) -> MessageRef:
        """Why there is no picture is for the requester alone; the public card goes."""
        private = replace(address_of(job, self._services.clock()), private_to=job.person)
        message = MessageRef(address=private, id="")
        if result_of(job).by != job.person:  # who cancels is answered on the spot
            name = id_text(job.id)  # the card's own key where it was lost: so it is found, and replaced
            message = await adapter.post(private, ended, key=name if card is None else f"{name}.ended")
        await self._take_away(card)
        return message

    async def _privately(self, job: Job) -> MessageRef:
        """The channel will not have it: tell the person alone, and leave no card behind."""
        now, adapter = self._services.clock(), self._services.adapters[job.platform]
        released = job.state == "released"
        outcome = self._present.ended(job) if released else self._present.delivered(job, now)
        address = replace(address_of(job, now), private_to=job.person)
        message = await adapter.post(address, outcome, key=f"{id_text(job.id)}.private")
        await self._take_away(card_of(job, now))
        return message

    async def _nowhere(self, job: Job) -> MessageRef:
        """No way is left. What was drawn stays in the store, where /recent finds it."""
        log.error("delivery.impossible", job=id_text(job.id))
        now = self._services.clock()
        await self._take_away(card_of(job, now))
        return MessageRef(address=address_of(job, now), id="")

    async def _record(self, job: Job, message: MessageRef) -> None:
        place, text = message.address, message_text(message)
        deliver = self._services.ledger.deliver
        await retry_ledger(lambda: deliver(job.id, place.platform, place.channel, message.id, text))
        self._services.metrics.count(DELIVERIES, job.platform, "delivered")
        log.info("job.delivered", job=id_text(job.id), state=job.state)

    async def _take_away_late(self, told: Job, followed: Job, message: MessageRef) -> None:
        """A card that was told while the outcome went out without it."""
        card = card_of(followed, self._services.clock())
        if card is not None and followed.card != told.card and card.id != message.id:
            await self._take_away(card)

    async def _take_away(self, card: MessageRef | None) -> None:
        if card is None:
            return
        try:
            await self._services.adapters[card.address.platform].delete(card)
        except DeliveryError as error:
            log.info("card.not_deleted", reason=str(error))
