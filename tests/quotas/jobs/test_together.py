"""Several requests reserved as one sum: all of them, or none, at any concurrency."""

import asyncio

import pytest

from quotas.ledger import Ledger
from quotas.records import Denied, Limits, Reservation, Reserved
from tests.quotas.helpers import UNIT, by, make_reservation, reserve

PRICES = {"fast": 30_000, "standard": UNIT, "ultra": 120_000, "gpt": 63_000}


def one_of_each(name: str, **changes: object) -> list[Reservation]:
    return [
        make_reservation(request_id=f"{name}:{tier}", tier=tier, unit_micros=price, **changes)
        for tier, price in PRICES.items()
    ]


async def test_all_or_nothing_at_any_concurrency(ledger: Ledger) -> None:
    answers = await asyncio.gather(
        *(ledger.jobs.reserve_together(one_of_each(f"compare {number}")) for number in range(50))
    )
    accepted = [answer for answer in answers if not isinstance(answer, Denied)]
    assert len(accepted) == 12, "of 50 pictures a day, four each"
    assert all([each.job.tier for each in answer] == list(PRICES) for answer in accepted)
    meter = (await ledger.reports.allowance("team", "discord:ann", ())).images_day
    assert (meter.used, meter.held) == (0, 48)
    assert await ledger.verify() == []


async def test_the_same_comparison_again_gets_the_same_jobs(ledger: Ledger) -> None:
    first = await ledger.jobs.reserve_together(one_of_each("same"))
    again = await ledger.jobs.reserve_together(one_of_each("same"))
    assert isinstance(first, list)
    assert isinstance(again, list)
    assert [each.job for each in first] == [each.job for each in again]
    assert [each.fresh for each in again] == [False] * 4


@pytest.mark.parametrize(
    ("change", "what", "limit", "asked", "used"),
    [
        (Limits(images_per_day=5), "images", 5, 4, 2),
        (Limits(money_per_day=300_000), "money", 300_000, sum(PRICES.values()), 120_000),
    ],
)
async def test_a_denial_tells_the_whole_sum_and_keeps_nothing_of_it(
    ledger: Ledger, change: Limits, what: str, limit: int, asked: int, used: int
) -> None:
    await ledger.settings.set_limits(workspace="team", kind="everyone", ref="*", change=change, **by())
    await reserve(ledger, 2)
    denied = await ledger.jobs.reserve_together(one_of_each("too much"))
    assert isinstance(denied, Denied)
    assert (denied.what, denied.limit, denied.asked, denied.used) == (what, limit, asked, used)
    assert len(await ledger.jobs.list_open()) == 1
    assert await ledger.verify() == []
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Reserved)
