"""Limits and zones: every change writes its entry in the same operation.

The entry's request id makes the change happen once.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from quotas.calendar import Calendar
from quotas.limits.rules import Key, drop_expired
from quotas.records import ANY, Entry, Kind, Limits
from quotas.settings import alerts
from quotas.settings.log import ZONE, Change, entry_of, fields_text, write_entry
from quotas.store.transaction import Refusal, Transaction

_COLUMNS = "images_per_day, money_per_day, money_per_month, tiers, until, blocked, blocked_until"
_LIMITS = f"SELECT {_COLUMNS} FROM limits WHERE workspace = ? AND kind = ? AND ref = ?"
# A workspace has few settings except those of persons, which the index skips.
_LIMITS_FOR = f"""SELECT workspace, kind, ref, {_COLUMNS} FROM limits
  WHERE workspace IN (?, ?) AND (kind <> 'person' OR ref = ?)"""
_PUT = f"INSERT INTO limits (workspace, kind, ref, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DROP = "DELETE FROM limits WHERE workspace = ? AND kind = ? AND ref = ?"

_ZONE = "SELECT zone, next_zone, switch_at FROM workspaces WHERE id = ?"
_ZONES = "SELECT id, zone, next_zone, switch_at FROM workspaces WHERE id IN (?, ?)"
_PUT_ZONE = """INSERT INTO workspaces (id, zone, next_zone, switch_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE
  SET zone = excluded.zone, next_zone = excluded.next_zone, switch_at = excluded.switch_at"""

_SET_HERE = f"""SELECT kind, ref, COALESCE(name, ''), {_COLUMNS} FROM limits
  LEFT JOIN people ON kind = 'person' AND people.workspace = limits.workspace AND people.person = ref
  WHERE limits.workspace = ? ORDER BY kind = 'person', kind, ref"""
_WORKSPACES = """SELECT workspace FROM people UNION SELECT workspace FROM limits
  UNION SELECT workspace FROM preferences UNION SELECT workspace FROM styles UNION SELECT id FROM workspaces
  EXCEPT SELECT ? ORDER BY 1"""


def set_limits(tx: Transaction, change: Change, figures: Limits) -> Entry:
    """Replace the figures that are not None. A block stays as it is."""
    if entry := entry_of(tx, change):
        return entry
    before = current_limits(tx, change)
    values = {name: value for name, value in asdict(figures).items() if value is not None}
    after = replace(before, **{**values, "blocked": before.blocked, "blocked_until": before.blocked_until})
    return _put_with_entry(tx, change, "set", before, after)


def block(tx: Transaction, change: Change, blocked: bool, until: int | None) -> Entry:
    """Block, or lift a block. Figures stay as they are."""
    if entry := entry_of(tx, change):
        return entry
    before = current_limits(tx, change)
    after = replace(before, blocked=blocked, blocked_until=until if blocked else None)
    return _put_with_entry(tx, change, "block" if blocked else "unblock", before, after)


def pause(tx: Transaction, change: Change, paused: bool) -> Entry | Refusal[None]:
    """Pause or resume drawing in a workspace or everywhere. Refused if nothing would change."""
    if entry := entry_of(tx, change):
        return entry
    before = current_limits(tx, change)
    if before.blocked == paused:
        return Refusal(None)
    after = replace(before, blocked=paused, blocked_until=None)
    return _put_with_entry(tx, change, "pause" if paused else "resume", before, after)


def reset_limits(tx: Transaction, change: Change) -> Entry | Refusal[None]:
    """Remove the setting's figures and tiers. A block stays. Refused if there is nothing to remove."""
    if entry := entry_of(tx, change):
        return entry
    before = current_limits(tx, change)
    after = Limits(blocked=before.blocked, blocked_until=before.blocked_until)
    if before == after:
        return Refusal(None)
    return _put_with_entry(tx, change, "reset", before, after)


def set_zone(tx: Transaction, change: Change, zone: str) -> Entry:
    """Count days in `zone` from the next midnight on. Raises ValueError on an unknown zone."""
    if entry := entry_of(tx, change):
        return entry
    before, after = change_zone(tx, change, zone)
    return write_entry(tx, change, "zone", (fields_text(before), fields_text(after)))


def change_zone(tx: Transaction, change: Change, zone: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change the zone as set_zone does, but return the entry's fields before and after; write no entry."""
    before = read_calendar(tx, change.workspace)
    after = before.changed(zone, change.at)
    put_calendar(tx, change.workspace, after)
    return {ZONE: before.heading}, {ZONE: zone, "from": after.switch_at}


def read_calendar(tx: Transaction, workspace: str) -> Calendar:
    """Return a workspace's calendar: its own, else the operator's."""
    return read_calendars(tx, workspace)[0]


def read_calendars(tx: Transaction, workspace: str) -> tuple[Calendar, Calendar]:
    """Return the calendars of a workspace and of the bot; the same one if the workspace has none."""
    calendars = {row[0]: Calendar(*row[1:]) for row in tx.execute(_ZONES, (workspace, ANY)).fetchall()}
    return calendars.get(workspace, calendars[ANY]), calendars[ANY]


def has_calendar(tx: Transaction) -> bool:
    """Return whether the bot has a calendar. A new ledger has none until its first owner has opened it."""
    return tx.execute(_ZONE, (ANY,)).fetchone() is not None


def put_calendar(tx: Transaction, workspace: str, days: Calendar) -> None:
    tx.execute(_PUT_ZONE, (workspace, days.zone, days.next_zone, days.switch_at))


def follow_operators_zone(tx: Transaction, zone: str, now: float, moves: bool) -> None:
    """Use the operator's zone: at once in a new ledger, else, if it `moves`, from the next midnight on."""
    row = tx.execute(_ZONE, (ANY,)).fetchone()
    if row is None:
        put_calendar(tx, ANY, Calendar(zone))
    elif moves:
        put_calendar(tx, ANY, Calendar(*row).changed(zone, now))


def workspaces(tx: Transaction) -> list[str]:
    """Return every workspace where somebody drew or something was set, in order."""
    return [workspace for (workspace,) in tx.execute(_WORKSPACES, (ANY,)).fetchall()]


def read_limits(tx: Transaction, key: Key) -> Limits | None:
    """Return one setting as it is stored, expired or not."""
    row = tx.execute(_LIMITS, key).fetchone()
    return _limits(row) if row else None


def read_limits_for(tx: Transaction, workspace: str, person: str) -> Mapping[Key, Limits]:
    """Return the settings of the workspace and those for everywhere, without those of other persons."""
    rows = tx.execute(_LIMITS_FOR, (workspace, ANY, person)).fetchall()
    return {(row[0], row[1], row[2]): _limits(row[3:]) for row in rows}


def list_limits(tx: Transaction, workspace: str, now: float) -> list[tuple[Kind, str, str, Limits]]:
    """Return (kind, ref, a person's name or "", setting) of every setting in force in a workspace."""
    rows = tx.execute(_SET_HERE, (workspace,)).fetchall()
    settings = [(*row[:3], drop_expired(_limits(row[3:]), now)) for row in rows]
    return [row for row in settings if row[3] != Limits()]


def _limits(row: tuple[object, ...]) -> Limits:
    images, day, month, tiers, until, blocked, blocked_until = row
    values = {"images_per_day": images, "money_per_day": day, "money_per_month": month}
    allowed = None if tiers is None else tuple(json.loads(str(tiers)))
    return Limits(**values, tiers=allowed, until=until, blocked=bool(blocked), blocked_until=blocked_until)  # type: ignore[arg-type]


def current_limits(tx: Transaction, change: Change) -> Limits:
    """Return the setting to be changed, without its expired parts."""
    return drop_expired(read_limits(tx, change.key) or Limits(), change.at)


def put(tx: Transaction, change: Change, setting: Limits) -> None:
    """Store a setting in place of the one before, and record alerts if it is a budget."""
    tx.execute(_DROP, change.key)
    if setting != Limits():
        tiers = None if setting.tiers is None else json.dumps(setting.tiers)
        figures = setting.images_per_day, setting.money_per_day, setting.money_per_month
        blocked = int(setting.blocked), setting.blocked_until
        tx.execute(_PUT, (*change.key, *figures, tiers, setting.until, *blocked))
    budget = drop_expired(setting, change.at).money_per_month
    if change.kind == "workspace" and budget is not None:
        month = read_calendar(tx, change.workspace).day(change.at)[:7]
        alerts.record_alerts(tx, change.workspace, month, budget, change.at)


def limits_text(setting: Limits) -> str | None:
    """Return a setting as an entry stores it."""
    return fields_text(asdict(setting))


def _put_with_entry(tx: Transaction, change: Change, verb: str, before: Limits, after: Limits) -> Entry:
    put(tx, change, after)
    return write_entry(tx, change, verb, (limits_text(before), limits_text(after)))
