"""`ledger.finding`: search the delivered jobs that still have pictures, and keep some beyond their time.

Words are looked up one by one in every prompt: an index over words keeps those of forgotten people.
"""

from collections.abc import Callable
from dataclasses import dataclass

from quotas.jobs.rows import COLUMNS, read_jobs
from quotas.records import Job
from quotas.store.store import Store
from quotas.store.transaction import Transaction
from quotas.text import fold

MAX_WORDS = 16  # of a search; more only slow it down

# Of a comparison the job that carries it stands for all.
_THERE = """state = 'settled' AND delivered_at IS NOT NULL AND deleted_at IS NULL AND emptied_at IS NULL
  AND (comparison IS NULL OR comparison = id)"""
_VISIBLE = "(person = :viewer OR private = 0 OR id IN (SELECT job FROM shares))"
_KEEP = f"""INSERT INTO collected (job, collection, collected_at)
  SELECT id, :collection, :now FROM jobs WHERE id = :job AND {_THERE}
  ON CONFLICT (job) DO UPDATE SET collection = excluded.collection"""
_DROP = "DELETE FROM collected WHERE job = ?"
_COLLECTION = "SELECT collection FROM collected WHERE job = ?"
_COLLECTIONS = f"""SELECT collection, COUNT(*) FROM collected JOIN jobs ON jobs.id = collected.job
  WHERE workspace = ? AND person = ? AND {_THERE} GROUP BY collection ORDER BY collection"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSearch:
    """The conditions of a search; None, "" and (): no matter.

    `words`: each must be in the prompt, in any order and case, also as a part of a longer word.
    `viewer`: who looks; private jobs of others are left out unless they were shared. None: an operator.
    `first_day`, `last_day`: YYYY-MM-DD, inclusive, as jobs are counted in their workspace.
    `collection`: the jobs of one collection. `kept`: those of any.
    """

    words: str = ""
    workspace: str | None = None
    person: str | None = None
    viewer: str | None = None
    channel: str | None = None
    tiers: tuple[str, ...] = ()
    first_day: str | None = None
    last_day: str | None = None
    collection: str | None = None
    kept: bool = False


class Finding:
    """Searches the jobs of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def search(self, search: JobSearch, limit: int, offset: int = 0) -> list[Job]:
        """Return a page of what was found, newest first."""
        where, values = _where(search)
        sql = f"""SELECT {COLUMNS} FROM jobs WHERE {where}
          ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset"""
        values |= {"limit": limit, "offset": offset}
        return await self._store.read(lambda tx: read_jobs(tx, sql, values))

    async def count(self, search: JobSearch) -> int:
        """Return how many jobs `search` finds."""
        where, values = _where(search)
        row = await self._store.read(
            lambda tx: tx.execute(f"SELECT COUNT(*) FROM jobs WHERE {where}", values).fetchone()
        )
        return int(row[0])

    async def keep(self, job: int, collection: str = "") -> bool:
        """Keep a job until it is dropped, deleted or forgotten. False: it has no pictures to keep.

        It is in one collection: keeping it again moves it. Safe to repeat.
        """
        values = {"job": job, "collection": collection, "now": self._clock()}
        return await self._store.write(lambda tx: tx.execute(_KEEP, values).rowcount == 1)

    async def drop(self, job: int) -> bool:
        """Let a job expire in its time again. False: it was not kept."""
        return await self._store.write(lambda tx: tx.execute(_DROP, (job,)).rowcount == 1)

    async def collection_of(self, job: int) -> str | None:
        """Return the collection that a job is kept in; None: it is not kept."""
        row = await self._store.read(lambda tx: tx.execute(_COLLECTION, (job,)).fetchone())
        return str(row[0]) if row else None

    async def collections(self, workspace: str, person: str) -> list[tuple[str, int]]:
        """Return the person's collections with the number of jobs in each, by name."""
        return await self._store.read(lambda tx: tx.execute(_COLLECTIONS, (workspace, person)).fetchall())


def drop(tx: Transaction, job: int) -> None:
    """Keep a job no longer."""
    tx.execute(_DROP, (job,))


def _where(search: JobSearch) -> tuple[str, dict[str, str | int]]:
    """Return the condition of a search and its values."""
    terms, values = [_THERE], dict[str, str | int]()
    for column, value in (
        ("workspace", search.workspace),
        ("person", search.person),
        ("channel", search.channel),
    ):
        if value is not None:
            terms.append(f"{column} = :{column}")
            values[column] = value
    for comparison, name, day in (
        (">=", "first_day", search.first_day),
        ("<=", "last_day", search.last_day),
    ):
        if day is not None:
            terms.append(f"day {comparison} :{name}")
            values[name] = day
    if search.viewer is not None:
        terms.append(_VISIBLE)
        values["viewer"] = search.viewer
    if search.tiers:
        named = {f"tier{number}": tier for number, tier in enumerate(search.tiers)}
        terms.append(f"tier IN ({', '.join(f':{name}' for name in named)})")
        values |= named
    if search.collection is not None:
        terms.append("id IN (SELECT job FROM collected WHERE collection = :collection)")
        values["collection"] = search.collection
    elif search.kept:
        terms.append("id IN (SELECT job FROM collected)")
    for number, word in enumerate(fold(search.words).split()[:MAX_WORDS]):
        terms.append(f"words LIKE :word{number} ESCAPE '!'")
        values[f"word{number}"] = f"%{_escape(word)}%"
    return " AND ".join(terms), values


def _escape(word: str) -> str:
    """Return a word so that LIKE takes every character of it for itself."""
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
