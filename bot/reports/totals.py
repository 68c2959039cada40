"""The ledger's totals as the port gives them: the figures of every other report, from the same rollup."""

from dataclasses import asdict
from typing import get_args

from bot.port.views import Spending, Sums
from quotas.ledger import Ledger
from quotas.records import By, Totals, UsageFilter


async def spending(ledger: Ledger, by: str) -> Spending:
    """Sum up what was spent, for all time and everyone. Raises ValueError on an unknown breakdown."""
    for known in get_args(By):
        if by == known:
            report = await ledger.reports.usage(UsageFilter(), known)
            rows = tuple((key, name, _sums(totals)) for key, name, totals in report.rows)
            return Spending(totals=_sums(report.totals), by=by, rows=rows)
    raise ValueError(f"{by!r} is not one of {', '.join(get_args(By))}")


def _sums(totals: Totals) -> Sums:
    return Sums(**asdict(totals))
