from typing import Literal

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Totals, UsageFilter
from tests.quotas.asking import DAY, UNIT, Clock, drawn, reserved, settled


@pytest.fixture
async def used(ledger: Ledger, clock: Clock) -> Ledger:
    await settled(ledger, 3)
    await settled(ledger, 1, person="discord:bob", name="Bob", channel="art")
    await settled(ledger, 2, workspace="other", tier="ultra", model="imagen-4-ultra")
    clock.now += DAY
    job = await reserved(ledger, 4, tier="fast", model="imagen-4-flash", name="Ann B.")
    await ledger.release(job.id, Close(uncertain_micros=4 * UNIT, cost_micros=7))
    job = await reserved(ledger, 4)
    await ledger.start(job.id)
    await ledger.settle(job.id, drawn(4, cost=8 * UNIT))
    await reserved(ledger, 1)  # open: in no report
    return ledger


async def test_totals(used: Ledger) -> None:
    report = await used.usage(UsageFilter(), None)
    assert report.rows == ()
    assert report.totals == Totals(
        jobs=5, images=10, charge_micros=10 * UNIT, cost_micros=8 * UNIT + 7, uncertain_micros=4 * UNIT
    )
    assert (await used.usage(UsageFilter(workspace="nowhere"), None)).totals == Totals()


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("tier", [("standard", "", 8), ("ultra", "", 2), ("fast", "", 0)]),
        ("person", [("discord:ann", "Ann", 9), ("discord:bob", "Bob", 1)]),
        ("channel", [("general", "", 9), ("art", "", 1)]),
        ("day", [("2026-11-22", "", 6), ("2026-11-23", "", 4)]),
        ("workspace", [("team", "", 8), ("other", "", 2)]),
    ],
)
async def test_broken_down_dearest_first(
    used: Ledger,
    by: Literal["tier", "person", "channel", "day", "workspace"],
    rows: list[tuple[str, str, int]],
) -> None:
    report = await used.usage(UsageFilter(), by)
    assert [(key, name, totals.images) for key, name, totals in report.rows] == rows
    assert sum(totals.charge_micros for _, _, totals in report.rows) == report.totals.charge_micros
    assert report.by == by


@pytest.mark.parametrize(
    ("where", "images"),
    [
        (UsageFilter(workspace="team"), 8),
        (UsageFilter(person="discord:bob"), 1),
        (UsageFilter(channel="general"), 9),
        (UsageFilter(first_day="2026-11-23"), 4),
        (UsageFilter(last_day="2026-11-22"), 6),
        (
            UsageFilter(
                workspace="team", person="discord:ann", first_day="2026-11-22", last_day="2026-11-22"
            ),
            3,
        ),
    ],
)
async def test_narrowed(used: Ledger, where: UsageFilter, images: int) -> None:
    assert (await used.usage(where, "tier")).totals.images == images


async def test_people_go_by_their_newest_name(used: Ledger) -> None:
    report = await used.usage(UsageFilter(workspace="team"), "person")
    assert [row[1] for row in report.rows] == ["Ann", "Bob"]
    await reserved(used, name="Ann C.")
    report = await used.usage(UsageFilter(workspace="team"), "person")
    assert report.rows[0][1] == "Ann C."
