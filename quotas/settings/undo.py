"""Undoing one change, by a new entry that can be undone itself.

Only the fields that the entry changed are put back, and only while each still has the value that the entry
gave it: a later change is not overwritten. A grant's extras are taken back; pictures drawn with them stay.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from quotas.records import Entry, Limits
from quotas.records_workspace import CannotUndo
from quotas.settings import grants, log, preferences, styles
from quotas.settings import limits as settings
from quotas.settings.log import LIMIT_FIELDS, PREFERENCE_FIELDS, SETTING_VERBS, ZONE, Change
from quotas.store.transaction import Refusal, Transaction

_Values = dict[str, Any]


def undo(tx: Transaction, change: Change, number: int, workspace: str | None) -> Entry | Refusal[CannotUndo]:
    """Undo the entry with that number, if it is of `workspace` (None: of any).

    The key of `change` is replaced by that of the entry.
    """
    if entry := log.entry_of(tx, change):
        return entry
    entry = log.find_entry(tx, number)
    if entry is None:
        return Refusal(CannotUndo("unknown"))
    if workspace not in (None, entry.workspace):
        return Refusal(CannotUndo("elsewhere"))
    if entry.verb != "grant" and entry.verb not in SETTING_VERBS:
        return Refusal(CannotUndo("not_undoable"))
    if undoing := log.find_undoing(tx, number):
        return Refusal(CannotUndo("undone", undoing))
    change = replace(change, workspace=entry.workspace, kind=entry.kind, ref=entry.ref)
    if entry.verb == "grant":
        return grants.take_back(tx, change, entry)
    grant = log.find_entry(tx, entry.reverses) if entry.reverses else None
    if grant is not None and grant.verb == "grant":
        return grants.give_again(tx, change, grant, entry)
    return _put_back(tx, change, entry)


def _put_back(tx: Transaction, change: Change, entry: Entry) -> Entry | Refusal[CannotUndo]:
    changes, current = log.changed_fields(entry), _current_fields(tx, change)
    if any(current.get(name) != value for name, (_, value) in changes.items()):
        return Refusal(CannotUndo("changed", _later(tx, entry, set(changes))))
    restored = {name: value for name, (value, _) in changes.items()}
    if change.kind == "style":
        if not styles.put(tx, change.workspace, change.ref, {**current, **restored}):
            return Refusal(CannotUndo("full"))
        before, after = {name: current.get(name) for name in restored}, restored
    else:
        before, after = _apply(tx, change, current, restored)
    texts = log.fields_text(before), log.fields_text(after)
    return log.write_entry(tx, change, "undo", texts, reverses=entry.id)


def _current_fields(tx: Transaction, change: Change) -> _Values:
    """Return the current fields of the setting that is changed, as entries store them."""
    if change.kind == "style":
        return log.read_fields(log.fields_text(styles.style_values(tx, change.workspace, change.ref)))
    values: _Values = asdict(settings.read_limits(tx, change.key) or Limits())
    if change.kind == "workspace":
        values |= preferences.preference_values(tx, change.workspace)
        values[ZONE] = settings.read_calendar(tx, change.workspace).heading
    return log.read_fields(log.fields_text(values))


def _later(tx: Transaction, entry: Entry, names: set[str]) -> Entry | None:
    """Return the newest later entry that changed one of these fields, else one that removed expired ones."""
    entries, after = log.list_later(tx, entry), log.fields_after(entry)
    changing = [later for later in entries if names & log.changed_fields(later).keys()]
    removing = [
        later for later in entries if any(after[name] != log.fields_after(later).get(name) for name in names)
    ]
    return next(iter(changing or removing), None)


def _apply(tx: Transaction, change: Change, current: _Values, restored: _Values) -> tuple[_Values, _Values]:
    """Put these fields back, and return the entry's fields before and after."""
    before: _Values = {}
    after: _Values = {}
    if limits := {name: value for name, value in restored.items() if name in LIMIT_FIELDS}:
        before |= {name: value for name, value in current.items() if name in LIMIT_FIELDS}
        setting = replace(settings.current_limits(tx, change), **_typed(limits))
        settings.put(tx, change, setting)
        after |= asdict(setting)
    if values := {name: value for name, value in restored.items() if name in PREFERENCE_FIELDS}:
        before |= {name: current.get(name) for name in values}
        preferences.put(tx, change.workspace, values)
        after |= values
    if ZONE in restored:
        was, is_ = settings.change_zone(tx, change, restored[ZONE])
        before, after = before | was, after | is_
    return before, after


def _typed(values: _Values) -> _Values:
    """Return values as fields of Limits: JSON has no tuples, and entries leave out what is False."""
    kinds: dict[str, Callable[[Any], Any]] = {"blocked": bool, "tiers": _tuple}
    return {name: kinds[name](value) if name in kinds else value for name, value in values.items()}


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
