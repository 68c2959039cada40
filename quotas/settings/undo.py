"""Undoing: any one change, by a new entry, which can be undone itself.

Only the fields that the entry changed go back, and only while each still is what the entry made it: what
somebody set since is theirs. A grant's extras are taken back; what was drawn with them stays drawn.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from quotas.records import Entry, Limits
from quotas.records_workspace import CannotUndo
from quotas.settings import grants, log, preferences
from quotas.settings import limits as settings
from quotas.settings.log import LIMIT_FIELDS, PREFERENCE_FIELDS, SETTING_VERBS, ZONE, Change
from quotas.store.transaction import Refusal, Transaction

_Values = dict[str, Any]


def undo(tx: Transaction, change: Change, number: int, workspace: str | None) -> Entry | Refusal[CannotUndo]:
    """Undo the entry of that number, if it is of `workspace` (None: of any). The place is the entry's."""
    if entry := log.already(tx, change):
        return entry
    entry = log.entry(tx, number)
    if entry is None:
        return Refusal(CannotUndo("unknown"))
    if workspace not in (None, entry.workspace):
        return Refusal(CannotUndo("elsewhere"))
    if entry.verb != "grant" and entry.verb not in SETTING_VERBS:
        return Refusal(CannotUndo("not_undoable"))
    if undone := log.reversing(tx, number):
        return Refusal(CannotUndo("undone", undone))
    change = replace(change, workspace=entry.workspace, kind=entry.kind, ref=entry.ref)
    if entry.verb == "grant":
        return grants.take_back(tx, change, entry)
    given = log.entry(tx, entry.reverses) if entry.reverses else None
    if given is not None and given.verb == "grant":
        return grants.give_again(tx, change, given, entry)
    return _put_back(tx, change, entry)


def _put_back(tx: Transaction, change: Change, entry: Entry) -> Entry | Refusal[CannotUndo]:
    changed, standing = log.changed(entry), _standing(tx, change)
    if any(standing.get(name) != made for name, (_, made) in changed.items()):
        return Refusal(CannotUndo("changed", _later(tx, entry, set(changed))))
    before, after = _apply(tx, change, standing, {name: was for name, (was, _) in changed.items()})
    texts = log.text(before), log.text(after)
    return log.write_entry(tx, change, "undo", texts, reverses=entry.id)


def _standing(tx: Transaction, change: Change) -> _Values:
    """The fields that are set at the place of the change, as entries tell them."""
    values: _Values = asdict(settings.limits(tx, change.key) or Limits())
    if change.kind == "workspace":
        values |= preferences.values_here(tx, change.workspace)
        values[ZONE] = settings.calendar(tx, change.workspace).heading
    return log.told(log.text(values))


def _later(tx: Transaction, entry: Entry, names: set[str]) -> Entry | None:
    """The newest entry that changed one of these fields, else one that dropped what had run out."""
    since, made = log.since(tx, entry), log.made(entry)
    changed = [later for later in since if names & log.changed(later).keys()]
    other = [later for later in since if any(made[name] != log.made(later).get(name) for name in names)]
    return next(iter(changed or other), None)


def _apply(tx: Transaction, change: Change, standing: _Values, wanted: _Values) -> tuple[_Values, _Values]:
    """Put these fields back, and give what the entry tells before and after."""
    before: _Values = {}
    after: _Values = {}
    if limits := {name: value for name, value in wanted.items() if name in LIMIT_FIELDS}:
        before |= {name: value for name, value in standing.items() if name in LIMIT_FIELDS}
        setting = replace(settings.standing(tx, change), **_typed(limits))
        settings.put(tx, change, setting)
        after |= asdict(setting)
    if preferred := {name: value for name, value in wanted.items() if name in PREFERENCE_FIELDS}:
        before |= {name: standing.get(name) for name in preferred}
        preferences.put(tx, change.workspace, preferred)
        after |= preferred
    if ZONE in wanted:
        was, is_ = settings.change_zone(tx, change, wanted[ZONE])
        before, after = before | was, after | is_
    return before, after


def _typed(values: _Values) -> _Values:
    """Fields of Limits as they are there: JSON has no tuples, and entries leave out what is False."""
    kinds: dict[str, Callable[[Any], Any]] = {"blocked": bool, "tiers": _tuple}
    return {name: kinds[name](value) if name in kinds else value for name, value in values.items()}


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
