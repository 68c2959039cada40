"""The key-value store that each adapter is lent, in the ledger's database."""

from collections.abc import Collection
from dataclasses import dataclass

from quotas.ledger import Ledger


@dataclass(frozen=True, slots=True)
class LedgerKeyValue:
    """A KeyValue of the port: one adapter's keys and values, durable when `put` returns."""

    ledger: Ledger
    namespace: str

    async def get(self, key: str) -> str | None:
        return await self.ledger.kept.get(self.namespace, key)

    async def put(self, key: str, value: str, people: Collection[str] = ()) -> None:
        await self.ledger.kept.put(self.namespace, key, value, people)

    async def delete(self, key: str) -> None:
        await self.ledger.kept.delete(self.namespace, key)

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        return await self.ledger.kept.items(self.namespace, prefix, limit)
