"""Preferences: stored in the file, read from memory, and always equal in both."""

import asyncio
import json
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import Defaults, Entry
from quotas.records_workspace import Preferences
from quotas.store.sqlite_store import SqliteStore
from tests.quotas.helpers import Clock, by, draw

ALL = Preferences(
    language="de",
    default_tier="fast",
    default_ratio="16:9",
    default_variants=2,
    alert_channel="slack:C1",
    admin_channel="slack:C2",
    at_end="cheaper",
)


async def set_preferences(ledger: Ledger, change: Preferences, zone: str | None = None) -> Entry:
    return await ledger.settings.set_preferences(workspace="team", change=change, zone=zone, **by())


async def test_only_named_preferences_change(ledger: Ledger) -> None:
    assert await ledger.settings.preferences("team") == Preferences()
    await set_preferences(ledger, ALL)
    assert await ledger.settings.preferences("team") == ALL
    entry = await set_preferences(ledger, Preferences(language="", default_variants=0, default_tier="ultra"))
    left = Preferences(
        default_tier="ultra",
        default_ratio="16:9",
        alert_channel="slack:C1",
        admin_channel="slack:C2",
        at_end="cheaper",
    )
    assert await ledger.settings.preferences("team") == left
    assert await ledger.settings.preferences("other") == Preferences()
    assert json.loads(entry.before or "") == {"language": "de", "default_tier": "fast", "default_variants": 2}
    assert json.loads(entry.after or "") == {"default_tier": "ultra"}
    assert (entry.verb, entry.kind, entry.ref) == ("settings", "workspace", "*")


async def test_a_zone_changes_with_the_preferences_or_nothing_does(ledger: Ledger) -> None:
    entry = await set_preferences(ledger, Preferences(language="de"), "Asia/Tokyo")
    fields = {"language": "de", "zone": "Asia/Tokyo", "from": 1_795_392_000}
    assert json.loads(entry.after or "") == fields
    with pytest.raises(ValueError, match="is not a time zone"):
        await set_preferences(ledger, Preferences(language="fr"), "Mars/Olympus")
    assert (await ledger.settings.preferences("team")).language == "de"
    assert len(await ledger.settings.entries(None, 9)) == 1


async def test_the_same_change_happens_once(ledger: Ledger) -> None:
    how = by()
    for language in ("de", "fr"):
        change = Preferences(language=language)
        await ledger.settings.set_preferences(workspace="team", change=change, zone=None, **how)
    assert (await ledger.settings.preferences("team")).language == "de"


async def test_preferences_come_from_memory(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise AssertionError("the file was read")

    entry = await set_preferences(ledger, ALL)
    monkeypatch.setattr(SqliteStore, "read", refuse)
    assert await ledger.settings.preferences("team") == ALL
    await ledger.settings.undo(entry=entry.id, workspace="team", **by())
    assert await ledger.settings.preferences("team") == Preferences()
    await ledger.settings.set_budget(workspace="team", money_per_month=None, at_end="cheaper", **by())
    assert await ledger.settings.preferences("team") == Preferences(at_end="cheaper")
    monkeypatch.undo()


async def test_a_cancelled_caller_leaves_memory_and_file_equal(ledger: Ledger, tmp_path: Path) -> None:
    for turns in range(4):
        task = asyncio.create_task(set_preferences(ledger, Preferences(language=f"l{turns}")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ledger.kept.put("namespace", "after", "that")  # written behind it
        beside = await Ledger.open(tmp_path, Defaults(), read_only=True)
        assert await ledger.settings.preferences("team") == await beside.settings.preferences("team")
        await beside.close()
    assert (await ledger.settings.preferences("team")).language == "l3"


async def test_of_many_concurrent_changes_the_last_is_in_memory(ledger: Ledger, tmp_path: Path) -> None:
    await asyncio.gather(*(set_preferences(ledger, Preferences(language=f"l{n}")) for n in range(50)))
    beside = await Ledger.open(tmp_path, Defaults(), read_only=True)
    assert await ledger.settings.preferences("team") == await beside.settings.preferences("team")
    await beside.close()


async def test_preferences_survive_a_restart(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path, Defaults())
    await set_preferences(ledger, ALL)
    await ledger.close()
    ledger = await Ledger.open(tmp_path, Defaults())
    assert await ledger.settings.preferences("team") == ALL
    await ledger.close()


async def test_a_dry_run_changes_nothing(ledger: Ledger) -> None:
    await set_preferences(ledger, Preferences(language="de"))
    dry_run = ledger.dry_run()
    change = Preferences(language="fr")
    entry = await dry_run.settings.set_preferences(workspace="team", change=change, zone=None, **by())
    assert json.loads(entry.before or "") == {"language": "de"}
    for one in (ledger, dry_run):
        assert (await one.settings.preferences("team")).language == "de"


async def test_workspaces_are_those_with_jobs_or_settings(ledger: Ledger, clock: Clock) -> None:
    assert await ledger.settings.workspaces() == []
    await draw(ledger, 1, workspace="drawn")
    await set_preferences(ledger, ALL)
    await ledger.settings.set_zone("zoned", "Asia/Tokyo", **by())
    await ledger.settings.pause(workspace="paused", paused=True, **by())
    await ledger.settings.pause(workspace="*", paused=True, **by())
    assert await ledger.settings.workspaces() == ["drawn", "paused", "team", "zoned"]
