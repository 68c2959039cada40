"""The budget of a workspace: an amount a month, which always limits, and what happens at its end.

The amount is the workspace's own limit of money per month, and holds for what the provider bills, too. What
happens at the end is a preference.
"""

from dataclasses import asdict, replace
from datetime import date, timedelta

from quotas.limits.rules import drop_expired
from quotas.records import ANY, UNLIMITED, Defaults, Entry, LimitKind
from quotas.records_workspace import AtEnd, BudgetState
from quotas.settings import limits, preferences
from quotas.settings.alerts import sum_spent_and_held
from quotas.settings.forecast import MOST_DAYS, forecast
from quotas.settings.log import Change, entry_of, fields_text, write_entry
from quotas.store.transaction import Transaction

_DAY = 86_400  # seconds; a forecast may ignore that some days are an hour longer
STOP: AtEnd = "stop"
CHEAPER: AtEnd = "cheaper"

_FIRST_DAY = "SELECT MIN(day) FROM rollup WHERE {here}"
_DAILY = """SELECT day, SUM(charge_micros + beyond_micros + uncertain_micros) FROM rollup
  WHERE {here} AND day >= :begin AND day < :end GROUP BY day"""
_HERE, _ALL = "workspace = :workspace", ":workspace = '*'"  # not both in one query: no index would serve


def set_budget(tx: Transaction, change: Change, amount: int | None, at_end: AtEnd | None) -> Entry:
    """Set what is not None. UNLIMITED removes the budget."""
    if entry := entry_of(tx, change):
        return entry
    setting = limits.current_limits(tx, change)
    old = preferences.read_preferences(tx, change.workspace).at_end
    before = asdict(setting) | {"at_end": old}
    if amount is not None:
        setting = replace(setting, money_per_month=None if amount == UNLIMITED else amount)
    limits.put(tx, change, setting)
    if at_end is not None:
        preferences.put(tx, change.workspace, {"at_end": at_end})
    after = asdict(setting) | {"at_end": at_end or old}
    return write_entry(tx, change, "budget", (fields_text(before), fields_text(after)))


def read_budget(tx: Transaction, workspace: str, defaults: Defaults, now: float) -> BudgetState:
    """Return the budget now, with a forecast of the month. "*": of the whole bot."""
    days = limits.read_calendar(tx, workspace)
    today, amount = days.day(now), _amount(tx, workspace, defaults, now)
    spent, held = sum_spent_and_held(tx, workspace, today[:7])
    rest = min(1.0, (days.renews_at(now) - now) / _DAY)
    return BudgetState(
        amount=amount,
        at_end=preferences.read_preferences(tx, workspace).at_end or STOP,
        month=today[:7],
        spent=spent,
        held=held,
        forecast=forecast(_daily(tx, workspace, today), spent, amount, today, rest),
    )


def has_fallback(tx: Transaction, workspace: str) -> bool:
    """Return True if a request that the budget refuses may be drawn in a cheaper tier."""
    return preferences.read_preferences(tx, workspace).at_end == CHEAPER


def _amount(tx: Transaction, workspace: str, defaults: Defaults, now: float) -> int | None:
    kind: LimitKind = "bot" if workspace == ANY else "workspace"
    setting = limits.read_limits(tx, (workspace, kind, ANY))
    amount = None if setting is None else drop_expired(setting, now).money_per_month
    if amount is None and workspace == ANY:
        amount = defaults.bot_money_per_month
    return None if amount == UNLIMITED else amount


def _daily(tx: Transaction, workspace: str, today: str) -> list[int]:
    """Return what each day before today spent, for the last four weeks or since the first job.

    As the counters count it: with cost beyond the charge, and uncertain cost.
    """
    here = _ALL if workspace == ANY else _HERE
    (first,) = tx.execute(_FIRST_DAY.format(here=here), {"workspace": workspace}).fetchone()
    end = date.fromisoformat(today)
    begin = max(end - timedelta(days=MOST_DAYS), date.fromisoformat(first or today))
    span = {"workspace": workspace, "begin": begin.isoformat(), "end": today}
    charged = dict(tx.execute(_DAILY.format(here=here), span).fetchall())
    days = (begin + timedelta(days=number) for number in range((end - begin).days))
    return [charged.get(day.isoformat(), 0) for day in days]
