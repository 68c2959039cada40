"""What a change would do: carried out as ever, and undone before anybody else can see it."""

import sqlite3
from typing import TypeVar

from quotas.store.sqlite import Work
from quotas.store.store import Store
from quotas.store.writer import Operation, Refusal

T = TypeVar("T")


class Rehearsal(Store):
    """An open file in which nothing that is written stays. To be closed by closing the real one."""

    def __init__(self, real: Store) -> None:
        self._real = real

    async def read(self, work: Work[T]) -> T:
        return await self._real.read(work)

    async def write(self, operation: Operation[T]) -> T:
        """The answer that the operation would give. Raises as the real store does."""

        def undone(db: sqlite3.Connection) -> Refusal[T]:
            answer = operation(db)
            return answer if isinstance(answer, Refusal) else Refusal(answer)

        return await self._real.write(undone)
