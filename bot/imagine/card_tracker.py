"""The card that moves: where each open job's card is, and when it is revised."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot.imagine.cards import Presenter
from bot.imagine.records import card_of, message_text
from bot.imagine.retry import retry_ledger
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef
from bot.services import Services
from quotas.ids import id_text
from quotas.records import Job

log = structlog.get_logger()

TICK = 2.0  # seconds between looks at the cards
REVISIONS_PER_TICK = 25  # a long queue must not spend the platform's rate limit on itself
DRAWING_EVERY = 3.0  # seconds between revisions of one card while drawing: Discord allows about one a second
QUEUED_EVERY = 10.0  # the same while queued, and only if its place changed


@dataclass(slots=True)
class TrackedCard:
    """An open job and its card. `lock` keeps a late revision from overwriting the gallery."""

    job: Job
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    line: str = ""  # the text that the card shows now
    checked_at: float = 0.0  # unix seconds when the card was last due, revised or not
    is_final: bool = False  # drawn: only the outcome may still change the card
    is_delivering: bool = False
    comparison: dict[int, Job] = field(default_factory=dict)  # all its jobs, if it is one's card
    released: asyncio.Event = field(default_factory=asyncio.Event)  # set once its delivery has ended

    def is_due(self, now: float) -> bool:
        """Return whether the card may be revised at `now` (unix seconds)."""
        if self.is_final or self.job.card is None or self.lock.locked():
            return False
        pause = QUEUED_EVERY if self.job.started_at is None else DRAWING_EVERY
        return not 0 <= now - self.checked_at < pause  # below 0: the clock was set back


class CardTracker:
    """Revises the cards of open jobs until their outcome is delivered."""

    def __init__(self, services: Services, presenter: Presenter) -> None:
        self._services = services
        self._presenter = presenter
        self._cards: dict[int, TrackedCard] = {}
        self._wake = asyncio.Event()

    def track(self, job: Job, *, line: str | None) -> None:
        """Track an open job whose card shows `line`; None: an earlier process showed the card, or lost it."""
        card = self._cards.setdefault(job.id, TrackedCard(job))
        if line is None:
            card.shown.set()
        else:
            card.line = line

    def track_comparison(self, jobs: Sequence[Job], *, line: str | None) -> None:
        """Track the card that all jobs of a comparison share, as `track` does."""
        first = next(job for job in jobs if job.id == job.comparison)
        self.track(first, line=line)
        self._cards[first.id].comparison = {job.id: job for job in jobs}

    def moved(self, job: Job) -> None:
        """Revise the card of a comparison soon: one of its jobs was started or closed."""
        card = self._cards.get(job.comparison or 0)
        if card is not None and job.id in card.comparison:
            card.comparison[job.id] = job
            started = card.job.started_at or job.started_at
            card.job = replace(card.job, started_at=started)
            card.checked_at = 0.0
            self._wake.set()

    def hand_over(self, comparison: int, carrier: Job) -> None:
        """Let the card of a comparison whose jobs are all closed be that of the job that carries it."""
        card = self._cards.get(comparison)
        if card is not None:
            self._cards[carrier.id] = card

    def started(self, job: Job) -> None:
        """Revise the card of a job that is drawn from now on, soon."""
        if job.comparison is not None:
            self.moved(job)
            return
        card = self._cards.setdefault(job.id, TrackedCard(job))
        card.job = replace(job, card=card.job.card or job.card)
        card.checked_at = 0.0
        self._wake.set()

    def drawn(self, number: int) -> None:
        """Revise the card of a job by itself no more: its outcome is about to be delivered."""
        card = self._cards.get(number)
        if card is not None and not card.comparison:
            card.is_final = True

    async def shown(self, number: int, message: MessageRef) -> None:
        """Record where the platform shows the job's card; delete a card that comes after its gallery."""
        place, text = message.address, message_text(message)
        await retry_ledger(
            lambda: self._services.ledger.jobs.record_card(
                number, text, place.platform, place.channel, message.id
            )
        )
        card = self._cards.get(number)
        if card is not None:
            card.job = replace(card.job, card=text)
            card.shown.set()
            if card.job.started_at is not None:
                self._wake.set()
            return
        job = await self._services.ledger.jobs.carrier(number)
        gallery = card_of(job, self._services.clock()) if job and job.delivered_at is not None else None
        if gallery is not None and gallery.id != message.id:
            await self.delete(message)

    async def run(self) -> None:
        """Revise cards until cancelled: those being drawn as soon as they start, the others tick by tick.

        In a burst, most cards learn at a later tick that they are drawn, or become galleries before that.
        """
        loop = asyncio.get_running_loop()
        tick, left = loop.time() + TICK, REVISIONS_PER_TICK
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(tick):
                    await self._wake.wait()
            self._wake.clear()
            now, is_tick = self._services.clock(), loop.time() >= tick
            if is_tick:
                tick, left = loop.time() + TICK, REVISIONS_PER_TICK
            if not left:
                continue
            cards = [card for card in self._cards.values() if is_tick or card.job.started_at is not None]
            due = [card for card in cards if card.is_due(now)]
            due.sort(key=lambda card: (card.job.started_at is None, card.checked_at))
            chosen = due[:left]
            left -= len(chosen)
            await asyncio.gather(*(self._revise(card) for card in chosen))

    def claim(self, job: Job) -> TrackedCard | None:
        """Stop revising a closed job's card and return it; None if its delivery is under way already."""
        card = self._cards.get(job.id)
        if card is None:  # accepted by an earlier process: its card is recorded in the row, or lost
            card = self._cards[job.id] = TrackedCard(job)
            card.shown.set()
        if card.is_delivering:
            return None
        card.is_final = card.is_delivering = True
        return card

    async def claim_soon(self, job: Job) -> None:
        """Claim a job's card; wait while its delivery is under way."""
        while self.claim(job) is None:
            await self._cards[job.id].released.wait()

    def release(self, number: int) -> None:
        """Forget a job whose delivery ended."""
        card = self._cards.pop(number, None)
        if card is not None:
            self._cards.pop(card.job.id, None)
            card.released.set()

    async def delete(self, message: MessageRef | None) -> None:
        """Delete a card from its channel; a platform that refuses keeps it."""
        if message is None:
            return
        try:
            await self._services.adapters[message.address.platform].delete(message)
        except DeliveryError as error:
            log.info("card.not_deleted", reason=str(error))

    async def _revise(self, card: TrackedCard) -> None:
        async with card.lock:
            await self._services.activate_language(card.job.workspace)
            now = card.checked_at = self._services.clock()
            working = self._presenter.working(card.job, now, tuple(card.comparison.values()))
            message = card_of(card.job, now)
            if card.is_final or message is None or working.line == card.line:
                return
            card.line = working.line
            try:
                await self._services.adapters[card.job.platform].revise(message, working)
            except DeliveryError as error:
                log.info("card.not_revised", job=id_text(card.job.id), reason=str(error))
