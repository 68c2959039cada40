"""What people, roles and channels are called, so that logs and reports can be read."""

from collections.abc import Collection

from quotas.store.store import Store
from quotas.store.transaction import Transaction

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
        await self._store.write(lambda tx: _met(tx, (workspace, person, name, at)))

    async def called(self, workspace: str, id_: str, name: str) -> None:
        """Remember what a role or channel is called there."""
        await self._store.write(lambda tx: _called(tx, (workspace, id_, name)))

    async def names(self, workspace: str, ids: Collection[str]) -> dict[str, str]:
        """The names of those that are known by one: as this workspace knows them, else as another does."""
        return await self._store.read(lambda tx: _names(tx, workspace, list(ids)))


def _met(tx: Transaction, row: tuple[str, str, str, float]) -> None:
    tx.execute(_MET, row)


def _called(tx: Transaction, row: tuple[str, str, str]) -> None:
    tx.execute(_CALLED, row)


def _names(tx: Transaction, workspace: str, ids: list[str]) -> dict[str, str]:
    places = ", ".join("?" * len(ids))
    rows = tx.execute(_NAMES % (places, places), (workspace, *ids, workspace, *ids)).fetchall()
    return {row[0]: row[1] for row in rows}
