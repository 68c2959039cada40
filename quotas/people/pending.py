"""`ledger.pending`: what waits for one person to press a button.

Waiting costs nothing, so only the newest of a person wait: else one person could fill the database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from quotas.ids import id_text, new_id
from quotas.store.store import Store
from quotas.store.transaction import Transaction

Kind = Literal["words", "change", "forget", "request", "list"]

MOST = 20  # of a person and kind: as many buttons as anybody scrolls back to
MOST_REQUESTS = 3  # of a person: each may have files in the picture store, under its id
TRIMMED_AT_ONCE = 100  # older ones, of a ledger from before there was a bound


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAction:
    """The action behind a button, for the one person who may press it.

    `workspace`: where the button was offered; None: it may be pressed anywhere.
    `subject`: the person whom a change is about.
    `payload`: opaque here.
    `until`: unix seconds after which nobody can press it; None: until it is deleted.
    """

    person: str
    workspace: str | None = None
    subject: str | None = None
    payload: str = ""
    until: float | None = None


_FIELDS = tuple(field.name for field in fields(PendingAction))
_COLUMNS = ", ".join(_FIELDS)
_PUT = f"""INSERT INTO pending (id, kind, created_at, {_COLUMNS})
  VALUES (?, ?, ?, {", ".join("?" * len(_FIELDS))})"""
_GET = f"""SELECT {_COLUMNS} FROM pending
  WHERE id = ? AND kind = ? AND person = ? AND (until IS NULL OR until > ?)"""
_TRIM = """DELETE FROM pending WHERE id IN (
  SELECT id FROM pending WHERE person = ? AND kind = ? ORDER BY id DESC LIMIT ? OFFSET ?) RETURNING id"""
_OF_PERSON = "SELECT id FROM pending WHERE person = ? AND kind = ? ORDER BY id"
_DELETE = "DELETE FROM pending WHERE id = ?"
_DELETE_OLD = "DELETE FROM pending WHERE created_at < ? OR until <= ?"


class PendingActions:
    """The pending actions of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def put(self, kind: Kind, action: PendingAction) -> str:
        """Store an action instead of the oldest beyond MOST; return the id that its button carries.

        The id says nothing by itself.
        """
        name = id_text(new_id())
        await self._put(name, kind, action, MOST)
        return name

    async def put_request(self, name: str, action: PendingAction) -> list[str]:
        """Store a request under an id of its own, instead of the oldest beyond MOST_REQUESTS.

        Return the ids of those that it replaced: their files are the caller's to delete.
        """
        return await self._put(name, "request", action, MOST_REQUESTS)

    async def _put(self, name: str, kind: Kind, action: PendingAction, most: int) -> list[str]:
        row = name, kind, self._clock(), *(getattr(action, field) for field in _FIELDS)

        def put(tx: Transaction) -> list[str]:
            tx.execute(_PUT, row)
            trimmed = tx.execute(_TRIM, (action.person, kind, TRIMMED_AT_ONCE, most)).fetchall()
            return [other for (other,) in trimmed]

        return await self._store.write(put)

    async def are_there(self, names: Sequence[str]) -> set[str]:
        """Return which of these ids anything waits under."""
        if not names:
            return set()
        marks = ", ".join("?" * len(names))
        sql = f"SELECT id FROM pending WHERE id IN ({marks})"
        rows = await self._store.read(lambda tx: tx.execute(sql, tuple(names)).fetchall())
        return {name for (name,) in rows}

    async def list_requests(self, person: str) -> list[str]:
        """Return the ids of a person's requests, under which they may have files."""
        rows = await self._store.read(lambda tx: tx.execute(_OF_PERSON, (person, "request")).fetchall())
        return [name for (name,) in rows]

    async def get(self, kind: Kind, person: str, name: str) -> PendingAction | None:
        """Return a person's action by its id. None: no such id, another kind or person, or too late."""
        now = self._clock()
        row = await self._store.read(lambda tx: tx.execute(_GET, (name, kind, person, now)).fetchone())
        return PendingAction(**dict(zip(_FIELDS, row, strict=True))) if row else None

    async def delete(self, name: str) -> None:
        await self._store.write(lambda tx: tx.execute(_DELETE, (name,)).rowcount)

    async def delete_old(self, before: float) -> None:
        """Delete what was stored before then (unix seconds), and what nobody can press any more."""
        now = self._clock()
        await self._store.write(lambda tx: tx.execute(_DELETE_OLD, (before, now)).rowcount)
