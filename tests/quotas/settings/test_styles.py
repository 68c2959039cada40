"""Styles: each change is an entry that can be undone, and what is set is what the log says."""

import asyncio

import pytest

from quotas.ledger import Ledger
from quotas.records import Entry
from quotas.records_workspace import CannotUndo, StyleRefused
from quotas.settings.styles import MOST_STYLES
from tests.quotas.helpers import by


async def set_style(
    ledger: Ledger, name: str, words: str | None, workspace: str = "team"
) -> Entry | StyleRefused:
    return await ledger.settings.set_style(workspace=workspace, name=name, words=words, **by())


async def change(ledger: Ledger, name: str, words: str | None) -> Entry:
    entry = await set_style(ledger, name, words)
    assert isinstance(entry, Entry), entry
    return entry


async def undo(ledger: Ledger, entry: Entry) -> Entry | CannotUndo:
    return await ledger.settings.undo(entry=entry.id, workspace="team", **by())


async def test_a_style_is_set_changed_and_removed_and_each_change_is_an_entry(ledger: Ledger) -> None:
    entries = [
        await change(ledger, "noir", "black and white"),
        await change(ledger, "noir", "high contrast"),
        await change(ledger, "noir", None),
    ]
    assert [(each.verb, each.kind, each.ref, each.before, each.after) for each in entries] == [
        ("style", "style", "noir", None, '{"words": "black and white"}'),
        ("style", "style", "noir", '{"words": "black and white"}', '{"words": "high contrast"}'),
        ("unstyle", "style", "noir", '{"words": "high contrast"}', None),
    ]
    assert await ledger.settings.styles("team") == {}
    assert await ledger.verify() == []


async def test_styles_are_in_order_and_of_one_workspace(ledger: Ledger) -> None:
    await change(ledger, "warm", "soft light")
    await change(ledger, "line-art", "thin lines")
    await set_style(ledger, "noir", "black", workspace="other")
    assert await ledger.settings.styles("team") == {"line-art": "thin lines", "warm": "soft light"}
    assert await ledger.settings.workspaces() == ["other", "team"]


async def test_a_change_of_nothing_is_none(ledger: Ledger) -> None:
    await change(ledger, "noir", "black")
    assert await set_style(ledger, "noir", "black") == StyleRefused("same", ("noir",))
    assert await set_style(ledger, "warm", None) == StyleRefused("unknown", ("noir",))
    assert len(await ledger.settings.entries("team", 10)) == 1


async def test_a_repeated_request_is_one_change(ledger: Ledger) -> None:
    same = {**by(), "workspace": "team", "name": "noir", "words": "black"}
    first = await ledger.settings.set_style(**same)  # type: ignore[arg-type]
    await change(ledger, "noir", "grey")
    assert await ledger.settings.set_style(**same) == first  # type: ignore[arg-type]
    assert await ledger.settings.styles("team") == {"noir": "grey"}


async def test_each_change_can_be_undone_and_that_undone_again(ledger: Ledger) -> None:
    made = await change(ledger, "noir", "black")
    undone = await undo(ledger, made)
    assert isinstance(undone, Entry)
    assert await ledger.settings.styles("team") == {}
    assert await ledger.verify() == []
    assert isinstance(await undo(ledger, undone), Entry)
    assert await ledger.settings.styles("team") == {"noir": "black"}
    removed = await change(ledger, "noir", None)
    assert isinstance(await undo(ledger, removed), Entry)
    assert await ledger.settings.styles("team") == {"noir": "black"}
    assert await ledger.verify() == []


async def test_a_later_change_is_not_overwritten_by_an_undoing(ledger: Ledger) -> None:
    made = await change(ledger, "noir", "black")
    later = await change(ledger, "noir", "grey")
    await change(ledger, "warm", "soft light")
    assert await undo(ledger, made) == CannotUndo("changed", later)
    assert await ledger.settings.styles("team") == {"noir": "grey", "warm": "soft light"}


async def test_a_workspace_has_as_many_styles_as_a_menu_shows(ledger: Ledger) -> None:
    """Two admins at once, each with more than fit; then an undoing that would make one too many."""
    names = [f"style-{number}" for number in range(MOST_STYLES + 3)]
    answers = await asyncio.gather(*(set_style(ledger, name, "words") for name in names))
    refused = [each for each in answers if isinstance(each, StyleRefused)]
    assert [each.why for each in refused] == ["full"] * 3
    there = await ledger.settings.styles("team")
    assert len(there) == MOST_STYLES
    first = next(iter(there))
    assert isinstance(await set_style(ledger, first, "other words"), Entry), "there already"
    removed = await change(ledger, first, None)
    await change(ledger, "another", "words")
    assert await undo(ledger, removed) == CannotUndo("full")
    assert len(await ledger.settings.styles("team")) == MOST_STYLES
    assert await ledger.verify() == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE styles SET words = 'pink'",
        "DELETE FROM styles",
        "INSERT INTO styles (workspace, name, words) VALUES ('team', 'warm', 'soft light')",
    ],
)
async def test_a_style_that_the_log_does_not_know_is_found(ledger: Ledger, damage: str) -> None:
    await change(ledger, "noir", "black")
    await ledger._store.write(lambda tx: tx.execute(damage).rowcount)
    (difference,) = await ledger.verify()
    assert "style" in difference.where
    await ledger._store.write(lambda tx: tx.execute("DELETE FROM styles").rowcount)
    await ledger._store.write(
        lambda tx: tx.execute("INSERT INTO styles VALUES ('team', 'noir', 'black')").rowcount
    )


async def test_a_dry_run_of_a_style_changes_nothing(ledger: Ledger) -> None:
    assert isinstance(await set_style(ledger.dry_run(), "noir", "black"), Entry)
    assert await ledger.settings.styles("team") == {}
    assert await ledger.settings.entries("team", 10) == []
