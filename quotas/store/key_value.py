"""`ledger.kept`: small durable values under a namespace and a key."""

from collections.abc import Collection

from quotas.ids import new_id
from quotas.store.store import Store
from quotas.store.transaction import Transaction

_GET = "SELECT value FROM kept WHERE drawer = ? AND key = ?"
_PUT = """INSERT INTO kept (drawer, key, value, position) VALUES (?, ?, ?, ?)
  ON CONFLICT (drawer, key) DO UPDATE SET value = excluded.value, position = excluded.position"""
_DROP_PEOPLE = "DELETE FROM kept_people WHERE drawer = ? AND key = ?"
_PUT_PERSON = "INSERT INTO kept_people (drawer, key, person) VALUES (?, ?, ?)"
_DELETE = "DELETE FROM kept WHERE drawer = ? AND key = ?"
_ITEMS = """SELECT key, value FROM kept WHERE drawer = ? AND substr(key, 1, LENGTH(?)) = ?
  ORDER BY position DESC LIMIT ?"""


def get(tx: Transaction, namespace: str, key: str) -> str | None:
    row = tx.execute(_GET, (namespace, key)).fetchone()
    return str(row[0]) if row else None


def put(tx: Transaction, namespace: str, key: str, value: str, people: Collection[str] = ()) -> None:
    """Store a value. `people`: everyone it speaks of; forgetting one of them deletes it."""
    tx.execute(_PUT, (namespace, key, value, new_id()))
    tx.execute(_DROP_PEOPLE, (namespace, key))
    for person in set(people):
        tx.execute(_PUT_PERSON, (namespace, key, person))


def delete(tx: Transaction, namespace: str, key: str) -> None:
    tx.execute(_DELETE, (namespace, key))


class Kept:
    """The key-value table of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, namespace: str, key: str) -> str | None:
        return await self._store.read(lambda tx: get(tx, namespace, key))

    async def put(self, namespace: str, key: str, value: str, people: Collection[str] = ()) -> None:
        """Store a value. `people`: everyone it speaks of; forgetting one of them deletes it."""
        await self._store.write(lambda tx: put(tx, namespace, key, value, people))

    async def delete(self, namespace: str, key: str) -> None:
        await self._store.write(lambda tx: delete(tx, namespace, key))

    async def items(self, namespace: str, prefix: str, limit: int) -> list[tuple[str, str]]:
        """Return the newest `limit` pairs whose key begins with `prefix`, oldest first."""
        rows = await self._store.read(
            lambda tx: tx.execute(_ITEMS, (namespace, prefix, prefix, limit)).fetchall()
        )
        return rows[::-1]
