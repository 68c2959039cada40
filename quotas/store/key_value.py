"""Drawers of small durable values, for what an adapter must remember."""

from quotas.ids import id_at, new_id
from quotas.store.store import Store
from quotas.store.transaction import Transaction

_GET = "SELECT value FROM kept WHERE drawer = ? AND key = ?"
_PUT = """INSERT INTO kept (drawer, key, value, position) VALUES (?, ?, ?, ?)
  ON CONFLICT (drawer, key) DO UPDATE SET value = excluded.value, position = excluded.position"""
_DROP = "DELETE FROM kept WHERE drawer = ? AND key = ?"
_DROP_OLD = "DELETE FROM kept WHERE drawer = ? AND position < ?"
_ITEMS = """SELECT key, value FROM kept WHERE drawer = ? AND substr(key, 1, LENGTH(?)) = ?
  ORDER BY position DESC LIMIT ?"""


def get(tx: Transaction, drawer: str, key: str) -> str | None:
    row = tx.execute(_GET, (drawer, key)).fetchone()
    return str(row[0]) if row else None


def put(tx: Transaction, drawer: str, key: str, value: str) -> None:
    tx.execute(_PUT, (drawer, key, value, new_id()))


def drop(tx: Transaction, drawer: str, key: str) -> None:
    tx.execute(_DROP, (drawer, key))


def drop_old(tx: Transaction, drawer: str, before: int) -> None:
    """Drop what was put in before the id `before` was made."""
    tx.execute(_DROP_OLD, (drawer, before))


def items(tx: Transaction, drawer: str, prefix: str, limit: int) -> list[tuple[str, str]]:
    """The newest `limit` pairs whose key begins with `prefix`, oldest first."""
    return tx.execute(_ITEMS, (drawer, prefix, prefix, limit)).fetchall()[::-1]


class Drawers:
    """The drawers of an open ledger. Methods raise LedgerError where it cannot serve."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def kept(self, drawer: str, key: str) -> str | None:
        return await self._store.read(lambda tx: get(tx, drawer, key))

    async def keep(self, drawer: str, key: str, value: str) -> None:
        await self._store.write(lambda tx: put(tx, drawer, key, value))

    async def drop(self, drawer: str, key: str) -> None:
        await self._store.write(lambda tx: drop(tx, drawer, key))

    async def drop_old(self, drawer: str, before: float) -> None:
        """Drop what was put into a drawer before then (unix seconds)."""
        await self._store.write(lambda tx: drop_old(tx, drawer, id_at(before)))

    async def kept_items(self, drawer: str, prefix: str, limit: int) -> list[tuple[str, str]]:
        """The newest `limit` pairs whose key begins with `prefix`, oldest first."""
        return await self._store.read(lambda tx: items(tx, drawer, prefix, limit))
