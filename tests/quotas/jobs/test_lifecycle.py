import asyncio

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Denied, UsageFilter
from quotas.store.errors import LedgerError
from tests.quotas.asking import DAY, UNIT, Clock, asked, drawn, reserved, settled


async def test_a_job_is_charged_what_was_delivered(ledger: Ledger, clock: Clock) -> None:
    job = await reserved(ledger, 4)
    assert (job.state, job.hold_micros, job.charge_micros) == ("reserved", 4 * UNIT, None)
    clock.now += 1
    assert await ledger.start(job.id)
    clock.now += 9.5
    assert await ledger.settle(job.id, drawn(3, cost=5 * UNIT))
    after = await ledger.job(job.id)
    assert after is not None
    assert (after.state, after.charge_images, after.charge_micros) == ("settled", 3, 3 * UNIT)
    assert (after.cost_micros, after.hold_micros) == (5 * UNIT, 4 * UNIT)
    assert (after.started_at, after.closed_at) == (clock.now - 9.5, clock.now)
    assert (await ledger.allowance("team", "discord:ann", ())).images_day.used == 3
    assert await ledger.durations(5) == [("standard", "", 9.5)]


async def test_each_step_happens_once_and_in_its_turn(ledger: Ledger) -> None:
    job = (await reserved(ledger)).id
    assert not await ledger.settle(job, drawn(1))  # not running
    assert not await ledger.deliver(job, "discord", "c", "m", "{}")  # not closed
    assert await ledger.start(job)
    assert not await ledger.start(job)
    assert await ledger.settle(job, drawn(1))
    assert not await ledger.settle(job, drawn(1))
    assert not await ledger.release(job, Close())
    assert not await ledger.start(job)
    assert await ledger.deliver(job, "discord", "c", "m", "{}")
    assert not await ledger.deliver(job, "discord", "c", "other", "{}")
    assert await ledger.job_of_message("discord", "c", "other") is None
    assert await ledger.remove(job)
    assert not await ledger.remove(job)
    for step in (
        ledger.start(99),
        ledger.settle(99, drawn(1)),
        ledger.release(99, Close()),
        ledger.remove(99),
    ):
        assert not await step


async def test_of_many_who_close_a_job_one_does(ledger: Ledger) -> None:
    job = (await reserved(ledger)).id
    await ledger.start(job)
    done = await asyncio.gather(
        *(ledger.settle(job, drawn(1)) for _ in range(20)), ledger.release(job, Close())
    )
    assert sum(done) == 1


async def test_nobody_pays_more_than_was_held(ledger: Ledger) -> None:
    job = (await reserved(ledger, 2)).id
    await ledger.start(job)
    await ledger.settle(job, Close(images=3, charge_micros=9 * UNIT, cost_micros=9 * UNIT))
    after = await ledger.job(job)
    assert after is not None
    assert (after.charge_images, after.charge_micros, after.cost_micros) == (2, 2 * UNIT, 9 * UNIT)


async def test_a_release_charges_nothing_and_keeps_the_cost(ledger: Ledger) -> None:
    waiting, running = (await reserved(ledger, 2)).id, (await reserved(ledger, 2)).id
    await ledger.start(running)
    for wrong in (Close(images=1), Close(charge_micros=1)):
        with pytest.raises(LedgerError):
            await ledger.release(running, wrong)
    assert await ledger.release(waiting, Close())
    assert await ledger.release(running, Close(uncertain_micros=2 * UNIT, outcome='{"why": "deadline"}'))
    after = await ledger.job(running)
    assert after is not None
    assert (after.state, after.charge_micros, after.uncertain_micros) == ("released", 0, 2 * UNIT)
    assert (await ledger.allowance("team", "discord:ann", ())).images_day.left == 50
    totals = (await ledger.usage(UsageFilter(), None)).totals
    assert (totals.jobs, totals.images, totals.charge_micros, totals.uncertain_micros) == (2, 0, 0, 2 * UNIT)


async def test_a_job_across_midnight_settles_on_its_own_day(ledger: Ledger, clock: Clock) -> None:
    job = await reserved(ledger, 4)
    await ledger.start(job.id)
    clock.now += DAY
    await ledger.settle(job.id, drawn(1))
    assert (await ledger.allowance("team", "discord:ann", ())).images_day.used == 0
    clock.now -= DAY
    assert (await ledger.allowance("team", "discord:ann", ())).images_day.used == 1
    report = await ledger.usage(UsageFilter(first_day=job.day, last_day=job.day), "day")
    assert [row[0] for row in report.rows] == ["2026-11-22"]


async def test_open_and_undelivered_jobs_come_oldest_first(ledger: Ledger, clock: Clock) -> None:
    jobs = []
    for _ in range(4):
        jobs.append(await reserved(ledger))
        clock.now += 1
    await ledger.start(jobs[1].id)
    assert [job.id for job in await ledger.open_jobs()] == [job.id for job in jobs]
    await ledger.release(jobs[2].id, Close())
    clock.now += 1
    await ledger.settle(jobs[1].id, drawn(1))
    assert [job.id for job in await ledger.open_jobs()] == [jobs[0].id, jobs[3].id]
    assert [job.id for job in await ledger.undelivered()] == [jobs[2].id, jobs[1].id]
    assert await ledger.deliver(jobs[2].id, "discord", "general", "", "{}")  # told, nothing to find again
    assert [job.id for job in await ledger.undelivered()] == [jobs[1].id]


async def test_messages_lead_to_their_job(ledger: Ledger) -> None:
    job = (await reserved(ledger)).id
    for _ in range(2):
        await ledger.shown(job, '{"card": 1}', "discord", "general", "m1")
    await ledger.shown(12345, "{}", "discord", "general", "m0")
    assert await ledger.job_of_message("discord", "general", "m0") is None
    found = await ledger.job_of_message("discord", "general", "m1")
    assert found is not None
    assert (found.id, found.card) == (job, '{"card": 1}')
    await ledger.start(job)
    await ledger.settle(job, drawn(1))
    await ledger.deliver(job, "discord", "general", "m2", '{"card": 2}')
    await ledger.shown(job, '{"card": 1}', "discord", "general", "m1")  # told late
    await ledger.map_message(job, "discord", "elsewhere", "m3")
    for place in (("general", "m1"), ("general", "m2"), ("elsewhere", "m3")):
        found = await ledger.job_of_message("discord", *place)
        assert found is not None
        assert (found.id, found.card) == (job, '{"card": 2}')
    assert await ledger.job_of_message("discord", "general", "") is None
    assert await ledger.job_of_message("slack", "general", "m1") is None


async def test_recent_is_what_one_can_still_look_at(ledger: Ledger, clock: Clock) -> None:
    jobs = []
    for _ in range(4):
        jobs.append((await settled(ledger)).id)
        clock.now += 1
    await settled(ledger, person="discord:bob")
    await reserved(ledger)
    await ledger.remove(jobs[1])
    assert [job.id for job in await ledger.recent("team", "discord:ann", 20)] == [jobs[3], jobs[2], jobs[0]]
    assert len(await ledger.recent("team", "discord:ann", 2)) == 2


async def test_expired_jobs_are_told_old_and_still_have_words(ledger: Ledger, clock: Clock) -> None:
    told, untold, deleted, emptied = [(await settled(ledger)).id for _ in range(4)]
    for job in (told, deleted, emptied):
        await ledger.deliver(job, "discord", "general", "", "{}")
    await ledger.remove(deleted)
    assert await ledger.emptied(emptied, "{}")
    assert not await ledger.emptied(emptied, "")
    assert await ledger.expired(clock.now, 10) == []
    assert {job.id for job in await ledger.expired(clock.now + 1, 10)} == {told, deleted}
    assert untold in [job.id for job in await ledger.undelivered()]
    assert emptied not in [job.id for job in await ledger.recent("team", "discord:ann", 20)]


async def test_a_lent_token_is_forgotten_when_its_time_is_over(ledger: Ledger, clock: Clock) -> None:
    until = int(clock.now) + 900
    short = await reserved(ledger, reply_token="secret", reply_until=until)
    longer = await reserved(ledger, reply_token="secret", reply_until=until + 1)
    assert await ledger.forget_lent() == 0
    clock.now = until
    assert await ledger.forget_lent() == 1
    forgotten, kept = await ledger.job(short.id), await ledger.job(longer.id)
    assert forgotten is not None
    assert kept is not None
    assert (forgotten.reply_token, forgotten.reply_until) == (None, None)
    assert kept.reply_token == "secret"


async def test_what_was_reserved_reads_back_the_same(ledger: Ledger) -> None:
    job = await reserved(ledger, 3, parent=7, quality="high", reply_token="t", reply_until=9)
    assert await ledger.job(job.id) == job
    assert await ledger.job(1) is None
    assert isinstance(await ledger.reserve(asked(99)), Denied)
