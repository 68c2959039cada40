"""Outcomes that nothing could deliver wait for their person.

They are mentioned in that person's next private answer, and come by themselves as soon as a way opens: by
the reply token of that answer, or by the next try of an ordinary delivery. The ledger knows what waits. What
stands in memory only saves a look at the ledger, and is read from it at the start.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from bot import wording
from bot.errors import trace
from bot.imagine.card_tracker import CardTracker
from bot.imagine.cards import Presenter
from bot.imagine.records import address_of, message_text, result_of, spec_of
from bot.imagine.retry import retry_ledger
from bot.port.cards import Accepted, Notice, PictureList, Refused, Report, Working
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef
from bot.services import Services
from bot.tasks import Background
from bot.telemetry.metrics import DELIVERIES
from quotas.ids import id_text, new_id
from quotas.limits.rules import DIRECT
from quotas.records import Job
from quotas.store.errors import LedgerError

Answer = TypeVar("Answer")
log = structlog.get_logger()

# Outcomes that come with one answer; a reply token of a personal install posts five messages in all.
AT_ONCE = 3
PATIENCE = 60.0  # seconds that an open way waits for a delivery under way
RETRIED_AT_ONCE = 20  # jobs tried again when their place opens; each that succeeds opens it for the next


@dataclass(frozen=True, slots=True)
class _Place:
    """The facts by which a way to a waiting job is recognized."""

    person: str
    platform: str
    workspace: str
    channel: str


class Waiting:
    """Remembers what waits, says so, and shows it."""

    def __init__(self, services: Services, presenter: Presenter, tracker: CardTracker) -> None:
        self._services = services
        self._presenter = presenter
        self._tracker = tracker
        self._places: dict[int, _Place] = {}
        self._wanted: dict[str, list[Job]] = {}  # by person: pictures that come once their answer is out
        self._reminded: set[str] = set()  # people whose answer on its way mentions what waits
        self._tasks = Background(lambda error: log.error("waiting.broke", trace=trace(error)))

    async def load(self) -> None:
        """Read from the ledger what waits."""
        for job, _ in await self._services.ledger.waiting.list_all():
            self._add(job)

    async def stop(self, grace: float) -> None:
        await self._tasks.drain(grace)

    async def put(self, job: Job, why: str) -> None:
        """Let a job wait, and say so the first time. `why`: in words for the person."""
        self._add(job)  # first: an answer that goes out as soon as the row is there looks here
        is_new = await retry_ledger(lambda: self._services.ledger.waiting.put(job.id, why))
        if is_new and job.state == "settled":
            address = replace(address_of(job, self._services.clock()), private_to=job.person)
            await self._say(job.platform, address, reminder([job]))

    def delivered(self, job: Job, message: MessageRef) -> list[int]:
        """Forget a job that waits no more; return the others that wait for the same place or person."""
        self._places.pop(job.id, None)
        place = message.address
        numbers = (
            number
            for number, each in self._places.items()
            if each.platform == place.platform
            and (each.person == place.private_to if place.private_to else each.channel == place.channel)
        )
        return list(numbers)[:RETRIED_AT_ONCE]

    def in_workspace(self, workspace: str) -> list[int]:
        """Return the jobs that wait in a workspace."""
        return [number for number, each in self._places.items() if each.workspace == workspace]

    # --- answers to the person

    async def visible(self, person: str, address: Address) -> list[tuple[Job, str]]:
        """Return a person's waiting jobs that may be shown in a place, and why each could not be delivered.

        That is in the job's own workspace, or in a direct message.
        """
        if not any(each.person == person for each in self._places.values()):
            return []
        waiting = await self._services.ledger.waiting.of_person(person)
        here = address.workspace
        return [
            (job, why)
            for job, why in waiting
            if job.platform == address.platform and (job.workspace == here or here == DIRECT)
        ]

    async def remind(self, answer: Answer, person: str, address: Address, *, listed: bool = False) -> Answer:
        """Mention in an answer for one person what waits for them. A public card stays as it is.

        `listed`: the answer lists it, with a button to see it.
        """
        try:
            jobs = [job for job, _ in await self.visible(person, address) if job.state == "settled"]
        except LedgerError as error:
            log.error("waiting.not_read", reason=str(error))
            return answer
        if not jobs or (reminded := _mention(answer, reminder(jobs, listed=listed))) is None:
            return answer
        self._reminded.add(person)
        return reminded  # type: ignore[return-value]

    def want(self, job: Job) -> None:
        """Show a job's pictures to its requester alone, once the answer to their press is out."""
        wanted = self._wanted.setdefault(job.person, [])
        if all(each.id != job.id for each in wanted):
            wanted.append(job)

    def answered(self, person: str, address: Address) -> None:
        """Show what a person wants, and what waits for them, by the way that an answer took."""
        if person in self._wanted or any(each.person == person for each in self._places.values()):
            self._tasks.start(self._bring(person, address))

    async def _bring(self, person: str, address: Address) -> None:
        wanted, is_reminded = self._wanted.pop(person, []), person in self._reminded
        self._reminded.discard(person)
        place = replace(address, private_to=person)
        waiting = {job.id: (job, why) for job, why in await self.visible(person, address)}
        for job in wanted:
            _, why = waiting.pop(job.id, (job, ""))
            if not await self._show(job, why, place, key=f"{id_text(job.id)}.{id_text(new_id())}"):
                await self._say(job.platform, place, wording.NOT_SHOWN)
        left = list(waiting.values())
        for job, why in left[:AT_ONCE]:
            if not await self._show(job, why, place, key=f"{id_text(job.id)}.waited"):
                settled = [each for each, _ in left if each.state == "settled"]
                if settled and not is_reminded and not wanted:
                    await self._say(job.platform, place, reminder(settled))
                return

    async def _show(self, job: Job, why: str, place: Address, *, key: str) -> bool:
        """Post an outcome to its person alone. False: there is no way now.

        A delivery under way may be about to fail where this way is open, so it is waited for.
        """
        await self._services.activate_language(job.workspace)
        if job.delivered_at is not None:
            return await self._post(job, why, place, key) is not None
        try:
            async with asyncio.timeout(PATIENCE):
                await self._tracker.claim_soon(job)
        except TimeoutError:
            return False
        try:
            now = await self._services.ledger.jobs.get(job.id)
            if now is None or now.delivered_at is not None:
                return True
            message = await self._post(job, why, place, key)
            if message is not None:
                await self._record(job, message)
            return message is not None
        finally:
            self._tracker.release(job.id)

    async def _post(self, job: Job, why: str, place: Address, key: str) -> MessageRef | None:
        card = self._presenter.outcome(job, self._services.clock(), why=why)
        try:
            return await self._services.adapters[job.platform].post(place, card, key=key)
        except DeliveryError as error:
            log.info("waiting.not_shown", job=id_text(job.id), reason=str(error))
            return None

    async def _record(self, job: Job, message: MessageRef) -> None:
        place, text = message.address, message_text(message)
        deliver = self._services.ledger.jobs.deliver
        await retry_ledger(lambda: deliver(job.id, place.platform, place.channel, message.id, text))
        self._places.pop(job.id, None)
        for name in {id_text(job.id), *(each.job for each in result_of(job).compared)}:
            self._services.store.delivered(name)
        self._services.metrics.count(DELIVERIES, job.platform, "delivered")
        log.info("job.delivered", job=id_text(job.id), state=job.state)

    async def _say(self, platform: str, place: Address, sentence: str) -> None:
        """Say something to one person, if there is a way."""
        try:
            await self._services.adapters[platform].post(
                place, Notice(sentence=sentence), key=id_text(new_id())
            )
        except DeliveryError as error:
            log.info("waiting.not_said", reason=str(error))

    def _add(self, job: Job) -> None:
        self._places[job.id] = _Place(job.person, job.platform, job.workspace, job.channel)


def reminder(jobs: list[Job], *, listed: bool = False) -> str:
    """Put in words which pictures wait."""
    pictures = sum(len(result_of(job).originals) for job in jobs)
    return wording.waiting(pictures, spec_of(jobs[0]).prompt, len(jobs), listed)


def _mention(answer: object, line: str) -> object | None:
    """Add a line to an answer; None if others may see it."""
    match answer:
        case Accepted(card=Working() as card) if card.header.private:
            return replace(answer, card=replace(card, notes=(*card.notes, line)))
        case Report() | PictureList():
            return replace(answer, lines=(*answer.lines, line))
        case Notice():
            return replace(answer, sentence=f"{answer.sentence} {line}")
        case Refused():
            return replace(answer, hint=f"{answer.hint} {line}".strip())
    return None
