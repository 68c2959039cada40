import asyncio

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Denied, UsageFilter
from quotas.store.errors import LedgerError
from tests.quotas.helpers import DAY, HOUR, UNIT, Clock, draw, make_close, make_reservation, reserve


async def test_a_job_is_charged_what_was_delivered(ledger: Ledger, clock: Clock) -> None:
    job = await reserve(ledger, 4)
    assert (job.state, job.hold_micros, job.charge_micros) == ("reserved", 4 * UNIT, None)
    clock.now += 1
    assert await ledger.jobs.start(job.id)
    clock.now += 9.5
    assert await ledger.jobs.settle(job.id, make_close(3, cost=5 * UNIT))
    after = await ledger.jobs.get(job.id)
    assert after is not None
    assert (after.state, after.charge_images, after.charge_micros) == ("settled", 3, 3 * UNIT)
    assert (after.cost_micros, after.hold_micros) == (5 * UNIT, 4 * UNIT)
    assert (after.started_at, after.closed_at) == (clock.now - 9.5, clock.now)
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.used == 3
    assert await ledger.jobs.durations(5) == [("standard", "", 9.5)]


async def test_a_clock_that_is_set_back_makes_no_negative_duration(ledger: Ledger, clock: Clock) -> None:
    first, second = await reserve(ledger), await reserve(ledger)
    clock.now += 5
    await ledger.jobs.start(first.id)
    clock.now -= HOUR
    await ledger.jobs.start(second.id)
    assert await ledger.jobs.settle(first.id, make_close(1))
    assert await ledger.jobs.release(second.id, Close())
    clock.now -= HOUR
    assert await ledger.jobs.deliver(first.id, "discord", "c", "m", "{}")
    for number in (first.id, second.id):
        job = await ledger.jobs.get(number)
        assert job is not None
        steps = [job.created_at, job.started_at, job.closed_at, job.delivered_at]
        known = [step for step in steps if step is not None]
        assert known == sorted(known)
    assert await ledger.jobs.durations(5) == [("standard", "", 0.0)]


async def test_each_step_of_a_job_happens_once_and_in_order(ledger: Ledger) -> None:
    job = (await reserve(ledger)).id
    assert not await ledger.jobs.settle(job, make_close(1))  # not running
    assert not await ledger.jobs.deliver(job, "discord", "c", "m", "{}")  # not closed
    assert await ledger.jobs.start(job)
    assert not await ledger.jobs.start(job)
    assert await ledger.jobs.settle(job, make_close(1))
    assert not await ledger.jobs.settle(job, make_close(1))
    assert not await ledger.jobs.release(job, Close())
    assert not await ledger.jobs.start(job)
    assert await ledger.jobs.deliver(job, "discord", "c", "m", "{}")
    assert not await ledger.jobs.deliver(job, "discord", "c", "other", "{}")
    assert await ledger.jobs.of_message("discord", "c", "other") is None
    assert await ledger.jobs.remove(job)
    assert not await ledger.jobs.remove(job)
    for step in (
        ledger.jobs.start(99),
        ledger.jobs.settle(99, make_close(1)),
        ledger.jobs.release(99, Close()),
        ledger.jobs.remove(99),
    ):
        assert not await step


async def test_of_many_concurrent_closings_one_succeeds(ledger: Ledger) -> None:
    job = (await reserve(ledger)).id
    await ledger.jobs.start(job)
    done = await asyncio.gather(
        *(ledger.jobs.settle(job, make_close(1)) for _ in range(20)), ledger.jobs.release(job, Close())
    )
    assert sum(closed is not None for closed in done) == 1


async def test_a_charge_is_at_most_the_hold(ledger: Ledger) -> None:
    job = (await reserve(ledger, 2)).id
    await ledger.jobs.start(job)
    await ledger.jobs.settle(job, Close(images=3, charge_micros=9 * UNIT, cost_micros=9 * UNIT))
    after = await ledger.jobs.get(job)
    assert after is not None
    assert (after.charge_images, after.charge_micros, after.cost_micros) == (2, 2 * UNIT, 9 * UNIT)


async def test_a_release_charges_nothing_and_keeps_the_cost(ledger: Ledger) -> None:
    waiting, running = (await reserve(ledger, 2)).id, (await reserve(ledger, 2)).id
    await ledger.jobs.start(running)
    for wrong in (Close(images=1), Close(charge_micros=1)):
        with pytest.raises(LedgerError):
            await ledger.jobs.release(running, wrong)
    assert await ledger.jobs.release(waiting, Close())
    assert await ledger.jobs.release(running, Close(uncertain_micros=2 * UNIT, outcome='{"why": "deadline"}'))
    after = await ledger.jobs.get(running)
    assert after is not None
    assert (after.state, after.charge_micros, after.uncertain_micros) == ("released", 0, 2 * UNIT)
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.left == 50
    totals = (await ledger.reports.usage(UsageFilter(), None)).totals
    assert (totals.jobs, totals.images, totals.charge_micros, totals.uncertain_micros) == (2, 0, 0, 2 * UNIT)


async def test_a_job_across_midnight_settles_on_its_own_day(ledger: Ledger, clock: Clock) -> None:
    job = await reserve(ledger, 4)
    await ledger.jobs.start(job.id)
    clock.now += DAY
    await ledger.jobs.settle(job.id, make_close(1))
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.used == 0
    clock.now -= DAY
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.used == 1
    report = await ledger.reports.usage(UsageFilter(first_day=job.day, last_day=job.day), "day")
    assert [row[0] for row in report.rows] == ["2026-11-22"]


async def test_open_and_undelivered_jobs_come_oldest_first(ledger: Ledger, clock: Clock) -> None:
    jobs = []
    for _ in range(4):
        jobs.append(await reserve(ledger))
        clock.now += 1
    await ledger.jobs.start(jobs[1].id)
    assert [job.id for job in await ledger.jobs.list_open()] == [job.id for job in jobs]
    await ledger.jobs.release(jobs[2].id, Close())
    clock.now += 1
    await ledger.jobs.settle(jobs[1].id, make_close(1))
    assert [job.id for job in await ledger.jobs.list_open()] == [jobs[0].id, jobs[3].id]
    assert [job.id for job in await ledger.jobs.list_undelivered()] == [jobs[2].id, jobs[1].id]
    assert await ledger.jobs.deliver(jobs[2].id, "discord", "general", "", "{}"), "without a message"
    assert [job.id for job in await ledger.jobs.list_undelivered()] == [jobs[1].id]


async def test_messages_lead_to_their_job(ledger: Ledger) -> None:
    job = (await reserve(ledger)).id
    for _ in range(2):
        await ledger.jobs.record_card(job, '{"card": 1}', "discord", "general", "m1")
    await ledger.jobs.record_card(12345, "{}", "discord", "general", "m0")
    assert await ledger.jobs.of_message("discord", "general", "m0") is None
    match = await ledger.jobs.of_message("discord", "general", "m1")
    assert match is not None
    assert (match.id, match.card) == (job, '{"card": 1}')
    await ledger.jobs.start(job)
    await ledger.jobs.settle(job, make_close(1))
    await ledger.jobs.deliver(job, "discord", "general", "m2", '{"card": 2}')
    await ledger.jobs.record_card(job, '{"card": 1}', "discord", "general", "m1")  # recorded late
    await ledger.jobs.map_message(job, "discord", "elsewhere", "m3")
    for place in (("general", "m1"), ("general", "m2"), ("elsewhere", "m3")):
        match = await ledger.jobs.of_message("discord", *place)
        assert match is not None
        assert (match.id, match.card) == (job, '{"card": 2}')
    assert await ledger.jobs.of_message("discord", "general", "") is None
    assert await ledger.jobs.of_message("slack", "general", "m1") is None


async def test_recent_jobs_are_settled_ones_with_pictures(ledger: Ledger, clock: Clock) -> None:
    jobs = []
    for _ in range(4):
        jobs.append((await draw(ledger)).id)
        clock.now += 1
    await draw(ledger, person="discord:bob")
    await reserve(ledger)
    await ledger.jobs.remove(jobs[1])
    assert [job.id for job in await ledger.jobs.list_recent("team", "discord:ann", 20)] == [
        jobs[3],
        jobs[2],
        jobs[0],
    ]
    assert len(await ledger.jobs.list_recent("team", "discord:ann", 2)) == 2


async def test_expired_jobs_are_old_delivered_and_have_a_prompt(ledger: Ledger, clock: Clock) -> None:
    delivered, undelivered, deleted, emptied = [(await draw(ledger)).id for _ in range(4)]
    for job in (delivered, deleted, emptied):
        await ledger.jobs.deliver(job, "discord", "general", "", "{}")
    await ledger.jobs.remove(deleted)
    assert await ledger.jobs.empty(emptied, "{}")
    assert not await ledger.jobs.empty(emptied, "")
    assert await ledger.jobs.list_expired(clock.now, 10) == []
    assert {job.id for job in await ledger.jobs.list_expired(clock.now + 1, 10)} == {delivered, deleted}
    assert undelivered in [job.id for job in await ledger.jobs.list_undelivered()]
    assert emptied not in [job.id for job in await ledger.jobs.list_recent("team", "discord:ann", 20)]


async def test_a_reply_token_is_erased_when_it_expires(ledger: Ledger, clock: Clock) -> None:
    until = int(clock.now) + 900
    short = await reserve(ledger, reply_token="secret", reply_until=until)
    longer = await reserve(ledger, reply_token="secret", reply_until=until + 1)
    assert await ledger.jobs.erase_reply_tokens() == 0
    clock.now = until
    assert await ledger.jobs.erase_reply_tokens() == 1
    erased, unexpired = await ledger.jobs.get(short.id), await ledger.jobs.get(longer.id)
    assert erased is not None
    assert unexpired is not None
    assert (erased.reply_token, erased.reply_until) == (None, None)
    assert unexpired.reply_token == "secret"


async def test_a_job_reads_back_as_it_was_reserved(ledger: Ledger) -> None:
    job = await reserve(ledger, 3, parent=7, quality="high", reply_token="t", reply_until=9)
    assert await ledger.jobs.get(job.id) == job
    assert await ledger.jobs.get(1) is None
    assert isinstance(await ledger.jobs.reserve(make_reservation(99)), Denied)
