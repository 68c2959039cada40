"""Linked identities: one counter, the smaller allowance, and figures that add up."""

import asyncio
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quotas.ledger import Ledger
from quotas.limits.rules import Period, Requester, What, combine_linked, resolve
from quotas.people.links import MAX_IDENTITIES, Link
from quotas.records import (
    ANY,
    UNLIMITED,
    Close,
    Defaults,
    Denied,
    Identity,
    Limits,
    Reserved,
    UsageFilter,
)
from quotas.store import migrations
from quotas.store.migrations import shipped
from quotas.store.sqlite import FILE
from tests.quotas.helpers import DAY, UNIT, Clock, by, draw, make_close, make_reservation, reserve

ANN = Identity("team", "discord:ann", "Ann")
SAM = Identity("slack:T1", "slack:T1:sam", "Sam", ("slack:painters",))
SAMS: dict[str, Any] = {"workspace": SAM.workspace, "person": SAM.person, "name": "Sam", "roles": SAM.roles}
WHO = Requester("team", "ann", (), "general")


async def link(ledger: Ledger, one: Identity = ANN, other: Identity = SAM) -> Link:
    link = await ledger.people.link(one, other, reason="one person", request_id=by()["request_id"])
    assert link is not None
    return link


async def unlink(ledger: Ledger, one: Identity = ANN) -> Link | None:
    return await ledger.people.unlink(one.workspace, one.person, reason="", request_id=by()["request_id"])


async def give(ledger: Ledger, one: Identity, **figures: int) -> None:
    change = Limits(**figures)  # type: ignore[arg-type]
    await ledger.settings.set_limits(
        workspace=one.workspace, kind="person", ref=one.person, change=change, **by()
    )


async def left(ledger: Ledger, one: Identity) -> int | None:
    return (await ledger.reports.allowance(one.workspace, one.person, one.roles)).images_day.left


async def test_usage_before_linking_counts_afterwards(ledger: Ledger) -> None:
    await draw(ledger, 3)
    await draw(ledger, 4, **SAMS)
    held = await reserve(ledger, 2, **SAMS)
    await link(ledger)
    for one in (ANN, SAM):
        allowance = await ledger.reports.allowance(one.workspace, one.person, one.roles)
        meter = allowance.images_day
        assert (meter.limit, meter.used, meter.held, meter.left) == (50, 7, 2, 41)
        assert allowance.money_month.used == 7 * UNIT
        assert allowance.joined == 2
    await ledger.jobs.release(held.id, Close())  # which was reserved when they were two
    assert await left(ledger, ANN) == await left(ledger, SAM) == 43


async def test_the_smaller_allowance_holds_for_both_and_is_named(ledger: Ledger) -> None:
    await give(ledger, SAM, images_per_day=5)
    await link(ledger)
    await draw(ledger, 3)
    denied = await ledger.jobs.reserve(make_reservation(3))
    assert denied == Denied(
        kind="person",
        ref=SAM.person,
        what="images",
        period="day",
        limit=5,
        used=3,
        asked=3,
        frees_at=denied.frees_at if isinstance(denied, Denied) else 0,
        joined=True,
    )
    assert isinstance(await ledger.jobs.reserve(make_reservation(2, **SAMS)), Reserved)
    assert await left(ledger, ANN) == 0


async def test_linked_identities_share_money_per_day_and_month(ledger: Ledger, clock: Clock) -> None:
    await give(ledger, ANN, money_per_day=3 * UNIT)
    await give(ledger, SAM, money_per_month=4 * UNIT, images_per_day=UNLIMITED)
    await link(ledger)
    await draw(ledger, 2, **SAMS)
    by_day, by_month = await ledger.jobs.reserve(make_reservation(2)), None
    clock.now += DAY
    await draw(ledger, 2)
    by_month = await ledger.jobs.reserve(make_reservation(1, **SAMS))
    assert isinstance(by_day, Denied)
    assert isinstance(by_month, Denied)
    assert [(one.what, one.period, one.joined) for one in (by_day, by_month)] == [
        ("money", "day", True),
        ("money", "month", True),
    ]


async def test_concurrent_requests_of_both_identities_get_exactly_the_allowance(ledger: Ledger) -> None:
    await give(ledger, SAM, images_per_day=10)
    await link(ledger)
    requests = [make_reservation(1, **(SAMS if number % 2 else {})) for number in range(100)]
    answers = await asyncio.gather(*(ledger.jobs.reserve(request) for request in requests))
    assert sum(isinstance(answer, Reserved) for answer in answers) == 10


async def test_linking_during_requests_never_accepts_more(ledger: Ledger) -> None:
    """Whatever comes in between: after the linking, both have no more than the shared allowance."""
    await give(ledger, ANN, images_per_day=20)
    await give(ledger, SAM, images_per_day=20)
    work = [ledger.jobs.reserve(make_reservation(1, **(SAMS if number % 2 else {}))) for number in range(60)]
    first = asyncio.gather(*work[:24])
    await asyncio.gather(first, link(ledger), *work[24:])
    assert await left(ledger, ANN) == 0
    assert (await ledger.reports.usage(UsageFilter(), None)).totals.jobs == 0
    assert len(await ledger.jobs.list_open()) == 24


async def test_a_grant_counts_for_both_and_leaves_with_its_identity(ledger: Ledger) -> None:
    await ledger.settings.grant(workspace="team", person=ANN.person, images=3, money=UNIT, **by())
    await link(ledger)
    await ledger.settings.grant(workspace=SAM.workspace, person=SAM.person, images=4, money=0, **by())
    assert await left(ledger, ANN) == await left(ledger, SAM) == 57
    await unlink(ledger)
    assert (await left(ledger, ANN), await left(ledger, SAM)) == (53, 54)


async def test_linked_identities_in_two_zones_count_by_the_name_of_the_day(
    ledger: Ledger, clock: Clock
) -> None:
    """Midnight comes at another hour there, but gives nobody a second allowance for one day."""
    await ledger.settings.set_zone(
        SAM.workspace, "Pacific/Auckland", author="a", reason="", request_id="zone"
    )
    clock.now += DAY  # which is when that takes effect
    await give(ledger, SAM, images_per_day=10)
    await link(ledger)
    job = await reserve(ledger, 10)
    there = await reserve(ledger, 10, **SAMS)
    assert (job.day, there.day) == ("2026-11-23", "2026-11-24")
    clock.now += 12 * 3600  # the 24th here, too
    assert isinstance(await ledger.jobs.reserve(make_reservation(1)), Denied)
    assert (await ledger.reports.allowance("team", ANN.person, ())).images_day.held == 10


async def test_each_identity_leaves_with_its_own_usage(ledger: Ledger) -> None:
    await draw(ledger, 3)
    await link(ledger)
    await draw(ledger, 2, **SAMS)
    held = await reserve(ledger, 4, **SAMS)
    before = await unlink(ledger, SAM)
    assert before is not None
    assert {one.person for one in before.identities} == {ANN.person, SAM.person}
    assert (await left(ledger, ANN), await left(ledger, SAM)) == (47, 44)
    await ledger.jobs.start(held.id)
    await ledger.jobs.settle(held.id, make_close(1))
    assert (await left(ledger, ANN), await left(ledger, SAM)) == (47, 47)
    assert await unlink(ledger, SAM) is None
    assert (await ledger.reports.allowance("team", ANN.person, ())).joined == 1


async def test_a_link_has_the_roles_last_seen(ledger: Ledger) -> None:
    painters = Limits(images_per_day=7)
    await ledger.settings.set_limits(
        workspace=SAM.workspace, kind="role", ref="slack:painters", change=painters, **by()
    )
    await ledger.settings.set_limits(
        workspace=SAM.workspace, kind="everyone", ref=ANY, change=Limits(images_per_day=2), **by()
    )
    await link(ledger)
    assert await left(ledger, ANN) == 7
    await reserve(ledger, 1, **{**SAMS, "roles": ()})
    assert await left(ledger, ANN) == 1
    await reserve(ledger, 1, **SAMS)
    assert await left(ledger, ANN) == 5
    assert isinstance(await ledger.jobs.reserve(make_reservation(9, **{**SAMS, "roles": ()})), Denied)
    assert await left(ledger, ANN) == 0  # what a refused request showed is known, too


async def test_of_three_linked_identities_two_remain_after_one_leaves(ledger: Ledger) -> None:
    third = Identity("dm", "discord:ann", "Ann")
    await give(ledger, third, images_per_day=30)
    first = await link(ledger)
    both = await link(ledger, third, replace(SAM, roles=()))
    earlier = [entry.before for entry in await ledger.settings.entries(None, 3)]
    assert earlier == [earlier[0], earlier[0], None]  # who was joined before, whatever roles they have now
    assert len(both.identities) == 3
    assert first.ref != both.ref
    await draw(ledger, 2, workspace="dm")
    assert await left(ledger, ANN) == await left(ledger, SAM) == 28
    await unlink(ledger, third)
    assert await left(ledger, ANN) == await left(ledger, SAM) == 50
    assert len((await ledger.people.link_of("team", ANN.person)).identities) == 2


async def test_more_than_the_maximum_cannot_be_linked(ledger: Ledger) -> None:
    for number in range(MAX_IDENTITIES - 1):
        await link(ledger, ANN, Identity(f"team{number}", "discord:ann", "Ann"))
    one = Identity("one more", "discord:ann", "Ann")
    assert await ledger.people.link(ANN, one, reason="", request_id="too many") is None
    assert await ledger.people.link_of(one.workspace, one.person) == Link()


async def test_linking_twice_is_linking_once(ledger: Ledger) -> None:
    first = await ledger.people.link(ANN, SAM, reason="", request_id="same")
    assert await ledger.people.link(SAM, ANN, reason="", request_id="other") == first
    assert len(await ledger.settings.entries(None, 10)) == 2
    await unlink(ledger)
    late = await ledger.people.link(ANN, SAM, reason="", request_id="same")
    assert late == Link(), "the same request, repeated after the unlinking"


async def test_a_link_writes_an_entry_in_every_workspace_concerned(ledger: Ledger) -> None:
    made = await link(ledger)
    await unlink(ledger, SAM)
    separated, joined = await ledger.settings.entries("team", 10)
    assert (joined.verb, joined.author, joined.kind, joined.ref) == (
        *("link", ANN.person),
        *("person", ANN.person),
    )
    assert joined.reason == "one person"
    assert joined.before is None
    assert json.loads(str(joined.after)) == {
        "link": made.ref,
        "identities": ["slack:T1 slack:T1:sam", "team discord:ann"],
    }
    assert (separated.verb, separated.author, separated.after) == ("unlink", SAM.person, None)
    assert json.loads(str(separated.before))["link"] == made.ref
    assert [entry.verb for entry in await ledger.settings.entries(SAM.workspace, 10)] == ["unlink", "link"]


async def test_reports_are_by_identity(ledger: Ledger) -> None:
    await link(ledger)
    await draw(ledger, 3)
    await draw(ledger, 4, **SAMS)
    assert (await ledger.reports.usage(UsageFilter(person=ANN.person), None)).totals.images == 3
    assert (await ledger.reports.usage(UsageFilter(workspace=SAM.workspace), None)).totals.images == 4


async def test_tiers_and_blocks_hold_only_where_they_were_set(ledger: Ledger) -> None:
    await link(ledger)
    await ledger.settings.block(workspace="team", person=ANN.person, blocked=True, until=None, **by())
    await ledger.settings.set_limits(
        workspace=SAM.workspace, kind="everyone", ref=ANY, change=Limits(tiers=("fast",)), **by()
    )
    barred = [
        await ledger.jobs.reserve(make_reservation()),
        await ledger.jobs.reserve(make_reservation(**SAMS)),
    ]
    assert [one.what for one in barred if isinstance(one, Denied)] == ["blocked", "tier"]
    assert isinstance(await ledger.jobs.reserve(make_reservation(**{**SAMS, "tier": "fast"})), Reserved)


def test_linked_identities_get_the_lowest_of_each_figure() -> None:
    own = resolve(
        {("team", "person", "ann"): Limits(images_per_day=UNLIMITED, money_per_day=5)}, WHO, Defaults(), 0
    )
    other = resolve(
        {("team", "everyone", ANY): Limits(images_per_day=9, money_per_day=7, money_per_month=11)},
        WHO,
        Defaults(bot_money_per_day=1),
        0,
    )
    rules = combine_linked(own, [other])
    found = [rules.limit("joined", period, what) for period, what in PERIODS]
    assert found == [9, 5, 11]
    assert rules.limit("person", "day", "images") is None
    assert rules.limit("bot", "day", "money") is None  # another workspace's caps are not ours
    assert (rules.set_by, combine_linked(other, [own]).limit("bot", "day", "money")) == ("everyone", 1)


PERIODS: list[tuple[Period, What]] = [("day", "images"), ("day", "money"), ("month", "money")]


@pytest.mark.parametrize(
    ("planted", "caught"),
    [
        (
            "UPDATE counters SET images = 9 WHERE workspace = '*' AND ref <> '*' AND period = '2026-11'",
            0,
        ),
        ("DELETE FROM counters WHERE workspace = '*' AND kind = 'person' AND period = '2026-11-22'", 0),
        ("UPDATE counters SET extra_images = 0 WHERE workspace = '*' AND kind = 'person'", 1),
        ("DELETE FROM links", 2),
        ("UPDATE links SET link = 'other' WHERE workspace = 'team'", 2),
        ("INSERT INTO links VALUES ('team', 'ghost', 'other', '', '[]')", 2),
    ],
)
async def test_every_planted_difference_is_found(
    tmp_path: Path, clock: Clock, planted: str, caught: int
) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
    await draw(ledger, 2)
    await ledger.settings.grant(workspace="team", person=ANN.person, images=2, money=UNIT, **by())
    await link(ledger)
    await reserve(ledger, 1, **SAMS)
    assert await ledger.verify() == []
    await ledger.close()
    db = sqlite3.connect(tmp_path / FILE)
    with db:
        assert db.execute(planted).rowcount > 0
    db.close()
    beside = await Ledger.open(tmp_path, Defaults(), clock=clock, read_only=True)
    found = [difference.invariant for difference in await beside.verify()]
    await beside.close()
    checks = [
        "counters are what jobs hold and were charged",
        "extras are what was granted",
        "who is joined is what the log says",
    ]
    assert checks[caught] in found


OLD_JOB = """INSERT INTO jobs (id, request_id, workspace, channel, person, name, account_workspace, account,
    tier, model, quality, ratio, images, official_micros, unit_micros, multiplier, price_since, origin,
    request, platform, address, day, bot_day, state, hold_images, hold_micros, cost_micros, uncertain_micros,
    created_at)
  VALUES (7, 'r7', 'team', 'general', 'discord:ann', 'Ann', 'team', 'discord:ann',
    'standard', 'm', '', '1:1', 2, 40000, ?, '1.5', '2026-01-01', 'imagine',
    '{}', 'discord', '{}', '2026-11-22', '2026-11-22', 'running', 2, ?, 0, 0, 1)"""


async def test_a_ledger_from_before_links_keeps_its_counters(tmp_path: Path, clock: Clock) -> None:
    """The ledger has the first two migrations, and a job with its counters as that version wrote them."""
    path = tmp_path / FILE
    db = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(db, path, shipped()[:2])
    db.execute(OLD_JOB, (UNIT, 2 * UNIT))
    keys = [("team", "person", "discord:ann"), ("team", "channel", "general"), ("team", "workspace", "*")]
    for workspace, kind, ref in [*keys, ("*", "bot", "*")]:
        for period in ("2026-11-22", "2026-11"):
            row = (workspace, kind, ref, period, 2, 2 * UNIT, 0, 0)
            db.execute("INSERT INTO counters VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.close()
    ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
    assert await ledger.verify() == []
    assert await left(ledger, ANN) == 38
    await link(ledger)
    assert await left(ledger, SAM) == 38
    assert await ledger.jobs.settle(7, make_close(1))
    assert await left(ledger, SAM) == 39
    assert await ledger.verify() == []
    await ledger.close()


async def test_settings_in_force_are_listed_with_names(ledger: Ledger, clock: Clock) -> None:
    await reserve(ledger)
    await reserve(ledger, workspace="elsewhere", name="Annie")
    await give(ledger, ANN, images_per_day=5)
    await give(ledger, SAM, images_per_day=5)
    over = Limits(images_per_day=1, until=int(clock.now))
    await ledger.settings.set_limits(workspace="team", kind="channel", ref="art", change=over, **by())
    await ledger.settings.set_limits(
        workspace="team", kind="everyone", ref=ANY, change=Limits(money_per_day=1), **by()
    )
    assert await ledger.settings.list_limits("team") == [
        ("everyone", ANY, "", Limits(money_per_day=1)),
        ("person", ANN.person, "Ann", Limits(images_per_day=5)),
    ]
