"""Example calls for the sentences about usage; see test_wording.py."""

from collections.abc import Callable
from datetime import date
from typing import Any

from bot import wording
from quotas.records import Totals

APART = ("cost_micros", "uncertain_micros", "beyond_micros")
SUMS = Totals(images=1_234, charge_micros=1, cost_micros=2, uncertain_micros=3, beyond_micros=1)
SPENT = {"2026-11-01": 16_500, "2026-11-02": 60_000, "2026-11-03": 0}

CASES: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    wording.usage_title: [
        (Totals(images=1, charge_micros=60_000), "2026-11-01", last) for last in ("2026-11-01", "2026-11-22")
    ]
    + [(Totals(), "2026-11-01", "2026-11-22", wording.EVERYONE_HERE)],
    wording.in_channel: [("chat:art",)],
    wording.of_both: [("Ann", "chat:art")],
    wording.usage_columns: [("tier",), ("person", APART)],
    wording.usage_row: [("fast", SUMS), ("fast", SUMS, APART)],
    wording.uncertain_cost: [(240_000,)],
    wording.unproven_cost: [(38_400,)],
    wording.beyond_charge: [(60_000,)],
    wording.and_others: [(1_200,)],
    wording.about: [(16_500,), (1_999_999,), (12_345_678,)],
    wording.tick: [(500_000, False), (20_000_000, True), (20_000_000, False)],
    wording.bar_labels: [
        ([date(2026, 11, 1), date(2026, 11, 2)], False),
        ([date(2026, 11, 30), date(2026, 12, 1)], False),
        ([date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)], True),
    ],
    wording.number_of: [(3,)],
    wording.same_name: [("Ann", "chat:ann")],
    wording.no_period: [("never",)],
    wording.chart_alt: [
        ("You", SPENT),
        ("You", {}),
        ("Everyone", SPENT, "day", {"fast": 16_500, "ultra": 60_000}),
        ("Everyone", {f"Person {number}": 60_000 for number in range(60)}, "person"),
    ],
    wording.several_people: [
        ("ann", [("chat:1", "Ann"), ("chat:2", "Ann")], 0),
        ("ann", [("chat:1", "Ann")], 9),
    ],
    wording.nobody_called: [("ann",)],
    wording.too_many_lines: [(8 * 1_048_576,)],
}
