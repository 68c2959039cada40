"""The store that the ledger's rooms use: it reads and writes, and a driver stands behind it."""

from typing import Protocol, TypeVar

from quotas.store.transaction import Operation, Work

T = TypeVar("T")


class Store(Protocol):
    """An open database with one queue of writers and several readers."""

    @property
    def pulse(self) -> tuple[int, int, int]:
        """Transactions and operations since the store was opened, and operations that wait."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run a question; all its statements see the same moment. Raises LedgerError."""
        ...

    async def write(self, operation: Operation[T]) -> T:
        """Run one operation; it is durable when this returns.

        An operation that raises, or returns a Refusal, leaves nothing behind. Raises LedgerBusy if too many
        operations wait, LedgerUnavailable if the store is closed or read-only or the commit failed, and
        whatever the operation raised. A caller that is cancelled while it waits cannot know whether the
        operation was carried out, so an operation must be safe to repeat.
        """
        ...

    async def between(self, work: Work[T]) -> T:
        """Run maintenance between two batches of operations, in no transaction. Raises as `write` does."""
        ...

    async def close(self) -> None:
        """Write the operations that wait, then close. Afterwards every method raises LedgerUnavailable."""
        ...
