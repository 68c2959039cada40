"""A bound on the bytes of calls, answers and pictures in memory, over all drawings at once.

Who has no room waits, and does not read: the sender's socket waits with it. First come, first served.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from bot.painters.port import Drawing

MEMORY = 80 * 1024 * 1024  # bytes of calls, answers and pictures at once; four pictures are mostly about 6 MB
CALL = 48 * 1024  # bytes that a call takes before its answer comes, as measured with a thousand at once
EXPECTED = 8 * 1024 * 1024  # bytes of an answer, until its model has shown what its answers take
STEP = 1024 * 1024  # bytes to ask for at a time, where an answer turns out larger than expected


def room(calls: int) -> int:
    """Bytes for answers and pictures, where so many calls may be under way. What a burst took stays taken."""
    return MEMORY - min(calls * CALL, MEMORY // 2)


class MemoryBudget:
    """At most `limit` bytes, but for one answer that may always go on: the oldest of those that came in.

    Pictures count until they are gone, so that answers wait for a store that is slower than they are.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.used = 0
        self._leases: dict[Lease, None] = {}  # those that may yet grow, oldest first
        self._growing: deque[_Turn] = deque()
        self._entering: deque[_Turn] = deque()

    def share(self, expected: int) -> "Lease":
        """`expected`: bytes, where an answer's length is not told."""
        return Lease(self, expected)

    def keep(self, drawings: Iterable[Drawing]) -> None:
        """Count these for as long as anybody holds them."""
        loop = asyncio.get_running_loop()
        for drawing in drawings:
            size = len(drawing.data)
            self.used += size
            weakref.finalize(drawing, self._gone, loop, size).atexit = False

    async def grow(self, lease: "Lease", size: int) -> None:
        begun = lease in self._leases
        ahead = self._growing or (not begun and self._entering)
        if self._is_oldest(lease) or (not ahead and self._fits(lease, size)):
            self._give(lease, size)
            return
        line = self._growing if begun else self._entering
        turn = _Turn(lease, size, asyncio.get_running_loop().create_future())
        line.append(turn)
        try:
            await turn.granted
        finally:
            with suppress(ValueError):
                line.remove(turn)
                self._wake()  # it left the line without its turn: the next may need less

    def close(self, lease: "Lease") -> None:
        self._leases.pop(lease, None)
        self._free(lease.size)

    def _is_oldest(self, lease: "Lease") -> bool:
        return lease is next(iter(self._leases), None)

    def _fits(self, lease: "Lease", size: int) -> bool:
        return not self.used or self.used - lease.size + size <= self._limit

    def _give(self, lease: "Lease", size: int) -> None:
        self._leases[lease] = None
        self.used += size - lease.size
        lease.size = size

    def _free(self, size: int) -> None:
        self.used -= size
        self._wake()

    def _wake(self) -> None:
        """Let go on who may: those who have begun before those who have not, for only they can end."""
        oldest = next((turn for turn in self._growing if self._is_oldest(turn.lease)), None)
        if oldest is not None:
            self._growing.remove(oldest)
            self._growing.appendleft(oldest)
        while line := self._growing or self._entering:
            turn = line[0]
            if not (self._is_oldest(turn.lease) or self._fits(turn.lease, turn.size)):
                return
            line.popleft()
            if not turn.granted.done():  # else it went away meanwhile
                self._give(turn.lease, turn.size)
                turn.granted.set_result(None)

    def _gone(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        """A picture's last holder let go of it, in whatever thread that was."""
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(self._free, size)


class Lease:
    """One answer's part of a budget; given back when the `with` block ends."""

    def __init__(self, budget: MemoryBudget, expected: int) -> None:
        self._budget = budget
        self.expected = expected
        self.size = 0

    async def reach(self, size: int) -> None:
        """Wait until this answer may hold so many bytes in all."""
        if size > self.size:
            await self._budget.grow(self, size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._budget.close(self)


class _Turn(NamedTuple):
    lease: Lease
    size: int
    granted: asyncio.Future[None]
