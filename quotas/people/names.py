"""What people, roles and channels are called, so that logs and reports can be read."""

import sqlite3
from collections.abc import Collection

from quotas.store.store import Store

_MET = """INSERT INTO people (workspace, person, name, seen_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (workspace, person) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
  WHERE people.name <> excluded.name"""
_CALLED = """INSERT INTO names (workspace, id, name) VALUES (?, ?, ?)
  ON CONFLICT (workspace, id) DO UPDATE SET name = excluded.name"""
_NAMES = """SELECT person AS id, name, workspace = ? AS here, seen_at FROM people WHERE person IN (%s)
  UNION ALL SELECT id, name, workspace = ?, 0 FROM names WHERE id IN (%s) ORDER BY here, seen_at"""


class People:
    """Questions about names. Methods raise LedgerError where the ledger cannot serve."""

    _store: Store

    async def met(self, workspace: str, person: str, name: str, at: float) -> None:
        """Remember what somebody is called there; `at` is unix seconds."""
        await self._store.write(lambda db: _met(db, (workspace, person, name, at)))

    async def called(self, workspace: str, id_: str, name: str) -> None:
        """Remember what a role or channel is called there."""
        await self._store.write(lambda db: _called(db, (workspace, id_, name)))

    async def names(self, workspace: str, ids: Collection[str]) -> dict[str, str]:
        """The names of those that are known by one: as this workspace knows them, else as another does."""
        return await self._store.read(lambda db: _names(db, workspace, list(ids)))


def _met(db: sqlite3.Connection, row: tuple[str, str, str, float]) -> None:
    db.execute(_MET, row)


def _called(db: sqlite3.Connection, row: tuple[str, str, str]) -> None:
    db.execute(_CALLED, row)


def _names(db: sqlite3.Connection, workspace: str, ids: list[str]) -> dict[str, str]:
    places = ", ".join("?" * len(ids))
    rows = db.execute(_NAMES % (places, places), (workspace, *ids, workspace, *ids)).fetchall()
    return {row[0]: row[1] for row in rows}
