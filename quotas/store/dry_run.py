"""A store that undoes every operation."""

from typing import TypeVar

from quotas.store.store import Store
from quotas.store.transaction import Operation, Refusal, Transaction, Work

T = TypeVar("T")


class DryRun:
    """A Store over another one: each operation is carried out, answered and undone.

    Nobody else can see it meanwhile. Closing the dry run leaves the real store open.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def pulse(self) -> tuple[int, int, int]:
        return self._store.pulse

    async def read(self, work: Work[T]) -> T:
        return await self._store.read(work)

    async def write(self, operation: Operation[T]) -> T:
        """Return the answer that the operation would give. Raises as the real store does."""

        def undone(tx: Transaction) -> Refusal[T]:
            answer = operation(tx)
            return answer if isinstance(answer, Refusal) else Refusal(answer)

        return await self._store.write(undone)

    async def between(self, work: Work[T]) -> T:
        return await self._store.between(work)

    async def close(self) -> None:
        """Do nothing: whoever opened the real store closes it."""
