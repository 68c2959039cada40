"""The log of changes: entries are written once, with their change, and never altered.

An entry's request id makes its change happen once. Its `before` and `after` are flat JSON objects that give
each field's value before and after the change. By them a change can be undone, and the settings be verified.
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
_INSERT = f"""INSERT INTO entries ({_COLUMNS}, request_id, day, images, micros)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_NEWEST = f"SELECT {_COLUMNS} FROM entries WHERE %s ORDER BY id DESC LIMIT ?"
_SINCE = f"""SELECT {_COLUMNS} FROM entries
  WHERE ref = ? AND workspace = ? AND kind = ? AND id > ? ORDER BY id DESC"""
_ALL = "1 = 1"

LIMIT_FIELDS = tuple(field.name for field in fields(Limits))
PREFERENCE_FIELDS = tuple(field.name for field in fields(Preferences))
STYLE_FIELDS = ("words",)
ZONE = "zone"
FIRST_DAY = "day"  # of a grant
_FIELDS = {*LIMIT_FIELDS, *PREFERENCE_FIELDS, *STYLE_FIELDS, ZONE}
# Entries of these verbs have every field of the setting; a field that is left out is not set.
_WHOLE = {"set", "reset", "block", "unblock", "pause", "resume", "budget"}
SETTING_VERBS = frozenset({*_WHOLE, "settings", "zone", "style", "unstyle", "undo"})
_OF_SETTINGS = f"""SELECT {_COLUMNS} FROM entries
  WHERE verb IN ({", ".join("?" * len(SETTING_VERBS))}) ORDER BY id"""

Texts = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change to make: the setting's key, the author, the reason, and the time in unix seconds."""

    workspace: str
    kind: Kind
    ref: str
    author: str
    reason: str
    request_id: str
    at: float

    @property
    def key(self) -> Key:
        """Return the key of the limits that are changed. Raises ValueError for a style, which has none."""
        if self.kind == "style":
            raise ValueError("a style has no limits")
        return self.workspace, self.kind, self.ref


def entry_of(tx: Transaction, change: Change) -> Entry | None:
    """Return the entry of this change if it was made before, by its request id."""
    return _first(tx, _OF_REQUEST, change.request_id)


def find_entry(tx: Transaction, number: int) -> Entry | None:
    return _first(tx, _ONE, number)


def find_undoing(tx: Transaction, number: int) -> Entry | None:
    """Return the entry that undid this one."""
    return _first(tx, _REVERSING, number)


def list_later(tx: Transaction, earlier: Entry) -> list[Entry]:
    """Return the later entries about the same setting, newest first."""
    rows = tx.execute(_SINCE, (earlier.ref, earlier.workspace, earlier.kind, earlier.id))
    return [entry_of_row(row) for row in rows.fetchall()]


def list_entries(tx: Transaction, workspace: str | None, limit: int, ref: str | None) -> list[Entry]:
    """Return the newest entries, newest first. None: of every workspace, or about every `ref`."""
    filters = {"workspace = ?": workspace, "ref = ?": ref}
    conditions = {condition: value for condition, value in filters.items() if value is not None}
    rows = tx.execute(_NEWEST % (" AND ".join(conditions) or _ALL), (*conditions.values(), limit))
    return [entry_of_row(row) for row in rows.fetchall()]


def list_setting_entries(tx: Transaction) -> Iterator[Entry]:
    """Return every entry that changed a setting, oldest first."""
    return (entry_of_row(row) for row in tx.execute(_OF_SETTINGS, sorted(SETTING_VERBS)))


def write_entry(
    tx: Transaction,
    change: Change,
    verb: str,
    texts: Texts,
    *,
    granted: tuple[str | None, int, int] = (None, 0, 0),
    reverses: int | None = None,
) -> Entry:
    """Write the entry of a change.

    `texts`: JSON of the fields before and after.
    `granted`: of a grant: its first day, and images and micro-dollars of each day.
    `reverses`: the id of the entry that this one undoes.
    """
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
    tx.execute(_INSERT, (*row, change.request_id, *granted))
    return entry


def write_note(tx: Transaction, change: Change, verb: str) -> Entry:
    """Write an entry that changes no setting."""
    return entry_of(tx, change) or write_entry(tx, change, verb, (None, None))


def fields_text(values: dict[str, Any]) -> str | None:
    """Return JSON of the fields that are set; None if none is."""
    set_fields = {name: value for name, value in values.items() if value is not None and value is not False}
    return json.dumps(set_fields) if set_fields else None


def read_fields(text: str | None) -> dict[str, Any]:
    """Read the fields of an entry's `before` or `after`."""
    return dict(json.loads(text)) if text else {}


def fields_after(entry: Entry) -> dict[str, Any]:
    """Return the value that an entry gave to each field that it mentions; None: not set."""
    before, after = read_fields(entry.before), read_fields(entry.after)
    if entry.verb not in SETTING_VERBS or FIRST_DAY in before:  # the undoing of a grant
        return {}
    names = {*before, *after} & _FIELDS
    if entry.verb in _WHOLE or names & set(LIMIT_FIELDS):
        names |= set(LIMIT_FIELDS)
    return {name: after.get(name) for name in names}


def changed_fields(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Return (value before, value after) of each field that an entry changed."""
    before, after = read_fields(entry.before), fields_after(entry)
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}


def entry_of_row(row: tuple[object, ...]) -> Entry:
    """Read a row whose columns are the fields of Entry, in order."""
    return Entry(**dict(zip((field.name for field in fields(Entry)), row, strict=True)))  # type: ignore[arg-type]


def _first(tx: Transaction, sql: str, value: object) -> Entry | None:
    row = tx.execute(sql, (value,)).fetchone()
    return entry_of_row(row) if row else None
