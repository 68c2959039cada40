"""Grants by day: they count on each of their days and months, also if a zone or clock changes."""

from datetime import datetime

import pytest

from quotas.ledger import Ledger
from quotas.records import Denied, Entry, Identity, Limits, Reserved
from quotas.settings.grants import MAX_DAYS
from tests.quotas.helpers import DAY, UNIT, Clock, by, make_reservation

ANN = "discord:ann"
NOON = 1_795_348_800  # 2026-11-22


async def grant(ledger: Ledger, until: str | None, images: int = 2, money: int = UNIT) -> Entry:
    return await ledger.settings.grant(
        workspace="team", person=ANN, images=images, money=money, until=until, **by()
    )


async def extras(ledger: Ledger, workspace: str = "team") -> dict[str, tuple[int, int]]:
    """Return (images, micro-dollars) granted in each period."""
    sql = "SELECT period, extra_images, extra_micros FROM counters WHERE workspace = ? AND extra_micros > 0"
    rows = await ledger._store.read(lambda db: db.execute(sql, (workspace,)).fetchall())
    return {period: (images, micros) for period, images, micros in rows}


async def test_a_grant_counts_on_each_of_its_days_and_in_their_months(ledger: Ledger) -> None:
    entry = await grant(ledger, "2026-12-02")
    found = await extras(ledger)
    days = [f"2026-11-{day}" for day in range(22, 31)] + ["2026-12-01", "2026-12-02"]
    assert found == {
        **dict.fromkeys(days, (2, UNIT)),
        "2026-11": (0, 9 * UNIT),
        "2026-12": (0, 2 * UNIT),
    }
    assert entry.after == (f'{{"images": 2, "money": {UNIT}, "day": "2026-11-22", "until": "2026-12-02"}}')


async def test_a_grant_for_one_day_has_no_last_day_in_its_entry(ledger: Ledger) -> None:
    for until in (None, "2026-11-22"):
        entry = await grant(ledger, until)
        assert entry.after == f'{{"images": 2, "money": {UNIT}, "day": "2026-11-22"}}'
    assert await extras(ledger) == {"2026-11-22": (4, 2 * UNIT), "2026-11": (0, 2 * UNIT)}


@pytest.mark.parametrize(
    ("now", "zone", "until", "expected"),
    [
        (
            "2027-03-13T23:00-05:00",
            "America/New_York",
            "2027-03-15",
            ["2027-03-13", "2027-03-14", "2027-03-15"],
        ),
        (
            "2026-10-31T23:30-04:00",
            "America/New_York",
            "2026-11-02",
            ["2026-10-31", "2026-11-01", "2026-11-02"],
        ),
        ("2028-02-28T12:00+00:00", "UTC", "2028-03-01", ["2028-02-28", "2028-02-29", "2028-03-01"]),
        ("2026-12-31T23:59+00:00", "UTC", "2027-01-01", ["2026-12-31", "2027-01-01"]),
        ("2026-12-31T23:59+00:00", "Asia/Tokyo", "2027-01-02", ["2027-01-01", "2027-01-02"]),
    ],
)
async def test_days_are_those_of_the_workspaces_zone(
    ledger: Ledger, clock: Clock, now: str, zone: str, until: str, expected: list[str]
) -> None:
    clock.now = datetime.fromisoformat(now).timestamp() - 3 * DAY
    await ledger.settings.set_zone("team", zone, **by())
    clock.now += 3 * DAY
    await grant(ledger, until)
    found = await extras(ledger)
    assert sorted(period for period in found if len(period) > 7) == expected
    months = {month: sum(day.startswith(month) for day in expected) for month in {d[:7] for d in expected}}
    assert {period: micros for period, (_, micros) in found.items() if len(period) == 7} == {
        month: count * UNIT for month, count in months.items()
    }


async def test_an_invalid_or_too_distant_last_day_is_refused(ledger: Ledger) -> None:
    for until in ("2026-11-21", "2026-12-23", "tomorrow", "2026-02-30"):
        with pytest.raises(ValueError):
            await grant(ledger, until)
    await grant(ledger, "2026-12-22")
    assert len(await extras(ledger)) == MAX_DAYS + 2
    assert len(await ledger.settings.entries(None, 9)) == 1


async def test_each_day_of_a_grant_has_its_own_images(ledger: Ledger, clock: Clock) -> None:
    limits = Limits(images_per_day=1)
    await ledger.settings.set_limits(workspace="team", kind="person", ref=ANN, change=limits, **by())
    await grant(ledger, "2026-11-23")
    for room in (3, 3, 1):
        assert isinstance(await ledger.jobs.reserve(make_reservation(room)), Reserved)
        assert isinstance(await ledger.jobs.reserve(make_reservation(1)), Denied)
        clock.now += DAY


async def test_the_month_has_the_money_of_all_its_days(ledger: Ledger) -> None:
    limits = Limits(images_per_day=50, money_per_day=10 * UNIT, money_per_month=UNIT)
    await ledger.settings.set_limits(workspace="team", kind="person", ref=ANN, change=limits, **by())
    await grant(ledger, "2026-11-24")
    assert isinstance(await ledger.jobs.reserve(make_reservation(4)), Reserved)
    denied = await ledger.jobs.reserve(make_reservation(1))
    assert isinstance(denied, Denied)
    assert (denied.period, denied.limit) == ("month", 4 * UNIT)


async def test_linked_identities_share_a_grant_of_many_days(ledger: Ledger, clock: Clock) -> None:
    me, other = Identity("team", ANN, "Ann"), Identity("slack:T1", "slack:T1:sam", "Sam")
    early = await grant(ledger, "2026-11-25")
    await ledger.people.link(me, other, reason="", request_id="link")
    late = await grant(ledger, "2026-11-24")
    shared = {"2026-11-22": (4, 2 * UNIT), "2026-11-25": (2, UNIT), "2026-11": (0, 7 * UNIT)}
    assert (await extras(ledger, "*")).items() >= shared.items()
    await ledger.settings.undo(entry=early.id, workspace=None, **by())
    assert (await extras(ledger, "*"))["2026-11"] == (0, 3 * UNIT)
    await ledger.people.unlink("team", ANN, reason="", request_id="unlink")
    assert await extras(ledger, "*") == {}
    await ledger.settings.undo(entry=late.id, workspace=None, **by())
    assert await extras(ledger) == {}


async def test_a_change_of_zone_leaves_a_grants_days_alone(ledger: Ledger, clock: Clock) -> None:
    await grant(ledger, "2026-11-24")
    await ledger.settings.set_zone("team", "Pacific/Auckland", **by())
    clock.now = NOON + 12 * 3_600  # midnight in UTC, one in the afternoon of the 23rd in Auckland
    allowance = await ledger.reports.allowance("team", ANN, ())
    assert (allowance.day, allowance.images_day.granted) == ("2026-11-23", 2)
