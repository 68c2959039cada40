import sqlite3
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import By, Close, Defaults, Totals, UsageFilter
from quotas.store import migrations
from quotas.store.sqlite import FILE
from tests.quotas.helpers import DAY, UNIT, Clock, draw, make_close, reserve


@pytest.fixture
async def used(ledger: Ledger, clock: Clock) -> Ledger:
    await draw(ledger, 3)
    await draw(ledger, 1, person="discord:bob", name="Bob", channel="art")
    await draw(ledger, 2, workspace="other", tier="ultra", model="imagen-4-ultra")
    clock.now += DAY
    job = await reserve(ledger, 4, tier="fast", model="imagen-4-flash", name="Ann B.")
    await ledger.jobs.release(job.id, Close(uncertain_micros=4 * UNIT, cost_micros=7))
    job = await reserve(ledger, 4)
    await ledger.jobs.start(job.id)
    await ledger.jobs.settle(job.id, make_close(4, cost=8 * UNIT))
    await reserve(ledger, 1)  # open: in no report
    return ledger


async def test_totals_sum_closed_jobs(used: Ledger) -> None:
    report = await used.reports.usage(UsageFilter(), None)
    assert report.rows == ()
    assert report.totals == Totals(
        jobs=5,
        images=10,
        charge_micros=10 * UNIT,
        cost_micros=8 * UNIT + 7,
        uncertain_micros=4 * UNIT,
        beyond_micros=4 * UNIT + 7,
    )
    assert (await used.reports.usage(UsageFilter(workspace="nowhere"), None)).totals == Totals()


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("tier", [("standard", "", 8), ("ultra", "", 2), ("fast", "", 0)]),
        ("person", [("discord:ann", "Ann", 9), ("discord:bob", "Bob", 1)]),
        ("channel", [("general", "", 9), ("art", "", 1)]),
        ("day", [("2026-11-22", "", 6), ("2026-11-23", "", 4)]),
        ("model", [("imagen-4-0", "", 8), ("imagen-4-ultra", "", 2), ("imagen-4-flash", "", 0)]),
        ("workspace", [("team", "", 8), ("other", "", 2)]),
    ],
)
async def test_a_breakdown_comes_dearest_first(
    used: Ledger,
    by: By,
    rows: list[tuple[str, str, int]],
) -> None:
    report = await used.reports.usage(UsageFilter(), by)
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
async def test_a_filter_narrows_a_report(used: Ledger, where: UsageFilter, images: int) -> None:
    assert (await used.reports.usage(where, "tier")).totals.images == images


async def test_people_have_their_newest_name(used: Ledger) -> None:
    report = await used.reports.usage(UsageFilter(workspace="team"), "person")
    assert [row[1] for row in report.rows] == ["Ann", "Bob"]
    await reserve(used, name="Ann C.")
    report = await used.reports.usage(UsageFilter(workspace="team"), "person")
    assert report.rows[0][1] == "Ann C."


async def test_costs_beyond_the_charge_are_summed_job_by_job(ledger: Ledger) -> None:
    """Also on one line of the rollup: a cheap job pays for no other."""
    for images, cost in ((2, UNIT), (1, 3 * UNIT)):
        job = await reserve(ledger, images)
        await ledger.jobs.start(job.id)
        await ledger.jobs.settle(job.id, make_close(images, cost=cost))
    totals = (await ledger.reports.usage(UsageFilter(), None)).totals
    assert (totals.charge_micros, totals.cost_micros, totals.beyond_micros) == (3 * UNIT, 4 * UNIT, 2 * UNIT)
    assert await ledger.verify() == []


async def test_days_are_broken_down_by_tier(used: Ledger) -> None:
    here = await used.reports.usage_days(UsageFilter(workspace="team"))
    assert sorted(here) == [
        ("2026-11-22", "standard", 4 * UNIT),
        ("2026-11-23", "fast", 0),
        ("2026-11-23", "standard", 4 * UNIT),
    ]


async def test_lines_are_the_rollup_with_names(used: Ledger) -> None:
    lines = await used.reports.usage_lines(UsageFilter(), list)
    assert [(line.day, line.workspace, line.name, line.channel, line.tier) for line in lines] == [
        ("2026-11-22", "other", "Ann", "general", "ultra"),
        ("2026-11-22", "team", "Ann", "general", "standard"),
        ("2026-11-22", "team", "Bob", "art", "standard"),
        ("2026-11-23", "team", "Ann", "general", "fast"),
        ("2026-11-23", "team", "Ann", "general", "standard"),
    ]
    totals = (await used.reports.usage(UsageFilter(), None)).totals
    assert sum(line.figures.beyond_micros for line in lines) == totals.beyond_micros
    assert (
        await used.reports.usage_lines(UsageFilter(person="discord:bob"), lambda given: len(list(given))) == 1
    )


async def test_a_persons_month_is_read_by_an_index(used: Ledger, tmp_path: Path) -> None:
    """The query reads only the person's lines, however many people a workspace has."""
    where = "workspace = ? AND person = ? AND day >= ? AND day <= ?"
    db = sqlite3.connect(tmp_path / FILE)
    plan = db.execute(f"EXPLAIN QUERY PLAN SELECT SUM(jobs) FROM rollup WHERE {where}", ("a", "b", "c", "d"))
    assert "rollup_person (workspace=? AND person=? AND day>? AND day<?)" in str(plan.fetchall())
    db.close()


async def test_a_migration_computes_costs_beyond_the_charge(tmp_path: Path) -> None:
    older = await Ledger.open(tmp_path, Defaults(images_per_day=50))
    job = await reserve(older, 4)
    await older.jobs.release(job.id, Close(cost_micros=7))
    await draw(older, 2)
    await older.close()
    db = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    db.execute("DROP INDEX rollup_person")
    db.execute("ALTER TABLE rollup DROP COLUMN beyond_micros")
    (reports,) = [each for each in migrations.shipped() if each.name == "005_reports.sql"]
    for statement in migrations.statements(reports.text):
        db.execute(statement)
    db.close()
    ledger = await Ledger.open(tmp_path, Defaults())
    assert (await ledger.reports.usage(UsageFilter(), None)).totals.beyond_micros == 7
    assert await ledger.verify() == []
    await ledger.close()
