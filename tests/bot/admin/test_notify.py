"""The admins' channel: a line for each change, wherever it was made; and a change stands without it."""

import asyncio

import pytest

from bot import wording
from bot.port.cards import Report
from bot.port.requests import Address, Command
from quotas.records import ANY
from tests.bot.admin.admins import (
    ADMINS,
    OP,
    OPERATOR,
    TEAM,
    changes_told,
    log_length,
    number,
    posted,
    quotas,
    report,
    sentence,
    titles,
    with_admins,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import BOSS, RunningBot, at, until


@pytest.fixture
async def shared(running: RunningBot) -> RunningBot:
    return await with_admins(running)


async def told(running: RunningBot, count: int = 1) -> list[tuple[str, str]]:
    """Wait until so many lines are there."""
    await until(lambda: len(posted(running)) >= count)
    return changes_told(running)


async def test_a_change_is_told(shared: RunningBot) -> None:
    await quotas(shared, "set --images-per-day 5 --reason trial")
    assert await told(shared) == [("Changed by Boss", "Everyone: pictures a day not set → 5.")]
    assert report(posted(shared)[0].card).lines[1:] == (
        "Why: trial",
        f"To take it back: /quotas undo {await number(shared)}",
    )
    address = posted(shared)[0].ref.address
    assert (address.platform, address.workspace, address.channel) == ("chat", TEAM, ADMINS)


@pytest.mark.parametrize(
    "text",
    [
        "grant chat:ann --images 5",
        "block chat:ann",
        "unblock chat:ann",
        "pause --confirm",
        "budget --money-per-month 5",
        "settings --default-tier fast",
    ],
)
async def test_every_verb_is_told_with_what_it_changed(shared: RunningBot, text: str) -> None:
    answer = sentence(await quotas(shared, text))
    ((_, change),) = await told(shared)
    assert answer.startswith(change)


async def test_what_is_confirmed_is_told_and_what_is_asked_is_not(shared: RunningBot) -> None:
    question = report(await quotas(shared, "pause"))
    await quotas(shared, "pause --dry-run")
    await quotas(shared, "reset")
    await quotas(shared, "log")
    await shared.press("confirm", question.buttons[0].target, BOSS)
    assert await told(shared) == [("Changed by Boss", "This workspace: drawing → paused.")]


async def test_what_is_said_there_is_not_told_there(shared: RunningBot) -> None:
    there = Address(platform="chat", workspace=TEAM, channel=ADMINS)
    await quotas(shared, "set --images-per-day 5", address=there)
    await quotas(shared, "set --images-per-day 6")
    assert await told(shared) == [("Changed by Boss", "Everyone: pictures a day 5 → 6.")]


async def test_the_same_request_is_told_once(shared: RunningBot) -> None:
    command = Command(id="once", person=BOSS, address=at(), name="quotas", text="set --images-per-day 5")
    for _ in range(3):
        await shared.bot.command(command)
    await quotas(shared, "set --images-per-day 6")
    await told(shared, 2)
    assert [call[1].channel for call in shared.chat.calls if call[0] == "post"].count(ADMINS) == 3


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_change_that_cannot_be_told_is_a_change(shared: RunningBot, retryable: bool) -> None:
    shared.chat.fail("post", retryable=retryable)
    answer = sentence(await quotas(shared, "set --images-per-day 5"))
    assert answer.startswith("Everyone: pictures a day not set → 5.")
    await quotas(shared, "set --images-per-day 6")
    assert await told(shared) == [("Changed by Boss", "Everyone: pictures a day 5 → 6.")]
    assert await log_length(shared) == 3


async def test_a_slow_channel_holds_nobody_up(shared: RunningBot) -> None:
    shared.chat.gated_card = Report
    shared.chat.gate.clear()
    assert "not set → 5" in sentence(await quotas(shared, "set --images-per-day 5"))
    assert posted(shared) == []
    shared.chat.gate.set()
    await told(shared)


async def test_a_stop_waits_for_what_is_being_told(shared: RunningBot) -> None:
    shared.chat.gated_card = Report
    shared.chat.gate.clear()
    await quotas(shared, "set --images-per-day 5")
    asyncio.get_running_loop().call_later(0.05, shared.chat.gate.set)
    await shared.bot.stop(5.0)
    assert len(titles(shared)) == 1


async def test_a_channel_is_greeted_when_it_is_set(running: RunningBot) -> None:
    answer = sentence(
        await quotas(running, "settings --admin-channel chat:admins --alert-channel chat:money")
    )
    assert wording.NOT_GREETED not in answer
    assert titles(running) == [wording.CHANGES_HERE]
    assert titles(running, "chat:money") == [wording.ALERTS_HERE]


async def test_a_channel_that_takes_nothing_is_said_at_once(running: RunningBot) -> None:
    running.chat.fail("post")
    answer = sentence(await quotas(running, "settings --admin-channel chat:closed"))
    assert answer.endswith(wording.NOT_GREETED)
    assert (await running.ledger.settings.preferences(TEAM)).admin_channel == "chat:closed"


async def test_what_holds_for_the_whole_bot_is_told_where_it_was_said(build: Build) -> None:
    running = await with_admins(await build(operators=frozenset({OPERATOR})))
    await quotas(running, "set --whole bot --money-per-day 5", OP)
    assert await told(running) == [("Changed by Op", "The whole bot: money a day not set → $5.00.")]
    assert (await running.ledger.settings.entries(ANY, 1))[0].author == OPERATOR
