"""Group commit: operations wait in a queue, and all that wait are written in one transaction with one flush.

The flush is the expensive part. A batch is one call on the connection's thread: a savepoint for each
operation, one COMMIT, and only then the answers. The writer never waits for more work: a single operation is
a batch of one. A batch ends after a slice of time: its operations are answered, and the rest is the next one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from quotas.store.errors import LedgerBusy, LedgerError, LedgerUnavailable
from quotas.store.transaction import Operation, Work

T = TypeVar("T")

MAX_WAITING = 10_000  # operations: minutes of work; more come from a caller that must be stopped
MAX_BATCH = 256  # with more, the share of the flush is nothing, and the first operation waits longer
SLICE = 0.016  # seconds of work in one batch: a flush (0.05 to 2 ms on today's disks) is a small part


_Waiting = tuple[Operation[Any], "asyncio.Future[Any]"]


class Driver(Protocol):
    """The one connection that writes."""

    async def write_batch(self, operations: Sequence[Operation[Any]], seconds: float) -> list[Any]:
        """Write operations in one transaction, and return their answers in order.

        Stops after `seconds`, but never before the first. An operation that failed has its exception as its
        answer. Raises LedgerError if the transaction failed; then nothing was kept.
        """
        ...

    async def run(self, work: Work[T]) -> T:
        """Run `work` in no transaction. Raises LedgerError."""
        ...

    async def close(self) -> None: ...


class Writer:
    """The queue of operations for the one connection that writes."""

    def __init__(self, connection: Driver) -> None:
        self._connection = connection
        self._waiting: deque[_Waiting] = deque()
        self._working: asyncio.Task[None] | None = None
        self._closed = False
        self.commits = self.operations = 0  # since the file was opened

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def do(self, operation: Operation[T]) -> T:
        """Run `operation` in a transaction, and return its answer when it is on disk.

        Raises LedgerBusy if the queue is full, LedgerUnavailable if the writer is closed or the commit failed
        (nothing of the batch was kept), and whatever the operation raised (nothing of it was kept). A caller
        that is cancelled cannot know whether the operation was carried out, so it must be safe to repeat.
        """
        if self._closed:
            raise LedgerUnavailable("the ledger is closed")
        if len(self._waiting) >= MAX_WAITING:
            raise LedgerBusy("too many requests wait to be written down; try again in a moment")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, future))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await future

    async def between(self, work: Work[T]) -> T:
        """Run `work` between two batches, in no transaction. Raises LedgerUnavailable, LedgerError."""
        if self._closed:
            raise LedgerUnavailable("the ledger is closed")
        return await self._connection.run(work)

    async def close(self) -> None:
        """Refuse new operations, write those that wait, and close the connection."""
        self._closed = True
        if self._working is not None:
            await self._working
        await self._connection.close()

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
                left = await self._write([one for one in batch if not one[1].done()])
                self._waiting.extendleft(reversed(left))
                if not left:
                    await asyncio.sleep(0)  # lets callers that were answered write again: one batch, not two
        finally:
            self._working = None

    async def _write(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Write and answer as many operations as fit a slice; return the others."""
        try:
            answers = await self._connection.write_batch([operation for operation, _ in batch], SLICE)
            self.commits += 1
            self.operations += len(answers)
        except Exception as error:
            answers = [_for_one(error) for _ in batch]
        for (_, future), answer in zip(batch, answers, strict=False):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        return batch[len(answers) :]


def _for_one(error: Exception) -> Exception:
    """Return an exception for one caller of a batch: a shared one would collect the tracebacks of all."""
    if not isinstance(error, LedgerError):
        return error
    own = type(error)(str(error))
    own.__cause__ = error
    return own
