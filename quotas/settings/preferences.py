"""Preferences of a workspace: language, defaults, channels, and what happens at the end of its budget.

Every request looks them up before it is reserved, so a ledger that is open to write has all in memory.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from quotas.records import Entry
from quotas.records_workspace import Preferences
from quotas.settings import limits
from quotas.settings.log import PREFERENCE_FIELDS, Change, entry_of, fields_text, write_entry
from quotas.store.transaction import Transaction

_ALL = "SELECT workspace, name, value FROM preferences"
_HERE = "SELECT name, value FROM preferences WHERE workspace = ?"
_PUT = """INSERT INTO preferences (workspace, name, value) VALUES (?, ?, ?)
  ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value"""
_DROP = "DELETE FROM preferences WHERE workspace = ? AND name = ?"
_NUMBERS = {"default_variants"}


def read_all(tx: Transaction) -> dict[str, Preferences]:
    """Return the preferences of every workspace that has any."""
    rows: dict[str, dict[str, str]] = {}
    for workspace, name, value in tx.execute(_ALL).fetchall():
        rows.setdefault(workspace, {})[name] = value
    return {workspace: _preferences(values) for workspace, values in rows.items()}


def read_preferences(tx: Transaction, workspace: str) -> Preferences:
    return _preferences(dict(tx.execute(_HERE, (workspace,)).fetchall()))


def preference_values(tx: Transaction, workspace: str) -> dict[str, Any]:
    """Return every preference by name; None: not set."""
    preferences = read_preferences(tx, workspace)
    return {name: getattr(preferences, name) for name in PREFERENCE_FIELDS}


def put(tx: Transaction, workspace: str, values: Mapping[str, Any]) -> None:
    """Store these values; None, "" and 0 remove the preference."""
    for name, value in values.items():
        if value:
            tx.execute(_PUT, (workspace, name, str(value)))
        else:
            tx.execute(_DROP, (workspace, name))


def set_preferences(tx: Transaction, change: Change, preferences: Preferences, zone: str | None) -> Entry:
    """Set what is not None ("" and 0 clear), and count days in `zone` from the next midnight on.

    Raises ValueError on an unknown zone.
    """
    if entry := entry_of(tx, change):
        return entry
    old = preference_values(tx, change.workspace)
    values = {field.name: getattr(preferences, field.name) for field in fields(preferences)}
    values = {name: value or None for name, value in values.items() if value is not None}
    before: dict[str, Any] = {name: old[name] for name in values}
    after: dict[str, Any] = dict(values)
    put(tx, change.workspace, values)
    if zone is not None:
        was, is_ = limits.change_zone(tx, change, zone)
        before, after = before | was, after | is_
    return write_entry(tx, change, "settings", (fields_text(before), fields_text(after)))


def _preferences(values: Mapping[str, str]) -> Preferences:
    typed = {name: int(value) if name in _NUMBERS else value for name, value in values.items()}
    return Preferences(**typed)  # type: ignore[arg-type]
