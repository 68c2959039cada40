"""Help with a prompt: a job without images. It counts as money alone, and nothing draws or finds it."""

from dataclasses import replace

import pytest

from quotas.jobs.finding import JobSearch
from quotas.ledger import Ledger
from quotas.records import ANY, Close, Denied, Job, Limits, Reserved, UsageFilter
from quotas.reports.reconcile import BillLine, JobCost, reconcile
from tests.quotas.helpers import UNIT, Clock, by, draw, make_close, make_reservation, reserve

HOLD = 2_100
HELP = {
    "tier": "words",
    "model": "gpt-4.1-mini",
    "official_micros": 0,
    "unit_micros": 0,
    "inputs_micros": HOLD,
}


async def ask(ledger: Ledger, **changes: object) -> Job:
    return await reserve(ledger, 0, **{**HELP, **changes})


async def limit(ledger: Ledger, **limits: object) -> None:
    change = Limits(**limits)  # type: ignore[arg-type]
    await ledger.settings.set_limits(workspace="team", kind="everyone", ref=ANY, change=change, **by())


async def test_it_counts_as_money_and_as_no_picture(ledger: Ledger) -> None:
    await draw(ledger)
    job = await ask(ledger)
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.used == 1
    await ledger.jobs.start(job.id)
    closed = await ledger.jobs.settle(job.id, Close(charge_micros=900, cost_micros=900))
    assert closed is not None
    assert (closed.charge_images, closed.charge_micros) == (0, 900)
    assert closed.delivered_at == closed.closed_at
    totals = (await ledger.reports.usage(UsageFilter(), None)).totals
    assert (totals.images, totals.charge_micros) == (1, UNIT + 900)
    assert await ledger.verify() == []


async def test_no_charge_exceeds_its_hold(ledger: Ledger) -> None:
    job = await ask(ledger)
    await ledger.jobs.start(job.id)
    closed = await ledger.jobs.settle(job.id, Close(charge_micros=9_999, cost_micros=9_999))
    assert closed is not None
    assert (closed.charge_micros, closed.cost_micros) == (HOLD, 9_999)
    assert await ledger.verify() == []


async def test_nothing_draws_delivers_lists_or_finds_it(ledger: Ledger) -> None:
    drawn, helped = await draw(ledger, words="a fox"), await ask(ledger, words="a fox")
    assert await ledger.jobs.list_open() == []
    assert [job.id for job in await ledger.jobs.list_open_help()] == [helped.id]
    await ledger.jobs.start(helped.id)
    await ledger.jobs.settle(helped.id, Close(charge_micros=HOLD))
    await ledger.jobs.deliver(drawn.id, "discord", "general", "1", "{}")
    assert await ledger.jobs.list_undelivered() == []
    assert [job.id for job in await ledger.jobs.list_recent("team", "discord:ann", 20)] == [drawn.id]
    found = await ledger.finding.search(JobSearch(words="fox"), 20)
    assert [job.id for job in found] == [drawn.id]
    kept = await ledger._store.read(lambda tx: tx.execute("SELECT job FROM prompts").fetchall())
    assert kept == [(drawn.id,)]
    assert {tier for tier, _, _ in await ledger.jobs.durations(20)} == {"standard"}
    assert await ledger.verify() == []


async def test_pictures_that_are_used_up_do_not_refuse_it_but_money_does(ledger: Ledger) -> None:
    await limit(ledger, images_per_day=1, money_per_day=UNIT + HOLD)
    await draw(ledger)
    await ask(ledger)
    denied = await ledger.jobs.reserve(make_reservation(0, **HELP))
    assert isinstance(denied, Denied)
    assert (denied.what, denied.used, denied.asked) == ("money", UNIT + HOLD, HOLD)


async def test_whoever_may_draw_nothing_gets_none(ledger: Ledger) -> None:
    await limit(ledger, images_per_day=0)
    denied = await ledger.jobs.reserve(make_reservation(0, **HELP))
    assert isinstance(denied, Denied)
    assert (denied.what, denied.limit) == ("images", 0)
    await ledger.settings.grant(workspace="team", person="discord:ann", images=1, money=0, **by())
    assert isinstance(await ledger.jobs.reserve(make_reservation(0, **HELP)), Reserved)


@pytest.mark.parametrize("what", ["blocked", "paused"])
async def test_blocked_and_paused_people_are_refused(ledger: Ledger, what: str) -> None:
    if what == "blocked":
        person = {"person": "discord:ann", "blocked": True, "until": None}
        await ledger.settings.block(workspace="team", **person, **by())  # type: ignore[arg-type]
    else:
        await ledger.settings.pause(workspace="team", paused=True, **by())
    denied = await ledger.jobs.reserve(make_reservation(0, **HELP))
    assert isinstance(denied, Denied)
    assert denied.what == what


async def test_tiers_are_of_pictures_alone(ledger: Ledger) -> None:
    await limit(ledger, tiers=("fast",))
    await ask(ledger)


async def test_an_unknown_outcome_charges_nobody_and_counts_under_the_caps(
    ledger: Ledger, clock: Clock
) -> None:
    job = await ask(ledger)
    await ledger.jobs.start(job.id)
    await ledger.jobs.release(job.id, replace(make_close(0), uncertain_micros=HOLD))
    totals = (await ledger.reports.usage(UsageFilter(), None)).totals
    assert (totals.charge_micros, totals.uncertain_micros) == (0, HOLD)
    assert await ledger.verify() == []


def test_a_line_of_the_bill_matches_it_by_time() -> None:
    help_ = JobCost(
        job=1, began=10, ended=12, model="gpt-4.1-mini", images=0, cost_micros=900, uncertain_micros=0
    )
    line = BillLine(line=1, at=11, model="gpt-4.1-mini", images=None, micros=900, call="")
    assert reconcile([line], [help_], 0, 99).equal
    assert reconcile([replace(line, images=0)], [help_], 0, 99).equal
