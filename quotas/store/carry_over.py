"""Python steps of migrations: values move out of JSON into columns.

008 moves values of the table `kept`, 014 the prompts of jobs. They are not SQL, because not every SQLite
since 3.35 is built with functions for JSON. A value that cannot be read is dropped: no version could use it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from quotas.ids import id_number
from quotas.store.transaction import Transaction
from quotas.text import fold

ID_SHIFT, MILLISECONDS = 20, 1_000.0  # a position is an id: milliseconds, then 20 random bits
SECONDS = 86_400  # of a day
MIN_LOCAL_LENGTH = 9  # characters of an id without platform that identify a person in any text
_MOVED = ("typed", "to confirm", "to forget", "refused", "requests", "latest request", "shared", "left")

_VALUES = "SELECT key, value, position FROM kept WHERE drawer = ?"
_REST = f"SELECT drawer, key, value FROM kept WHERE drawer NOT IN ({', '.join('?' * len(_MOVED))})"
_DELETE = "DELETE FROM kept WHERE drawer = ?"
_PENDING = """INSERT INTO pending (id, kind, person, workspace, subject, payload, until, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_REQUEST = """INSERT INTO raise_requests (id, workspace, person, name, address, what, stopped_by, period,
    maximum, used, amount, day, card, answer, answered_by, granted, asked_at, changed_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SHARE = "INSERT INTO shares (job, message, shared_at) SELECT id, ?, ? FROM jobs WHERE id = ?"
_DEPARTURE = "INSERT INTO departures (workspace, left_at) VALUES (?, ?)"
_KNOWN = """SELECT person FROM people UNION SELECT person FROM jobs UNION SELECT person FROM links
  UNION SELECT ref FROM limits WHERE kind = 'person' UNION SELECT author FROM entries
  UNION SELECT ref FROM entries WHERE kind = 'person'"""
_REQUESTS = """SELECT id, workspace, person, channel, tier, day,
    CASE WHEN state = 'settled' AND delivered_at IS NOT NULL
      AND (comparison IS NULL OR comparison = id) THEN 1 ELSE 0 END, request
  FROM jobs WHERE emptied_at IS NULL AND deleted_at IS NULL"""
_PUT_PROMPT = """INSERT INTO prompts (job, workspace, person, channel, tier, day, private, found, words)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_PERSON_OF_JOB = "SELECT person FROM jobs WHERE id = ?"
_PERSON_OF_MESSAGE = """SELECT person FROM jobs WHERE id = (
  SELECT job FROM messages WHERE platform = ? AND channel = ? AND message = ?)"""
_KEPT_PERSON = "INSERT INTO kept_people (drawer, key, person) VALUES (?, ?, ?)"

Row = tuple[str, Any, float]  # key, value after reading, unix seconds of the last put


def carry_words_over(tx: Transaction) -> None:
    """Store the prompt of each job where a search finds it."""
    for *row, is_found, request in tx.execute(_REQUESTS).fetchall():
        try:
            spec = json.loads(request)
            found_by = int(spec.get("private", False)), is_found, fold(spec["prompt"])
        except (KeyError, TypeError, ValueError):
            continue  # the request of somebody who was forgotten is empty
        tx.execute(_PUT_PROMPT, (*row, *found_by))


def carry_over(tx: Transaction) -> None:
    """Move the values, and store which people the remaining values speak of."""
    _pending(tx)
    _requests(tx)
    for key, message, at in _rows(tx, "shared", str):
        tx.execute(_SHARE, (message, at, _number(key)))
    for workspace, left_at, _ in _rows(tx, "left", float):
        tx.execute(_DEPARTURE, (workspace, left_at))
    for drawer in _MOVED:
        tx.execute(_DELETE, (drawer,))
    _people(tx)


def _rows(tx: Transaction, drawer: str, read: Callable[[str], Any]) -> Iterator[Row]:
    for key, value, position in tx.execute(_VALUES, (drawer,)).fetchall():
        try:
            read_value = read(value)
        except (KeyError, TypeError, ValueError):
            continue
        yield key, read_value, (position >> ID_SHIFT) / MILLISECONDS


def _pending(tx: Transaction) -> None:
    for key, words, at in _rows(tx, "typed", str):
        person, _, name = key.rpartition("/")
        tx.execute(_PENDING, (name, "words", person, None, None, words, None, at))
    for key, until, at in _rows(tx, "to forget", float):
        person, _, name = key.rpartition("/")
        tx.execute(_PENDING, (name, "forget", person, None, None, "", until, at))
    for key, (change, workspace, until), at in _rows(tx, "to confirm", _change):
        person, _, name = key.rpartition("/")
        subject = change["ref"] if change["kind"] == "person" else None
        row = name, "change", person, workspace, subject, json.dumps(change), until, at
        tx.execute(_PENDING, row)


def _change(text: str) -> tuple[dict[str, Any], str, float]:
    value = json.loads(text)
    return {"kind": "", "ref": "", **value["change"]}, str(value["asked_in"]), float(value["until"])


def _requests(tx: Transaction) -> None:
    """Merge a refusal and the request that followed, which had the same name, into one row."""
    latest = {name: at for _, name, at in _rows(tx, "latest request", str)}
    refusals = {key.rpartition("/")[2]: (row, at) for key, row, at in _rows(tx, "refused", _request)}
    requests = {key: (row, at) for key, row, at in _rows(tx, "requests", _request)}
    for name, (row, at) in (refusals | requests).items():
        asked_at = None
        if day := row[_DAY]:
            # The time of an earlier request is unknown. A time before its day keeps it before the latest one.
            asked_at = latest.get(name, datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() - SECONDS)
        tx.execute(_REQUEST, (name, *row, asked_at, at))


_DAY = 10  # the index of the day in a row of `_request`


def _request(text: str) -> tuple[Any, ...]:
    """Return the columns from workspace to granted."""
    value = {"day": "", "card": None, "said": "", "by": "", "granted": False, **json.loads(text)}
    amounts = value["limit"], value["used"], value["asked"]
    card = json.dumps(value["card"]) if value["card"] else ""
    return (
        *(value["workspace"], value["person"], value["name"], json.dumps(value["address"])),
        *(value["what"], value["stopped_by"], value["period"], *amounts),
        *(value["day"], card, value["said"], value["by"], int(value["granted"])),
    )


def _people(tx: Transaction) -> None:
    """Store which people the remaining values speak of: by id, by job, or by a job's message."""
    known = {person for (person,) in tx.execute(_KNOWN).fetchall()}
    locals_ = {local: person for person in known if _identifies(local := person.rpartition(":")[2])}
    for drawer, key, value in tx.execute(_REST, _MOVED).fetchall():
        people = {word for word in re.findall(r"[\w:-]+", f"{key} {value}") if word in known}
        words = set(re.findall(r"\w+", f"{key} {value}"))
        people |= {locals_[word] for word in words & locals_.keys()}
        people |= {person for word in words for person in _of_job(tx, word)}
        people |= set(_of_message(tx, drawer, key))
        for person in people:
            tx.execute(_KEPT_PERSON, (drawer, key, person))


def _identifies(local: str) -> bool:
    return len(local) >= MIN_LOCAL_LENGTH and any(letter.isdigit() for letter in local)


def _of_job(tx: Transaction, word: str) -> Iterable[str]:
    number = _number(word)
    return [person for (person,) in tx.execute(_PERSON_OF_JOB, (number,)).fetchall()] if number else []


def _of_message(tx: Transaction, drawer: str, key: str) -> Iterable[str]:
    """Return the person of a job whose message the key names, as in "files:C012:1795348800.000100"."""
    *before, message = key.split(":", 2)
    if len(before) < 2:
        return []
    place = drawer, f"{drawer}:{before[1]}", message
    return [person for (person,) in tx.execute(_PERSON_OF_MESSAGE, place).fetchall()]


def _number(name: str) -> int | None:
    try:
        return id_number(name)
    except ValueError:
        return None
