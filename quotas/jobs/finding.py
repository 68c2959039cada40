"""`ledger.finding`: search the delivered jobs that still have pictures, and keep some beyond their time.

Words are looked up one by one in every prompt: an index over words keeps those of forgotten people.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from quotas.jobs.rows import COLUMNS, read_jobs
from quotas.records import Job
from quotas.store.store import Store
from quotas.store.transaction import Transaction
from quotas.text import fold

MAX_WORDS = 16  # of a search; more only slow it down

_VISIBLE = "(person = :viewer OR private = 0 OR job IN (SELECT job FROM shares))"
_KEEP = """INSERT INTO collected (job, collection, collected_at)
  SELECT job, COALESCE(:collection, ''), :now FROM prompts WHERE job = :job AND found = 1
  ON CONFLICT (job) DO UPDATE SET collection = COALESCE(:collection, collected.collection)"""
_DROP = "DELETE FROM collected WHERE job = ?"
_COLLECTION = "SELECT collection FROM collected WHERE job = ?"
_COLLECTIONS = """SELECT collection, COUNT(*) FROM collected JOIN prompts ON prompts.job = collected.job
  WHERE workspace = ? AND person = ? GROUP BY collection ORDER BY collection"""
_TERMS = (  # of a search, by the name of its field
    ("job", "job = :job"),
    ("before", "job < :before"),
    ("workspace", "workspace = :workspace"),
    ("person", "person = :person"),
    ("viewer", _VISIBLE),
    ("channel", "channel = :channel"),
    ("first_day", "day >= :first_day"),
    ("last_day", "day <= :last_day"),
    ("collection", "job IN (SELECT job FROM collected WHERE collection = :collection)"),
)
_PUT = """INSERT INTO prompts (job, workspace, person, channel, tier, day, private, found, words)
  VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)"""
_SHOW = """UPDATE prompts SET found = 1
  WHERE job = :job AND EXISTS (SELECT 1 FROM jobs WHERE id = :job AND state = 'settled')"""
_COMPARED = "comparison IS NOT NULL AND state = 'settled'"  # a tier of a comparison that was drawn
_FORGET = "DELETE FROM prompts WHERE job = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSearch:
    """The conditions of a search; None, "" and (): no matter.

    `job`: this one alone. `before`: jobs that were accepted before this one.
    `words`: each must be in the prompt, in any order and case, also as a part of a longer word.
    `tiers`: one of them drew it; a comparison is found by each that drew.
    `viewer`: who looks; private jobs of others are left out unless they were shared. None: an operator.
    `first_day`, `last_day`: YYYY-MM-DD, inclusive, as jobs are counted in their workspace.
    `collection`: the jobs of one collection. `kept`: those of any.
    """

    words: str = ""
    job: int | None = None
    before: int | None = None
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
        """Return a page of what was found, newest first. Of a comparison the job that carries it is found."""
        where, values = _where(search)
        page = f"SELECT job FROM prompts WHERE {where} ORDER BY job DESC LIMIT :limit OFFSET :offset"
        sql = f"SELECT {COLUMNS} FROM jobs WHERE id IN ({page}) ORDER BY id DESC"
        values |= {"limit": limit, "offset": offset}
        return await self._store.read(lambda tx: read_jobs(tx, sql, values))

    async def count(self, search: JobSearch) -> int:
        """Return how many jobs `search` finds."""
        where, values = _where(search)
        row = await self._store.read(
            lambda tx: tx.execute(f"SELECT COUNT(*) FROM prompts WHERE {where}", values).fetchone()
        )
        return int(row[0])

    async def values(
        self, of: Literal["person", "channel", "tier"], search: JobSearch, limit: int
    ) -> list[str]:
        """Return the different people, channels or tiers of what was found, the newest first."""
        where, values = _where(search)
        found = f"SELECT {of}, job FROM prompts WHERE {where}"
        if of == "tier":
            jobs = f"SELECT job FROM prompts WHERE {where}"
            found += (
                f" UNION ALL SELECT tier, comparison FROM jobs WHERE {_COMPARED} AND comparison IN ({jobs})"
            )
        sql = f"SELECT {of} FROM ({found}) AS found GROUP BY {of} ORDER BY MAX(job) DESC LIMIT :limit"
        rows = await self._store.read(lambda tx: tx.execute(sql, values | {"limit": limit}).fetchall())
        return [str(value) for (value,) in rows]

    async def keep(self, job: int, collection: str | None = None) -> bool:
        """Keep a job until it is dropped, deleted or forgotten. False: it has no pictures to keep.

        It is in one collection: a name moves it there, and None leaves it where it is, which is in the one
        without a name at first. Safe to repeat.
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

    async def collections_of(self, jobs: Collection[int]) -> dict[int, str]:
        """Return the collections of those of the jobs that are kept."""
        sql = f"SELECT job, collection FROM collected WHERE job IN ({', '.join('?' * len(jobs))})"
        values = tuple(jobs)
        return dict(await self._store.read(lambda tx: tx.execute(sql, values).fetchall())) if jobs else {}

    async def collections(self, workspace: str, person: str) -> list[tuple[str, int]]:
        """Return the person's collections with the number of jobs in each, by name."""
        return await self._store.read(lambda tx: tx.execute(_COLLECTIONS, (workspace, person)).fetchall())


def put(tx: Transaction, job: Job, words: str, *, private: bool) -> None:
    """Note the words of a new job."""
    row = job.id, job.workspace, job.person, job.channel, job.tier, job.day
    tx.execute(_PUT, (*row, int(private), fold(words)))


def show(tx: Transaction, job: int) -> None:
    """Let searches find a job that was delivered with pictures."""
    tx.execute(_SHOW, {"job": job})


def forget(tx: Transaction, job: int) -> None:
    """Let nothing find or keep a job any more."""
    tx.execute(_FORGET, (job,))
    tx.execute(_DROP, (job,))


def _where(search: JobSearch) -> tuple[str, dict[str, str | int]]:
    """Return the condition of a search and its values."""
    terms, values = ["found = 1"], dict[str, str | int]()
    for name, sql in _TERMS:
        value = getattr(search, name)
        if value is not None:
            terms.append(sql)
            values[name] = value
    if search.kept:
        terms.append("job IN (SELECT job FROM collected)")
    if search.tiers:
        named = {f"tier{number}": tier for number, tier in enumerate(search.tiers)}
        among = f"tier IN ({', '.join(f':{name}' for name in named)})"
        terms.append(f"({among} OR job IN (SELECT comparison FROM jobs WHERE {_COMPARED} AND {among}))")
        values |= named
    for number, word in enumerate(fold(search.words).split()[:MAX_WORDS]):
        terms.append(f"words LIKE :word{number} ESCAPE '!'")
        values[f"word{number}"] = f"%{_escape(word)}%"
    return " AND ".join(terms), values


def _escape(word: str) -> str:
    """Return a word so that LIKE takes every character of it for itself."""
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
