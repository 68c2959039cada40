"""Jobs of one comparison: one of them carries the card and the outcome of all."""

import asyncio

import pytest

from quotas.ids import new_id
from quotas.jobs.finding import JobSearch
from quotas.ledger import Ledger
from quotas.records import Close, Job
from tests.quotas.helpers import UNIT, make_close, make_reservation

OUTCOME = '{"why":"drawn"}'


async def compare(ledger: Ledger, name: str = "compare", number: int = 3) -> list[Job]:
    ids = [new_id() for _ in range(number)]
    answer = await ledger.jobs.reserve_together(
        [make_reservation(request_id=f"{name}:{each}", job=each, comparison=ids[0]) for each in ids]
    )
    assert isinstance(answer, list)
    return [each.job for each in answer]


async def close(ledger: Ledger, job: Job, *, drawn: bool = True) -> None:
    await ledger.jobs.start(job.id)
    if drawn:
        await ledger.jobs.settle(job.id, make_close(1))
    else:
        await ledger.jobs.release(job.id, Close(outcome='{"why":"refused"}'))


async def test_it_completes_once_when_the_last_is_closed(ledger: Ledger) -> None:
    first, second, third = await compare(ledger)
    for job in (first, second):
        await close(ledger, job)
        assert await ledger.jobs.complete_comparison(first.id, first.id, OUTCOME) is None
    await close(ledger, third)
    answers = await asyncio.gather(
        *(ledger.jobs.complete_comparison(first.id, first.id, OUTCOME) for _ in range(5))
    )
    (carrier,) = [each for each in answers if each is not None]
    assert (carrier.id, carrier.outcome, carrier.delivered_at) == (first.id, OUTCOME, None)
    assert [job.id for job in await ledger.jobs.list_undelivered()] == [first.id]
    assert await ledger.jobs.list_recent("team", "discord:ann", 9) == []
    assert await ledger.jobs.deliver(first.id, "discord", "general", "m", "{}")
    assert await ledger.jobs.complete_comparison(first.id, second.id, OUTCOME) is None
    assert [job.id for job in await ledger.jobs.list_recent("team", "discord:ann", 9)] == [first.id]
    assert await ledger.verify() == []


@pytest.mark.parametrize("late", [False, True])
async def test_card_and_message_go_to_the_one_that_carries_it(ledger: Ledger, late: bool) -> None:
    """`late`: the platform says where the card is when all are closed already."""
    first, second, _ = jobs = await compare(ledger)
    card = first.id, '{"a":"card"}', "discord", "general", "the card"
    if not late:
        await ledger.jobs.record_card(*card)
    for job in jobs:
        await close(ledger, job, drawn=job is not first)
    carrier = await ledger.jobs.complete_comparison(first.id, second.id, OUTCOME)
    assert carrier is not None
    if late:
        await ledger.jobs.record_card(*card)
    for job in jobs:
        now = await ledger.jobs.carrier(job.id)
        assert now is not None
        assert (now.id, now.card) == (second.id, '{"a":"card"}')
    found = await ledger.jobs.of_message("discord", "general", "the card")
    assert found is not None
    assert found.id == second.id
    assert await ledger.verify() == []


async def test_it_is_found_by_each_tier_that_drew(ledger: Ledger) -> None:
    ids = [new_id() for _ in range(3)]
    tiers = "fast", "standard", "ultra"
    for number, tier in zip(ids, tiers, strict=True):
        one = make_reservation(request_id=f"c:{tier}", job=number, comparison=ids[0], tier=tier, words="fox")
        await ledger.jobs.reserve(one)
        await ledger.jobs.start(number)
        if tier == "ultra":
            await ledger.jobs.release(number, Close(outcome='{"why":"refused"}'))
        else:
            await ledger.jobs.settle(number, make_close(1))
    await ledger.jobs.complete_comparison(ids[0], ids[0], OUTCOME)
    await ledger.jobs.deliver(ids[0], "discord", "general", "m", "{}")
    for tier, count in zip(tiers, (1, 1, 0), strict=True):
        assert await ledger.finding.count(JobSearch(tiers=(tier,))) == count
    assert sorted(await ledger.finding.values("tier", JobSearch(words="fox"), limit=9)) == [
        "fast",
        "standard",
    ]
    assert await ledger.finding.values("tier", JobSearch(words="owl"), limit=9) == []


async def test_a_job_by_itself_carries_itself(ledger: Ledger) -> None:
    (job, _) = await compare(ledger, number=2)
    answer = await ledger.jobs.reserve(make_reservation())
    assert not isinstance(answer, list)
    assert (await ledger.jobs.carrier(answer.job.id)) == answer.job  # type: ignore[union-attr]
    assert [each.comparison for each in await ledger.jobs.of_comparison(job.id)] == [job.id] * 2
    assert await ledger.jobs.carrier(7) is None


async def test_lost_pictures_are_written_off_one_by_one_until_it_is_complete_and_then_all(
    ledger: Ledger,
) -> None:
    first, second, third = jobs = await compare(ledger)
    for job in jobs:
        await close(ledger, job)
    assert await ledger.jobs.write_off(first.id, "{}")
    assert (await used(ledger)) == (2, 2 * UNIT)
    assert await ledger.jobs.complete_comparison(first.id, second.id, OUTCOME)
    assert await ledger.jobs.write_off(third.id, "{}") is None
    assert await ledger.jobs.write_off(second.id, "{}")
    assert (await used(ledger)) == (0, 0)
    assert await ledger.verify() == []


async def used(ledger: Ledger) -> tuple[int, int]:
    allowance = await ledger.reports.allowance("team", "discord:ann", ())
    return allowance.images_day.used, allowance.money_month.used
