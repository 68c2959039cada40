"""Forgetting a person: texts are deleted, ids become a pseudonym, amounts stay.

One forgetting gives all rows of the person the same new pseudonym. Sums stay as they are, and so do the
changes in the log; the reason of an entry about the person is deleted.
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

DUE = "write anew"  # a key in the namespace of privacy: the file still has old bytes between its rows
BITS = 63  # that a pseudonym's 13 characters hold
MIN_LOCAL_LENGTH = 9  # characters of an id without platform that identify a person in any text

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
_SET_OUTCOME = "UPDATE jobs SET outcome = ? WHERE id = ?"
_REST = (
    "UPDATE rollup SET person = :pseudonym WHERE workspace = :workspace AND person = :person",
    "UPDATE counters SET ref = :pseudonym WHERE kind = 'person' AND workspace = :workspace AND ref = :person",
    "UPDATE carried SET person = :pseudonym WHERE workspace = :workspace AND person = :person",
    "UPDATE limits SET ref = :pseudonym WHERE kind = 'person' AND workspace = :workspace AND ref = :person",
)
_UNNAME = "DELETE FROM people WHERE workspace = ? AND person = ?"
# A channel where nobody else ever drew identifies the person as well as a name.
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
_UNDELIVERED = """DELETE FROM waiting
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


StripOutcome = Callable[[str], str]  # an outcome (JSON, opaque here) to the part of it that may stay


@dataclass(frozen=True, slots=True)
class Traces:
    """A person's jobs, and the messages that lead to them. No index finds these, so a reader searches."""

    jobs: tuple[int, ...]
    messages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A person was forgotten: the pseudonym of their amounts, the workspaces, and the ids of their jobs."""

    pseudonym: str
    workspaces: tuple[str, ...]
    jobs: int
    job_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outdated:
    """A person was not forgotten, because they had another job since their traces were found."""


@dataclass(frozen=True, slots=True)
class StillOpen:
    """A person was not forgotten, because so many of their jobs wait or are being drawn."""

    jobs: int


def workspaces_of(tx: Transaction, person: str) -> list[str]:
    """Return the workspaces that have something of a person."""
    return [workspace for (workspace,) in tx.execute(_PLACES, {"person": person}).fetchall()]


def find_traces(tx: Transaction, person: str, workspace: str | None) -> Traces:
    """Find a person's jobs and messages, in one workspace or everywhere."""
    jobs: list[int] = []
    messages: list[tuple[str, str, str]] = []
    for place in [workspace] if workspace else workspaces_of(tx, person):
        jobs += [number for (number,) in tx.execute(_IDS, (place, person)).fetchall()]
        messages += tx.execute(_MESSAGES, (place, person)).fetchall()
    return Traces(tuple(jobs), tuple(messages))


def count_open(tx: Transaction, person: str, where: Iterable[str]) -> int:
    """Count a person's jobs that wait or are being drawn."""
    return sum(int(tx.execute(_OPEN, (workspace, person)).fetchone()[0]) for workspace in where)


def forget(
    tx: Transaction,
    person: str,
    workspace: str | None,
    by: Change,
    traces: Traces,
    strip_outcome: StripOutcome,
    digests: returning.Digests,
) -> Forgotten | Refusal[StillOpen | Outdated] | None:
    """Forget a person in one workspace, or everywhere. None: no workspace has anything of them.

    Refused while a job is open, or if `traces` lacks a job.

    `by`: who asks, why and when.
    `traces`: from `find_traces`.
    `digests`: gets the person's digest within this transaction.
    """
    where = [place for place in workspaces_of(tx, person) if workspace in (None, place)]
    if not where:
        if workspace is None and _delete_waiting(tx, person):
            key_value.put(tx, returning.NAMESPACE, DUE, "")
        return None
    if open_jobs := count_open(tx, person, where):
        return Refusal(StillOpen(open_jobs))
    job_ids = tuple(row[0] for place in where for row in tx.execute(_IDS, (place, person)).fetchall())
    if not set(job_ids) <= set(traces.jobs):
        return Refusal(Outdated())
    pseudonym = f"{person.partition(':')[0]}:forgotten-{id_text(secrets.randbits(BITS))}"
    for place in where:
        returning.welcome(tx, place, person, by.at)
        links.leave(tx, _about(by, place, pseudonym, person, f"leave:{pseudonym} {place}"), place, person)
    _rename_in_entries(tx, person, pseudonym, where, everywhere=workspace is None)
    author = pseudonym if by.author == person else by.author
    jobs = 0
    for place in where:
        _strip_outcomes(tx, place, person, strip_outcome)
        count = _rename_in_workspace(tx, person, pseudonym, place, by.at)
        returning.remember(tx, place, person, pseudonym, by.at, digests)
        change = _about(by, place, author, pseudonym, f"forget:{pseudonym} {place}")
        log.write_entry(tx, change, "forget", (None, log.fields_text({"jobs": count})))
        jobs += count
    tx.executemany(_UNMAP, traces.messages)
    _delete_waiting(tx, person)
    key_value.put(tx, returning.NAMESPACE, DUE, "")
    return Forgotten(pseudonym, tuple(where), jobs, job_ids)


def _about(by: Change, workspace: str, author: str, ref: str, request_id: str) -> Change:
    return replace(by, workspace=workspace, kind="person", ref=ref, author=author, request_id=request_id)


def _strip_outcomes(tx: Transaction, workspace: str, person: str, strip_outcome: StripOutcome) -> None:
    outcomes = tx.execute(_OUTCOMES, (workspace, person)).fetchall()
    tx.executemany(_SET_OUTCOME, [(strip_outcome(outcome), number) for outcome, number in outcomes])


def _rename_in_workspace(tx: Transaction, person: str, pseudonym: str, workspace: str, now: float) -> int:
    """Rename the person in every table but the log, delete their texts, and return the number of jobs."""
    values = {"person": person, "pseudonym": pseudonym, "workspace": workspace, "now": now}
    channels = [channel for (channel,) in tx.execute(_OWN_CHANNELS, values).fetchall()]
    tx.execute(_SHARES, values)
    tx.execute(_UNDELIVERED, values)
    count = tx.execute(_JOBS, values).rowcount
    for sql in _REST:
        tx.execute(sql, values)
    tx.execute(_UNNAME, (workspace, person))
    for number, old in enumerate(channels, start=1):
        for sql in _CHANNEL:
            tx.execute(sql, {**values, "old": old, "new": f"{pseudonym}/{number}"})
    return count


def _rename_in_entries(
    tx: Transaction, person: str, pseudonym: str, where: list[str], *, everywhere: bool
) -> None:
    """Rename the person in the whole log (`everywhere`), or only where an entry concerns one of `where`."""

    def renamed(match: re.Match[str]) -> str:
        return match[0].removesuffix(person) + pseudonym

    local = person.rpartition(":")[2]
    values = {"person": person, "like": f"%{person}%", "local": f"%{local}%"}
    names = {place: _names(tx, place, person) for place in where}
    anywhere, in_links = _whole_words(person), _whole_words(*(f"{place} {person}" for place in where))
    for number, place, author, kind, ref, *texts in tx.execute(_ENTRIES, values).fetchall():
        is_here = everywhere or place in where
        is_about, is_author = is_here and (kind, ref) == ("person", person), is_here and author == person
        new = [text and (anywhere if is_here else in_links).sub(renamed, text) for text in texts]
        if is_about:
            new[_REASON] = ""
        elif is_here:
            mention = _mention(local, names.get(place, ()) if is_author else ())
            new[_REASON] = mention.sub(pseudonym, new[_REASON])
        ids = pseudonym if is_author else author, pseudonym if is_about else ref
        if [*ids, *new] != [author, ref, *texts]:
            tx.execute(_RENAME, (*ids, *new, number))


def _names(tx: Transaction, workspace: str, person: str) -> list[str]:
    return [name for (name,) in tx.execute(_NAME, (workspace, person)).fetchall() if name]


def _whole_words(*names: str) -> re.Pattern[str]:
    """Return a pattern that finds the names as whole words: discord:12 is not part of discord:123."""
    return re.compile(rf"(?<![\w:-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")


def _mention(local: str, names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds a person in a text, as a mention or by name."""
    by_name = "".join(rf"|(?<!\w){re.escape(name)}(?!\w)" for name in names)
    return re.compile(rf"<@!?{re.escape(local)}(?:\|[^<>]*)?>{by_name}")


def _delete_waiting(tx: Transaction, person: str) -> bool:
    """Delete what waits for the person or speaks of them, in every workspace. False: there was nothing."""
    local = person.rpartition(":")[2]
    values = {"person": person, "like": f"%{person}%"}
    deleted = sum(tx.execute(sql, values).rowcount for sql in _WAITING)
    if len(local) >= MIN_LOCAL_LENGTH and any(letter.isdigit() for letter in local):
        deleted += tx.execute(_MENTIONED, {"local": f"%{local}%"}).rowcount
    return deleted > 0
