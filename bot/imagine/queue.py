"""The fair queue: people take turns, and what runs is bounded per gateway key, tier and person.

Nothing bounds waiting: a queued job is a row in the ledger and a number here. One person's burst of a
hundred requests delays that person, not the others.
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

CARDS_FIRST = 2.0  # longest wait (seconds) of drawing for cards: platforms want a first answer within 3


@dataclass(frozen=True, slots=True)
class Turn:
    """A queued job."""

    job: int
    person: str
    tier: str


class Scheduler:
    """Starts `run(job)` for each queued job, in fair order and within the bounds on what runs at once.

    `in_flight`, `per_person`, `per_tier`: most jobs that run at once, in all and of each.
    """

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
        self._queues: OrderedDict[str, deque[Turn]] = OrderedDict()  # by person; the first has the next turn
        self._tasks: dict[asyncio.Task[None], Turn] = {}
        self._people: Counter[str] = Counter()
        self._tiers: Counter[str] = Counter()
        self._held_back: dict[str, asyncio.TimerHandle] = {}  # by person: nothing of theirs starts until then
        self._arriving = 0  # requests that are being reserved: each will have a card
        self._unshown: dict[int, float] = {}  # jobs whose card is on its way: loop time when it set out
        self._waiting_since: float | None = None
        self._cards_out = asyncio.Event()
        self._cards_out.set()
        self._stopping = False
        self._paused = False
        self._put_back: list[str] = []  # people whose job was put back, in their order

    @property
    def waiting(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    @property
    def running(self) -> int:
        return len(self._tasks)

    def add(self, turn: Turn, *, card_comes: bool = False) -> None:
        """Queue a job. It starts once there is room and no card is on its way, which it could delay.

        `card_comes`: the job's own card is on its way. The job waits for it until `shown`, even if nobody
        else's card holds it back: meanwhile it can be withdrawn.
        """
        if card_comes:
            self._unshown[turn.job] = self._wait_for_cards()
            asyncio.get_running_loop().call_later(CARDS_FIRST, self._fill)
        self._queues.setdefault(turn.person, deque()).append(turn)
        self._fill()

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """Hold back drawing while a request is being reserved, because its card comes next."""
        self._wait_for_cards()
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1
            if not self._arriving:
                self._fill()

    async def cards_out(self) -> None:
        """Wait until no card is on its way, but no longer than CARDS_FIRST."""
        await self._cards_out.wait()

    def shown(self, job: int) -> None:
        """Note that a job's card has arrived."""
        if self._unshown.pop(job, None) is not None:
            self._fill()

    def hold_back(self, person: str, seconds: float) -> None:
        """Start nothing more of a person for so many seconds. What runs goes on, and others pass."""
        if (timer := self._held_back.pop(person, None)) is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._held_back[person] = loop.call_later(seconds, self._let_go, person)

    def held_back(self, person: str) -> float:
        """Return the seconds for which a person is still held back; 0: not at all."""
        timer = self._held_back.get(person)
        return 0.0 if timer is None else max(0.0, timer.when() - asyncio.get_running_loop().time())

    def _let_go(self, person: str) -> None:
        del self._held_back[person]
        self._fill()

    def withdraw(self, job: int) -> bool:
        """Remove a waiting job from the queue. Returns False if it does not wait (any more)."""
        for person, queue in self._queues.items():
            for turn in queue:
                if turn.job == job:
                    queue.remove(turn)
                    if not queue:
                        del self._queues[person]
                    self.shown(job)  # nothing waits for its card any more
                    return True
        return False

    def pause(self) -> None:
        """Start nothing until `resume`."""
        self._paused = True

    def put_back(self, job: int) -> None:
        """Let a job that may not be drawn yet wait at the front again, and start nothing until `resume`."""
        self.pause()
        turn = next(turn for turn in self._tasks.values() if turn.job == job)
        queue = self._queues.setdefault(turn.person, deque())
        queue.insert(sum(other.job < turn.job for other in queue), turn)
        self._put_back.append(turn.person)
        for person in reversed(self._put_back):
            if person in self._queues:
                self._queues.move_to_end(person, last=False)

    def resume(self) -> None:
        """Start what waits, after `pause`."""
        self._paused = False
        self._put_back.clear()
        self._fill()

    def place(self, job: int) -> int:
        """Return the job's place in the queue: 1 starts next, 0 does not wait.

        People take turns of one job each, so everybody ahead in the round gets as many turns before it as its
        own person does. Who is held back has no turn.
        """
        passed = 0
        for seat, (person, queue) in enumerate(self._queues.items()):  # quick for everybody's first job
            if queue[0].job == job:
                return self._unless_at_once(seat + 1 - passed, person, 1)
            passed += person in self._held_back
        people = [
            person
            for person, queue in self._queues.items()
            if person not in self._held_back or any(turn.job == job for turn in queue)
        ]
        for seat, person in enumerate(people):
            for round_, turn in enumerate(self._queues[person]):
                if turn.job == job:
                    before = sum(min(len(self._queues[other]), round_ + 1) for other in people[:seat])
                    after = sum(min(len(self._queues[other]), round_) for other in people[seat + 1 :])
                    return self._unless_at_once(before + round_ + after + 1, person, round_ + 1)
        return 0

    def _unless_at_once(self, place: int, person: str, own: int) -> int:
        """Return 0 if the job would start at once but for pending cards, else `place`.

        `own`: the job's rank among its person's.
        """
        room = self._in_flight - len(self._tasks)
        at_once = place <= room and self._people[person] + own <= self._per_person
        return 0 if self._unshown and at_once else place

    async def stop(self, grace: float) -> int:
        """Start nothing more, give running jobs `grace` seconds, cancel the rest. Returns how many."""
        self._stopping = True
        self._cards_out.set()
        for timer in self._held_back.values():
            timer.cancel()
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(self._tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _wait_for_cards(self) -> float:
        """Start waiting for cards; return the current loop time."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._waiting_since is None:
            self._waiting_since = now
            self._cards_out.clear()
            loop.call_later(CARDS_FIRST, self._fill)
        return now

    def _cards_first(self) -> bool:
        """Return whether drawing waits for cards. It waits CARDS_FIRST at most, whatever cards do."""
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
        while not self._stopping and not self._paused and len(self._tasks) < self._in_flight:
            turn = self._next()
            if turn is None:
                return
            self._start(turn)

    def _next(self) -> Turn | None:
        """Take the next job of the first person who may run one more; that person goes to the round's end."""
        for person, queue in self._queues.items():
            if person in self._held_back:
                continue
            turn = queue[0]
            if turn.job in self._unshown:
                continue
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
