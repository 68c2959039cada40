"""The drawer that each adapter is lent, in the ledger's database."""

from dataclasses import dataclass

from quotas.ledger import Ledger


@dataclass(frozen=True, slots=True)
class LedgerKeyValue:
    """A Keep of the port: one adapter's keys and values, durable when `put` returns."""

    ledger: Ledger
    name: str

    async def get(self, key: str) -> str | None:
        return await self.ledger.kept.get(self.name, key)

    async def put(self, key: str, value: str) -> None:
        await self.ledger.kept.put(self.name, key, value)

    async def drop(self, key: str) -> None:
        await self.ledger.kept.delete(self.name, key)

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        return await self.ledger.kept.items(self.name, prefix, limit)
