"""Undoing: by a new entry, only the changed fields, only while they are unchanged, and once."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import ANY, UNLIMITED, Defaults, Entry, Identity, Limits
from quotas.records_workspace import CannotUndo, Preferences
from quotas.store.sqlite import FILE
from tests.quotas.helpers import DAY, HOUR, UNIT, Clock, by, draw

ANN = "discord:ann"
Verb = Callable[[Ledger], Awaitable[Entry | None]]


async def set_ann(ledger: Ledger, **fields: object) -> Entry:
    change = Limits(**fields)  # type: ignore[arg-type]
    return await ledger.settings.set_limits(workspace="team", kind="person", ref=ANN, change=change, **by())


async def undo(ledger: Ledger, entry: Entry | None, workspace: str | None = "team") -> Entry:
    assert entry is not None
    answer = await ledger.settings.undo(entry=entry.id, workspace=workspace, **by())
    assert isinstance(answer, Entry), answer
    return answer


async def refusal_of(ledger: Ledger, entry: int, workspace: str | None = "team") -> CannotUndo:
    answer = await ledger.settings.undo(entry=entry, workspace=workspace, **by())
    assert isinstance(answer, CannotUndo)
    return answer


async def all_settings(ledger: Ledger) -> list[object]:
    """Return all settings and all grants."""
    tables = {
        "limits": "workspace, kind, ref",
        "preferences": "workspace, name",
        "counters": "workspace, kind, ref, period",
    }
    kept = [f"SELECT * FROM {table} ORDER BY {order}" for table, order in tables.items()]
    zone = "SELECT id, COALESCE(next_zone, zone) FROM workspaces ORDER BY id"
    return [await ledger._store.read(lambda db, sql=sql: db.execute(sql).fetchall()) for sql in (*kept, zone)]


PREFERRED = Preferences(language="de", default_tier="fast", default_variants=2, alert_channel="")
VERBS: dict[str, Verb] = {
    "set": lambda ledger: set_ann(ledger, images_per_day=7, tiers=("fast", "ultra"), until=1_900_000_000),
    "set to nothing": lambda ledger: set_ann(ledger, images_per_day=0, money_per_day=0),
    "reset": lambda ledger: ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **by()),
    "grant": lambda ledger: ledger.settings.grant(workspace="team", person=ANN, images=3, money=UNIT, **by()),
    "grant for days": lambda ledger: ledger.settings.grant(
        workspace="team", person=ANN, images=3, money=UNIT, until="2026-12-03", **by()
    ),
    "block": lambda ledger: ledger.settings.block(
        workspace="team", person="bob", blocked=True, until=9, **by()
    ),
    "unblock": lambda ledger: ledger.settings.block(
        workspace="team", person="cal", blocked=False, until=None, **by()
    ),
    "block everyone": lambda ledger: ledger.settings.block(
        workspace="team", person=ANY, blocked=True, until=None, **by()
    ),
    "pause": lambda ledger: ledger.settings.pause(workspace="team", paused=True, **by()),
    "pause the bot": lambda ledger: ledger.settings.pause(workspace=ANY, paused=True, **by()),
    "resume": lambda ledger: ledger.settings.pause(workspace="quiet", paused=False, **by()),
    "budget": lambda ledger: ledger.settings.set_budget(
        workspace="team", money_per_month=9 * UNIT, at_end="cheaper", **by()
    ),
    "no budget": lambda ledger: ledger.settings.set_budget(
        workspace="rich", money_per_month=UNLIMITED, at_end="stop", **by()
    ),
    "settings": lambda ledger: ledger.settings.set_preferences(
        workspace="rich", change=PREFERRED, zone="Asia/Tokyo", **by()
    ),
    "zone": lambda ledger: ledger.settings.set_zone("team", "Asia/Tokyo", **by()),
    "cap": lambda ledger: ledger.settings.set_limits(
        workspace=ANY, kind="bot", ref=ANY, change=Limits(images_per_day=9), **by()
    ),
}


async def prepare(ledger: Ledger) -> None:
    """Make something that each verb can change."""
    await set_ann(ledger, images_per_day=5, money_per_month=UNIT, tiers=("ultra",))
    await ledger.settings.grant(workspace="team", person=ANN, images=1, money=2, **by())
    await ledger.settings.block(workspace="team", person="cal", blocked=True, until=2_000_000_000, **by())
    await ledger.settings.pause(workspace="quiet", paused=True, **by())
    await ledger.settings.set_budget(workspace="rich", money_per_month=5 * UNIT, at_end="cheaper", **by())
    await ledger.settings.set_preferences(
        workspace="rich", change=Preferences(language="en", alert_channel="C1"), zone="UTC", **by()
    )
    await ledger.settings.set_preferences(workspace="team", change=Preferences(), zone="UTC", **by())


@pytest.mark.parametrize("verb", VERBS)
async def test_every_change_can_be_undone_and_the_undoing_too(ledger: Ledger, verb: str) -> None:
    await prepare(ledger)
    before = await all_settings(ledger)
    changed = await VERBS[verb](ledger)
    assert changed is not None
    after = await all_settings(ledger)
    assert after != before
    undone = await undo(ledger, changed, changed.workspace)
    assert (undone.verb, undone.reverses) == ("undo", changed.id)
    assert (undone.workspace, undone.kind, undone.ref) == (changed.workspace, changed.kind, changed.ref)
    assert without_empty(await all_settings(ledger)) == without_empty(before)
    assert await ledger.verify() == []
    redone = await undo(ledger, undone, None)
    assert (redone.verb, redone.reverses) == ("grant" if "grant" in verb else "undo", undone.id)
    assert await all_settings(ledger) == after
    assert await ledger.verify() == []
    again = await undo(ledger, redone, None)
    assert without_empty(await all_settings(ledger)) == without_empty(before)
    assert [entry.id for entry in await ledger.settings.entries(None, 4)] == [
        again.id,
        redone.id,
        undone.id,
        changed.id,
    ]


def without_empty(tables: list[object]) -> list[object]:
    """Leave out counters of nothing: they are the same as no counters."""
    limits, preferences, counters, zones = tables
    assert isinstance(counters, list)
    return [limits, preferences, [row for row in counters if any(row[4:])], zones]


async def test_undoing_puts_back_only_the_fields_that_the_entry_changed(ledger: Ledger) -> None:
    first = await set_ann(ledger, images_per_day=5)
    await set_ann(ledger, money_per_day=7)
    await ledger.settings.block(workspace="team", person=ANN, blocked=True, until=None, **by())
    undone = await undo(ledger, first)
    assert await ledger.settings.limits("team", "person", ANN) == Limits(money_per_day=7, blocked=True)
    assert json.loads(undone.after or "") == {"money_per_day": 7, "blocked": True}


async def test_a_field_changed_since_prevents_undoing(ledger: Ledger) -> None:
    first = await set_ann(ledger, images_per_day=5, money_per_day=1)
    second = await set_ann(ledger, images_per_day=6)
    third = await set_ann(ledger, tiers=("fast",))
    assert await refusal_of(ledger, first.id) == CannotUndo("changed", second)
    assert await ledger.settings.limits("team", "person", ANN) == Limits(
        images_per_day=6, money_per_day=1, tiers=("fast",)
    )
    await undo(ledger, third)
    await undo(ledger, second)
    await undo(ledger, first)
    assert await ledger.settings.limits("team", "person", ANN) is None
    language = await ledger.settings.set_preferences(
        workspace="team", change=Preferences(language="de"), zone=None, **by()
    )
    zone = await ledger.settings.set_preferences(
        workspace="team", change=Preferences(), zone="Asia/Tokyo", **by()
    )
    other = await ledger.settings.set_zone("team", "Europe/Berlin", **by())
    assert await refusal_of(ledger, zone.id) == CannotUndo("changed", other)
    await undo(ledger, language)  # a zone is not a language, though both are the workspace's


async def test_an_undoing_cannot_be_undone_after_a_later_change(ledger: Ledger) -> None:
    undone = await undo(ledger, await set_ann(ledger, images_per_day=5))
    later = await set_ann(ledger, images_per_day=6)
    assert await refusal_of(ledger, undone.id) == CannotUndo("changed", later)


async def test_undoing_an_unknown_entry_or_one_of_another_workspace_is_refused(ledger: Ledger) -> None:
    assert await refusal_of(ledger, 1) == CannotUndo("unknown")
    entry = await set_ann(ledger, images_per_day=5)
    everywhere = await ledger.settings.pause(workspace=ANY, paused=True, **by())
    assert everywhere is not None
    for number in (entry.id, everywhere.id):
        assert await refusal_of(ledger, number, "elsewhere") == CannotUndo("elsewhere")
    assert await refusal_of(ledger, everywhere.id, "team") == CannotUndo("elsewhere")
    undone = await undo(ledger, entry, None)
    assert await refusal_of(ledger, entry.id) == CannotUndo("undone", undone)
    assert len(await ledger.settings.entries(None, 9)) == 3


async def test_entries_that_change_no_setting_cannot_be_undone(ledger: Ledger) -> None:
    me, other = Identity("team", ANN, "Ann"), Identity("slack:T1", "slack:T1:sam", "Sam")
    await ledger.people.link(me, other, reason="", request_id="link")
    await ledger.people.unlink("team", ANN, reason="", request_id="unlink")
    denied = await ledger.settings.deny(workspace="team", person=ANN, **by())
    assert (denied.verb, denied.kind, denied.ref, denied.after) == ("deny", "person", ANN, None)
    entries = await ledger.settings.entries(None, 9)
    assert {entry.verb for entry in entries} == {"link", "unlink", "deny"}
    for entry in entries:
        assert await refusal_of(ledger, entry.id, None) == CannotUndo("not_undoable")


async def test_of_many_concurrent_undoings_one_succeeds(ledger: Ledger) -> None:
    grant = await ledger.settings.grant(workspace="team", person=ANN, images=3, money=0, **by())
    answers = await asyncio.gather(
        *(ledger.settings.undo(entry=grant.id, workspace="team", **by()) for _ in range(20))
    )
    (done,) = [answer for answer in answers if isinstance(answer, Entry)]
    assert answers.count(CannotUndo("undone", done)) == 19
    assert (await ledger.reports.allowance("team", ANN, ())).images_day.granted == 0


async def test_the_same_undoing_happens_once(ledger: Ledger) -> None:
    entry, how = await set_ann(ledger, images_per_day=5), by()
    first = await ledger.settings.undo(entry=entry.id, workspace="team", **how)
    await set_ann(ledger, images_per_day=5)
    assert await ledger.settings.undo(entry=entry.id, workspace="team", **how) == first
    assert await ledger.settings.limits("team", "person", ANN) == Limits(images_per_day=5)


async def test_the_database_refuses_a_second_undoing(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path, Defaults())
    await undo(ledger, await set_ann(ledger, images_per_day=5))
    await ledger.close()
    db = sqlite3.connect(tmp_path / FILE)
    with pytest.raises(sqlite3.IntegrityError, match=r"entries\.reverses"), db:
        db.execute(
            """INSERT INTO entries SELECT 1, 'other', at, workspace, author, verb, kind, ref, before, after,
            reason, reverses, day, images, micros FROM entries WHERE verb = 'undo'"""
        )
    db.close()


async def test_a_used_grant_can_be_taken_back(ledger: Ledger) -> None:
    await set_ann(ledger, images_per_day=2)
    grant = await ledger.settings.grant(
        workspace="team", person=ANN, images=4, money=0, until="2026-11-24", **by()
    )
    await draw(ledger, 5)
    undone = await undo(ledger, grant)
    meter = (await ledger.reports.allowance("team", ANN, ())).images_day
    assert (meter.used, meter.granted, meter.left) == (5, 0, 0)
    assert undone.before == grant.after
    await undo(ledger, undone)
    meter = (await ledger.reports.allowance("team", ANN, ())).images_day
    assert (meter.used, meter.granted, meter.left) == (5, 4, 1)


async def test_a_grant_is_given_again_on_its_own_days(ledger: Ledger, clock: Clock) -> None:
    grant = await ledger.settings.grant(
        workspace="team", person=ANN, images=4, money=0, until="2026-11-24", **by()
    )
    undone = await undo(ledger, grant)
    clock.now += DAY
    redone = await undo(ledger, undone)
    assert redone.after == grant.after
    for granted in (4, 4, 0):  # Monday, Tuesday, and no Wednesday
        assert (await ledger.reports.allowance("team", ANN, ())).images_day.granted == granted
        clock.now += DAY


async def test_a_zone_goes_back_at_the_next_midnight(ledger: Ledger, clock: Clock) -> None:
    changed = await ledger.settings.set_zone("team", "Asia/Tokyo", **by())
    clock.now += DAY
    assert (await ledger.reports.allowance("team", ANN, ())).zone == "Asia/Tokyo"
    undone = await undo(ledger, changed)
    midnight = int(clock.now) + 3 * HOUR
    assert json.loads(undone.after or "") == {"zone": "UTC", "from": midnight}
    assert (await ledger.reports.allowance("team", ANN, ())).zone == "Asia/Tokyo"
    clock.now = midnight
    assert (await ledger.reports.allowance("team", ANN, ())).zone == "UTC"


async def test_a_restored_figure_does_not_expire_with_the_one_in_between(
    ledger: Ledger, clock: Clock
) -> None:
    await set_ann(ledger, images_per_day=5)
    reset = await ledger.settings.reset_limits(workspace="team", kind="person", ref=ANN, **by())
    await set_ann(ledger, tiers=("fast",), until=int(clock.now) + HOUR)
    clock.now += 2 * HOUR
    await undo(ledger, reset)
    assert await ledger.settings.limits("team", "person", ANN) == Limits(images_per_day=5)


async def test_undoing_an_expired_setting_restores_the_one_before(ledger: Ledger, clock: Clock) -> None:
    await set_ann(ledger, images_per_day=3)
    trial = await set_ann(ledger, images_per_day=5, until=int(clock.now) + HOUR)
    clock.now += 2 * HOUR
    undone = await undo(ledger, trial)
    assert await ledger.settings.limits("team", "person", ANN) == Limits(images_per_day=3)
    await undo(ledger, undone)
    assert (await ledger.reports.allowance("team", ANN, ())).images_day.limit == 50
    assert await ledger.verify() == []
    trial = await set_ann(ledger, images_per_day=5, until=int(clock.now) + HOUR)
    clock.now += 2 * HOUR
    dropped = await set_ann(ledger, money_per_day=9)  # and what had run out is gone
    assert await refusal_of(ledger, trial.id) == CannotUndo("changed", dropped)
