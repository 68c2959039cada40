"""The budget of a workspace: an amount a month, which always holds, and what happens at its end.

The amount is the workspace's own limit of money per month; what happens at the end is a preference.
"""

import sqlite3
from dataclasses import asdict, replace
from datetime import date, timedelta

from quotas.limits.rules import live
from quotas.records import ANY, UNLIMITED, Defaults, Entry, Kind
from quotas.records_workspace import AtEnd, BudgetState
from quotas.settings import limits, preferences
from quotas.settings.alerts import spent_and_held
from quotas.settings.forecast import MOST_DAYS, forecast
from quotas.settings.log import Change, already, text, write_entry

_DAY = 86_400  # seconds; that some days are an hour longer is nothing to a forecast
STOP: AtEnd = "stop"
CHEAPER: AtEnd = "cheaper"

_FIRST_DAY = "SELECT MIN(day) FROM rollup WHERE {here}"
_DAILY = """SELECT day, SUM(charge_micros) FROM rollup
  WHERE {here} AND day >= :begin AND day < :end GROUP BY day"""
_HERE, _ALL = "workspace = :workspace", ":workspace = '*'"  # one or the other: with both no index serves


def set_budget(db: sqlite3.Connection, change: Change, amount: int | None, at_end: AtEnd | None) -> Entry:
    """Set what is not None. UNLIMITED: no budget any more."""
    if entry := already(db, change):
        return entry
    setting, old = limits.standing(db, change), preferences.here(db, change.workspace).at_end
    before = asdict(setting) | {"at_end": old}
    if amount is not None:
        setting = replace(setting, money_per_month=None if amount == UNLIMITED else amount)
    limits.put(db, change, setting)
    if at_end is not None:
        preferences.put(db, change.workspace, {"at_end": at_end})
    after = asdict(setting) | {"at_end": at_end or old}
    return write_entry(db, change, "budget", (text(before), text(after)))


def state(db: sqlite3.Connection, workspace: str, defaults: Defaults, now: float) -> BudgetState:
    """The budget as it stands now, and what the month is likely to come to; of the whole bot for "*"."""
    days = limits.calendar(db, workspace)
    today, amount = days.day(now), _amount(db, workspace, defaults, now)
    spent, held = spent_and_held(db, workspace, today[:7])
    rest = min(1.0, (days.renews_at(now) - now) / _DAY)
    return BudgetState(
        amount=amount,
        at_end=preferences.here(db, workspace).at_end or STOP,
        month=today[:7],
        spent=spent,
        held=held,
        forecast=forecast(_daily(db, workspace, today), spent, amount, today, rest),
    )


def falls_back(db: sqlite3.Connection, workspace: str) -> bool:
    """What the budget refuses may be drawn in a cheaper tier."""
    return preferences.here(db, workspace).at_end == CHEAPER


def _amount(db: sqlite3.Connection, workspace: str, defaults: Defaults, now: float) -> int | None:
    kind: Kind = "bot" if workspace == ANY else "workspace"
    setting = limits.limits(db, (workspace, kind, ANY))
    amount = None if setting is None else live(setting, now).money_per_month
    if amount is None and workspace == ANY:
        amount = defaults.bot_money_per_month
    return None if amount == UNLIMITED else amount


def _daily(db: sqlite3.Connection, workspace: str, today: str) -> list[int]:
    """What was charged on each day before today: of the last four weeks, or since the first job."""
    here = _ALL if workspace == ANY else _HERE
    (first,) = db.execute(_FIRST_DAY.format(here=here), {"workspace": workspace}).fetchone()
    end = date.fromisoformat(today)
    begin = max(end - timedelta(days=MOST_DAYS), date.fromisoformat(first or today))
    span = {"workspace": workspace, "begin": begin.isoformat(), "end": today}
    charged = dict(db.execute(_DAILY.format(here=here), span).fetchall())
    days = (begin + timedelta(days=number) for number in range((end - begin).days))
    return [charged.get(day.isoformat(), 0) for day in days]
