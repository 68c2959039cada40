"""The log: entries are written once, with the change they tell of, and read newest first.

An entry's request id makes its change happen once. Its `before` and `after` are flat JSON objects, from which
follows what it made of each field: so a change can be undone, and the settings proved from the log.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from quotas.ids import new_id
from quotas.limits.rules import Key
from quotas.records import Entry, Kind, Limits
from quotas.records_workspace import Preferences
from quotas.store.transaction import Transaction

_COLUMNS = ", ".join(field.name for field in fields(Entry))
_OF_REQUEST = f"SELECT {_COLUMNS} FROM entries WHERE request_id = ?"
_ONE = f"SELECT {_COLUMNS} FROM entries WHERE id = ?"
_REVERSING = f"SELECT {_COLUMNS} FROM entries WHERE reverses = ?"
_ENTER = f"""INSERT INTO entries ({_COLUMNS}, request_id, day, images, micros)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_NEWEST = f"SELECT {_COLUMNS} FROM entries WHERE %s ORDER BY id DESC LIMIT ?"
_SINCE = f"""SELECT {_COLUMNS} FROM entries
  WHERE ref = ? AND workspace = ? AND kind = ? AND id > ? ORDER BY id DESC"""
_ALL = "1 = 1"

LIMIT_FIELDS = tuple(field.name for field in fields(Limits))
PREFERENCE_FIELDS = tuple(field.name for field in fields(Preferences))
ZONE = "zone"
FIRST_DAY = "day"  # of a grant
_FIELDS = {*LIMIT_FIELDS, *PREFERENCE_FIELDS, ZONE}
_WHOLE = {"set", "reset", "block", "unblock", "pause", "resume", "budget"}  # these tell a setting whole
SETTING_VERBS = frozenset({*_WHOLE, "settings", "zone", "undo"})
_OF_SETTINGS = f"""SELECT {_COLUMNS} FROM entries
  WHERE verb IN ({", ".join("?" * len(SETTING_VERBS))}) ORDER BY id"""

Texts = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes a setting, and why; `at` is unix seconds."""

    workspace: str
    kind: Kind
    ref: str
    author: str
    reason: str
    request_id: str
    at: float

    @property
    def key(self) -> Key:
        return self.workspace, self.kind, self.ref


def already(tx: Transaction, change: Change) -> Entry | None:
    """The entry of this very change, where it happened before."""
    return _first(tx, _OF_REQUEST, change.request_id)


def entry(tx: Transaction, number: int) -> Entry | None:
    return _first(tx, _ONE, number)


def reversing(tx: Transaction, number: int) -> Entry | None:
    """The entry that undid this one."""
    return _first(tx, _REVERSING, number)


def since(tx: Transaction, earlier: Entry) -> list[Entry]:
    """What was changed at the same place later, newest first."""
    rows = tx.execute(_SINCE, (earlier.ref, earlier.workspace, earlier.kind, earlier.id))
    return [read_entry(row) for row in rows.fetchall()]


def entries(tx: Transaction, workspace: str | None, limit: int, ref: str | None) -> list[Entry]:
    """The newest entries, newest first; of every workspace, and about anything, where that is None."""
    wanted = {"workspace = ?": workspace, "ref = ?": ref}
    conditions = {condition: value for condition, value in wanted.items() if value is not None}
    rows = tx.execute(_NEWEST % (" AND ".join(conditions) or _ALL), (*conditions.values(), limit))
    return [read_entry(row) for row in rows.fetchall()]


def of_settings(tx: Transaction) -> Iterator[Entry]:
    """Every entry that changed what is set, oldest first."""
    return (read_entry(row) for row in tx.execute(_OF_SETTINGS, sorted(SETTING_VERBS)))


def write_entry(
    tx: Transaction,
    change: Change,
    verb: str,
    texts: Texts,
    *,
    granted: tuple[str | None, int, int] = (None, 0, 0),
    reverses: int | None = None,
) -> Entry:
    """`texts`: before and after; `granted`: the first day, and images and micro-dollars of each day."""
    entry = Entry(
        id=new_id(),
        at=change.at,
        workspace=change.workspace,
        author=change.author,
        verb=verb,
        kind=change.kind,
        ref=change.ref,
        before=texts[0],
        after=texts[1],
        reason=change.reason,
        reverses=reverses,
    )
    row = [getattr(entry, field.name) for field in fields(Entry)]
    tx.execute(_ENTER, (*row, change.request_id, *granted))
    return entry


def note(tx: Transaction, change: Change, verb: str) -> Entry:
    """An entry of something that changed nothing."""
    return already(tx, change) or write_entry(tx, change, verb, (None, None))


def text(values: dict[str, Any]) -> str | None:
    """JSON of the fields that are set; None where nothing is."""
    kept = {name: value for name, value in values.items() if value is not None and value is not False}
    return json.dumps(kept) if kept else None


def told(text: str | None) -> dict[str, Any]:
    """The fields that one side of an entry tells of."""
    return dict(json.loads(text)) if text else {}


def made(entry: Entry) -> dict[str, Any]:
    """What an entry made of each setting that it speaks of; None: not set."""
    before, after = told(entry.before), told(entry.after)
    if entry.verb not in SETTING_VERBS or FIRST_DAY in before:  # a grant taken back
        return {}
    names = {*before, *after} & _FIELDS
    if entry.verb in _WHOLE or names & set(LIMIT_FIELDS):
        names |= set(LIMIT_FIELDS)
    return {name: after.get(name) for name in names}


def changed(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """(was, made) of each setting that an entry changed."""
    was = told(entry.before)
    return {name: (was.get(name), is_) for name, is_ in made(entry).items() if was.get(name) != is_}


def read_entry(row: tuple[object, ...]) -> Entry:
    """The entry of a row whose columns are those of Entry, in order."""
    return Entry(**dict(zip((field.name for field in fields(Entry)), row, strict=True)))  # type: ignore[arg-type]


def _first(tx: Transaction, sql: str, value: object) -> Entry | None:
    row = tx.execute(sql, (value,)).fetchone()
    return read_entry(row) if row else None
