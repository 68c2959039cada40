"""Alerts: how much of a month's budget is spent, noticed once in the transaction that crosses the line.

What is spent is what was settled: the workspace's counter of the month without what open jobs hold. Another
amount is another budget, of which every line is noticed afresh.
"""

from quotas.limits.counters import read
from quotas.records import ANY
from quotas.records_workspace import Alert
from quotas.store.transaction import Transaction

LINES = (50, 80, 100)  # percent
_END = 100

_NOTICED = "SELECT percent FROM alerts WHERE workspace = ? AND month = ? AND amount = ?"
_NOTICE = """INSERT INTO alerts (workspace, month, percent, amount, spent, noticed_at)
  VALUES (?, ?, ?, ?, ?, ?)"""
_HELD = """SELECT COALESCE(SUM(hold_micros), 0) FROM jobs
  WHERE closed_at IS NULL AND workspace = ? AND substr(day, 1, 7) = ?"""
_HELD_IN_ALL = """SELECT COALESCE(SUM(hold_micros), 0) FROM jobs
  WHERE closed_at IS NULL AND substr(bot_day, 1, 7) = ?"""
_DUE = """SELECT workspace, month, percent, amount, spent FROM alerts
  WHERE told_at IS NULL ORDER BY noticed_at, workspace, month, percent"""
_TOLD = """UPDATE alerts SET told_at = ?
  WHERE workspace = ? AND month = ? AND amount = ? AND percent = ? AND told_at IS NULL"""


def notice(tx: Transaction, workspace: str, month: str, amount: int, now: float) -> None:
    """Notice every line of the budget that has been reached; of a budget of nothing, or none, no line is."""
    counted = read(tx, (workspace, "workspace", month, ANY)).micros
    reached = [line for line in LINES if amount > 0 and counted * 100 >= line * amount]
    if not reached or not (fresh := _fresh(tx, workspace, month, amount, reached)):
        return
    settled = counted - held(tx, workspace, month)
    for line in fresh:
        if settled * 100 >= line * amount:
            tx.execute(_NOTICE, (workspace, month, line, amount, settled, now))


def refused(tx: Transaction, workspace: str, month: str, amount: int, asked: int, now: float) -> None:
    """Notice that the budget is at its end: what is left of it is too little for a request.

    Not where open jobs hold what it lacks, for they may give it back.
    """
    if _fresh(tx, workspace, month, amount, [_END]):
        settled = spent_and_held(tx, workspace, month)[0]
        if settled + asked > amount:
            tx.execute(_NOTICE, (workspace, month, _END, amount, settled, now))


def spent_and_held(tx: Transaction, workspace: str, month: str) -> tuple[int, int]:
    """Micro-dollars that a workspace's closed jobs of a month were charged, and its open ones hold.

    Of the whole bot for "*", whose month is that of the operator's zone.
    """
    if workspace == ANY:
        open_ones = int(tx.execute(_HELD_IN_ALL, (month,)).fetchone()[0])
        return read(tx, (ANY, "bot", month, ANY)).micros - open_ones, open_ones
    open_ones = held(tx, workspace, month)
    return read(tx, (workspace, "workspace", month, ANY)).micros - open_ones, open_ones


def held(tx: Transaction, workspace: str, month: str) -> int:
    return int(tx.execute(_HELD, (workspace, month)).fetchone()[0])


def due(tx: Transaction) -> list[Alert]:
    """What was noticed and not told, oldest first."""
    return [Alert(*row) for row in tx.execute(_DUE).fetchall()]


def was_told(tx: Transaction, alert: Alert, now: float) -> None:
    tx.execute(_TOLD, (now, alert.workspace, alert.month, alert.amount, alert.percent))


def _fresh(tx: Transaction, workspace: str, month: str, amount: int, lines: list[int]) -> list[int]:
    """Those lines that were not noticed before."""
    noticed = {percent for (percent,) in tx.execute(_NOTICED, (workspace, month, amount)).fetchall()}
    return [line for line in lines if line not in noticed]
