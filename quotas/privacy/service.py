"""`ledger.privacy`: forgetting people, departures of workspaces, and copies of what is stored."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import TypeVar

from quotas.jobs.rows import newest
from quotas.people.links import Link, link_of
from quotas.privacy import rest
from quotas.privacy.forget import DUE, Forgotten, StillOpen, count_open, forget, mark_due, workspaces_of
from quotas.privacy.returning import NAMESPACE, Digests, expire
from quotas.records import ANY, Entry, Job, Limits
from quotas.settings.limits import read_limits
from quotas.settings.log import Change, entry_of_row
from quotas.store import key_value
from quotas.store.sqlite import fold_log, rewrite
from quotas.store.store import Store
from quotas.store.transaction import Transaction

T = TypeVar("T")

CLEAN_TRIES = 50
CLEAN_PAUSE = 0.1  # seconds between tries: a reader is soon done

_LEFT = "INSERT INTO departures (workspace, left_at) VALUES (?, ?) ON CONFLICT (workspace) DO NOTHING"
_BACK = "DELETE FROM departures WHERE workspace = ?"
_DEPARTURES = "SELECT workspace, left_at FROM departures ORDER BY left_at, workspace"
_KEPT = """SELECT job, collection FROM collected JOIN jobs ON jobs.id = collected.job
  WHERE workspace = ? AND person = ?"""
_COUNT = "SELECT COUNT(*) FROM jobs WHERE workspace = ? AND person = ?"
_NAME = "SELECT name FROM people WHERE workspace = ? AND person = ?"
_ENTRIES = f"""SELECT {", ".join(field.name for field in fields(Entry))} FROM entries
  WHERE (kind = 'person' AND ref = ?) OR author = ? ORDER BY id DESC LIMIT ?"""
_PEOPLE = """SELECT person FROM people WHERE workspace = :workspace
  UNION SELECT ref FROM limits WHERE kind = 'person' AND workspace = :workspace
  UNION SELECT person FROM links WHERE workspace = :workspace
  UNION SELECT author FROM entries WHERE workspace = :workspace
  UNION SELECT ref FROM entries WHERE kind = 'person' AND workspace = :workspace
  ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Erase:
    """The two steps of forgetting a job that the ledger cannot take by itself.

    `strip_outcome`: returns the part of an outcome by which the bill is compared, but nobody is recognized.
    `pictures`: deletes the pictures of these jobs.
    """

    strip_outcome: rest.StripOutcome
    pictures: Callable[[Sequence[int]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WorkspaceRecord:
    """The data of a person in one workspace. `count`: all their jobs there; `jobs`: the newest of them.

    `kept`: the collections of those that the person keeps, by job.
    """

    workspace: str
    name: str
    count: int
    jobs: tuple[Job, ...]
    kept: Mapping[int, str]
    setting: Limits | None
    link: Link


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Everything that the ledger has of a person. `entries`: about them or by them, newest first."""

    person: str
    workspaces: tuple[WorkspaceRecord, ...]
    entries: tuple[Entry, ...]


class Privacy:
    """The privacy of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float], digests: Digests) -> None:
        self._store = store
        self._clock = clock
        self._digests = digests
        self._forgetting = asyncio.Lock()

    async def forget(
        self, person: str, workspace: str | None, *, author: str, reason: str, erase: Erase
    ) -> Forgotten | StillOpen | None:
        """Replace a person by a pseudonym, in one workspace or everywhere. None: no workspace knows them.

        From its first transaction on, the person is forgotten; the rest follows before this returns, or by
        `finish`. Call `clean` afterwards to remove the last traces from the files.
        """
        by = Change(
            workspace=workspace or ANY,
            kind="person",
            ref=person,
            author=author,
            reason=reason,
            request_id="",
            at=self._clock(),
        )
        async with self._forgetting:
            await self._finish_all(erase)  # a pseudonym must not get what is another's
            answer: Forgotten | StillOpen | None = await self._store.write(
                lambda tx: forget(tx, person, workspace, by, self._digests)
            )
            if isinstance(answer, StillOpen):
                return answer
            if workspace is None:
                await self._delete_waiting(person)
            await self._finish_all(erase)
            return answer

    async def finish(self, erase: Erase) -> None:
        """Finish what an earlier process, or one that failed meanwhile, left of a forgetting."""
        async with self._forgetting:
            await self._finish_all(erase)

    async def _finish_all(self, erase: Erase) -> None:
        for left in await self._store.read(rest.list_unfinished):
            await self._delete_waiting(left.whose.person)
            for place in left.places:
                await self._forget_jobs(left, place, erase)
            entries = await self._store.read(partial(rest.list_entries, rest=left))
            await self._in_batches(entries, partial(rest.forget_entry, rest=left))
            await self._store.write(partial(rest.finish, rest=left))

    async def _forget_jobs(self, left: rest.Rest, place: rest.Place, erase: Erase) -> None:
        """Forget jobs batch by batch, pictures first: no picture is left over if the process is killed."""
        while jobs := await self._store.read(partial(rest.list_jobs, rest=left, place=place)):
            await erase.pictures([number for number, has_pictures in jobs if has_pictures])
            forget_job = partial(
                rest.forget_job,
                rest=left,
                place=place,
                strip_outcome=erase.strip_outcome,
                now=self._clock(),
            )
            await self._in_batches([number for number, _ in jobs], forget_job)

    async def _delete_waiting(self, person: str) -> None:
        rows = await self._store.read(partial(rest.list_waiting, person=person))
        if rows:
            await self._store.write(lambda tx: mark_due(tx, self._clock()))
            await self._in_batches(rows, rest.delete_waiting)

    async def _in_batches(self, items: Sequence[T], work: Callable[[Transaction, T], None]) -> None:
        """Do the work on each item, in transactions that are short enough for others to write in between."""

        def batch(tx: Transaction, done: int) -> int:
            end = time.monotonic() + rest.SECONDS
            for item in items[done : done + rest.AT_ONCE]:
                work(tx, item)
                done += 1
                if time.monotonic() > end:
                    break
            return done

        done = 0
        while done < len(items):
            done = await self._store.write(partial(batch, done=done))

    async def due(self) -> float | None:
        """Return since when (unix seconds) the file has bytes of somebody who was forgotten; None: none."""
        since = await self._store.read(lambda tx: key_value.get(tx, NAMESPACE, DUE))
        return None if since is None else float(since or 0)

    async def clean(self, *, idle: bool) -> bool:
        """Empty the write-ahead log. If `idle`, write the file anew before, and remove old copies, if due.

        Nobody can write meanwhile. False: something is left; call again later.
        """
        done = await self._store.between(_rewrite) if idle else await self.due() is None
        for _ in range(CLEAN_TRIES):
            if await self._store.between(fold_log):
                return done
            await asyncio.sleep(CLEAN_PAUSE)
        return False

    async def collect(self, person: str, limit: int) -> PersonRecord:
        """Return all of a person: at most `limit` jobs of each workspace, and at most `limit` entries."""
        return await self._store.read(lambda tx: _person_record(tx, person, limit))

    async def count_open(self, person: str, workspace: str | None) -> int:
        """Count a person's jobs that wait or are being drawn, in one workspace or everywhere."""
        return await self._store.read(
            lambda tx: count_open(tx, person, [workspace] if workspace else workspaces_of(tx, person))
        )

    async def list_jobs(self, person: str, workspace: str | None) -> list[int]:
        """Return a person's jobs that may have pictures, in one workspace or everywhere."""
        return await self._store.read(
            lambda tx: rest.list_drawn(tx, person, [workspace] if workspace else workspaces_of(tx, person))
        )

    async def list_people(self, workspace: str, platform: str) -> list[str]:
        """Return everybody of a platform of whom a workspace has something, without pseudonyms."""
        rows = await self._store.read(lambda tx: tx.execute(_PEOPLE, {"workspace": workspace}).fetchall())
        own, gone = f"{platform}:", f"{platform}:forgotten-"
        return [person for (person,) in rows if person.startswith(own) and not person.startswith(gone)]

    async def record_departure(self, workspace: str) -> bool:
        """Note that the bot was taken out of a workspace. False: noted before; the first time counts."""
        now = self._clock()
        return await self._store.write(lambda tx: tx.execute(_LEFT, (workspace, now)).rowcount == 1)

    async def delete_departure(self, workspace: str) -> bool:
        """Forget that the bot was taken out of a workspace. False: it was not."""
        return await self._store.write(lambda tx: tx.execute(_BACK, (workspace,)).rowcount == 1)

    async def list_departures(self) -> list[tuple[str, float]]:
        """Return (workspace, unix seconds since which the bot is out of it), the longest first."""
        return await self._store.read(lambda tx: tx.execute(_DEPARTURES).fetchall())

    async def expire_digests(self) -> None:
        """Delete the digests of people who have nothing left that they could continue with."""
        now = self._clock()
        await self._store.write(lambda tx: expire(tx, now))
        await self.load_digests()

    async def load_digests(self) -> None:
        """Load the digests of people who may come back. A ledger that is open to write begins with it."""
        await self._store.between(self._digests.load)


def _rewrite(tx: Transaction) -> bool:
    if key_value.get(tx, NAMESPACE, DUE) is not None:
        rewrite(tx)
        key_value.delete(tx, NAMESPACE, DUE)
    return True


def _person_record(tx: Transaction, person: str, limit: int) -> PersonRecord:
    rows = tx.execute(_ENTRIES, (person, person, limit)).fetchall()
    workspaces = tuple(
        _workspace_record(tx, workspace, person, limit) for workspace in workspaces_of(tx, person)
    )
    return PersonRecord(person, workspaces, tuple(map(entry_of_row, rows)))


def _workspace_record(tx: Transaction, workspace: str, person: str, limit: int) -> WorkspaceRecord:
    identity = workspace, person
    name = tx.execute(_NAME, identity).fetchone()
    return WorkspaceRecord(
        workspace=workspace,
        name=name[0] if name else "",
        count=int(tx.execute(_COUNT, identity).fetchone()[0]),
        jobs=tuple(newest(tx, *identity, limit)),
        kept=dict(tx.execute(_KEPT, identity).fetchall()),
        setting=read_limits(tx, (workspace, "person", person)),
        link=link_of(tx, workspace, person),
    )
