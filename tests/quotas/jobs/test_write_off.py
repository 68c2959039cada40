"""Writing off: the charge for pictures that were lost before anybody saw them goes back to its person."""

import pytest

from quotas.ledger import Ledger
from quotas.records import Close
from tests.quotas.helpers import UNIT, by, draw, make_close, reserve


@pytest.mark.parametrize("cost", [0, 2 * UNIT, 4 * UNIT, 9 * UNIT])
async def test_the_person_gets_the_charge_back_and_the_cost_stays(ledger: Ledger, cost: int) -> None:
    await draw(ledger, 1)
    job = await reserve(ledger, 4)
    await ledger.jobs.start(job.id)
    await ledger.jobs.settle(job.id, make_close(4, cost=cost, uncertain=7))
    written_off = await ledger.jobs.write_off(job.id, '{"why":"failed"}')
    assert written_off is not None
    assert (written_off.state, written_off.outcome) == ("released", '{"why":"failed"}')
    assert (written_off.charge_images, written_off.charge_micros) == (0, 0)
    assert (written_off.cost_micros, written_off.uncertain_micros) == (cost, 7)
    allowance = await ledger.reports.allowance("team", "discord:ann", ())
    assert (allowance.images_day.used, allowance.money_month.used) == (1, UNIT)
    assert await ledger.verify() == []
    assert await ledger.jobs.write_off(job.id, "{}") is None, "once"
    assert await ledger.verify() == []


async def test_nothing_is_written_off_that_was_delivered_or_is_open(ledger: Ledger) -> None:
    waiting, running, delivered = await reserve(ledger), await reserve(ledger), await draw(ledger)
    await ledger.jobs.start(running.id)
    assert await ledger.jobs.deliver(delivered.id, "discord", "c", "m", "{}")
    for job in (waiting, running, delivered):
        before = await ledger.jobs.get(job.id)
        assert await ledger.jobs.write_off(job.id, "{}") is None
        assert await ledger.jobs.get(job.id) == before
    released = await reserve(ledger)
    await ledger.jobs.release(released.id, Close())
    assert await ledger.jobs.write_off(released.id, "{}") is None
    assert await ledger.verify() == []


async def test_a_line_of_the_budget_that_is_not_reached_any_more_is_open_again(ledger: Ledger) -> None:
    await ledger.settings.set_budget(workspace="team", money_per_month=10 * UNIT, at_end=None, **by())
    await draw(ledger, 4)
    job = await draw(ledger, 6)
    assert [alert.percent for alert in await ledger.settings.due_alerts()] == [50, 80, 100]
    assert await ledger.jobs.write_off(job.id, "{}")
    assert await ledger.settings.due_alerts() == []
    assert await ledger.verify() == []
    await draw(ledger, 2)
    assert sorted(alert.percent for alert in await ledger.settings.due_alerts()) == [50]
    assert await ledger.verify() == []
