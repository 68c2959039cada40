"""Drawers of small durable values, for what an adapter must remember."""

import sqlite3

from quotas.ids import id_at, new_id
from quotas.store.store import Store

_GET = "SELECT value FROM kept WHERE drawer = ? AND key = ?"
_PUT = """INSERT INTO kept (drawer, key, value, position) VALUES (?, ?, ?, ?)
  ON CONFLICT (drawer, key) DO UPDATE SET value = excluded.value, position = excluded.position"""
_DROP = "DELETE FROM kept WHERE drawer = ? AND key = ?"
_DROP_OLD = "DELETE FROM kept WHERE drawer = ? AND position < ?"
_ITEMS = """SELECT key, value FROM kept WHERE drawer = ? AND substr(key, 1, LENGTH(?)) = ?
  ORDER BY position DESC LIMIT ?"""


def get(db: sqlite3.Connection, drawer: str, key: str) -> str | None:
    row = db.execute(_GET, (drawer, key)).fetchone()
    return str(row[0]) if row else None


def put(db: sqlite3.Connection, drawer: str, key: str, value: str) -> None:
    db.execute(_PUT, (drawer, key, value, new_id()))


def drop(db: sqlite3.Connection, drawer: str, key: str) -> None:
    db.execute(_DROP, (drawer, key))


def drop_old(db: sqlite3.Connection, drawer: str, before: int) -> None:
    """Drop what was put in before the id `before` was made."""
    db.execute(_DROP_OLD, (drawer, before))


def items(db: sqlite3.Connection, drawer: str, prefix: str, limit: int) -> list[tuple[str, str]]:
    """The newest `limit` pairs whose key begins with `prefix`, oldest first."""
    return db.execute(_ITEMS, (drawer, prefix, prefix, limit)).fetchall()[::-1]


class Drawers:
    """The drawers of an open ledger. Methods raise LedgerError where it cannot serve."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def kept(self, drawer: str, key: str) -> str | None:
        return await self._store.read(lambda db: get(db, drawer, key))

    async def keep(self, drawer: str, key: str, value: str) -> None:
        await self._store.write(lambda db: put(db, drawer, key, value))

    async def drop(self, drawer: str, key: str) -> None:
        await self._store.write(lambda db: drop(db, drawer, key))

    async def drop_old(self, drawer: str, before: float) -> None:
        """Drop what was put into a drawer before then (unix seconds)."""
        await self._store.write(lambda db: drop_old(db, drawer, id_at(before)))

    async def kept_items(self, drawer: str, prefix: str, limit: int) -> list[tuple[str, str]]:
        """The newest `limit` pairs whose key begins with `prefix`, oldest first."""
        return await self._store.read(lambda db: items(db, drawer, prefix, limit))
