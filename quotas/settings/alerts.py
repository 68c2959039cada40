"""Alerts about a month's budget: each is recorded once, in the transaction that crosses its line.

Spent is the workspace's counter of the month, less what open jobs hold: what closed jobs were charged, or
cost beyond that. Another amount is another budget, whose lines are recorded anew.
"""

from quotas.limits.counters import read_counter
from quotas.records import ANY
from quotas.records_workspace import Alert
from quotas.store.transaction import Transaction

LINES = (50, 80, 100)  # percent
_END = 100

_RECORDED = "SELECT percent FROM alerts WHERE workspace = ? AND month = ? AND amount = ?"
_RECORD = """INSERT INTO alerts (workspace, month, percent, amount, spent, noticed_at)
  VALUES (?, ?, ?, ?, ?, ?)"""
_HELD = """SELECT COALESCE(SUM(hold_micros), 0) FROM jobs
  WHERE closed_at IS NULL AND workspace = ? AND substr(day, 1, 7) = ?"""
_HELD_IN_ALL = """SELECT COALESCE(SUM(hold_micros), 0) FROM jobs
  WHERE closed_at IS NULL AND substr(bot_day, 1, 7) = ?"""
_DUE = """SELECT workspace, month, percent, amount, spent FROM alerts
  WHERE told_at IS NULL ORDER BY noticed_at, workspace, month, percent"""
_MARK_POSTED = """UPDATE alerts SET told_at = ?
  WHERE workspace = ? AND month = ? AND amount = ? AND percent = ? AND told_at IS NULL"""

_FORGET_CROSSED = """DELETE FROM alerts WHERE workspace = ? AND month = ?
  AND ? * 100 < percent * amount"""
_LOWER = "UPDATE alerts SET spent = ? WHERE workspace = ? AND month = ? AND spent > ?"


def record_alerts(tx: Transaction, workspace: str, month: str, amount: int, now: float) -> None:
    """Record every line of the budget that is reached. A budget of 0 has no lines."""
    counted = read_counter(tx, (workspace, "workspace", month, ANY)).micros
    reached = [line for line in LINES if amount > 0 and counted * 100 >= line * amount]
    if not reached or not (new_lines := _without_recorded(tx, workspace, month, amount, reached)):
        return
    settled = counted - sum_held(tx, workspace, month)
    for line in new_lines:
        if settled * 100 >= line * amount:
            tx.execute(_RECORD, (workspace, month, line, amount, settled, now))


def record_end(
    tx: Transaction, workspace: str, month: str, amount: int, amount_needed: int, now: float
) -> None:
    """Record the end of a budget whose rest is too small for a request of `amount_needed` micro-dollars.

    It is no end if open jobs hold what is missing, because they may give it back.
    """
    if _without_recorded(tx, workspace, month, amount, [_END]):
        settled = sum_spent_and_held(tx, workspace, month)[0]
        if settled + amount_needed > amount:
            tx.execute(_RECORD, (workspace, month, _END, amount, settled, now))


def lower_alerts(tx: Transaction, workspace: str, month: str) -> None:
    """Correct the month's alerts after a charge was given back. A line that is not reached is open again."""
    spent = sum_spent_and_held(tx, workspace, month)[0]
    tx.execute(_FORGET_CROSSED, (workspace, month, spent))
    tx.execute(_LOWER, (spent, workspace, month, spent))


def sum_spent_and_held(tx: Transaction, workspace: str, month: str) -> tuple[int, int]:
    """Return what a workspace's closed jobs of a month spent, and what its open jobs hold.

    In micro-dollars. "*": of the whole bot, whose month is the one of the operator's zone.
    """
    if workspace == ANY:
        held = int(tx.execute(_HELD_IN_ALL, (month,)).fetchone()[0])
        return read_counter(tx, (ANY, "bot", month, ANY)).micros - held, held
    held = sum_held(tx, workspace, month)
    return read_counter(tx, (workspace, "workspace", month, ANY)).micros - held, held


def sum_held(tx: Transaction, workspace: str, month: str) -> int:
    """Return the micro-dollars that a month's open jobs of a workspace hold."""
    return int(tx.execute(_HELD, (workspace, month)).fetchone()[0])


def list_due(tx: Transaction) -> list[Alert]:
    """Return the alerts that were not posted yet, oldest first."""
    return [Alert(*row) for row in tx.execute(_DUE).fetchall()]


def mark_posted(tx: Transaction, alert: Alert, now: float) -> None:
    tx.execute(_MARK_POSTED, (now, alert.workspace, alert.month, alert.amount, alert.percent))


def _without_recorded(
    tx: Transaction, workspace: str, month: str, amount: int, lines: list[int]
) -> list[int]:
    """Return the lines that are not recorded yet."""
    recorded = {percent for (percent,) in tx.execute(_RECORDED, (workspace, month, amount)).fetchall()}
    return [line for line in lines if line not in recorded]
