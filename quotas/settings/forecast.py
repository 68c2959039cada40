"""The forecast of a month's spending from its days so far. Pure.

Days are taken as independent draws with one mean and one spread. Then the sum of r more days lies within 1.28
spreads times the root of r around r means in four cases of five (the normal distribution's 10 % and 90 %
quantiles; NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6.1).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, stdev

from quotas.records_workspace import Forecast

FEWEST_DAYS = 3  # with fewer, neither the mean nor the spread means anything
MOST_DAYS = 28  # four weeks: every weekday counts equally, and older habits do not count
QUANTILE = 1.28


def forecast(
    daily: Sequence[int], spent: int, amount: int | None, today: str, rest_of_today: float
) -> Forecast | None:
    """Forecast the month of `today` (YYYY-MM-DD). None: fewer than FEWEST_DAYS days are known.

    `daily`: micro-dollars charged on each full day so far, at most the last 28.
    `spent`: micro-dollars in this month, today included.
    `amount`: the budget.
    `rest_of_today`: the part of today that is still to come, 0 to 1.
    """
    if len(daily) < FEWEST_DAYS:
        return None
    mean, spread = fmean(daily), stdev(daily)
    first = date.fromisoformat(today)
    left = rest_of_today + _days_after(first)
    likely, around = spent + left * mean, QUANTILE * spread * sqrt(left)
    low, high = max(spent, round(likely - around)), round(likely + around)
    return Forecast(low, round(likely), high, _end(spent, amount, mean, first, rest_of_today))


def _end(spent: int, amount: int | None, mean: float, first: date, rest: float) -> str | None:
    """Return the day of this month at whose end the amount is likely to be spent."""
    if amount is None:
        return None
    for number in range(_days_after(first) + 1):
        if spent + (rest + number) * mean >= amount:
            return (first + timedelta(days=number)).isoformat()
    return None


def _days_after(day: date) -> int:
    """Return how many days of its month come after this one."""
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - day).days - 1
