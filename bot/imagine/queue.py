"""The fair queue: people take turns, and what runs is bounded per gateway key, tier and person.

Nothing bounds waiting: a queued job is a row in the ledger and a number here. One person's burst
of a hundred delays that person, not the next one to ask.
"""

import asyncio
import contextlib
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass

import structlog

from bot.errors import trace
from quotas.ids import id_text

log = structlog.get_logger()

CARDS_FIRST = 2.0  # seconds that drawing waits for cards at most: platforms take a first answer within 3


@dataclass(frozen=True, slots=True)
class Turn:
    """A job waiting for its turn."""

    job: int
    person: str
    tier: str


class Scheduler:
    """Starts `run(job)` for each job added, in fair order, never more at once than allowed."""

    def __init__(
        self,
        run: Callable[[int], Coroutine[None, None, None]],
        *,
        in_flight: int,
        per_person: int,
        per_tier: Mapping[str, int] | None = None,
    ) -> None:
        self._run = run
        self._in_flight = in_flight
        self._per_person = per_person
        self._per_tier = dict(per_tier or {})
        self._queues: OrderedDict[str, deque[Turn]] = OrderedDict()  # people, in order of whose turn is next
        self._tasks: dict[asyncio.Task[None], Turn] = {}
        self._people: Counter[str] = Counter()
        self._tiers: Counter[str] = Counter()
        self._arriving = 0  # requests that are being reserved: cards come of them
        self._unshown: dict[int, float] = {}  # jobs whose card is on its way, and since when
        self._waiting_since: float | None = None
        self._cards_out = asyncio.Event()
        self._cards_out.set()
        self._stopping = False

    @property
    def waiting(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    @property
    def running(self) -> int:
        return len(self._tasks)

    def add(self, turn: Turn, *, card_comes: bool = False) -> None:
        """Queue a job; it starts when there is room, and no card on its way that it could hold up."""
        if card_comes:
            self._unshown[turn.job] = self._wait_for_cards()
        self._queues.setdefault(turn.person, deque()).append(turn)
        self._fill()

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """Meanwhile a request is being reserved, whose card then comes."""
        self._wait_for_cards()
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1
            if not self._arriving:
                self._fill()

    async def cards_out(self) -> None:
        """Wait until no card is on its way: for CARDS_FIRST at most."""
        await self._cards_out.wait()

    def shown(self, job: int) -> None:
        """A job's card is out."""
        if self._unshown.pop(job, None) is not None and not self._unshown:
            self._fill()

    def withdraw(self, job: int) -> bool:
        """Take a waiting job out of the queue. False: it is not waiting (any more)."""
        for person, queue in self._queues.items():
            for turn in queue:
                if turn.job == job:
                    self._unshown.pop(job, None)
                    queue.remove(turn)
                    if not queue:
                        del self._queues[person]
                    return True
        return False

    def place(self, job: int) -> int:
        """How many turns until this job starts: 1 is next, 0 is not waiting.

        In turns of one job each, everybody ahead in the round gets as many as this person has had.
        """
        for seat, queue in enumerate(self._queues.values()):  # the common case, however many people wait
            if queue[0].job == job:
                return self._unless_at_once(seat + 1, queue[0].person, 1)
        people = list(self._queues)
        for seat, person in enumerate(people):
            for round_, turn in enumerate(self._queues[person]):
                if turn.job == job:
                    before = sum(min(len(self._queues[other]), round_ + 1) for other in people[:seat])
                    after = sum(min(len(self._queues[other]), round_) for other in people[seat + 1 :])
                    return self._unless_at_once(before + round_ + after + 1, person, round_ + 1)
        return 0

    def _unless_at_once(self, place: int, person: str, own: int) -> int:
        """0 for who waits for nothing but cards. `own`: which of this person's jobs it is."""
        room = self._in_flight - len(self._tasks)
        at_once = place <= room and self._people[person] + own <= self._per_person
        return 0 if self._unshown and at_once else place

    async def stop(self, grace: float) -> int:
        """Start nothing more; give what runs `grace` seconds; cancel the rest, and say how many."""
        self._stopping = True
        self._cards_out.set()
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(self._tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _wait_for_cards(self) -> float:
        """Since when: now."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._waiting_since is None:
            self._waiting_since = now
            self._cards_out.clear()
            loop.call_later(CARDS_FIRST, self._fill)
        return now

    def _cards_first(self) -> bool:
        """Whether cards are on their way. A card that never comes, or a stream of them, holds up nothing."""
        now = asyncio.get_running_loop().time()
        while self._unshown and next(iter(self._unshown.values())) + CARDS_FIRST <= now:
            del self._unshown[next(iter(self._unshown))]
        if not self._unshown and not self._arriving:
            self._waiting_since = None
        return self._waiting_since is not None and now < self._waiting_since + CARDS_FIRST

    def _fill(self) -> None:
        if self._cards_first():
            return
        self._cards_out.set()
        while not self._stopping and len(self._tasks) < self._in_flight:
            turn = self._next()
            if turn is None:
                return
            self._start(turn)

    def _next(self) -> Turn | None:
        """The first person in the round who may run one more; that person then goes to the round's end."""
        for person, queue in self._queues.items():
            turn = queue[0]
            room = self._per_tier.get(turn.tier, self._in_flight) - self._tiers[turn.tier]
            if self._people[person] < self._per_person and room > 0:
                queue.popleft()
                self._queues.move_to_end(person)
                if not queue:
                    del self._queues[person]
                return turn
        return None

    def _start(self, turn: Turn) -> None:
        self._people[turn.person] += 1
        self._tiers[turn.tier] += 1
        task = asyncio.create_task(self._run(turn.job))
        self._tasks[task] = turn
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        turn = self._tasks.pop(task)
        self._people[turn.person] -= 1
        self._tiers[turn.tier] -= 1
        if not task.cancelled() and (error := task.exception()):
            log.error("job.broke", job=id_text(turn.job), trace=trace(error))
        self._fill()
