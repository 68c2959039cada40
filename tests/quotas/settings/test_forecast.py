"""The forecast: its values for simple months, and properties of every month."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotas.records_workspace import Forecast
from quotas.settings.forecast import FEWEST_DAYS, MOST_DAYS, forecast

amounts = st.integers(0, 10**12)
months = st.dates(date(2024, 1, 1), date(2032, 12, 31))
histories = st.lists(amounts, min_size=FEWEST_DAYS, max_size=MOST_DAYS)


def test_a_steady_month_is_forecast_exactly() -> None:
    steady = [10, 10, 10]
    assert forecast(steady, 100, 300, "2026-11-10", 0.0) == Forecast(300, 300, 300, "2026-11-30")
    assert forecast(steady, 100, 301, "2026-11-10", 0.0) == Forecast(300, 300, 300, None)
    assert forecast(steady, 100, None, "2026-11-10", 1.0) == Forecast(310, 310, 310, None)
    assert forecast(steady, 100, 110, "2026-11-10", 0.5) == Forecast(305, 305, 305, "2026-11-11")
    assert forecast(steady, 100, 105, "2026-11-10", 0.5) == Forecast(305, 305, 305, "2026-11-10")
    assert forecast(steady, 100, 50, "2026-11-10", 0.5) == Forecast(305, 305, 305, "2026-11-10")


def test_the_range_grows_with_the_spread_of_the_days() -> None:
    # mean 20, spread 10, nine days left: 20 x 9 = 180, and 1.28 x 10 x 3 = 38.4 to either side
    assert forecast([10, 20, 30], 500, None, "2026-11-21", 0.0) == Forecast(642, 680, 718, None)
    assert forecast([0, 0, 90], 100, None, "2026-11-29", 0.0) == Forecast(100, 130, 197, None)


@pytest.mark.parametrize(
    ("today", "left"),
    [("2026-11-30", 0), ("2026-12-31", 0), ("2027-02-27", 1), ("2028-02-27", 2), ("2026-10-01", 30)],
)
def test_months_have_their_own_lengths(today: str, left: int) -> None:
    found = forecast([7, 7, 7], 0, None, today, 0.0)
    assert found == Forecast(7 * left, 7 * left, 7 * left, None)


def test_too_few_days_give_no_forecast() -> None:
    assert forecast([5] * (FEWEST_DAYS - 1), 10, 20, "2026-11-10", 0.5) is None
    assert forecast([], 10, 20, "2026-11-10", 0.5) is None


@given(histories, amounts, st.one_of(st.none(), amounts), months, st.floats(0, 1))
def test_the_range_holds_the_likely_sum_and_what_is_spent(
    daily: list[int], spent: int, amount: int | None, day: date, rest: float
) -> None:
    found = forecast(daily, spent, amount, day.isoformat(), rest)
    assert found is not None
    assert spent <= found.low <= found.likely <= found.high
    if found.ends_on is not None:
        assert amount is not None
        assert day.isoformat() <= found.ends_on
        assert found.ends_on[:7] == day.isoformat()[:7]
        assert found.likely >= amount - 1  # both are rounded
    elif amount is not None:
        assert found.likely <= amount + 1


@given(histories, amounts, months, st.floats(0, 1))
def test_a_larger_budget_never_ends_earlier(daily: list[int], amount: int, day: date, rest: float) -> None:
    ends = [forecast(daily, 0, some, day.isoformat(), rest) for some in (amount, 2 * amount + 1)]
    first, second = (found.ends_on or "later" for found in ends if found)
    assert first <= second
