import asyncio
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from quotas.ledger import Ledger
from quotas.records import ANY, UNLIMITED, Close, Defaults, Denied, Kind, Limits, Reserved, UsageFilter
from tests.quotas.helpers import DAY, HOUR, NOON, UNIT, Clock, by, draw, make_close, make_reservation, reserve

MIDNIGHT = int(NOON) + 12 * HOUR
DECEMBER = int(NOON) + 8 * DAY + 12 * HOUR


async def test_five_hundred_concurrent_requests_get_exactly_the_allowance(ledger: Ledger) -> None:
    requests = [make_reservation() for _ in range(500)]
    answers = await asyncio.gather(*(ledger.jobs.reserve(request) for request in requests))
    accepted = [answer for answer in answers if isinstance(answer, Reserved)]
    assert len(accepted) == 50
    again = await asyncio.gather(*(ledger.jobs.reserve(request) for request in requests))
    assert [a.job for a in again if isinstance(a, Reserved)] == [a.job for a in accepted]
    assert not any(a.fresh for a in again if isinstance(a, Reserved))
    await asyncio.gather(*(ledger.jobs.start(a.job.id) for a in accepted))
    for fresh in (True, False):
        closed = await asyncio.gather(*(ledger.jobs.settle(a.job.id, make_close(1)) for a in accepted))
        delivered = await asyncio.gather(
            *(ledger.jobs.deliver(a.job.id, "discord", "c", f"m{a.job.id}", "{}") for a in accepted)
        )
        assert [job is not None for job in closed] == delivered == [fresh] * 50
    assert (await ledger.reports.usage(UsageFilter(), None)).totals.images == 50


async def test_several_limits_hold_for_concurrent_requests(tmp_path: Path, clock: Clock) -> None:
    defaults = Defaults(images_per_day=30, money_per_day=25 * UNIT, bot_money_per_day=120 * UNIT)
    ledger = await Ledger.open(tmp_path, defaults, clock=clock)
    await ledger.settings.set_limits(
        workspace="team", kind="channel", ref="c0", change=Limits(images_per_day=40), **by()
    )
    random = Random(7)
    requests = [
        make_reservation(random.randint(1, 4), person=f"p{n % 6}", channel=f"c{n % 3}", workspace="team")
        for n in range(500)
    ]
    answers = await asyncio.gather(*(ledger.jobs.reserve(request) for request in requests))
    jobs = [answer.job for answer in answers if isinstance(answer, Reserved)]
    assert all(sum(j.images for j in jobs if j.person == f"p{n}") <= 25 for n in range(6))
    assert sum(j.images for j in jobs if j.channel == "c0") <= 40
    # Full: at most a rest remains that is smaller than a request.
    assert 117 <= sum(j.images for j in jobs) <= 120
    assert isinstance(await ledger.jobs.reserve(make_reservation(4, person="new", workspace="other")), Denied)
    refused = {(a.kind, a.what) for a in answers if isinstance(a, Denied)}
    assert ("channel", "images") in refused
    assert ("everyone", "money") in refused
    assert await ledger.verify() == []
    await ledger.close()


async def test_each_limit_refuses_and_names_itself(ledger: Ledger) -> None:
    cases: list[tuple[Kind, str, Limits, str, str, int]] = [
        ("person", "discord:ann", Limits(images_per_day=3), "images", "day", MIDNIGHT),
        ("person", "discord:ann", Limits(money_per_day=3 * UNIT), "money", "day", MIDNIGHT),
        ("person", "discord:ann", Limits(money_per_month=3 * UNIT), "money", "month", DECEMBER),
        ("role", "painter", Limits(images_per_day=3), "images", "day", MIDNIGHT),
        ("everyone", ANY, Limits(images_per_day=3), "images", "day", MIDNIGHT),
        ("channel", "general", Limits(images_per_day=3), "images", "day", MIDNIGHT),
        ("channel", "general", Limits(money_per_month=3 * UNIT), "money", "month", DECEMBER),
        ("workspace", ANY, Limits(images_per_day=3), "images", "day", MIDNIGHT),
        ("workspace", ANY, Limits(money_per_day=3 * UNIT), "money", "day", MIDNIGHT),
        ("bot", ANY, Limits(money_per_day=3 * UNIT), "money", "day", MIDNIGHT),
        ("bot", ANY, Limits(money_per_month=3 * UNIT), "money", "month", DECEMBER),
    ]
    await reserve(ledger, 2, roles=("painter",))
    for kind, ref, limits, what, period, frees_at in cases:
        where = ANY if kind == "bot" else "team"
        await ledger.settings.set_limits(workspace=where, kind=kind, ref=ref, change=limits, **by())
        unit = UNIT if what == "money" else 1
        answer = await ledger.jobs.reserve(make_reservation(2, roles=("painter",)))
        assert answer == Denied(
            kind=kind,
            ref=ref,
            what=what,  # type: ignore[arg-type]
            period=period,  # type: ignore[arg-type]
            limit=3 * unit,
            used=2 * unit,
            asked=2 * unit,
            frees_at=frees_at,
        )
        await ledger.settings.reset_limits(workspace=where, kind=kind, ref=ref, **by())
    await reserve(ledger, 2)


async def test_the_narrowest_of_several_limits_is_named(ledger: Ledger) -> None:
    wide_to_narrow: list[tuple[str, Kind, str]] = [
        (ANY, "bot", ANY),
        ("team", "workspace", ANY),
        ("team", "channel", "general"),
    ]
    nothing = Limits(money_per_day=0, images_per_day=0)
    for where, kind, ref in wide_to_narrow:
        await ledger.settings.set_limits(workspace=where, kind=kind, ref=ref, change=nothing, **by())
        denied = await ledger.jobs.reserve(make_reservation())
        assert isinstance(denied, Denied)
        assert denied.kind == kind


async def test_a_refusal_leaves_no_trace(ledger: Ledger) -> None:
    request = make_reservation(51)
    denied = await ledger.jobs.reserve(request)
    assert denied == Denied(
        kind="everyone", ref=ANY, what="images", period="day", limit=50, used=0, asked=51, frees_at=MIDNIGHT
    )
    assert await ledger.jobs.of_request(request.request_id) is None
    assert await ledger.people.find("Ann") == []
    assert (await ledger.reports.allowance("team", "discord:ann", ())).images_day.left == 50


async def test_a_grant_makes_room_for_the_person_today_only(ledger: Ledger, clock: Clock) -> None:
    await reserve(ledger, 50)
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Denied)
    await ledger.settings.grant(workspace="team", person="discord:ann", images=2, money=0, **by())
    await reserve(ledger, 2)
    denied = await ledger.jobs.reserve(make_reservation())
    assert isinstance(denied, Denied)
    assert (denied.limit, denied.used) == (52, 52)
    clock.now += DAY
    assert isinstance(await ledger.jobs.reserve(make_reservation(51)), Denied)


async def test_a_grant_does_not_lift_a_cap(ledger: Ledger) -> None:
    await ledger.settings.set_limits(
        workspace="team", kind="channel", ref="general", change=Limits(images_per_day=1), **by()
    )
    await ledger.settings.grant(workspace="team", person="discord:ann", images=9, money=9 * UNIT, **by())
    denied = await ledger.jobs.reserve(make_reservation(2))
    assert isinstance(denied, Denied)
    assert denied.kind == "channel"


async def test_granted_money_counts_for_its_day_and_its_month(ledger: Ledger, clock: Clock) -> None:
    change = Limits(money_per_day=UNIT, money_per_month=UNIT)
    await ledger.settings.set_limits(
        workspace="team", kind="person", ref="discord:ann", change=change, **by()
    )
    await ledger.settings.grant(workspace="team", person="discord:ann", images=0, money=UNIT, **by())
    await reserve(ledger, 2)
    clock.now += DAY
    denied = await ledger.jobs.reserve(make_reservation())
    assert isinstance(denied, Denied)
    assert (denied.period, denied.limit) == ("month", 2 * UNIT)


async def test_the_same_request_gets_the_same_answer(ledger: Ledger) -> None:
    request = make_reservation(2)
    first = await ledger.jobs.reserve(request)
    assert isinstance(first, Reserved)
    assert first.fresh
    again = await ledger.jobs.reserve(replace(request, images=4))
    assert again == Reserved(first.job, fresh=False)
    await ledger.jobs.release(first.job.id, Close())
    after = await ledger.jobs.reserve(request)
    assert isinstance(after, Reserved)
    assert (after.fresh, after.job.state) == (False, "released")


async def test_a_released_request_is_accepted_again_if_it_allows_that(ledger: Ledger) -> None:
    request = make_reservation(2, retry_released=True)
    first = await ledger.jobs.reserve(request)
    assert isinstance(first, Reserved)
    assert await ledger.jobs.reserve(request) == Reserved(first.job, fresh=False)
    await ledger.jobs.release(first.job.id, Close())
    second = await ledger.jobs.reserve(request)
    assert isinstance(second, Reserved)
    assert second.fresh
    assert second.job.id != first.job.id
    old = await ledger.jobs.get(first.job.id)
    assert old is not None
    assert old.request_id == f"{request.request_id}#{first.job.id}"
    assert await ledger.jobs.of_request(request.request_id) == second.job
    await ledger.jobs.release(second.job.id, Close())
    await ledger.settings.block(workspace="team", person="discord:ann", blocked=True, until=None, **by())
    assert isinstance(await ledger.jobs.reserve(request), Denied)
    current = await ledger.jobs.of_request(request.request_id)
    assert current is not None
    assert current.id == second.job.id


async def test_the_allowance_renews_at_the_workspaces_midnight(ledger: Ledger, clock: Clock) -> None:
    await ledger.settings.set_zone("team", "Asia/Tokyo", **by())
    clock.now += DAY  # 21:00 in Tokyo on the 23rd
    job = await reserve(ledger, 50)
    assert job.day == "2026-11-23"
    denied = await ledger.jobs.reserve(make_reservation())
    assert isinstance(denied, Denied)
    assert denied.frees_at == clock.now + 3 * HOUR
    clock.now += 3 * HOUR - 1
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Denied)
    clock.now += 1
    assert (await reserve(ledger, 50)).day == "2026-11-24"


async def test_the_bots_day_is_that_of_the_operators_zone(ledger: Ledger, clock: Clock) -> None:
    await ledger.settings.set_zone("team", "Pacific/Kiritimati", **by())
    change = Limits(money_per_day=2 * UNIT)
    await ledger.settings.set_limits(workspace=ANY, kind="bot", ref=ANY, change=change, **by())
    clock.now += DAY  # 02:00 on the 24th in Kiritimati, noon on the 23rd for the operator
    assert (await reserve(ledger, 2)).day == "2026-11-24"
    denied = await ledger.jobs.reserve(make_reservation())
    assert isinstance(denied, Denied)
    assert (denied.kind, denied.frees_at) == ("bot", MIDNIGHT + DAY)
    clock.now = MIDNIGHT + DAY
    await reserve(ledger, 2)


async def test_a_release_frees_the_day_of_the_reservation(ledger: Ledger, clock: Clock) -> None:
    job = await reserve(ledger, 50)
    clock.now += DAY
    await reserve(ledger, 50)
    await ledger.jobs.release(job.id, Close())
    assert isinstance(await ledger.jobs.reserve(make_reservation()), Denied)  # today is as full as before
    clock.now -= DAY
    await reserve(ledger, 50)


async def test_tiers_and_blocks_refuse(ledger: Ledger, clock: Clock) -> None:
    tiers = Limits(tiers=("fast", "gpt"))
    await ledger.settings.set_limits(workspace="team", kind="everyone", ref=ANY, change=tiers, **by())
    denied = await ledger.jobs.reserve(make_reservation())
    assert denied == Denied(kind="everyone", ref=ANY, what="tier", allowed=("fast", "gpt"))
    await reserve(ledger, tier="gpt")
    until = int(clock.now) + HOUR
    await ledger.settings.block(workspace="team", person="discord:ann", blocked=True, until=until, **by())
    denied = await ledger.jobs.reserve(make_reservation(tier="gpt"))
    assert denied == Denied(kind="person", ref="discord:ann", what="blocked", frees_at=until)
    clock.now = until
    await reserve(ledger, tier="gpt")
    await ledger.settings.block(workspace="team", person=ANY, blocked=True, until=None, **by())
    denied = await ledger.jobs.reserve(make_reservation(tier="gpt"))
    assert denied == Denied(kind="everyone", ref=ANY, what="blocked")


async def test_direct_messages_refuse_unless_images_are_set(ledger: Ledger) -> None:
    denied = await ledger.jobs.reserve(make_reservation(workspace="dm"))
    assert isinstance(denied, Denied)
    assert (denied.kind, denied.limit) == ("everyone", 0)
    await ledger.settings.set_limits(
        workspace="dm", kind="everyone", ref=ANY, change=Limits(images_per_day=2), **by()
    )
    await reserve(ledger, 2, workspace="dm")


async def test_an_unlimited_person_has_no_limit(ledger: Ledger) -> None:
    change = Limits(images_per_day=UNLIMITED)
    await ledger.settings.set_limits(
        workspace="team", kind="person", ref="discord:ann", change=change, **by()
    )
    await draw(ledger, 4_000)


@pytest.mark.parametrize("name", ["Ann", "ANN", "@ann", "discord:ann", "ann"])
async def test_people_are_found_by_id_local_id_and_name(ledger: Ledger, name: str) -> None:
    await reserve(ledger)
    await reserve(ledger, person="slack:T1:U2", name="Änne")
    assert await ledger.people.find(name) == [("team", "discord:ann", "Ann")]
    assert await ledger.people.find("änne") == [("team", "slack:T1:U2", "Änne")]
    assert await ledger.people.find("") == []
    await reserve(ledger, name="Anna")
    assert await ledger.people.find("anna") == [("team", "discord:ann", "Anna")]
