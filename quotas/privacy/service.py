"""What an open ledger does about privacy: it forgets, welcomes back, and tells what it keeps."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields

from quotas.jobs.rows import newest
from quotas.people.links import Link, link_of
from quotas.privacy.forget import (
    DUE,
    Bare,
    Forgotten,
    StillOpen,
    Traces,
    forget,
    places,
    still_open,
    traces,
)
from quotas.privacy.returning import NAMESPACE, Away, away, expire, welcome
from quotas.records import ANY, Entry, Job, Limits
from quotas.settings.limits import limits
from quotas.settings.log import Change, read_entry
from quotas.store import key_value
from quotas.store.sqlite import fold_log, rewrite
from quotas.store.store import Store
from quotas.store.transaction import Transaction

__all__ = ["About", "Forgotten", "Privacy", "StillOpen", "Traces"]

CLEAN_TRIES = 50
CLEAN_PAUSE = 0.1  # seconds between tries: whoever reads is soon done
SMALL = 32 * 1024 * 1024  # bytes of a file that is written anew in some tenths of a second

_LEFT = "INSERT INTO departures (workspace, left_at) VALUES (?, ?) ON CONFLICT (workspace) DO NOTHING"
_BACK = "DELETE FROM departures WHERE workspace = ?"
_DEPARTURES = "SELECT workspace, left_at FROM departures ORDER BY left_at, workspace"
_COUNT = "SELECT COUNT(*) FROM jobs WHERE workspace = ? AND person = ?"
_NAME = "SELECT name FROM people WHERE workspace = ? AND person = ?"
_ENTRIES = f"""SELECT {", ".join(field.name for field in fields(Entry))} FROM entries
  WHERE (kind = 'person' AND ref = ?) OR author = ? ORDER BY id DESC LIMIT ?"""
_THERE = """SELECT person FROM people WHERE workspace = :workspace
  UNION SELECT ref FROM limits WHERE kind = 'person' AND workspace = :workspace
  UNION SELECT person FROM links WHERE workspace = :workspace
  UNION SELECT author FROM entries WHERE workspace = :workspace
  UNION SELECT ref FROM entries WHERE kind = 'person' AND workspace = :workspace
  ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Here:
    """What is kept of a person in one workspace: `count` jobs, of which `jobs` are the newest."""

    workspace: str
    name: str
    count: int
    jobs: tuple[Job, ...]
    setting: Limits | None
    link: Link


@dataclass(frozen=True, slots=True)
class About:
    """Everything that is kept of a person; entries are those about them and by them, newest first."""

    person: str
    here: tuple[Here, ...]
    entries: tuple[Entry, ...]


class Privacy:
    """Methods raise LedgerError where the ledger cannot serve."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._away = Away()

    async def forget(
        self, person: str, workspace: str | None, *, author: str, reason: str, bare: Bare
    ) -> Forgotten | StillOpen | None:
        """Make a person a pseudonym, in one workspace or everywhere. None: nothing is kept of them.

        `bare`: what stays of a job's outcome, of which the bill can be compared but nobody recognised.
        Afterwards `clean` takes the last traces out of the files.
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
        found = await self._store.read(lambda tx: traces(tx, person, workspace))
        answer: Forgotten | StillOpen | None = await self._store.write(
            lambda tx: forget(tx, person, workspace, by, found, bare)
        )
        await self.load_digests()
        return answer

    async def clean(self, *, idle: bool) -> bool:
        """Where somebody was forgotten, write the file anew and take away copies from before an update.

        Its log is emptied in any case. Nobody can write meanwhile: a large file waits for a call while
        nothing goes on (`idle`). False: something is still to be done.
        """
        done = await self._store.between(lambda tx: _rewrite(tx, SMALL if not idle else None))
        for _ in range(CLEAN_TRIES):
            if await self._store.between(fold_log):
                return done
            await asyncio.sleep(CLEAN_PAUSE)
        return False

    async def about(self, person: str, most: int) -> About:
        """At most `most` jobs of each workspace, and as many entries."""
        return await self._store.read(lambda tx: _about(tx, person, most))

    async def count_open(self, person: str, workspace: str | None) -> int:
        """How many of a person's jobs wait or are being drawn, there or everywhere."""
        return await self._store.read(
            lambda tx: still_open(tx, person, [workspace] if workspace else places(tx, person))
        )

    async def traces(self, person: str, workspace: str | None) -> Traces:
        """A person's jobs and messages, there or everywhere."""
        return await self._store.read(lambda tx: traces(tx, person, workspace))

    async def list_people(self, workspace: str, platform: str) -> list[str]:
        """Everybody of that platform of whom something is kept there, and who is not a pseudonym yet."""
        rows = await self._store.read(lambda tx: tx.execute(_THERE, {"workspace": workspace}).fetchall())
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
        """Let go of those who were forgotten so long ago that nothing of theirs runs any more."""
        now = self._clock()
        await self._store.write(lambda tx: expire(tx, now))
        await self.load_digests()

    async def load_digests(self) -> None:
        """Know again who was forgotten and may come back; an open ledger that writes begins with it."""
        self._away = await self._store.read(away)

    async def welcome(self, workspace: str, person: str) -> None:
        """Before anything is counted for a person, or told of what they may draw."""
        back = [place for place in (workspace, ANY) if self._away.has(place, person)]
        if not back:
            return
        now = self._clock()
        for place in back:
            await self._store.write(_welcomed(place, person, now))
        await self.load_digests()


def _rewrite(tx: Transaction, most_bytes: int | None) -> bool:
    if key_value.get(tx, NAMESPACE, DUE) is None:
        return True
    if not rewrite(tx, most_bytes):
        return False
    key_value.delete(tx, NAMESPACE, DUE)
    return True


def _welcomed(workspace: str, person: str, now: float) -> Callable[[Transaction], None]:
    return lambda tx: welcome(tx, workspace, person, now)


def _about(tx: Transaction, person: str, most: int) -> About:
    rows = tx.execute(_ENTRIES, (person, person, most)).fetchall()
    here = tuple(_here(tx, workspace, person, most) for workspace in places(tx, person))
    return About(person, here, tuple(map(read_entry, rows)))


def _here(tx: Transaction, workspace: str, person: str, most: int) -> Here:
    identity = workspace, person
    name = tx.execute(_NAME, identity).fetchone()
    return Here(
        workspace=workspace,
        name=name[0] if name else "",
        count=int(tx.execute(_COUNT, identity).fetchone()[0]),
        jobs=tuple(newest(tx, *identity, most)),
        setting=limits(tx, (workspace, "person", person)),
        link=link_of(tx, workspace, person),
    )
