"""The caps of workspace and bot hold for what the provider bills, not only for what is charged."""

import sqlite3
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Denied, Limits, Reserved
from quotas.store import migrations
from quotas.store.sqlite import FILE
from tests.quotas.helpers import UNIT, Clock, by, make_close, make_reservation, reserve

CAP = 8 * UNIT  # two requests for four pictures
UNCERTAIN = Close(uncertain_micros=4 * UNIT)
BILLED = Close(cost_micros=4 * UNIT)


async def fail(ledger: Ledger, close: Close) -> Denied | None:
    """Let a request for four pictures end without any; return the denial if it was refused."""
    answer = await ledger.jobs.reserve(make_reservation(4))
    if isinstance(answer, Denied):
        return answer
    await ledger.jobs.start(answer.job.id)
    assert await ledger.jobs.release(answer.job.id, close)
    return None


@pytest.mark.parametrize("close", [UNCERTAIN, BILLED])
async def test_the_bots_money_counts_what_nobody_is_charged(
    tmp_path: Path, clock: Clock, close: Close
) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=50, bot_money_per_day=CAP), clock=clock)
    denials = [await fail(ledger, close) for _ in range(30)]
    assert denials[:2] == [None, None]
    refused = [denied for denied in denials if denied]
    assert len(refused) == 28
    assert (refused[0].kind, refused[0].period, refused[0].used) == ("bot", "day", CAP)
    allowance = await ledger.reports.allowance("team", "discord:ann", ())
    assert (allowance.images_day.used, allowance.money_day.used, allowance.money_month.used) == (0, 0, 0)
    assert await ledger.verify() == []
    await ledger.close()


async def test_a_workspaces_budget_counts_cost_beyond_the_charge(ledger: Ledger) -> None:
    await ledger.settings.set_budget(workspace="team", money_per_month=CAP, at_end=None, **by())
    job = await reserve(ledger, 4)
    await ledger.jobs.start(job.id)
    assert await ledger.jobs.settle(job.id, make_close(1, cost=6 * UNIT, uncertain=UNIT))
    state = await ledger.settings.budget("team")
    assert (state.spent, state.held) == (7 * UNIT, 0)
    assert [alert.percent for alert in await ledger.settings.due_alerts()] == [50, 80]
    denied = await ledger.jobs.reserve(make_reservation(2))
    assert isinstance(denied, Denied)
    assert (denied.kind, denied.what, denied.period) == ("workspace", "money", "month")
    assert isinstance(await ledger.jobs.reserve(make_reservation(1)), Reserved)
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.used == 1


async def test_a_person_and_a_channel_pay_charges_only(ledger: Ledger) -> None:
    for kind, ref in (("person", "discord:ann"), ("channel", "general")):
        await ledger.settings.set_limits(
            workspace="team",
            kind=kind,
            ref=ref,
            change=Limits(money_per_day=4 * UNIT),
            **by(),  # type: ignore[arg-type]
        )
    for _ in range(5):
        assert await fail(ledger, UNCERTAIN) is None


async def test_a_cost_below_the_charge_gives_nothing_back(ledger: Ledger) -> None:
    job = await reserve(ledger, 4)
    await ledger.jobs.start(job.id)
    await ledger.jobs.settle(job.id, make_close(4, cost=UNIT))
    assert (await ledger.settings.budget("team")).spent == 4 * UNIT


async def test_an_older_ledger_gets_its_unbilled_cost_counted(tmp_path: Path, clock: Clock) -> None:
    older = await Ledger.open(tmp_path, Defaults(images_per_day=50), clock=clock)
    await fail(older, UNCERTAIN)
    await fail(older, BILLED)
    job = await reserve(older, 2)
    await older.jobs.start(job.id)
    await older.jobs.settle(job.id, make_close(1, cost=3 * UNIT))
    await older.close()
    db = sqlite3.connect(tmp_path / FILE)
    with db:  # as the version before counted: charges only
        db.execute("UPDATE counters SET micros = ? WHERE kind IN ('workspace', 'bot')", (UNIT,))
        (counted,) = [each for each in migrations.shipped() if each.name == "009_unbilled_cost.sql"]
        for statement in migrations.statements(counted.text):
            db.execute(statement)
    db.close()
    ledger = await Ledger.open(tmp_path, Defaults(images_per_day=50), clock=clock)
    assert await ledger.verify() == []
    assert (await ledger.settings.budget("team")).spent == 11 * UNIT
    await ledger.close()
