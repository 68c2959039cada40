"""Settings: what admins set, in which zone days are counted, and the entry that each change leaves.

Every change and its entry are one operation, and the entry's request id makes it happen once.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from quotas.calendar import Calendar
from quotas.limits.rules import Key, live
from quotas.records import ANY, Entry, Kind, Limits
from quotas.settings import alerts
from quotas.settings.log import ZONE, Change, already, text, write_entry
from quotas.store.transaction import Refusal, Transaction

_COLUMNS = "images_per_day, money_per_day, money_per_month, tiers, until, blocked, blocked_until"
_LIMITS = f"SELECT {_COLUMNS} FROM limits WHERE workspace = ? AND kind = ? AND ref = ?"
# A workspace has few settings but those of persons, which are passed over inside the index.
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
  UNION SELECT workspace FROM preferences UNION SELECT id FROM workspaces
  EXCEPT SELECT ? ORDER BY 1"""


def set_limits(tx: Transaction, change: Change, wanted: Limits) -> Entry:
    """Lay the figures of `wanted` that are not None over the setting; a block is left as it is."""
    if entry := already(tx, change):
        return entry
    before = standing(tx, change)
    named = {name: value for name, value in asdict(wanted).items() if value is not None}
    after = replace(before, **{**named, "blocked": before.blocked, "blocked_until": before.blocked_until})
    return _keep(tx, change, "set", before, after)


def block(tx: Transaction, change: Change, blocked: bool, until: int | None) -> Entry:
    """Block, or lift a block; figures are left as they are."""
    if entry := already(tx, change):
        return entry
    before = standing(tx, change)
    after = replace(before, blocked=blocked, blocked_until=until if blocked else None)
    return _keep(tx, change, "block" if blocked else "unblock", before, after)


def pause(tx: Transaction, change: Change, paused: bool) -> Entry | Refusal[None]:
    """Let nobody draw in a workspace or anywhere, or let them again. Refused: it is so already."""
    if entry := already(tx, change):
        return entry
    before = standing(tx, change)
    if before.blocked == paused:
        return Refusal(None)
    after = replace(before, blocked=paused, blocked_until=None)
    return _keep(tx, change, "pause" if paused else "resume", before, after)


def reset_limits(tx: Transaction, change: Change) -> Entry | Refusal[None]:
    """Remove the setting's figures and tiers. A block stands: only lifting it lifts it."""
    if entry := already(tx, change):
        return entry
    before = standing(tx, change)
    after = Limits(blocked=before.blocked, blocked_until=before.blocked_until)
    if before == after:
        return Refusal(None)
    return _keep(tx, change, "reset", before, after)


def set_zone(tx: Transaction, change: Change, zone: str) -> Entry:
    """Count days in `zone` from the next midnight on. Raises ValueError on an unknown zone."""
    if entry := already(tx, change):
        return entry
    before, after = change_zone(tx, change, zone)
    return write_entry(tx, change, "zone", (text(before), text(after)))


def change_zone(tx: Transaction, change: Change, zone: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """As set_zone, but gives the fields of its entry before and after instead of writing one."""
    before = calendar(tx, change.workspace)
    after = before.changed(zone, change.at)
    put_calendar(tx, change.workspace, after)
    return {ZONE: before.heading}, {ZONE: zone, "from": after.switch_at}


def calendar(tx: Transaction, workspace: str) -> Calendar:
    """The calendar of a workspace: its own, else the operator's."""
    return calendars(tx, workspace)[0]


def calendars(tx: Transaction, workspace: str) -> tuple[Calendar, Calendar]:
    """The calendars of a workspace and of the bot, which are one where the workspace has none of its own."""
    found = {row[0]: Calendar(*row[1:]) for row in tx.execute(_ZONES, (workspace, ANY)).fetchall()}
    return found.get(workspace, found[ANY]), found[ANY]


def put_calendar(tx: Transaction, workspace: str, days: Calendar) -> None:
    tx.execute(_PUT_ZONE, (workspace, days.zone, days.next_zone, days.switch_at))


def keep_operators_zone(tx: Transaction, zone: str, now: float) -> None:
    """Follow the operator's zone: at once in a new ledger, later from the next midnight on."""
    row = tx.execute(_ZONE, (ANY,)).fetchone()
    put_calendar(tx, ANY, Calendar(*row).changed(zone, now) if row else Calendar(zone))


def workspaces(tx: Transaction) -> list[str]:
    """Every workspace where somebody drew or something was set, in order."""
    return [workspace for (workspace,) in tx.execute(_WORKSPACES, (ANY,)).fetchall()]


def limits(tx: Transaction, key: Key) -> Limits | None:
    """One setting as it is kept, run out or not."""
    row = tx.execute(_LIMITS, key).fetchone()
    return _limits(row) if row else None


def limits_for(tx: Transaction, workspace: str, person: str) -> Mapping[Key, Limits]:
    """All that is set in the workspace and everywhere, but of persons only this one's; in one statement."""
    rows = tx.execute(_LIMITS_FOR, (workspace, ANY, person)).fetchall()
    return {(row[0], row[1], row[2]): _limits(row[3:]) for row in rows}


def set_here(tx: Transaction, workspace: str, now: float) -> list[tuple[Kind, str, str, Limits]]:
    """(kind, ref, a person's name or "", setting) of all that is set in a workspace and in force."""
    rows = tx.execute(_SET_HERE, (workspace,)).fetchall()
    settings = [(*row[:3], live(_limits(row[3:]), now)) for row in rows]
    return [row for row in settings if row[3] != Limits()]


def _limits(row: tuple[object, ...]) -> Limits:
    images, day, month, tiers, until, blocked, blocked_until = row
    values = {"images_per_day": images, "money_per_day": day, "money_per_month": month}
    allowed = None if tiers is None else tuple(json.loads(str(tiers)))
    return Limits(**values, tiers=allowed, until=until, blocked=bool(blocked), blocked_until=blocked_until)  # type: ignore[arg-type]


def standing(tx: Transaction, change: Change) -> Limits:
    """The setting that is changed, without what has run out."""
    return live(limits(tx, change.key) or Limits(), change.at)


def put(tx: Transaction, change: Change, setting: Limits) -> None:
    """Keep a setting in place of the one before; a workspace's may be a budget of which much is spent."""
    tx.execute(_DROP, change.key)
    if setting != Limits():
        tiers = None if setting.tiers is None else json.dumps(setting.tiers)
        figures = setting.images_per_day, setting.money_per_day, setting.money_per_month
        blocked = int(setting.blocked), setting.blocked_until
        tx.execute(_PUT, (*change.key, *figures, tiers, setting.until, *blocked))
    if change.kind == "workspace" and (amount := live(setting, change.at).money_per_month) is not None:
        month = calendar(tx, change.workspace).day(change.at)[:7]
        alerts.notice(tx, change.workspace, month, amount, change.at)


def told(setting: Limits) -> str | None:
    """A setting as entries tell it."""
    return text(asdict(setting))


def _keep(tx: Transaction, change: Change, verb: str, before: Limits, after: Limits) -> Entry:
    put(tx, change, after)
    return write_entry(tx, change, verb, (told(before), told(after)))
