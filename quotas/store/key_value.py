"""`ledger.kept`: small durable values under a namespace and a key."""

from quotas.ids import id_at, new_id
from quotas.store.store import Store
from quotas.store.transaction import Transaction

_GET = "SELECT value FROM kept WHERE drawer = ? AND key = ?"
_PUT = """INSERT INTO kept (drawer, key, value, position) VALUES (?, ?, ?, ?)
  ON CONFLICT (drawer, key) DO UPDATE SET value = excluded.value, position = excluded.position"""
_DELETE = "DELETE FROM kept WHERE drawer = ? AND key = ?"
_DELETE_OLD = "DELETE FROM kept WHERE drawer = ? AND position < ?"
_ITEMS = """SELECT key, value FROM kept WHERE drawer = ? AND substr(key, 1, LENGTH(?)) = ?
  ORDER BY position DESC LIMIT ?"""


def get(tx: Transaction, namespace: str, key: str) -> str | None:
    row = tx.execute(_GET, (namespace, key)).fetchone()
    return str(row[0]) if row else None


def put(tx: Transaction, namespace: str, key: str, value: str) -> None:
    tx.execute(_PUT, (namespace, key, value, new_id()))


def delete(tx: Transaction, namespace: str, key: str) -> None:
    tx.execute(_DELETE, (namespace, key))


class Kept:
    """The key-value table of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, namespace: str, key: str) -> str | None:
        return await self._store.read(lambda tx: get(tx, namespace, key))

    async def put(self, namespace: str, key: str, value: str) -> None:
        await self._store.write(lambda tx: put(tx, namespace, key, value))

    async def delete(self, namespace: str, key: str) -> None:
        await self._store.write(lambda tx: delete(tx, namespace, key))

    async def delete_old(self, namespace: str, before: float) -> None:
        """Delete what was put into a namespace before then (unix seconds)."""
        await self._store.write(lambda tx: tx.execute(_DELETE_OLD, (namespace, id_at(before))).rowcount)

    async def items(self, namespace: str, prefix: str, limit: int) -> list[tuple[str, str]]:
        """Return the newest `limit` pairs whose key begins with `prefix`, oldest first."""
        rows = await self._store.read(
            lambda tx: tx.execute(_ITEMS, (namespace, prefix, prefix, limit)).fetchall()
        )
        return rows[::-1]
