"""Budgets: the amount always limits, every line is recorded once, and the end has its action."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from statistics import stdev

import pytest

from quotas.ledger import Ledger
from quotas.records import ANY, UNLIMITED, Close, Defaults, Denied, Entry, Limits, Reserved
from quotas.records_workspace import Alert, AtEnd, BudgetState, Forecast
from quotas.settings import alerts
from tests.quotas.helpers import DAY, HOUR, NOON, UNIT, Clock, by, draw, make_close, make_reservation, reserve


async def set_budget(ledger: Ledger, images: int | None, at_end: AtEnd | None = None) -> Entry:
    amount = images if images in (None, UNLIMITED) else images * UNIT
    return await ledger.settings.set_budget(workspace="team", money_per_month=amount, at_end=at_end, **by())


async def percents(ledger: Ledger) -> list[int]:
    return [alert.percent for alert in await ledger.settings.due_alerts()]


async def test_every_line_is_recorded_once_and_due_until_posted(ledger: Ledger) -> None:
    await set_budget(ledger, 10)
    expected: dict[int, list[int]] = {4: [], 5: [50], 7: [50], 8: [50, 80], 9: [50, 80], 10: [50, 80, 100]}
    await draw(ledger, 3)
    for spent, lines in expected.items():
        while (await ledger.settings.budget("team")).spent < spent * UNIT:
            await draw(ledger, 1)
        assert await percents(ledger) == lines
    alerts = await ledger.settings.due_alerts()
    assert alerts[0] == Alert("team", "2026-11", 50, 10 * UNIT, 5 * UNIT)
    for alert in (*alerts, alerts[0]):
        await ledger.settings.finish_alert(alert)
    assert await ledger.settings.due_alerts() == []
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Denied)
    assert await ledger.settings.due_alerts() == []


async def test_one_job_may_cross_every_line(ledger: Ledger) -> None:
    await set_budget(ledger, 4)
    await draw(ledger, 4)
    assert await percents(ledger) == [50, 80, 100]


async def test_only_settled_amounts_are_spent(ledger: Ledger) -> None:
    await set_budget(ledger, 10)
    held = await reserve(ledger, 9)
    await draw(ledger, 1)
    assert await percents(ledger) == []
    state = await ledger.settings.budget("team")
    assert (state.amount, state.spent, state.held, state.at_end) == (10 * UNIT, UNIT, 9 * UNIT, "stop")
    await ledger.jobs.start(held.id)
    await ledger.jobs.settle(held.id, make_close(3))
    assert await percents(ledger) == []
    await ledger.jobs.release((await reserve(ledger, 6)).id, Close())
    assert await percents(ledger) == []
    await draw(ledger, 1)
    assert await percents(ledger) == [50]


async def test_a_refused_request_that_no_longer_fits_ends_the_budget(ledger: Ledger) -> None:
    await set_budget(ledger, 10)
    await draw(ledger, 7)
    denied = await ledger.jobs.reserve(make_reservation(4))
    assert denied == Denied(
        kind="workspace",
        ref=ANY,
        what="money",
        period="month",
        limit=10 * UNIT,
        used=7 * UNIT,
        asked=4 * UNIT,
        frees_at=int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()),
    )
    assert await ledger.settings.due_alerts() == [
        Alert("team", "2026-11", 50, 10 * UNIT, 7 * UNIT),
        Alert("team", "2026-11", 100, 10 * UNIT, 7 * UNIT),
    ]
    assert await ledger.verify() == []
    await draw(ledger, 3)
    assert sorted(await percents(ledger)) == [50, 80, 100]


async def test_a_refusal_because_of_holds_does_not_end_the_budget(ledger: Ledger) -> None:
    await set_budget(ledger, 10)
    held = await reserve(ledger, 8)
    assert isinstance(await ledger.jobs.reserve(make_reservation(4)), Denied)
    assert await percents(ledger) == []
    await ledger.jobs.start(held.id)
    await ledger.jobs.settle(held.id, make_close(7))
    assert isinstance(await ledger.jobs.reserve(make_reservation(4)), Denied)
    assert await percents(ledger) == [50, 100]


async def test_refusals_by_other_limits_do_not_end_the_budget(ledger: Ledger) -> None:
    await set_budget(ledger, 40)
    for kind, change in (("workspace", Limits(money_per_day=UNIT)), ("channel", Limits(money_per_month=0))):
        ref = ANY if kind == "workspace" else "general"
        await ledger.settings.set_limits(workspace="team", kind=kind, ref=ref, change=change, **by())  # type: ignore[arg-type]
        assert isinstance(await ledger.jobs.reserve(make_reservation(4)), Denied)
    assert await percents(ledger) == []


async def test_another_amount_is_another_budget(ledger: Ledger) -> None:
    await draw(ledger, 5)
    await set_budget(ledger, 10)  # half of it was spent before it was set
    assert [(a.percent, a.amount) for a in await ledger.settings.due_alerts()] == [(50, 10 * UNIT)]
    await set_budget(ledger, 20)
    await draw(ledger, 5)
    assert [(a.percent, a.amount) for a in await ledger.settings.due_alerts()] == [
        (50, 10 * UNIT),
        (50, 20 * UNIT),
    ]
    lowered = await set_budget(ledger, 6)
    assert len(await ledger.settings.due_alerts()) == 5
    await ledger.settings.undo(entry=lowered.id, workspace="team", **by())
    await set_budget(ledger, 20)
    assert len(await ledger.settings.due_alerts()) == 5
    for none in (0, UNLIMITED):
        await set_budget(ledger, none)
        assert len(await ledger.settings.due_alerts()) == 5


async def test_a_limit_of_money_per_month_is_a_budget_however_it_is_set(ledger: Ledger, clock: Clock) -> None:
    await draw(ledger, 5)
    change = Limits(money_per_month=6 * UNIT, until=int(clock.now) + HOUR)
    await ledger.settings.set_limits(workspace="team", kind="workspace", ref=ANY, change=change, **by())
    assert await percents(ledger) == [50, 80]
    assert (await ledger.settings.budget("team")).amount == 6 * UNIT
    clock.now += HOUR
    assert (await ledger.settings.budget("team")).amount is None
    await draw(ledger, 5)
    assert await percents(ledger) == [50, 80]


async def test_a_job_counts_in_the_month_of_its_reservation(ledger: Ledger, clock: Clock) -> None:
    await set_budget(ledger, 10)
    clock.now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC).timestamp()
    late = await reserve(ledger, 6)
    clock.now += HOUR
    await ledger.jobs.start(late.id)
    await ledger.jobs.settle(late.id, make_close(6))
    assert [(a.month, a.percent) for a in await ledger.settings.due_alerts()] == [("2026-11", 50)]
    state = await ledger.settings.budget("team")
    assert (state.month, state.spent) == ("2026-12", 0)
    assert isinstance(await ledger.jobs.reserve(make_reservation(10)), Reserved)


async def test_months_are_those_of_the_workspaces_zone(ledger: Ledger, clock: Clock) -> None:
    await ledger.settings.set_zone("team", "Pacific/Auckland", **by())
    await set_budget(ledger, 10)
    clock.now = datetime(2026, 11, 30, 11, 30, tzinfo=UTC).timestamp()  # half past midnight there
    await draw(ledger, 5)
    assert [(a.month, a.percent) for a in await ledger.settings.due_alerts()] == [("2026-12", 50)]
    denied = await ledger.jobs.reserve(make_reservation(6))
    assert isinstance(denied, Denied)
    assert denied.frees_at == int(datetime(2026, 12, 31, 11, tzinfo=UTC).timestamp())


async def test_concurrent_jobs_record_each_line_once(ledger: Ledger) -> None:
    await set_budget(ledger, 40)
    jobs = [await reserve(ledger, 1) for _ in range(40)]
    await asyncio.gather(*(ledger.jobs.start(job.id) for job in jobs))
    await asyncio.gather(*(ledger.jobs.settle(job.id, make_close(1)) for job in jobs))
    await asyncio.gather(*(ledger.jobs.reserve(make_reservation()) for _ in range(40)))
    assert [(a.percent, a.spent // UNIT) for a in await ledger.settings.due_alerts()] == [
        (50, 20),
        (80, 32),
        (100, 40),
    ]


async def test_holds_are_summed_by_the_index_of_open_jobs(ledger: Ledger) -> None:
    sql = f"EXPLAIN QUERY PLAN {alerts._HELD}"
    plan = await ledger._store.read(lambda db: db.execute(sql, ("team", "2026-11")).fetchall())
    assert [step[3] for step in plan] == ["SEARCH jobs USING INDEX jobs_open (workspace=?)"]


async def test_a_budget_with_fallback_allows_a_cheaper_tier_at_its_end(
    ledger: Ledger, tmp_path: Path
) -> None:
    await set_budget(ledger, 2)
    assert (await ledger.jobs.reserve(make_reservation(3))).falls_back is False  # type: ignore[union-attr]
    await set_budget(ledger, None, "cheaper")
    denied = await ledger.jobs.reserve(make_reservation(3))
    assert isinstance(denied, Denied)
    assert denied.falls_back
    assert isinstance(
        await ledger.jobs.reserve(make_reservation(3, unit_micros=UNIT // 2, tier="fast")), Reserved
    )
    beyond = make_reservation(2, unit_micros=UNIT // 2, tier="fast")
    assert isinstance(await ledger.jobs.reserve(beyond), Denied), "the budget holds for the cheaper tier, too"
    change = Limits(money_per_day=UNIT)
    await ledger.settings.set_limits(workspace="team", kind="workspace", ref=ANY, change=change, **by())
    refused = await ledger.jobs.reserve(make_reservation(1))
    assert isinstance(refused, Denied)
    assert (refused.period, refused.falls_back) == ("day", False)
    assert (
        (await ledger.settings.preferences("team")).at_end
        == (await ledger.settings.budget("team")).at_end
        == "cheaper"
    )


async def test_a_budget_is_set_in_parts(ledger: Ledger) -> None:
    entry = await set_budget(ledger, None, "cheaper")
    assert (entry.verb, entry.before, entry.after) == ("budget", None, '{"at_end": "cheaper"}')
    await ledger.settings.pause(workspace="team", paused=True, **by())
    entry = await set_budget(ledger, 3)
    assert entry.after == f'{{"money_per_month": {3 * UNIT}, "blocked": true, "at_end": "cheaper"}}'
    assert await ledger.settings.limits("team", "workspace", ANY) == Limits(
        money_per_month=3 * UNIT, blocked=True
    )
    how = by()
    for _ in range(2):
        await ledger.settings.set_budget(workspace="team", money_per_month=UNLIMITED, at_end="stop", **how)
        state = await ledger.settings.budget("team")
        assert (state.amount, state.at_end) == (None, "stop")
        assert len(await ledger.settings.entries("team", 9)) == 4


async def test_a_forecast_uses_full_days(ledger: Ledger, clock: Clock) -> None:
    assert await ledger.settings.budget("team") == BudgetState(
        amount=None, at_end="stop", month="2026-11", spent=0, held=0, forecast=None
    )
    await set_budget(ledger, 30)
    clock.now = NOON - 4 * DAY  # the 18th
    for images in (2, 0, 4, 2):
        if images:
            await draw(ledger, images)
        clock.now += DAY
    await draw(ledger, 1)  # today, the 22nd at noon: half of it and eight days are left
    state = await ledger.settings.budget("team")
    assert state.spent == 9 * UNIT
    around = 1.28 * stdev([2, 0, 4, 2]) * 8.5**0.5
    low, likely, high = (round((26 + way * around) * UNIT) for way in (-1, 0, 1))
    assert state.forecast == Forecast(low, likely, high, ends_on=None)
    await set_budget(ledger, 20)
    forecast = (await ledger.settings.budget("team")).forecast
    assert forecast is not None
    assert forecast.ends_on == "2026-11-27"  # 9 + 1, and 2 each day from the 23rd on


async def test_a_forecast_uses_at_most_four_weeks(ledger: Ledger, clock: Clock) -> None:
    clock.now = NOON - 29 * DAY
    await draw(ledger, 40)
    clock.now = NOON
    forecast = (await ledger.settings.budget("team")).forecast
    assert forecast == Forecast(0, 0, 0, None)
    other = (await ledger.settings.budget("other")).forecast
    assert other is None


@pytest.mark.parametrize("days", [0, 1, 2])
async def test_a_budget_has_no_forecast_after_too_few_days(ledger: Ledger, clock: Clock, days: int) -> None:
    clock.now = NOON - days * DAY
    await draw(ledger, 4)
    clock.now = NOON
    assert (await ledger.settings.budget("team")).forecast is None
    clock.now = NOON + (3 - days) * DAY
    assert (await ledger.settings.budget("team")).forecast is not None


async def test_a_read_only_ledger_has_the_same_budget(tmp_path: Path, clock: Clock) -> None:
    owner = await Ledger.open(tmp_path, Defaults(), clock=clock)
    beside = await Ledger.open(tmp_path, Defaults(), clock=clock, read_only=True)
    for at_end in ("cheaper", "stop"):
        await set_budget(owner, 3, at_end)
        assert await beside.settings.preferences("team") == await owner.settings.preferences("team")
        assert await beside.settings.budget("team") == await owner.settings.budget("team")
        assert (await beside.settings.budget("team")).at_end == at_end
    await owner.close()
    await beside.close()


async def test_the_bots_budget_has_all_workspaces_and_the_operators_default(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(bot_money_per_month=20 * UNIT), clock=Clock())
    try:
        await draw(ledger, 2)
        await draw(ledger, 3, workspace="crew")
        await reserve(ledger, 4)
        state = await ledger.settings.budget(ANY)
        assert (state.amount, state.spent, state.held) == (20 * UNIT, 5 * UNIT, 4 * UNIT)
        limits = Limits(money_per_month=30 * UNIT)
        await ledger.settings.set_limits(workspace=ANY, kind="bot", ref=ANY, change=limits, **by())
        assert (await ledger.settings.budget(ANY)).amount == 30 * UNIT
        assert (await ledger.settings.budget("team")).spent == 2 * UNIT
    finally:
        await ledger.close()


async def test_a_refusal_names_the_zone_of_its_midnight(ledger: Ledger) -> None:
    await ledger.settings.set_zone("team", "Asia/Tokyo", **by())
    ledger._clock.now += 2 * DAY  # type: ignore[attr-defined]
    await ledger.settings.set_limits(
        workspace="team", kind="everyone", ref=ANY, change=Limits(images_per_day=0), **by()
    )
    denied = await ledger.jobs.reserve(make_reservation())
    assert isinstance(denied, Denied)
    assert denied.zone == "Asia/Tokyo"
