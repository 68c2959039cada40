"""A bound on the bytes of calls, answers and pictures in memory, over all drawings at once.

An answer without room waits and is not read: the sender's socket waits with it. First come, first served.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from bot.painters.port import Drawing

# Bytes of calls, answers and pictures at once; four pictures are mostly about 6 MB.
MEMORY_BYTES = 80 * 1024 * 1024
CALL_BYTES = 72 * 1024  # bytes that a call takes before its answer comes, as measured over TLS
EXPECTED_BYTES = 8 * 1024 * 1024  # bytes of an answer, until its model has shown how large its answers are
STEP_BYTES = 1024 * 1024  # bytes to ask for at a time if an answer turns out larger than expected


def answer_bytes(calls: int) -> int:
    """Return the bytes left for answers and pictures if so many calls may be under way at once.

    The process does not give back the memory that a burst of calls took.
    """
    return MEMORY_BYTES - min(calls * CALL_BYTES, MEMORY_BYTES * 3 // 4)


class MemoryBudget:
    """At most `limit` bytes, with one exception: the oldest of the answers that came in may always grow.

    Pictures count until they are gone, so answers wait for a store that is slower than they are.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.used = 0
        self._leases: dict[Lease, None] = {}  # those that may yet grow, oldest first
        self._waiting_to_grow: deque[_Waiter] = deque()
        self._waiting_to_start: deque[_Waiter] = deque()

    def lease(self, expected: int) -> "Lease":
        """Open a lease for one answer. `expected`: bytes to assume if the answer's length is not known."""
        return Lease(self, expected)

    def track(self, drawings: Iterable[Drawing]) -> None:
        """Count these pictures until nobody holds them any more."""
        loop = asyncio.get_running_loop()
        for drawing in drawings:
            size = len(drawing.data)
            self.used += size
            weakref.finalize(drawing, self._on_collected, loop, size).atexit = False

    async def grow(self, lease: "Lease", size: int) -> None:
        started = lease in self._leases
        others_first = self._waiting_to_grow or (not started and self._waiting_to_start)
        if self._is_oldest(lease) or (not others_first and self._fits(lease, size)):
            self._grant(lease, size)
            return
        line = self._waiting_to_grow if started else self._waiting_to_start
        waiter = _Waiter(lease, size, asyncio.get_running_loop().create_future())
        line.append(waiter)
        try:
            await waiter.granted
        finally:
            with suppress(ValueError):
                line.remove(waiter)
                self._wake()  # it left the line without its turn: the next may need less

    def close(self, lease: "Lease") -> None:
        self._leases.pop(lease, None)
        self._free(lease.size)

    def _is_oldest(self, lease: "Lease") -> bool:
        return lease is next(iter(self._leases), None)

    def _fits(self, lease: "Lease", size: int) -> bool:
        return not self.used or self.used - lease.size + size <= self._limit

    def _grant(self, lease: "Lease", size: int) -> None:
        self._leases[lease] = None
        self.used += size - lease.size
        lease.size = size

    def _free(self, size: int) -> None:
        self.used -= size
        self._wake()

    def _wake(self) -> None:
        """Grant all that fits: answers that have started go first, because only they can end."""
        oldest = next((waiter for waiter in self._waiting_to_grow if self._is_oldest(waiter.lease)), None)
        if oldest is not None:
            self._waiting_to_grow.remove(oldest)
            self._waiting_to_grow.appendleft(oldest)
        while line := self._waiting_to_grow or self._waiting_to_start:
            waiter = line[0]
            if not (self._is_oldest(waiter.lease) or self._fits(waiter.lease, waiter.size)):
                return
            line.popleft()
            if not waiter.granted.done():  # else it went away meanwhile
                self._grant(waiter.lease, waiter.size)
                waiter.granted.set_result(None)

    def _on_collected(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        """Free a picture's bytes. This runs in whatever thread let go of it last."""
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(self._free, size)


class Lease:
    """One answer's part of a budget, given back when the `with` block ends."""

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


class _Waiter(NamedTuple):
    lease: Lease
    size: int
    granted: asyncio.Future[None]
