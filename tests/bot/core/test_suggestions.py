"""Suggestions complete an option while it is typed."""

import pytest

from bot.port.protocols import SUGGESTIONS
from bot.port.requests import Command, Person
from quotas.ids import id_text
from quotas.records import Limits
from tests.bot.running_bot import ANN, BOSS, RunningBot, at


async def suggest(running: RunningBot, option: str, text: str = "", person: Person = BOSS) -> list[str]:
    command = Command(id="1", person=person, address=at(), name="quotas set", options={option: text})
    return [choice.value for choice in await running.bot.suggest(command, option)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", ["fast", "standard", "ultra", "gpt"]),
        ("u", ["ultra"]),
        ("fast, ", ["fast,standard", "fast,ultra", "fast,gpt"]),
        ("fast,g", ["fast,gpt"]),
        ("best", []),
    ],
)
async def test_a_list_of_tiers_is_completed_after_each_comma(
    running: RunningBot, text: str, values: list[str]
) -> None:
    assert await suggest(running, "tiers", text) == values


async def test_a_zone_is_found_by_its_city(running: RunningBot) -> None:
    assert (await suggest(running, "time_zone", "new york"))[0] == "America/New_York"
    assert (await suggest(running, "time_zone", "berlin")) == ["Europe/Berlin"]
    assert len(await suggest(running, "time_zone")) == SUGGESTIONS


async def test_days_that_people_name_come_first(running: RunningBot) -> None:
    """Today is Sunday 22 November 2026."""
    assert (await suggest(running, "until"))[:4] == ["2026-11-22", "2026-11-23", "2026-11-27", "2026-11-30"]
    assert (await suggest(running, "until", "friday"))[0] == "2026-11-27"
    assert await suggest(running, "until", "2026-12-0") == [f"2026-12-0{day}" for day in range(1, 10)]


async def test_past_months_are_periods(running: RunningBot) -> None:
    values = await suggest(running, "period")
    assert values[:4] == ["today", "week", "month", "2026-10-01..2026-10-31"]
    assert await suggest(running, "period", "february") == ["2026-02-01..2026-02-28"]


async def test_entries_are_for_admins_and_from_their_own_workspace(running: RunningBot) -> None:
    entries = []
    for number, workspace in enumerate(("chat:team", "chat:other", "chat:team")):
        entry = await running.ledger.settings.set_limits(
            workspace=workspace,
            kind="person",
            ref=ANN.id,
            change=Limits(images_per_day=number),
            author=BOSS.id,
            reason=f"trial {number}",
            request_id=f"set:{number}",
        )
        entries.append(id_text(entry.id))
    assert await suggest(running, "entry") == [entries[2], entries[0]]
    assert await suggest(running, "entry", "trial 0") == [entries[0]]
    assert await suggest(running, "entry", person=ANN) == []


async def test_ones_own_collections_are_suggested(running: RunningBot) -> None:
    for person, name in ((ANN, "Logos"), (ANN, "foxes"), (BOSS, "other logos")):
        job = await running.draw("a fox -n 1", person)
        await running.press("collect", id_text(job.id), person, collection=name)
    assert await suggest(running, "name", person=ANN) == ["Logos", "foxes"]
    assert await suggest(running, "name", "log", person=ANN) == ["Logos"]


async def test_an_option_with_free_text_gets_no_suggestions(running: RunningBot) -> None:
    assert await suggest(running, "reason", "because") == []
