"""What is set in a workspace, as the admins' page lists it: in words, and as it would be typed again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.port.cards import Notice, Refused, Report
from bot.port.protocols import OPERATOR
from bot.port.requests import Command, OptionValue
from tests.bot.running_bot import RunningBot, at, request_id

TEAM = "chat:team"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningBot]:
    running = await RunningBot(tmp_path, operators=frozenset((OPERATOR.id,))).open()
    yield running
    await running.stop()


async def asked(running: RunningBot, verb: str, **options: OptionValue) -> Report | Notice | Refused:
    """As the page asks: every option in a field of its own."""
    page = replace(at(), channel="")
    return await running.bot.command(
        Command(id=request_id(), person=OPERATOR, address=page, name="quotas", text=verb, options=options)
    )


async def test_what_is_set_is_named_and_typed_so_that_typing_it_again_changes_nothing(
    running: RunningBot,
) -> None:
    for text in (
        "set --images-per-day 5",
        "set chat:ann --money-per-day 1234.5 --tiers fast,standard --until 2026-12-31",
        "set --role chat:crew --images-per-day unlimited",
        "set --channel chat:art --money-per-month 2.000001",
        "set --whole workspace --money-per-month 40",
    ):
        assert isinstance(await running.command("quotas", text, OPERATOR), Notice), text
    before = await running.bot.settings(TEAM)
    assert [(each.whom, each.figures) for each in before] == [
        ({"channel": "chat:art"}, {"money_per_month": "2.000001"}),
        ({}, {"images_per_day": "5"}),
        ({"role": "chat:crew"}, {"images_per_day": "unlimited"}),
        ({"whole": "workspace"}, {"money_per_month": "40.00"}),
        (
            {"person": "chat:ann"},
            {"money_per_day": "1234.50", "tiers": "fast,standard", "until": "2026-12-31"},
        ),
    ]
    assert {each.taken_back_by for each in before} == {"reset"}
    for each in before:
        again = await asked(running, "set", **each.whom, **each.figures)
        assert isinstance(again, Notice), again
    assert await running.bot.settings(TEAM) == before
    for each in before:
        taken = await asked(running, each.taken_back_by, **each.whom, confirm=True)
        assert isinstance(taken, Notice), taken
    assert await running.bot.settings(TEAM) == ()


@pytest.mark.parametrize("typed", ["here", "#here", "#"])
async def test_a_page_is_in_no_channel(running: RunningBot, typed: str) -> None:
    assert isinstance(await asked(running, "set", channel=typed, images_per_day="5"), Refused)
    assert isinstance(await asked(running, "settings", alert_channel=typed), Refused)
    assert await running.bot.settings(TEAM) == ()


async def test_a_block_and_a_pause_stand_apart_with_what_lifts_them(running: RunningBot) -> None:
    for text in ("set chat:ann --images-per-day 5", "block chat:ann --until 2026-11-30", "pause --confirm"):
        assert isinstance(await running.command("quotas", text, OPERATOR), Notice), text
    found = await running.bot.settings(TEAM)
    assert [each.taken_back_by for each in found] == ["resume", "reset", "unblock"]
    assert [bool(each.until) for each in found] == [False, False, True]
    for each in (found[0], found[2]):
        taken = await asked(running, each.taken_back_by, **each.whom)
        assert isinstance(taken, Notice), taken
    assert [each.taken_back_by for each in await running.bot.settings(TEAM)] == ["reset"]


async def test_the_whole_bot_has_its_own_and_workspaces_are_those_with_something_in_them(
    running: RunningBot,
) -> None:
    assert await running.bot.workspaces() == []
    everywhere = at("*")
    for text in ("set --whole bot --money-per-month 500", "set --images-per-day 3", "pause --confirm"):
        assert isinstance(await running.command("quotas", text, OPERATOR, address=everywhere), Notice), text
    found = await running.bot.settings("*")
    assert sorted((each.taken_back_by, *each.whom.values()) for each in found) == [
        ("reset",),
        ("reset", "bot"),
        ("resume", "bot"),
    ]
    assert await running.bot.settings(TEAM) == ()
    await running.command("quotas", "set --images-per-day 5", OPERATOR)
    assert TEAM in await running.bot.workspaces()
