import json

import pytest

from quotas.ledger import Ledger
from quotas.records import ANY, UNLIMITED, Defaults, Limits
from quotas.store.errors import LedgerError
from tests.quotas.helpers import DAY, HOUR, UNIT, Clock, by, draw, reserve

ANN = "discord:ann"


async def set_ann(ledger: Ledger, **fields: object) -> None:
    change = Limits(**fields)  # type: ignore[arg-type]
    await ledger.settings.set_limits(workspace="team", kind="person", ref=ANN, change=change, **by())


async def test_a_change_sets_only_the_figures_it_names(ledger: Ledger) -> None:
    await set_ann(ledger, images_per_day=5, tiers=("fast",))
    await set_ann(ledger, money_per_day=0)
    expected = Limits(images_per_day=5, money_per_day=0, tiers=("fast",))
    assert await ledger.settings.limits("team", "person", ANN) == expected
    newest, oldest = await ledger.settings.entries("team", 10)
    assert json.loads(oldest.after or "") == {"images_per_day": 5, "tiers": ["fast"]}
    assert oldest.before is None
    assert newest.before == oldest.after
    assert json.loads(newest.after or "") == {"images_per_day": 5, "money_per_day": 0, "tiers": ["fast"]}
    assert (newest.verb, newest.kind, newest.ref, newest.author) == ("set", "person", ANN, "discord:boss")
    assert newest.reason == "trial"


async def test_the_same_change_happens_once(ledger: Ledger, clock: Clock) -> None:
    how = by(1)
    first = await ledger.settings.grant(workspace="team", person=ANN, images=3, money=UNIT, **how)
    clock.now += 5
    assert await ledger.settings.grant(workspace="team", person=ANN, images=3, money=UNIT, **how) == first
    assert (await ledger.reports.allowance("team", ANN, ())).images_day.granted == 3
    how = by(2)
    change = Limits(images_per_day=5)
    first = await ledger.settings.set_limits(workspace="team", kind="person", ref=ANN, change=change, **how)
    await set_ann(ledger, images_per_day=6)
    assert (
        await ledger.settings.set_limits(workspace="team", kind="person", ref=ANN, change=change, **how)
        == first
    )
    assert await ledger.settings.limits("team", "person", ANN) == Limits(images_per_day=6)
    how = by(3)
    reset = await ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **how)
    await set_ann(ledger, images_per_day=7)
    assert await ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **how) == reset
    assert await ledger.settings.limits("team", "person", ANN) == Limits(images_per_day=7)


async def test_a_reset_removes_figures_but_not_usage_or_a_block(ledger: Ledger) -> None:
    assert await ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **by()) is None
    assert await ledger.settings.entries(None, 10) == []
    await draw(ledger, 2)
    await set_ann(ledger, images_per_day=5)
    entry = await ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **by())
    assert entry is not None
    assert (entry.verb, entry.after) == ("reset", None)
    assert await ledger.settings.limits("team", "person", ANN) is None
    assert (await ledger.reports.allowance("team", ANN, ())).images_day.used == 2
    await set_ann(ledger, images_per_day=5)
    await ledger.settings.block(workspace="team", person=ANN, blocked=True, until=None, **by())
    await ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **by())
    assert await ledger.settings.limits("team", "person", ANN) == Limits(blocked=True)


async def test_a_block_and_figures_expire_separately(ledger: Ledger, clock: Clock) -> None:
    now = int(clock.now)
    await set_ann(ledger, images_per_day=5, until=now + 2 * HOUR)
    await ledger.settings.block(workspace="team", person=ANN, blocked=True, until=now + HOUR, **by())
    blocked = await ledger.reports.allowance("team", ANN, ())
    assert (blocked.blocked, blocked.images_day.limit) == (True, 5)
    clock.now += HOUR
    freed = await ledger.reports.allowance("team", ANN, ())
    assert (freed.blocked, freed.images_day.limit, freed.set_by) == (False, 5, "person")
    clock.now += HOUR
    over = await ledger.reports.allowance("team", ANN, ())
    assert (over.images_day.limit, over.set_by) == (50, "operator")
    await set_ann(ledger, money_per_day=7)  # what has run out does not come back with the next change
    assert await ledger.settings.limits("team", "person", ANN) == Limits(money_per_day=7)


async def test_unblocking_removes_an_empty_setting(ledger: Ledger) -> None:
    for blocked in (True, False):
        await ledger.settings.block(workspace="team", person=ANN, blocked=blocked, until=None, **by())
    assert await ledger.settings.limits("team", "person", ANN) is None
    assert [entry.verb for entry in await ledger.settings.entries("team", 9)] == ["unblock", "block"]


async def test_an_allowance_has_used_held_and_left(ledger: Ledger, clock: Clock) -> None:
    await set_ann(ledger, images_per_day=10, money_per_month=20 * UNIT)
    await draw(ledger, 3)
    await reserve(ledger, 4)
    await ledger.settings.grant(workspace="team", person=ANN, images=1, money=UNIT, **by())
    clock.now += 1
    allowance = await ledger.reports.allowance("team", ANN, ())
    day, month = allowance.images_day, allowance.money_month
    assert (day.limit, day.granted, day.used, day.held, day.left) == (10, 1, 3, 4, 4)
    assert (month.limit, month.granted, month.used, month.held) == (20 * UNIT, UNIT, 3 * UNIT, 4 * UNIT)
    assert (allowance.money_day.limit, allowance.money_day.left) == (None, None)
    assert (allowance.day, allowance.zone, allowance.set_by) == ("2026-11-22", "UTC", "person")
    assert allowance.renews_at == int(clock.now) + 12 * HOUR - 1
    assert allowance.month_renews_at == allowance.renews_at + 8 * DAY
    clock.now += DAY
    allowance = await ledger.reports.allowance("team", ANN, ())
    assert (allowance.images_day.used, allowance.images_day.held, allowance.images_day.granted) == (0, 0, 0)
    assert (allowance.money_month.used, allowance.money_month.held) == (3 * UNIT, 4 * UNIT)


async def test_roles_give_an_allowance(ledger: Ledger) -> None:
    for role, images in (("guest", 1), ("painter", UNLIMITED)):
        change = Limits(images_per_day=images)
        await ledger.settings.set_limits(workspace="team", kind="role", ref=role, change=change, **by())
    assert (await ledger.reports.allowance("team", ANN, ("guest",))).images_day.limit == 1
    both = await ledger.reports.allowance("team", ANN, ("guest", "painter"))
    assert (both.images_day.limit, both.set_by) == (None, "role")


async def test_negative_amounts_and_unknown_zones_are_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError):
        await set_ann(ledger, images_per_day=-2)
    with pytest.raises(LedgerError):
        await ledger.settings.grant(workspace="team", person=ANN, images=-1, money=0, **by())
    with pytest.raises(ValueError, match="is not a time zone"):
        await ledger.settings.set_zone("team", "Mars/Olympus", **by())
    assert await ledger.settings.entries(None, 10) == []


async def test_a_zone_takes_effect_at_the_next_midnight_of_the_current_one(
    ledger: Ledger, clock: Clock
) -> None:
    await reserve(ledger, 50)
    entry = await ledger.settings.set_zone("team", "America/New_York", **by())
    midnight = int(clock.now) + 12 * HOUR
    assert json.loads(entry.after or "") == {"zone": "America/New_York", "from": midnight}
    allowance = await ledger.reports.allowance("team", ANN, ())
    assert (allowance.zone, allowance.day) == ("UTC", "2026-11-22")
    clock.now = midnight  # 19:00 on the same day in New York: the same counter goes on
    allowance = await ledger.reports.allowance("team", ANN, ())
    assert (allowance.zone, allowance.day, allowance.images_day.left) == ("America/New_York", "2026-11-22", 0)
    assert allowance.renews_at == midnight + 5 * HOUR


async def test_the_operators_zone_changes_at_the_next_midnight(tmp_path, clock: Clock) -> None:  # type: ignore[no-untyped-def]
    async def zone(setting: str, moves: bool = True) -> str:
        ledger = await Ledger.open(tmp_path, Defaults(zone=setting), clock=clock, moves_zone=moves)
        try:
            return (await ledger.reports.allowance("team", ANN, ())).zone
        finally:
            await ledger.close()

    assert await zone("Asia/Tokyo", moves=False) == "Asia/Tokyo"  # a new ledger
    assert await zone("America/New_York", moves=False) == "Asia/Tokyo"
    clock.now += DAY
    assert await zone("America/New_York", moves=False) == "Asia/Tokyo"
    assert await zone("Europe/Berlin") == "Asia/Tokyo"
    clock.now += DAY
    assert await zone("Europe/Berlin") == "Europe/Berlin"
    assert await zone("Asia/Tokyo") == "Europe/Berlin"
    assert await zone("Europe/Berlin") == "Europe/Berlin"  # taken back in time
    clock.now += DAY
    assert await zone("Europe/Berlin") == "Europe/Berlin"


async def test_entries_come_newest_first_by_workspace(ledger: Ledger) -> None:
    for workspace in ("team", "other", ANY):
        change = Limits(images_per_day=1)
        await ledger.settings.set_limits(workspace=workspace, kind="everyone", ref=ANY, change=change, **by())
    assert [entry.workspace for entry in await ledger.settings.entries(None, 2)] == [ANY, "other"]
    assert [entry.workspace for entry in await ledger.settings.entries("team", 9)] == ["team"]
    assert await ledger.settings.limits(ANY, "everyone", ANY) == Limits(images_per_day=1)


async def test_namespaces_keep_order_and_keys_apart(ledger: Ledger) -> None:
    for key in ("seen:1", "seen:2", "other", "seen:3"):
        await ledger.kept.put("slack", key, key.upper())
    await ledger.kept.put("slack", "seen:1", "again")
    await ledger.kept.put("discord", "seen:9", "")
    assert await ledger.kept.get("slack", "seen:1") == "again"
    assert await ledger.kept.get("discord", "seen:1") is None
    assert await ledger.kept.items("slack", "seen:", 2) == [("seen:3", "SEEN:3"), ("seen:1", "again")]
    assert len(await ledger.kept.items("slack", "", 9)) == 4
    await ledger.kept.delete("slack", "seen:3")
    await ledger.kept.delete("slack", "seen:3")
    assert await ledger.kept.get("slack", "seen:3") is None
    assert await ledger.kept.items("slack", "seen%", 9) == []
