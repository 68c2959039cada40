"""What a workspace prefers: language, defaults, channels, what happens at the end of its budget.

A request looks these up before it is reserved, so an open ledger that writes keeps all of them in memory.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from quotas.records import Entry
from quotas.records_workspace import Preferences
from quotas.settings import limits
from quotas.settings.log import PREFERENCE_FIELDS, Change, already, text, write_entry
from quotas.store.transaction import Transaction

_ALL = "SELECT workspace, name, value FROM preferences"
_HERE = "SELECT name, value FROM preferences WHERE workspace = ?"
_PUT = """INSERT INTO preferences (workspace, name, value) VALUES (?, ?, ?)
  ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value"""
_DROP = "DELETE FROM preferences WHERE workspace = ? AND name = ?"
_NUMBERS = {"default_variants"}


def everywhere(tx: Transaction) -> dict[str, Preferences]:
    """The preferences of every workspace that has any."""
    found: dict[str, dict[str, str]] = {}
    for workspace, name, value in tx.execute(_ALL).fetchall():
        found.setdefault(workspace, {})[name] = value
    return {workspace: _preferences(values) for workspace, values in found.items()}


def here(tx: Transaction, workspace: str) -> Preferences:
    return _preferences(dict(tx.execute(_HERE, (workspace,)).fetchall()))


def values_here(tx: Transaction, workspace: str) -> dict[str, Any]:
    """Every preference by name; None: not set."""
    found = here(tx, workspace)
    return {name: getattr(found, name) for name in PREFERENCE_FIELDS}


def put(tx: Transaction, workspace: str, values: Mapping[str, Any]) -> None:
    """Keep these; None (or nothing: "", 0) is not set."""
    for name, value in values.items():
        if value:
            tx.execute(_PUT, (workspace, name, str(value)))
        else:
            tx.execute(_DROP, (workspace, name))


def prefer(tx: Transaction, change: Change, wanted: Preferences, zone: str | None) -> Entry:
    """Keep what is not None of `wanted` ("" and 0 clear), and count days in `zone` from the next midnight on.

    Raises ValueError on an unknown zone.
    """
    if entry := already(tx, change):
        return entry
    old = values_here(tx, change.workspace)
    named = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    named = {name: value or None for name, value in named.items() if value is not None}
    before: dict[str, Any] = {name: old[name] for name in named}
    after: dict[str, Any] = dict(named)
    put(tx, change.workspace, named)
    if zone is not None:
        was, is_ = limits.change_zone(tx, change, zone)
        before, after = before | was, after | is_
    return write_entry(tx, change, "settings", (text(before), text(after)))


def _preferences(values: Mapping[str, str]) -> Preferences:
    typed = {name: int(value) if name in _NUMBERS else value for name, value in values.items()}
    return Preferences(**typed)  # type: ignore[arg-type]
