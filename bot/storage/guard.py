"""The guard of the picture store: it lets nothing be drawn that could not be kept, and loses nothing drawn.

Pictures that the store does not take stay in memory, from where they are delivered. While it does not work,
drawing is off. The guard tries again by itself, and stores what it holds before drawing goes on.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from bot.painters.port import Drawing
from bot.storage.pictures import PictureStore, StoreProblem, explain, keys_of, read_key
from bot.tasks import backoff
from quotas.catalog import MAX_VARIANTS, Catalog

log = structlog.get_logger()

LOOK_EVERY = 30.0  # seconds between looks while all is well, so that operators hear of it before people do
TRIES = (1.0, 2.0, 5.0, 15.0, 30.0)  # seconds between tries while drawing is off; the last repeats
FRESH = 0.25  # seconds for which a look serves every job that starts: each is a flush of the disk
# Bytes that must stay free besides: the ledger, on the same disk as a rule, has to write down what was drawn.
LEDGER_BYTES = 16 * 1024 * 1024
# Bytes of delivered pictures that stay in memory for the store, the page and a shell. The others have no
# bound of their own: they are at most what was being drawn when the store failed.
DELIVERED_BYTES = 32 * 1024 * 1024
PIXEL_BYTES = 4  # of a PNG that does not compress: red, green, blue and transparency


@dataclass(slots=True)
class _Held:
    """A job's pictures in memory."""

    drawings: tuple[Drawing, ...]
    is_delivered: bool = False

    @property
    def size(self) -> int:
        return sum(len(drawing.data) for drawing in self.drawings)


def largest_job(catalog: Catalog) -> int:
    """Return the most bytes that the pictures of one job may have, in any tier."""
    sizes = [size for tier in catalog.enabled.values() for size in tier.sizes.values()]
    return max((width * height * PIXEL_BYTES * MAX_VARIANTS for width, height in sizes), default=0)


class GuardedStore:
    """A PictureStore before another one, which knows whether drawing may go on.

    `job_bytes`: the most bytes of one job's pictures.
    `changed`: called when drawing went off or on, or when room was made.
    `off`: the reason why nothing is drawn; None: drawing is on.
    `refused`: the workspaces whose requests were refused since drawing went off.
    """

    def __init__(self, store: PictureStore, *, job_bytes: int) -> None:
        self.where = store.where
        self.off: StoreProblem | None = None
        self.refused: set[str] = set()
        self.changed: Callable[[], None] = lambda: None
        self._store = store
        self._job_bytes = job_bytes
        self._held: dict[str, _Held] = {}  # oldest first
        self._undeleted: set[str] = set()  # jobs
        self._drawing: set[int] = set()  # jobs that may yet bring pictures
        self._is_short = False  # a job waits until one of these has ended
        self._free: int | None = None
        self._looked_at = float("-inf")  # loop time
        self._looking = asyncio.Lock()
        self._failed = asyncio.Event()

    # --- a PictureStore

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        """Store pictures or, if that fails, hold them in memory and switch drawing off. Raises no OSError."""
        try:
            keys = await self._store.put(job, drawings)
        except OSError as error:
            self._held[job] = _Held(drawings)
            log.info("pictures.held", job=job)
            self._turn_off(explain(self.where, error))
            return keys_of(job, drawings)
        if self._free is not None:
            self._free -= sum(len(drawing.data) for drawing in drawings)
        return keys

    async def put_reference(self, job: str, name: str, drawing: Drawing) -> str:
        """Store a picture that a job draws from. Raises OSError, and then drawing is off."""
        try:
            return await self._store.put_reference(job, name, drawing)
        except OSError as error:
            self._turn_off(explain(self.where, error))
            raise

    async def get(self, key: str) -> bytes | None:
        job, place = read_key(key)
        held = self._held.get(job)
        if held is None:
            return await self._store.get(key)
        return held.drawings[place].data if 0 <= place < len(held.drawings) else None

    async def list_sent(self, before: str) -> list[str]:
        return await self._store.list_sent(before)

    async def delete(self, jobs: Collection[str]) -> None:
        """Delete pictures of these jobs. Raises OSError; then the guard tries it again, later."""
        for job in jobs:
            self._held.pop(job, None)
        self._undeleted.update(jobs)
        await self._store.delete(jobs)
        self._undeleted.difference_update(jobs)

    async def problem(self) -> StoreProblem | None:
        """Look at the store; return the reason why it cannot take the pictures of one job, or None."""
        answer = await self._store.look()
        if isinstance(answer, StoreProblem):
            return answer
        self._free = answer.free
        return None if self._fits(1) else self._full()

    async def has(self, key: str) -> bool:
        """Return whether a picture is stored, and not only in memory; False if nobody can tell just now."""
        try:
            return not self.holds(read_key(key)[0]) and await self._store.get(key) is not None
        except OSError:
            return False

    # --- drawing

    async def admit(self, job: int) -> bool:
        """Return whether a job's pictures can be kept, and expect them from now on, until `leave`.

        False: nothing may start until `changed` is called.
        """
        async with self._looking:
            if self.off is None and asyncio.get_running_loop().time() - self._looked_at > FRESH:
                await self._look()
        if self.off is not None:
            return False
        if not self._fits(len(self._drawing) + 1):
            if self._drawing:
                self._is_short = True
            else:
                self._turn_off(self._full())
            return False
        self._drawing.add(job)
        return True

    def leave(self, job: int) -> None:
        """Expect no more pictures of a job."""
        self._drawing.discard(job)
        if self._is_short:
            self._is_short = False
            self.changed()

    def holds(self, job: str) -> bool:
        """Return whether a job's pictures are in memory alone."""
        return job in self._held

    def delivered(self, job: str) -> None:
        """Let go of the oldest pictures that people have, if too many are in memory."""
        if job not in self._held:
            return
        self._held[job].is_delivered = True
        delivered = {name: held for name, held in self._held.items() if held.is_delivered}
        rest = sum(held.size for held in delivered.values())
        for name, held in delivered.items():
            if rest <= DELIVERED_BYTES:
                break
            rest -= held.size
            del self._held[name]

    async def watch(self) -> None:
        """Look now and then; while drawing is off, try again and again, and switch it on when it works."""
        tries = 0
        while True:
            if await self.try_again():
                tries, pause = 0, LOOK_EVERY
            else:
                tries, pause = tries + 1, backoff(TRIES, tries)
            self._failed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._failed.wait()

    async def try_again(self) -> bool:
        """Look, catch up, and switch drawing on if all of that works. Return whether it is on."""
        async with self._looking:
            problem = await self._look() or await self._catch_up()
        if problem is not None:
            self._turn_off(problem)
        elif self.off is not None and not self._held:
            self.off = None
            self.refused.clear()
            log.info("drawing.on", where=self.where)
            self.changed()
        return self.off is None

    # ---

    async def _look(self) -> StoreProblem | None:
        """Look at the store, and switch drawing off if it has no room even for one job."""
        problem = await self.problem()
        self._looked_at = asyncio.get_running_loop().time()
        if problem is not None:
            self._turn_off(problem)
        return problem

    async def _catch_up(self) -> StoreProblem | None:
        """Delete and store what failed before."""
        with contextlib.suppress(OSError):  # it leaves too much, but takes nothing from anybody who draws
            await self.delete(frozenset(self._undeleted))
        try:
            for job, held in list(self._held.items()):
                if job in self._held:  # else it was deleted meanwhile
                    await self._store_held(job, held)
        except OSError as error:
            return explain(self.where, error)
        return None

    async def _store_held(self, job: str, held: _Held) -> None:
        await self._store.put(job, held.drawings)
        if self._held.pop(job, None) is None:  # deleted while it was stored
            await self.delete([job])
        else:
            log.info("pictures.stored", job=job)

    def _fits(self, jobs: int) -> bool:
        return self._free is None or self._free >= jobs * self._job_bytes + LEDGER_BYTES

    def _full(self) -> StoreProblem:
        needed = -(-(self._job_bytes + LEDGER_BYTES) // 1_000_000)
        return StoreProblem(
            where=self.where,
            cause=f"a request may need {needed} MB, and less is free",
            fix="free some space, or move the folder to a larger disk",
        )

    def _turn_off(self, problem: StoreProblem) -> None:
        """Switch drawing off. Only the first problem is written down: the others are the same one."""
        was_on, self.off = self.off is None, problem
        if was_on:
            log.error("drawing.off", where=problem.where, cause=problem.cause, fix=problem.fix)
            self._failed.set()
            self.changed()
