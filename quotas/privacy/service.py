"""`ledger.privacy`: forgetting people, departures of workspaces, and copies of what is stored."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields

from quotas.jobs.rows import newest
from quotas.people.links import Link, link_of
from quotas.privacy.forget import (
    DUE,
    Forgotten,
    Outdated,
    StillOpen,
    StripOutcome,
    Traces,
    count_open,
    find_traces,
    forget,
    workspaces_of,
)
from quotas.privacy.returning import NAMESPACE, Digests, expire
from quotas.records import ANY, Entry, Job, Limits
from quotas.settings.limits import read_limits
from quotas.settings.log import Change, entry_of_row
from quotas.store import key_value
from quotas.store.sqlite import fold_log, rewrite
from quotas.store.store import Store
from quotas.store.transaction import Transaction

CLEAN_TRIES = 50
CLEAN_PAUSE = 0.1  # seconds between tries: a reader is soon done
SMALL = 32 * 1024 * 1024  # bytes; such a file is written anew in some tenths of a second

_LEFT = "INSERT INTO departures (workspace, left_at) VALUES (?, ?) ON CONFLICT (workspace) DO NOTHING"
_BACK = "DELETE FROM departures WHERE workspace = ?"
_DEPARTURES = "SELECT workspace, left_at FROM departures ORDER BY left_at, workspace"
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
class WorkspaceRecord:
    """The data of a person in one workspace. `count`: all their jobs there; `jobs`: the newest of them."""

    workspace: str
    name: str
    count: int
    jobs: tuple[Job, ...]
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

    async def forget(
        self, person: str, workspace: str | None, *, author: str, reason: str, strip_outcome: StripOutcome
    ) -> Forgotten | StillOpen | None:
        """Replace a person by a pseudonym, in one workspace or everywhere. None: no workspace knows them.

        `strip_outcome`: returns the part of a job's outcome by which the bill is compared, but nobody is
        recognized. Call `clean` afterwards to remove the last traces from the files.
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
        while True:  # again only if a job was accepted and closed between the two
            answer = await self._attempt_to_forget(person, workspace, by, strip_outcome)
            if not isinstance(answer, Outdated):
                return answer

    async def _attempt_to_forget(
        self, person: str, workspace: str | None, by: Change, strip_outcome: StripOutcome
    ) -> Forgotten | StillOpen | Outdated | None:
        traces = await self._store.read(lambda tx: find_traces(tx, person, workspace))
        return await self._store.write(
            lambda tx: forget(tx, person, workspace, by, traces, strip_outcome, self._digests)
        )

    async def clean(self, *, idle: bool) -> bool:
        """Write the file anew if somebody was forgotten, remove old copies, and empty the write-ahead log.

        Nobody can write meanwhile, so a large file waits for a call with `idle`. False: call again later.
        """
        done = await self._store.between(lambda tx: _rewrite(tx, SMALL if not idle else None))
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

    async def traces(self, person: str, workspace: str | None) -> Traces:
        """Find a person's jobs and messages, in one workspace or everywhere."""
        return await self._store.read(lambda tx: find_traces(tx, person, workspace))

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


def _rewrite(tx: Transaction, most_bytes: int | None) -> bool:
    if key_value.get(tx, NAMESPACE, DUE) is None:
        return True
    if not rewrite(tx, most_bytes):
        return False
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
        setting=read_limits(tx, (workspace, "person", person)),
        link=link_of(tx, workspace, person),
    )
