"""Forgetting a person: what they typed goes, who they were becomes a pseudonym, what was spent stays.

A pseudonym is the same for all of one person's rows, and made for this one time. Sums stay as they are, and
so does what was changed; what was written about the person in a reason goes.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from quotas.ids import id_text
from quotas.people import links
from quotas.privacy import returning
from quotas.settings import log
from quotas.settings.log import Change
from quotas.store import key_value
from quotas.store.transaction import Refusal, Transaction

DUE = "write anew"  # in the namespace of what privacy needs: the file still has old bytes between its rows
BITS = 63  # what a pseudonym's 13 characters hold
TELLING = 9  # characters from which a number is somebody's: no platform's ids have fewer

_PLACES = """SELECT workspace FROM people WHERE person = :person
  UNION SELECT workspace FROM limits WHERE kind = 'person' AND ref = :person
  UNION SELECT workspace FROM counters WHERE kind = 'person' AND ref = :person
  UNION SELECT workspace FROM links WHERE person = :person
  UNION SELECT workspace FROM entries WHERE author = :person OR (kind = 'person' AND ref = :person)
  ORDER BY workspace"""
_OPEN = "SELECT COUNT(*) FROM jobs WHERE closed_at IS NULL AND workspace = ? AND person = ?"
_NAME = "SELECT name FROM people WHERE workspace = ? AND person = ?"
_JOBS = """UPDATE jobs SET person = :pseudonym, name = '', request_id = 'forgotten:' || id, request = '',
    address = '', reply_token = NULL, reply_until = NULL, card = NULL,
    delivered_at = COALESCE(delivered_at, :now), deleted_at = COALESCE(deleted_at, :now),
    emptied_at = COALESCE(emptied_at, :now)
  WHERE workspace = :workspace AND person = :person"""
_OUTCOMES = "SELECT outcome, id FROM jobs WHERE workspace = ? AND person = ? AND outcome IS NOT NULL"
_BARE = "UPDATE jobs SET outcome = ? WHERE id = ?"
_REST = (
    "UPDATE rollup SET person = :pseudonym WHERE workspace = :workspace AND person = :person",
    "UPDATE counters SET ref = :pseudonym WHERE kind = 'person' AND workspace = :workspace AND ref = :person",
    "UPDATE carried SET person = :pseudonym WHERE workspace = :workspace AND person = :person",
    "UPDATE limits SET ref = :pseudonym WHERE kind = 'person' AND workspace = :workspace AND ref = :person",
)
_UNNAME = "DELETE FROM people WHERE workspace = ? AND person = ?"
# A place where nobody else ever drew tells who it was as well as a name does.
_OWN_CHANNELS = """SELECT channel FROM rollup WHERE workspace = :workspace
  GROUP BY channel HAVING MIN(person) = :person AND MAX(person) = :person
  EXCEPT SELECT channel FROM jobs WHERE closed_at IS NULL AND workspace = :workspace
  EXCEPT SELECT ref FROM entries WHERE kind = 'channel' AND workspace = :workspace
  EXCEPT SELECT value FROM preferences WHERE workspace = :workspace"""
_CHANNEL = (
    "UPDATE jobs SET channel = :new WHERE workspace = :workspace AND person = :pseudonym AND channel = :old",
    "UPDATE rollup SET channel = :new WHERE workspace = :workspace AND channel = :old",
    "UPDATE counters SET ref = :new WHERE kind = 'channel' AND workspace = :workspace AND ref = :old",
    "DELETE FROM names WHERE workspace = :workspace AND id = :old",
)
_TEXTS = ("before", "after", "reason", "request_id")
_REASON = _TEXTS.index("reason")
_ENTRIES = f"""SELECT id, workspace, author, kind, ref, {", ".join(_TEXTS)} FROM entries
  WHERE author = :person OR ref = :person OR reason LIKE :local
    OR before LIKE :like OR after LIKE :like OR request_id LIKE :like"""
_RENAME = """UPDATE entries SET author = ?, ref = ?, before = ?, after = ?, reason = ?, request_id = ?
  WHERE id = ?"""
_SHARES = """DELETE FROM shares
  WHERE job IN (SELECT id FROM jobs WHERE workspace = :workspace AND person = :person)"""
_WAITING = (
    "DELETE FROM raise_requests WHERE person = :person",
    "DELETE FROM kept WHERE (drawer, key) IN (SELECT drawer, key FROM kept_people WHERE person = :person)",
    "DELETE FROM pending WHERE person = :person OR subject = :person OR payload LIKE :like",
)
_MENTIONED = "DELETE FROM pending WHERE payload LIKE :local"  # in words that somebody typed
_IDS = "SELECT id FROM jobs WHERE workspace = ? AND person = ?"
_MESSAGES = f"SELECT platform, channel, message FROM messages WHERE job IN ({_IDS})"
_UNMAP = "DELETE FROM messages WHERE platform = ? AND channel = ? AND message = ?"


Bare = Callable[[str], str]  # what stays of a job's outcome; what that is, the ledger does not know


@dataclass(frozen=True, slots=True)
class Traces:
    """A person's jobs, and the messages that lead to them. No index finds these: a reader looks."""

    jobs: tuple[int, ...]
    messages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody is nobody any more: under which name their amounts stay, and in which workspaces."""

    pseudonym: str
    workspaces: tuple[str, ...]
    jobs: int


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Nobody is forgotten while so many of their jobs are waiting or being drawn."""

    jobs: int


def places(tx: Transaction, person: str) -> list[str]:
    """The workspaces in which something is kept of a person."""
    return [workspace for (workspace,) in tx.execute(_PLACES, {"person": person}).fetchall()]


def traces(tx: Transaction, person: str, workspace: str | None) -> Traces:
    """Where a person has been, in one workspace or everywhere."""
    jobs: list[int] = []
    messages: list[tuple[str, str, str]] = []
    for place in [workspace] if workspace else places(tx, person):
        jobs += [number for (number,) in tx.execute(_IDS, (place, person)).fetchall()]
        messages += tx.execute(_MESSAGES, (place, person)).fetchall()
    return Traces(tuple(jobs), tuple(messages))


def still_open(tx: Transaction, person: str, where: Iterable[str]) -> int:
    """How many of a person's jobs wait or are being drawn."""
    return sum(int(tx.execute(_OPEN, (workspace, person)).fetchone()[0]) for workspace in where)


def forget(
    tx: Transaction, person: str, workspace: str | None, by: Change, found: Traces, bare: Bare
) -> Forgotten | Refusal[StillOpen] | None:
    """Forget a person in one workspace, or everywhere. None: no workspace has anything of them.

    `by`: who asks, why and when; `found`: what `traces` tells of them; `bare`: what stays of an outcome.
    """
    where = [place for place in places(tx, person) if workspace in (None, place)]
    if not where:
        if workspace is None and _in_waiting(tx, person):
            key_value.put(tx, returning.NAMESPACE, DUE, "")
        return None
    if waiting := still_open(tx, person, where):
        return Refusal(StillOpen(waiting))
    pseudonym = f"{person.partition(':')[0]}:forgotten-{id_text(secrets.randbits(BITS))}"
    for place in where:
        returning.welcome(tx, place, person, by.at)
        links.leave(tx, _about(by, place, pseudonym, person, f"leave:{pseudonym} {place}"), place, person)
    _in_entries(tx, person, pseudonym, where, everywhere=workspace is None)
    author = pseudonym if by.author == person else by.author
    jobs = 0
    for place in where:
        _bare(tx, place, person, bare)
        count = _in_place(tx, person, pseudonym, place, by.at)
        returning.remember(tx, place, person, pseudonym, by.at)
        change = _about(by, place, author, pseudonym, f"forget:{pseudonym} {place}")
        log.write_entry(tx, change, "forget", (None, log.text({"jobs": count})))
        jobs += count
    tx.executemany(_UNMAP, found.messages)
    _in_waiting(tx, person)
    key_value.put(tx, returning.NAMESPACE, DUE, "")
    return Forgotten(pseudonym, tuple(where), jobs)


def _about(by: Change, workspace: str, author: str, ref: str, request_id: str) -> Change:
    return replace(by, workspace=workspace, kind="person", ref=ref, author=author, request_id=request_id)


def _bare(tx: Transaction, workspace: str, person: str, bare: Bare) -> None:
    outcomes = tx.execute(_OUTCOMES, (workspace, person)).fetchall()
    tx.executemany(_BARE, [(bare(outcome), number) for outcome, number in outcomes])


def _in_place(tx: Transaction, person: str, pseudonym: str, workspace: str, now: float) -> int:
    """Everything but entries and what waits; how many jobs there were."""
    values = {"person": person, "pseudonym": pseudonym, "workspace": workspace, "now": now}
    channels = [channel for (channel,) in tx.execute(_OWN_CHANNELS, values).fetchall()]
    tx.execute(_SHARES, values)
    count = tx.execute(_JOBS, values).rowcount
    for sql in _REST:
        tx.execute(sql, values)
    tx.execute(_UNNAME, (workspace, person))
    for number, old in enumerate(channels, start=1):
        for sql in _CHANNEL:
            tx.execute(sql, {**values, "old": old, "new": f"{pseudonym}/{number}"})
    return count


def _in_entries(tx: Transaction, person: str, pseudonym: str, where: list[str], *, everywhere: bool) -> None:
    """Everywhere in the log, or where it speaks of the person as one workspace knows them."""

    def renamed(found: re.Match[str]) -> str:
        return found[0].removesuffix(person) + pseudonym

    local = person.rpartition(":")[2]
    sought = {"person": person, "like": f"%{person}%", "local": f"%{local}%"}
    known = {place: _names(tx, place, person) for place in where}
    named, joined = _mention(person), _mention(*(f"{place} {person}" for place in where))
    for number, place, author, kind, ref, *texts in tx.execute(_ENTRIES, sought).fetchall():
        here = everywhere or place in where
        about, wrote = here and (kind, ref) == ("person", person), here and author == person
        new = [text and (named if here else joined).sub(renamed, text) for text in texts]
        if about:
            new[_REASON] = ""
        elif here:
            new[_REASON] = _called(local, known.get(place, ()) if wrote else ()).sub(pseudonym, new[_REASON])
        who = pseudonym if wrote else author, pseudonym if about else ref
        if [*who, *new] != [author, ref, *texts]:
            tx.execute(_RENAME, (*who, *new, number))


def _names(tx: Transaction, workspace: str, person: str) -> list[str]:
    return [name for (name,) in tx.execute(_NAME, (workspace, person)).fetchall() if name]


def _mention(*names: str) -> re.Pattern[str]:
    """Finds the names as whole words: discord:12 is not part of discord:123."""
    return re.compile(rf"(?<![\w:-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")


def _called(local: str, names: Iterable[str]) -> re.Pattern[str]:
    """Finds a person in words: as chats mention them, or by what they are called."""
    called = "".join(rf"|(?<!\w){re.escape(name)}(?!\w)" for name in names)
    return re.compile(rf"<@!?{re.escape(local)}(?:\|[^<>]*)?>{called}")


def _in_waiting(tx: Transaction, person: str) -> bool:
    """Delete what waits for the person or speaks of them, in every workspace. False: there was nothing."""
    local = person.rpartition(":")[2]
    values = {"person": person, "like": f"%{person}%"}
    deleted = sum(tx.execute(sql, values).rowcount for sql in _WAITING)
    if len(local) >= TELLING and any(letter.isdigit() for letter in local):
        deleted += tx.execute(_MENTIONED, {"local": f"%{local}%"}).rowcount
    return deleted > 0
