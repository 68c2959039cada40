"""The rest of a forgetting, in batches: jobs, messages, what waits, and the log that the person wrote.

Nobody finds these by the person's name any more, so it does not show that they follow. Readers search for
them, because no index leads to most; batches are short, because nobody else can write meanwhile. Each step
is safe to repeat.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from quotas.privacy.forget import Pseudonym, rename_entry
from quotas.store.transaction import Transaction

AT_ONCE = 500  # rows of one batch
SECONDS = 0.04  # of one batch, however many rows that is: nobody notices that the writer is held so long
MIN_LOCAL_LENGTH = 9  # characters of an id without platform that identify a person in any text

_UNFINISHED = """SELECT pseudonym, workspace, person, name, everywhere, channels, last_job, last_entry
  FROM forgetting ORDER BY pseudonym, workspace"""
_FINISH = "DELETE FROM forgetting WHERE pseudonym = ?"
# Jobs that were made later are of somebody who came back.
_JOBS_LEFT = """SELECT id, emptied_at IS NULL FROM jobs
  WHERE workspace = ? AND person = ? AND id <= ? AND closed_at IS NOT NULL ORDER BY created_at, id LIMIT ?"""
_JOBS_WITH_PICTURES = "SELECT id FROM jobs WHERE workspace = ? AND person = ? AND emptied_at IS NULL"
_JOB = "SELECT outcome, channel FROM jobs WHERE id = ?"
_FORGET_JOB = """UPDATE jobs SET person = :pseudonym, name = '', request_id = 'forgotten:' || id,
    request = '', address = '', reply_token = NULL, reply_until = NULL, card = NULL,
    outcome = :outcome, channel = :channel,
    delivered_at = COALESCE(delivered_at, :now), deleted_at = COALESCE(deleted_at, :now),
    emptied_at = COALESCE(emptied_at, :now)
  WHERE id = :id"""
_ABOUT_JOB = "messages", "shares", "waiting", "collected", "prompts"
_OF_JOB = tuple(f"DELETE FROM {table} WHERE job = ?" for table in _ABOUT_JOB)
_ENTRIES_LEFT = """SELECT id FROM entries
  WHERE id <= :last AND (author = :person OR reason LIKE :local
    OR before LIKE :like OR after LIKE :like OR request_id LIKE :like)"""
_WAITING = (
    ("pending", "SELECT id FROM pending WHERE person = :person OR subject = :person OR payload LIKE :like"),
    ("raise_requests", "SELECT id FROM raise_requests WHERE person = :person"),
    ("kept", "SELECT drawer, key FROM kept_people WHERE person = :person"),
)
_MENTIONED = "SELECT id FROM pending WHERE payload LIKE :local"  # in words that somebody typed
_DELETE = {
    "pending": "DELETE FROM pending WHERE id = ?",
    "raise_requests": "DELETE FROM raise_requests WHERE id = ?",
    "kept": "DELETE FROM kept WHERE drawer = ? AND key = ?",
}

StripOutcome = Callable[[str], str]  # an outcome (JSON, opaque here) to the part of it that may stay
Row = tuple[str, tuple[str, ...]]  # a table, and the key of a row


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace where jobs up to `last_job` are left. `channels`: new names by the old ones."""

    workspace: str
    channels: dict[str, str]
    last_job: int


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of one forgetting, with the log up to `last_entry`."""

    whose: Pseudonym
    places: tuple[Place, ...]
    last_entry: int


def list_unfinished(tx: Transaction) -> list[Rest]:
    """Return the forgettings of which something is left."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    for pseudonym, *row in tx.execute(_UNFINISHED).fetchall():
        rows.setdefault(pseudonym, []).append(tuple(row))
    return [_rest(pseudonym, group) for pseudonym, group in rows.items()]


def _rest(pseudonym: str, rows: Sequence[tuple[str, ...]]) -> Rest:
    names = {workspace: name for workspace, _, name, *_ in rows}
    places = tuple(Place(row[0], json.loads(row[4]), int(row[5])) for row in rows)
    (_, person, _, everywhere, _, _, last_entry) = rows[0]
    return Rest(Pseudonym(person, pseudonym, names, bool(everywhere)), places, int(last_entry))


def finish(tx: Transaction, rest: Rest) -> None:
    tx.execute(_FINISH, (rest.whose.pseudonym,))


def list_drawn(tx: Transaction, person: str, where: Iterable[str]) -> list[int]:
    """Return a person's jobs that may have pictures."""
    rows = (tx.execute(_JOBS_WITH_PICTURES, (workspace, person)).fetchall() for workspace in where)
    return [number for (number,) in chain.from_iterable(rows)]


def list_jobs(tx: Transaction, rest: Rest, place: Place) -> list[tuple[int, bool]]:
    """Return the next batch of jobs: ids, and whether they may have pictures."""
    values = place.workspace, rest.whose.person, place.last_job, AT_ONCE
    return [(number, bool(full)) for number, full in tx.execute(_JOBS_LEFT, values).fetchall()]


def forget_job(
    tx: Transaction, number: int, *, rest: Rest, place: Place, strip_outcome: StripOutcome, now: float
) -> None:
    """Erase a job's texts and what leads to it; its amounts stay, under the pseudonym."""
    outcome, channel = tx.execute(_JOB, (number,)).fetchone()
    for sql in _OF_JOB:
        tx.execute(sql, (number,))
    values = {
        "id": number,
        "now": now,
        "pseudonym": rest.whose.pseudonym,
        "outcome": outcome and strip_outcome(outcome),
        "channel": place.channels.get(channel, channel),
    }
    tx.execute(_FORGET_JOB, values)


def list_entries(tx: Transaction, rest: Rest) -> list[int]:
    """Return the entries that may name the person."""
    values = {**_patterns(rest.whose.person), "last": rest.last_entry}
    return [number for (number,) in tx.execute(_ENTRIES_LEFT, values).fetchall()]


def forget_entry(tx: Transaction, number: int, *, rest: Rest) -> None:
    rename_entry(tx, rest.whose, number)


def list_waiting(tx: Transaction, person: str) -> list[Row]:
    """Return what waits for the person or speaks of them, in every workspace."""
    values = _patterns(person)
    rows = [(table, tuple(row)) for table, sql in _WAITING for row in tx.execute(sql, values).fetchall()]
    local = person.rpartition(":")[2]
    if len(local) >= MIN_LOCAL_LENGTH and any(letter.isdigit() for letter in local):
        rows += [("pending", tuple(row)) for row in tx.execute(_MENTIONED, values).fetchall()]
    return rows


def delete_waiting(tx: Transaction, row: Row) -> None:
    table, key = row
    tx.execute(_DELETE[table], key)


def _patterns(person: str) -> dict[str, str]:
    return {"person": person, "like": f"%{person}%", "local": f"%{person.rpartition(':')[2]}%"}
