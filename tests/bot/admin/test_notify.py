"""The admins' channel gets a line for each change; a change stands even if the post fails."""

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
    log_length,
    messages_in,
    newest_number,
    posted_changes,
    quotas,
    report,
    sentence,
    set_admin_channel,
    titles,
)
from tests.bot.conftest import Build
from tests.bot.running_bot import BOSS, RunningBot, at, until


@pytest.fixture
async def with_channel(running: RunningBot) -> RunningBot:
    return await set_admin_channel(running)


async def wait_for_changes(running: RunningBot, count: int = 1) -> list[tuple[str, str]]:
    """Wait until at least `count` changes are posted, and return them."""
    await until(lambda: len(messages_in(running)) >= count)
    return posted_changes(running)


async def test_a_change_is_posted(with_channel: RunningBot) -> None:
    await quotas(with_channel, "set --images-per-day 5 --reason trial")
    assert await wait_for_changes(with_channel) == [
        ("Changed by Boss", "Everyone: pictures a day not set → 5.")
    ]
    assert report(messages_in(with_channel)[0].card).lines[1:] == (
        "Why: trial",
        f"To take it back: /quotas undo {await newest_number(with_channel)}",
    )
    address = messages_in(with_channel)[0].ref.address
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
async def test_the_post_says_what_the_verb_changed(with_channel: RunningBot, text: str) -> None:
    answer = sentence(await quotas(with_channel, text))
    ((_, change),) = await wait_for_changes(with_channel)
    assert answer.startswith(change)


async def test_only_confirmed_changes_are_posted(with_channel: RunningBot) -> None:
    question = report(await quotas(with_channel, "pause"))
    await quotas(with_channel, "pause --dry-run")
    await quotas(with_channel, "reset")
    await quotas(with_channel, "log")
    await with_channel.press("confirm", question.buttons[0].target, BOSS)
    assert await wait_for_changes(with_channel) == [("Changed by Boss", "This workspace: drawing → paused.")]


async def test_a_change_made_in_the_admins_channel_is_not_posted_there(with_channel: RunningBot) -> None:
    there = Address(platform="chat", workspace=TEAM, channel=ADMINS)
    await quotas(with_channel, "set --images-per-day 5", address=there)
    await quotas(with_channel, "set --images-per-day 6")
    assert await wait_for_changes(with_channel) == [("Changed by Boss", "Everyone: pictures a day 5 → 6.")]


async def test_a_repeated_request_is_posted_once(with_channel: RunningBot) -> None:
    command = Command(id="once", person=BOSS, address=at(), name="quotas", text="set --images-per-day 5")
    for _ in range(3):
        await with_channel.bot.command(command)
    await quotas(with_channel, "set --images-per-day 6")
    await wait_for_changes(with_channel, 2)
    assert [call[1].channel for call in with_channel.chat.calls if call[0] == "post"].count(ADMINS) == 3


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_change_stands_if_the_post_fails(with_channel: RunningBot, retryable: bool) -> None:
    with_channel.chat.fail("post", retryable=retryable)
    answer = sentence(await quotas(with_channel, "set --images-per-day 5"))
    assert answer.startswith("Everyone: pictures a day not set → 5.")
    await quotas(with_channel, "set --images-per-day 6")
    assert await wait_for_changes(with_channel) == [("Changed by Boss", "Everyone: pictures a day 5 → 6.")]
    assert await log_length(with_channel) == 3


async def test_a_slow_channel_does_not_delay_the_answer(with_channel: RunningBot) -> None:
    with_channel.chat.gated_card = Report
    with_channel.chat.gate.clear()
    assert "not set → 5" in sentence(await quotas(with_channel, "set --images-per-day 5"))
    assert messages_in(with_channel) == []
    with_channel.chat.gate.set()
    await wait_for_changes(with_channel)


async def test_a_stop_waits_for_posts_under_way(with_channel: RunningBot) -> None:
    with_channel.chat.gated_card = Report
    with_channel.chat.gate.clear()
    await quotas(with_channel, "set --images-per-day 5")
    asyncio.get_running_loop().call_later(0.05, with_channel.chat.gate.set)
    await with_channel.bot.stop(5.0)
    assert len(titles(with_channel)) == 1


async def test_a_channel_is_greeted_when_it_is_set(running: RunningBot) -> None:
    answer = sentence(
        await quotas(running, "settings --admin-channel chat:admins --alert-channel chat:money")
    )
    assert wording.NOT_GREETED not in answer
    assert titles(running) == [wording.CHANGES_HERE]
    assert titles(running, "chat:money") == [wording.ALERTS_HERE]


async def test_setting_a_channel_that_refuses_posts_says_so(running: RunningBot) -> None:
    running.chat.fail("post")
    answer = sentence(await quotas(running, "settings --admin-channel chat:closed"))
    assert answer.endswith(wording.NOT_GREETED)
    assert (await running.ledger.settings.preferences(TEAM)).admin_channel == "chat:closed"


async def test_a_change_of_the_whole_bot_is_posted_in_the_workspace_it_came_from(build: Build) -> None:
    running = await set_admin_channel(await build(operators=frozenset({OPERATOR})))
    await quotas(running, "set --whole bot --money-per-day 5", OP)
    assert await wait_for_changes(running) == [
        ("Changed by Op", "The whole bot: money a day not set → $5.00.")
    ]
    assert (await running.ledger.settings.entries(ANY, 1))[0].author == OPERATOR


async def test_a_channel_of_another_workspace_is_refused(running: RunningBot) -> None:
    running.chat.channels = {"chat:theirs": "chat:other", "chat:ours": TEAM}
    for text in (
        "settings --admin-channel chat:theirs",
        "settings --alert-channel chat:theirs",
        "set --channel chat:theirs --images-per-day 0",
    ):
        assert sentence(await quotas(running, text)) == wording.NOT_OUR_CHANNEL
    assert await log_length(running) == 0
    await quotas(running, "settings --admin-channel chat:ours --alert-channel chat:unknown")
    assert titles(running, "chat:ours") == [wording.CHANGES_HERE]
    assert messages_in(running, "chat:theirs") == []
