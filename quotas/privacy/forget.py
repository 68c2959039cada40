"""Forgetting a person: texts are deleted, ids become a pseudonym, amounts stay.

`forget` moves all amounts, the settings and what the log says about the person in one transaction: from then
on, nobody finds them by their name. Jobs, messages and what they wrote in the log may be many, and nobody
else could write meanwhile. So they follow in batches (`rest.py`). Whatever happens in between, the table
`forgetting` says what is left.
"""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from quotas.ids import id_text
from quotas.people import links
from quotas.privacy import returning
from quotas.settings import log
from quotas.settings.log import Change
from quotas.store import key_value
from quotas.store.transaction import Refusal, Transaction

DUE = "write anew"  # a key in the namespace of privacy: since when the file has old bytes between its rows
BITS = 63  # that a pseudonym's 13 characters hold

_PLACES = """SELECT workspace FROM people WHERE person = :person
  UNION SELECT workspace FROM limits WHERE kind = 'person' AND ref = :person
  UNION SELECT workspace FROM counters WHERE kind = 'person' AND ref = :person
  UNION SELECT workspace FROM links WHERE person = :person
  UNION SELECT workspace FROM entries WHERE author = :person OR (kind = 'person' AND ref = :person)
  ORDER BY workspace"""
_OPEN = "SELECT COUNT(*) FROM jobs WHERE closed_at IS NULL AND workspace = ? AND person = ?"
_NAME = "SELECT name FROM people WHERE workspace = ? AND person = ?"
_JOBS = "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM jobs WHERE workspace = ? AND person = ?"
_LAST_ENTRY = "SELECT COALESCE(MAX(id), 0) FROM entries"
_FIGURES = (
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
    "UPDATE rollup SET channel = :new WHERE workspace = :workspace AND channel = :old",
    "UPDATE counters SET ref = :new WHERE kind = 'channel' AND workspace = :workspace AND ref = :old",
    "DELETE FROM names WHERE workspace = :workspace AND id = :old",
)
_TEXTS = ("before", "after", "reason", "request_id")
_REASON = _TEXTS.index("reason")
_ENTRY = f"SELECT id, workspace, author, kind, ref, {', '.join(_TEXTS)} FROM entries WHERE"
_ABOUT = f"{_ENTRY} kind = 'person' AND ref = ?"
_ONE = f"{_ENTRY} id = ?"
_RENAME = """UPDATE entries SET author = ?, ref = ?, before = ?, after = ?, reason = ?, request_id = ?
  WHERE id = ?"""
_BEGIN = """INSERT INTO forgetting
  (pseudonym, workspace, person, name, everywhere, channels, last_job, last_entry)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A person was forgotten: the pseudonym of their amounts, the workspaces, the number of their jobs."""

    pseudonym: str
    workspaces: tuple[str, ...]
    jobs: int


@dataclass(frozen=True, slots=True)
class StillOpen:
    """A person was not forgotten, because so many of their jobs wait or are being drawn."""

    jobs: int


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A pseudonym, and the person whose place it takes.

    `names`: what they were called, by workspace; only there they are forgotten, unless `everywhere`.
    """

    person: str
    pseudonym: str
    names: dict[str, str]
    everywhere: bool


def workspaces_of(tx: Transaction, person: str) -> list[str]:
    """Return the workspaces that have something of a person."""
    return [workspace for (workspace,) in tx.execute(_PLACES, {"person": person}).fetchall()]


def count_open(tx: Transaction, person: str, where: Iterable[str]) -> int:
    """Count a person's jobs that wait or are being drawn."""
    return sum(int(tx.execute(_OPEN, (workspace, person)).fetchone()[0]) for workspace in where)


def forget(
    tx: Transaction, person: str, workspace: str | None, by: Change, digests: returning.Digests
) -> Forgotten | Refusal[StillOpen] | None:
    """Forget a person in one workspace, or everywhere. None: no workspace has anything of them.

    Refused while a job is open. The rest is left to `rest.py`.

    `by`: who asks, why and when.
    `digests`: gets the person's digest within this transaction.
    """
    where = [place for place in workspaces_of(tx, person) if workspace in (None, place)]
    if not where:
        return None
    if open_jobs := count_open(tx, person, where):
        return Refusal(StillOpen(open_jobs))
    pseudonym = f"{person.partition(':')[0]}:forgotten-{id_text(secrets.randbits(BITS))}"
    for place in where:
        returning.welcome(tx, place, person, by.at)
        links.leave(tx, _about(by, place, pseudonym, person, f"leave:{pseudonym} {place}"), place, person)
    names = {place: _name(tx, place, person) for place in where}
    whose = Pseudonym(person, pseudonym, names, workspace is None)
    _rename_about(tx, whose)
    (last_entry,) = tx.execute(_LAST_ENTRY).fetchone()
    author = pseudonym if by.author == person else by.author
    jobs = 0
    for place in where:
        count, last_job = tx.execute(_JOBS, (place, person)).fetchone()
        has_figures, channels = _rename_figures(tx, whose, place)
        rest = names[place], int(whose.everywhere), json.dumps(channels), last_job, last_entry
        tx.execute(_BEGIN, (pseudonym, place, person, *rest))
        returning.remember(tx, place, person, pseudonym, by.at, digests)
        if count or has_figures:  # of a name alone nothing stays, and entries stay for ever
            change = _about(by, place, author, pseudonym, f"forget:{pseudonym} {place}")
            log.write_entry(tx, change, "forget", (None, log.fields_text({"jobs": count})))
        jobs += count
    mark_due(tx, by.at)
    return Forgotten(pseudonym, tuple(where), jobs)


def mark_due(tx: Transaction, now: float) -> None:
    """Note that the file has old bytes between its rows since `now` (unix seconds), if not since longer."""
    if key_value.get(tx, returning.NAMESPACE, DUE) is None:
        key_value.put(tx, returning.NAMESPACE, DUE, str(now))


def rename_entry(tx: Transaction, whose: Pseudonym, number: int) -> None:
    """Rename the person in a log entry's author and texts."""
    row = tx.execute(_ONE, (number,)).fetchone()
    if row is not None:
        _rename(tx, whose, row, is_about=False)


def _about(by: Change, workspace: str, author: str, ref: str, request_id: str) -> Change:
    return replace(by, workspace=workspace, kind="person", ref=ref, author=author, request_id=request_id)


def _name(tx: Transaction, workspace: str, person: str) -> str:
    row = tx.execute(_NAME, (workspace, person)).fetchone()
    return str(row[0]) if row else ""


def _rename_figures(tx: Transaction, whose: Pseudonym, workspace: str) -> tuple[bool, dict[str, str]]:
    """Give the pseudonym the person's figures and settings.

    Return whether there were any, and the new names of the person's own channels by the old ones.
    """
    values = {"person": whose.person, "pseudonym": whose.pseudonym, "workspace": workspace}
    own = [channel for (channel,) in tx.execute(_OWN_CHANNELS, values).fetchall()]
    channels = {old: f"{whose.pseudonym}/{number}" for number, old in enumerate(own, start=1)}
    count = sum(tx.execute(sql, values).rowcount for sql in _FIGURES)
    tx.execute(_UNNAME, (workspace, whose.person))
    for old, new in channels.items():
        for sql in _CHANNEL:
            tx.execute(sql, {"workspace": workspace, "old": old, "new": new})
    return count > 0, channels


def _rename_about(tx: Transaction, whose: Pseudonym) -> None:
    """Rename the person in the entries about them. Whoever comes back finds settings by these entries."""
    for row in tx.execute(_ABOUT, (whose.person,)).fetchall():
        if whose.everywhere or row[1] in whose.names:
            _rename(tx, whose, row, is_about=True)


def _rename(tx: Transaction, whose: Pseudonym, row: tuple[object, ...], *, is_about: bool) -> None:
    person, pseudonym = whose.person, whose.pseudonym
    number, place, author, _, ref, *texts = row
    is_here = whose.everywhere or place in whose.names
    is_author = is_here and author == person
    words = [person] if is_here else [f"{place} {person}" for place in whose.names]
    pattern = _whole_words(*words)

    def renamed(match: re.Match[str]) -> str:
        return match[0].removesuffix(person) + pseudonym

    new = [text and pattern.sub(renamed, str(text)) for text in texts]
    if is_about:
        new[_REASON] = ""
    elif is_here:
        mention = _mention(person.rpartition(":")[2], whose.names.get(str(place), "") if is_author else "")
        new[_REASON] = mention.sub(pseudonym, str(new[_REASON]))
    ids = pseudonym if is_author else author, pseudonym if is_about else ref
    if [*ids, *new] != [author, ref, *texts]:
        tx.execute(_RENAME, (*ids, *new, number))


def _whole_words(*names: str) -> re.Pattern[str]:
    """Return a pattern that finds the names as whole words: discord:12 is not part of discord:123."""
    return re.compile(rf"(?<![\w:-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")


def _mention(local: str, name: str) -> re.Pattern[str]:
    """Return a pattern that finds a person in a text, as a mention or by name ("": none)."""
    by_name = rf"|(?<!\w){re.escape(name)}(?!\w)" if name else ""
    return re.compile(rf"<@!?{re.escape(local)}(?:\|[^<>]*)?>{by_name}")
