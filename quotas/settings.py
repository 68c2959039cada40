"""Settings: what admins set, in which zone days are counted, and the entry that each change leaves.

Every change and its entry are one operation, and the entry's request id makes it happen once.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from quotas.days import Calendar
from quotas.ids import new_id
from quotas.limits import Key, live
from quotas.records import ANY, Entry, Kind, Limits
from quotas.writer import Refusal

_COLUMNS = "images_per_day, money_per_day, money_per_month, tiers, until, blocked, blocked_until"
_LIMITS = f"SELECT {_COLUMNS} FROM limits WHERE workspace = ? AND kind = ? AND ref = ?"
# A workspace has few settings but those of persons, which are passed over inside the index.
_LIMITS_FOR = f"""SELECT workspace, kind, ref, {_COLUMNS} FROM limits
  WHERE workspace IN (?, ?) AND (kind <> 'person' OR ref = ?)"""
_PUT = f"INSERT INTO limits (workspace, kind, ref, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DROP = "DELETE FROM limits WHERE workspace = ? AND kind = ? AND ref = ?"

_ENTRY_COLUMNS = ", ".join(field.name for field in fields(Entry))
_ENTRY = f"SELECT {_ENTRY_COLUMNS} FROM entries WHERE request_id = ?"
_ENTER = f"""INSERT INTO entries ({_ENTRY_COLUMNS}, request_id, day, images, micros)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_NEWEST = f"SELECT {_ENTRY_COLUMNS} FROM entries ORDER BY id DESC LIMIT ?"
_NEWEST_HERE = f"SELECT {_ENTRY_COLUMNS} FROM entries WHERE workspace = ? ORDER BY id DESC LIMIT ?"

_ZONE = "SELECT zone, next_zone, switch_at FROM workspaces WHERE id = ?"
_ZONES = "SELECT id, zone, next_zone, switch_at FROM workspaces WHERE id IN (?, ?)"
_PUT_ZONE = """INSERT INTO workspaces (id, zone, next_zone, switch_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE
  SET zone = excluded.zone, next_zone = excluded.next_zone, switch_at = excluded.switch_at"""

_SET_HERE = f"""SELECT kind, ref, COALESCE(name, ''), {_COLUMNS} FROM limits
  LEFT JOIN people ON kind = 'person' AND people.workspace = limits.workspace AND people.person = ref
  WHERE limits.workspace = ? ORDER BY kind = 'person', kind, ref"""

_EXTRA = """INSERT INTO counters (workspace, kind, ref, period, images, micros, extra_images, extra_micros)
  VALUES (?, 'person', ?, ?, 0, 0, ?, ?)
  ON CONFLICT (workspace, kind, period, ref) DO UPDATE
  SET extra_images = counters.extra_images + excluded.extra_images,
      extra_micros = counters.extra_micros + excluded.extra_micros"""
_EXTRA_JOINED = """INSERT INTO counters
    (workspace, kind, ref, period, images, micros, extra_images, extra_micros)
  SELECT ?, 'person', link, ?, 0, 0, ?, ? FROM links WHERE workspace = ? AND person = ?
  ON CONFLICT (workspace, kind, period, ref) DO UPDATE
  SET extra_images = counters.extra_images + excluded.extra_images,
      extra_micros = counters.extra_micros + excluded.extra_micros"""


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


def set_limits(db: sqlite3.Connection, change: Change, wanted: Limits) -> Entry:
    """Lay the figures of `wanted` that are not None over the setting; a block is left as it is."""
    if entry := already(db, change):
        return entry
    before = _live(db, change)
    named = {name: value for name, value in asdict(wanted).items() if value is not None}
    after = replace(before, **{**named, "blocked": before.blocked, "blocked_until": before.blocked_until})
    _put(db, change.key, after)
    return _enter(db, change, "set", before, after)


def block(db: sqlite3.Connection, change: Change, blocked: bool, until: int | None) -> Entry:
    """Block, or lift a block; figures are left as they are."""
    if entry := already(db, change):
        return entry
    before = _live(db, change)
    after = replace(before, blocked=blocked, blocked_until=until if blocked else None)
    _put(db, change.key, after)
    return _enter(db, change, "block" if blocked else "unblock", before, after)


def reset_limits(db: sqlite3.Connection, change: Change) -> Entry | Refusal[None]:
    """Remove the setting's figures and tiers. A block stands: only lifting it lifts it."""
    if entry := already(db, change):
        return entry
    before = _live(db, change)
    after = Limits(blocked=before.blocked, blocked_until=before.blocked_until)
    if before == after:
        return Refusal(None)
    _put(db, change.key, after)
    return _enter(db, change, "reset", before, after)


def grant(db: sqlite3.Connection, change: Change, images: int, micros: int) -> Entry:
    """Add to what the person may draw on their current day, and spend on it and in its month."""
    if entry := already(db, change):
        return entry
    day = calendar(db, change.workspace).day(change.at)
    after = json.dumps({"images": images, "money": micros, "day": day})
    entry = write_entry(db, change, "grant", (None, after), (day, images, micros))
    for period, extra in ((day, images), (day[:7], 0)):
        db.execute(_EXTRA, (change.workspace, change.ref, period, extra, micros))
        db.execute(_EXTRA_JOINED, (ANY, period, extra, micros, change.workspace, change.ref))
    return entry


def set_zone(db: sqlite3.Connection, change: Change, zone: str) -> Entry:
    """Count days in `zone` from the next midnight on. Raises ValueError on an unknown zone."""
    if entry := already(db, change):
        return entry
    before = calendar(db, change.workspace)
    after = before.changed(zone, change.at)
    put_calendar(db, change.workspace, after)
    texts = (
        json.dumps({"zone": before.zone_at(change.at)}),
        json.dumps({"zone": zone, "from": after.switch_at}),
    )
    return write_entry(db, change, "zone", texts)


def calendar(db: sqlite3.Connection, workspace: str) -> Calendar:
    """The calendar of a workspace: its own, else the operator's."""
    return calendars(db, workspace)[0]


def calendars(db: sqlite3.Connection, workspace: str) -> tuple[Calendar, Calendar]:
    """The calendars of a workspace and of the bot, which are one where the workspace has none of its own."""
    found = {row[0]: Calendar(*row[1:]) for row in db.execute(_ZONES, (workspace, ANY)).fetchall()}
    return found.get(workspace, found[ANY]), found[ANY]


def put_calendar(db: sqlite3.Connection, workspace: str, days: Calendar) -> None:
    db.execute(_PUT_ZONE, (workspace, days.zone, days.next_zone, days.switch_at))


def keep_operators_zone(db: sqlite3.Connection, zone: str, now: float) -> None:
    """Follow the operator's zone: at once in a new ledger, later from the next midnight on."""
    row = db.execute(_ZONE, (ANY,)).fetchone()
    put_calendar(db, ANY, Calendar(*row).changed(zone, now) if row else Calendar(zone))


def limits(db: sqlite3.Connection, key: Key) -> Limits | None:
    """One setting as it is kept, run out or not."""
    row = db.execute(_LIMITS, key).fetchone()
    return _limits(row) if row else None


def limits_for(db: sqlite3.Connection, workspace: str, person: str) -> Mapping[Key, Limits]:
    """All that is set in the workspace and everywhere, but of persons only this one's; in one statement."""
    rows = db.execute(_LIMITS_FOR, (workspace, ANY, person)).fetchall()
    return {(row[0], row[1], row[2]): _limits(row[3:]) for row in rows}


def set_here(db: sqlite3.Connection, workspace: str, now: float) -> list[tuple[Kind, str, str, Limits]]:
    """(kind, ref, a person's name or "", setting) of all that is set in a workspace and in force."""
    rows = db.execute(_SET_HERE, (workspace,)).fetchall()
    settings = [(*row[:3], live(_limits(row[3:]), now)) for row in rows]
    return [row for row in settings if row[3] != Limits()]


def entries(db: sqlite3.Connection, workspace: str | None, limit: int) -> list[Entry]:
    """The newest entries, newest first; of every workspace when it is None."""
    if workspace is None:
        rows = db.execute(_NEWEST, (limit,))
    else:
        rows = db.execute(_NEWEST_HERE, (workspace, limit))
    return [_entry(row) for row in rows.fetchall()]


def _limits(row: tuple[object, ...]) -> Limits:
    images, day, month, tiers, until, blocked, blocked_until = row
    values = {"images_per_day": images, "money_per_day": day, "money_per_month": month}
    allowed = None if tiers is None else tuple(json.loads(str(tiers)))
    return Limits(**values, tiers=allowed, until=until, blocked=bool(blocked), blocked_until=blocked_until)  # type: ignore[arg-type]


def _live(db: sqlite3.Connection, change: Change) -> Limits:
    return live(limits(db, change.key) or Limits(), change.at)


def _put(db: sqlite3.Connection, key: Key, setting: Limits) -> None:
    db.execute(_DROP, key)
    if setting != Limits():
        tiers = None if setting.tiers is None else json.dumps(setting.tiers)
        figures = setting.images_per_day, setting.money_per_day, setting.money_per_month
        db.execute(_PUT, (*key, *figures, tiers, setting.until, int(setting.blocked), setting.blocked_until))


def _enter(db: sqlite3.Connection, change: Change, verb: str, before: Limits, after: Limits) -> Entry:
    return write_entry(db, change, verb, (_text(before), _text(after)))


def _text(setting: Limits) -> str | None:
    """JSON of the fields that are set; None where nothing is."""
    values = {
        name: value for name, value in asdict(setting).items() if value is not None and value is not False
    }
    return json.dumps(values) if values else None


def already(db: sqlite3.Connection, change: Change) -> Entry | None:
    row = db.execute(_ENTRY, (change.request_id,)).fetchone()
    return _entry(row) if row else None


def write_entry(
    db: sqlite3.Connection,
    change: Change,
    verb: str,
    texts: tuple[str | None, str | None],
    granted: tuple[str | None, int, int] = (None, 0, 0),
) -> Entry:
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
        reverses=None,
    )
    row = [getattr(entry, field.name) for field in fields(Entry)]
    db.execute(_ENTER, (*row, change.request_id, *granted))
    return entry


def _entry(row: tuple[object, ...]) -> Entry:
    return Entry(**dict(zip((field.name for field in fields(Entry)), row, strict=True)))  # type: ignore[arg-type]
