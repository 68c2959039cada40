"""Limits that are set in a workspace, as the admins' page lists them: in words and as options."""

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


async def ask(running: RunningBot, verb: str, **options: OptionValue) -> Report | Notice | Refused:
    """Send a verb of `/quotas` as the admins' page does, with each option in a field of its own."""
    page = replace(at(), channel="")
    return await running.bot.command(
        Command(id=request_id(), person=OPERATOR, address=page, name="quotas", text=verb, options=options)
    )


async def test_setting_what_is_listed_again_changes_nothing(
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
        answer = await ask(running, "set", **each.whom, **each.figures)
        assert isinstance(answer, Notice), answer
    assert await running.bot.settings(TEAM) == before
    for each in before:
        answer = await ask(running, each.taken_back_by, **each.whom, confirm=True)
        assert isinstance(answer, Notice), answer
    assert await running.bot.settings(TEAM) == ()


@pytest.mark.parametrize("text", ["here", "#here", "#"])
async def test_here_is_no_channel_on_the_page(running: RunningBot, text: str) -> None:
    assert isinstance(await ask(running, "set", channel=text, images_per_day="5"), Refused)
    assert isinstance(await ask(running, "settings", alert_channel=text), Refused)
    assert await running.bot.settings(TEAM) == ()


async def test_a_block_and_a_pause_are_listed_with_the_verb_that_lifts_them(running: RunningBot) -> None:
    for text in ("set chat:ann --images-per-day 5", "block chat:ann --until 2026-11-30", "pause --confirm"):
        assert isinstance(await running.command("quotas", text, OPERATOR), Notice), text
    settings = await running.bot.settings(TEAM)
    assert [each.taken_back_by for each in settings] == ["resume", "reset", "unblock"]
    assert [bool(each.until) for each in settings] == [False, False, True]
    for each in (settings[0], settings[2]):
        answer = await ask(running, each.taken_back_by, **each.whom)
        assert isinstance(answer, Notice), answer
    assert [each.taken_back_by for each in await running.bot.settings(TEAM)] == ["reset"]


async def test_the_whole_bot_has_settings_of_its_own_and_workspaces_with_settings_are_listed(
    running: RunningBot,
) -> None:
    assert await running.bot.workspaces() == []
    everywhere = at("*")
    for text in ("set --whole bot --money-per-month 500", "set --images-per-day 3", "pause --confirm"):
        assert isinstance(await running.command("quotas", text, OPERATOR, address=everywhere), Notice), text
    settings = await running.bot.settings("*")
    assert sorted((each.taken_back_by, *each.whom.values()) for each in settings) == [
        ("reset",),
        ("reset", "bot"),
        ("resume", "bot"),
    ]
    assert await running.bot.settings(TEAM) == ()
    await running.command("quotas", "set --images-per-day 5", OPERATOR)
    assert TEAM in await running.bot.workspaces()
