"""`ledger.people`: names, and identities that are one person."""

from collections.abc import Callable, Collection

from quotas.people import links
from quotas.people.links import Link
from quotas.records import ANY, Identity
from quotas.settings.log import Change
from quotas.store.store import Store
from quotas.store.transaction import Transaction

_PUT_PERSON = """INSERT INTO people (workspace, person, name, seen_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (workspace, person) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
  WHERE people.name <> excluded.name"""
_PUT_NAME = """INSERT INTO names (workspace, id, name) VALUES (?, ?, ?)
  ON CONFLICT (workspace, id) DO UPDATE SET name = excluded.name"""
# What is set for all workspaces may be seen in each of them; only there are names of all of them seen.
_NAMES = f"""SELECT person AS id, name, workspace = ? AS here, seen_at FROM people
    WHERE person IN (%s) AND (workspace IN (?, '{ANY}') OR ? = '{ANY}')
  UNION ALL SELECT id, name, workspace = ?, 0 FROM names
    WHERE id IN (%s) AND (workspace IN (?, '{ANY}') OR ? = '{ANY}') ORDER BY here, seen_at"""
_PEOPLE = "SELECT workspace, person, name FROM people ORDER BY name, workspace, person"


class People:
    """The people of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def record_person(self, workspace: str, person: str, name: str, at: float) -> None:
        """Remember a person's name in a workspace, seen at `at` (unix seconds)."""
        await self._store.write(lambda tx: tx.execute(_PUT_PERSON, (workspace, person, name, at)).rowcount)

    async def record_name(self, workspace: str, id_: str, name: str) -> None:
        """Remember the name of a role or a channel."""
        await self._store.write(lambda tx: tx.execute(_PUT_NAME, (workspace, id_, name)).rowcount)

    async def names(self, workspace: str, ids: Collection[str]) -> dict[str, str]:
        """Look up names as this workspace ("*": any) knows them. Unknown ids are left out.

        No workspace sees the names of another one, where people may be called otherwise.
        """
        places, values = ", ".join("?" * len(ids)), tuple(ids)
        sql = _NAMES % (places, places)
        rows = await self._store.read(
            lambda tx: tx.execute(sql, (workspace, *values, workspace, workspace) * 2).fetchall()
        )
        return {row[0]: row[1] for row in rows}

    async def find(self, text: str) -> list[tuple[str, str, str]]:
        """Return (workspace, person, name) of everyone that `text` may mean.

        It may be an id, an id's part after ":", or a name, with or without "@".
        """
        plain = text.strip().removeprefix("@")
        folded = plain.casefold()

        def find(tx: Transaction) -> list[tuple[str, str, str]]:
            return [  # compared here: SQLite folds the case of ASCII letters only
                (workspace, person, name)
                for workspace, person, name in tx.execute(_PEOPLE).fetchall()
                if plain and (plain in (person, person.partition(":")[2]) or folded == name.casefold())
            ]

        return await self._store.read(find)

    async def link(self, one: Identity, other: Identity, *, reason: str, request_id: str) -> Link | None:
        """Make two identities one person, with everyone that each is linked with; `one` asks for it.

        None: too many. Safe to repeat.
        """
        by = self._change(one.workspace, one.person, reason, request_id)
        return await self._store.write(lambda tx: links.join(tx, by, one, other))

    async def unlink(self, workspace: str, person: str, *, reason: str, request_id: str) -> Link | None:
        """Separate one identity from the others, and return the link as it was. None: it had none."""
        by = self._change(workspace, person, reason, request_id)
        return await self._store.write(lambda tx: links.leave(tx, by, workspace, person))

    async def link_of(self, workspace: str, person: str) -> Link:
        return await self._store.read(lambda tx: links.link_of(tx, workspace, person))

    def _change(self, workspace: str, person: str, reason: str, request_id: str) -> Change:
        return Change(
            workspace=workspace,
            kind="person",
            ref=person,
            author=person,
            reason=reason,
            request_id=request_id,
            at=self._clock(),
        )
