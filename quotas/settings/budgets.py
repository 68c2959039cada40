"""The budget of a workspace: an amount a month, which always holds, and what happens at its end.

The amount is the workspace's own limit of money per month; what happens at the end is a preference.
"""

from dataclasses import asdict, replace
from datetime import date, timedelta

from quotas.limits.rules import live
from quotas.records import ANY, UNLIMITED, Defaults, Entry, Kind
from quotas.records_workspace import AtEnd, BudgetState
from quotas.settings import limits, preferences
from quotas.settings.alerts import spent_and_held
from quotas.settings.forecast import MOST_DAYS, forecast
from quotas.settings.log import Change, already, text, write_entry
from quotas.store.transaction import Transaction

_DAY = 86_400  # seconds; that some days are an hour longer is nothing to a forecast
STOP: AtEnd = "stop"
CHEAPER: AtEnd = "cheaper"

_FIRST_DAY = "SELECT MIN(day) FROM rollup WHERE {here}"
_DAILY = """SELECT day, SUM(charge_micros) FROM rollup
  WHERE {here} AND day >= :begin AND day < :end GROUP BY day"""
_HERE, _ALL = "workspace = :workspace", ":workspace = '*'"  # one or the other: with both no index serves


def set_budget(tx: Transaction, change: Change, amount: int | None, at_end: AtEnd | None) -> Entry:
    """Set what is not None. UNLIMITED: no budget any more."""
    if entry := already(tx, change):
        return entry
    setting, old = limits.standing(tx, change), preferences.here(tx, change.workspace).at_end
    before = asdict(setting) | {"at_end": old}
    if amount is not None:
        setting = replace(setting, money_per_month=None if amount == UNLIMITED else amount)
    limits.put(tx, change, setting)
    if at_end is not None:
        preferences.put(tx, change.workspace, {"at_end": at_end})
    after = asdict(setting) | {"at_end": at_end or old}
    return write_entry(tx, change, "budget", (text(before), text(after)))


def state(tx: Transaction, workspace: str, defaults: Defaults, now: float) -> BudgetState:
    """The budget as it stands now, and what the month is likely to come to; of the whole bot for "*"."""
    days = limits.calendar(tx, workspace)
    today, amount = days.day(now), _amount(tx, workspace, defaults, now)
    spent, held = spent_and_held(tx, workspace, today[:7])
    rest = min(1.0, (days.renews_at(now) - now) / _DAY)
    return BudgetState(
        amount=amount,
        at_end=preferences.here(tx, workspace).at_end or STOP,
        month=today[:7],
        spent=spent,
        held=held,
        forecast=forecast(_daily(tx, workspace, today), spent, amount, today, rest),
    )


def falls_back(tx: Transaction, workspace: str) -> bool:
    """What the budget refuses may be drawn in a cheaper tier."""
    return preferences.here(tx, workspace).at_end == CHEAPER


def _amount(tx: Transaction, workspace: str, defaults: Defaults, now: float) -> int | None:
    kind: Kind = "bot" if workspace == ANY else "workspace"
    setting = limits.limits(tx, (workspace, kind, ANY))
    amount = None if setting is None else live(setting, now).money_per_month
    if amount is None and workspace == ANY:
        amount = defaults.bot_money_per_month
    return None if amount == UNLIMITED else amount


def _daily(tx: Transaction, workspace: str, today: str) -> list[int]:
    """What was charged on each day before today: of the last four weeks, or since the first job."""
    here = _ALL if workspace == ANY else _HERE
    (first,) = tx.execute(_FIRST_DAY.format(here=here), {"workspace": workspace}).fetchone()
    end = date.fromisoformat(today)
    begin = max(end - timedelta(days=MOST_DAYS), date.fromisoformat(first or today))
    span = {"workspace": workspace, "begin": begin.isoformat(), "end": today}
    charged = dict(tx.execute(_DAILY.format(here=here), span).fetchall())
    days = (begin + timedelta(days=number) for number in range((end - begin).days))
    return [charged.get(day.isoformat(), 0) for day in days]
