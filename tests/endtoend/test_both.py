"""Discord and Slack in one process and one ledger: a person on both, and an outage of one."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot import wording
from tests.fakes.discord import places as discord_places
from tests.fakes.discord.messages import Message as DiscordMessage
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.program import Program, imagine, until
from tests.fakes.slack import places as slack_places
from tests.fakes.slack.messages import Message as SlackMessage
from tests.fakes.slack.world import FakeSlack

PROMPT = "a red fox"
CODE = re.compile(r"/link ([0-9A-Z]{13})")
START = """
import sys
from slack_sdk.web.async_client import AsyncWebClient
from tests.fakes.discord.pointing import point
point(sys.argv.pop(1))
AsyncWebClient.BASE_URL = sys.argv.pop(1)
from bot.cli.main import main
main()
"""


@dataclass
class OnDiscord:
    """Ann on Discord, in a channel."""

    fake: FakeDiscord
    room: discord_places.Channel
    ann: discord_places.Member

    async def ask(self, prompt: str = PROMPT, variants: int = 2) -> None:
        call = await self.fake.slash(self.ann, self.room, "imagine", {"prompt": prompt, "variants": variants})
        assert call.response

    def galleries(self) -> list[DiscordMessage]:
        return [message for message in self.room.messages if message.gallery]

    async def wait_for_galleries(self, number: int) -> None:
        await self.fake.until(lambda: len(self.galleries()) == number, 20)

    async def command(self, name: str, **options: str) -> str:
        """Give a command as Ann, and return the text of the answer, which she alone sees."""
        await self.fake.slash(self.ann, self.room, name, options)
        return self.fake.ephemerals(self.ann)[-1].text

    async def wait_for_private(self, words: str) -> DiscordMessage:
        """Wait for a message to Ann alone that has these words, and return it."""

        def matches() -> list[DiscordMessage]:
            mine = [*self.fake.ephemerals(self.ann), *self.fake.dms(self.ann)]
            return [message for message in mine if words in message.text]

        await self.fake.until(matches)
        return matches()[-1]


@dataclass
class OnSlack:
    """Ann on Slack, in a channel."""

    fake: FakeSlack
    room: slack_places.Channel
    ann: slack_places.User

    async def ask(self, prompt: str = PROMPT, variants: int = 2) -> None:
        assert (await self.fake.slash(self.ann, self.room, "/imagine", f"{prompt} -n {variants}")).acked

    def galleries(self) -> list[SlackMessage]:
        return [message for message in self.room.messages if message.gallery]

    async def wait_for_galleries(self, number: int) -> None:
        await self.fake.until(lambda: len(self.galleries()) == number, 20)

    async def command(self, name: str, text: str = "") -> str:
        """Give a command as Ann, and return the text of the answer, which she alone sees."""
        call = await self.fake.slash(self.ann, self.room, f"/{name}", text)
        await self.fake.until(lambda: call.followups)
        return call.followups[0].words

    async def wait_for_private(self, words: str) -> SlackMessage:
        """Wait for a message to Ann alone that has these words, and return it."""

        def matches() -> list[SlackMessage]:
            mine = [*self.fake.ephemerals(self.ann), *self.fake.dms(self.ann)]
            return [message for message in mine if words in message.words]

        await self.fake.until(matches)
        return matches()[-1]


@pytest.fixture
async def discord() -> AsyncIterator[OnDiscord]:
    async with FakeDiscord(point=False) as fake:
        guild = fake.add_guild("Studio")
        yield OnDiscord(fake, guild.add_channel("general"), guild.add_member("Ann"))
        assert fake.violations == []


@pytest.fixture
async def slack() -> AsyncIterator[OnSlack]:
    async with FakeSlack("socket") as fake:
        yield OnSlack(fake, fake.add_channel("general"), fake.add_user("ann"))
        assert fake.violations == []


def make_program(discord: OnDiscord, slack: OnSlack, folder: Path) -> Program:
    env = {
        "DISCORD_TOKEN": discord.fake.token,
        "SLACK_BOT_TOKEN": slack.fake.team.token,
        "SLACK_APP_TOKEN": slack.fake.tokens.app,
    }
    return Program(folder, env, entry=("-c", START, discord.fake.base, slack.fake.base_url))


async def wait_until_ready(program: Program) -> str:
    """Wait until both platforms are served, and return the address of the health check."""
    await program.ready()
    await until(lambda: "Serving Slack as" in program.output() and "Serving Discord as" in program.output())
    return next(word for word in program.output().split() if word.startswith("http://"))


async def fetch(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text()


async def join(discord: OnDiscord, slack: OnSlack) -> None:
    """Link Ann's identities: she asks on Discord, and agrees on both sides."""
    [code] = CODE.findall(await discord.command("link"))
    assert wording.join_question("Ann on Discord") in await slack.command("link", code)
    question = await slack.wait_for_private(wording.join_question("Ann on Discord"))
    await slack.fake.click(slack.ann, question, wording.JOIN)
    confirmation = await discord.wait_for_private(wording.join_question("ann on Slack"))
    await discord.fake.click(discord.ann, confirmation, wording.JOIN)
    await discord.wait_for_private(wording.linked(["ann on Slack"]))
    await slack.wait_for_private(wording.linked(["Ann on Discord"]))


def read_pictures(quota: str) -> list[int]:
    """Read limit, granted, used, held and left of today's pictures, however a platform lays them out."""
    match = re.search(r"Pictures today(.*?)Money", quota, re.DOTALL)
    assert match, quota
    return [int(number) for number in re.findall(r"\d+", match[1])]


async def test_two_jobs_at_once_arrive_on_the_platforms_that_asked(
    discord: OnDiscord, slack: OnSlack, tmp_path: Path
) -> None:
    async with make_program(discord, slack, tmp_path) as program:
        assert await fetch(await wait_until_ready(program)) == (200, "ok\n")
        await asyncio.gather(discord.ask("a fox on discord"), slack.ask("a fox on slack"))
        await asyncio.gather(discord.wait_for_galleries(1), slack.wait_for_galleries(1))
        assert "a fox on discord" in discord.galleries()[0].text
        assert "a fox on slack" in slack.galleries()[0].words
        assert [len(each.room.messages) for each in (discord, slack)] == [1, 1]
    assert (await imagine(tmp_path, "verify")).code == 0


async def test_joined_identities_have_one_counter_and_the_smaller_allowance(
    discord: OnDiscord, slack: OnSlack, tmp_path: Path
) -> None:
    here = f"slack:{slack.fake.team.id}"
    async with make_program(discord, slack, tmp_path) as program:
        await wait_until_ready(program)
        smaller = ("quota", "set", "--images-per-day", "6", "--workspace", here)
        assert (await imagine(tmp_path, *smaller)).code == 0
        await discord.ask()
        await discord.wait_for_galleries(1)
        await join(discord, slack)
        await slack.ask()
        await slack.wait_for_galleries(1)
        for each in (discord, slack):
            assert read_pictures(await each.command("quota")) == [6, 0, 4, 0, 2]
        await program.kill()
    async with make_program(discord, slack, tmp_path) as program:
        await wait_until_ready(program)
        assert read_pictures(await discord.command("quota")) == [6, 0, 4, 0, 2]
        await discord.ask()
        await discord.wait_for_galleries(2)
        used_up = (
            "The smallest allowance of your joined identities allows 6 pictures per day; 0 pictures left"
        )
        for each in (discord, slack):
            await each.ask()
            await each.wait_for_private(used_up)
        assert [len(each.galleries()) for each in (discord, slack)] == [2, 1]
        assert (await imagine(tmp_path, "verify")).code == 0
    assert (await imagine(tmp_path, "verify")).code == 0


async def test_an_outage_of_slack_does_not_disturb_discord(
    discord: OnDiscord, slack: OnSlack, tmp_path: Path
) -> None:
    async with make_program(discord, slack, tmp_path) as program:
        health = await wait_until_ready(program)
        closed = slack.fake.hold("apps.connections.open")
        slack.fake.drop_socket()

        async def answers(status: int, text: str) -> bool:
            return await fetch(health) == (status, text)

        await until(lambda: answers(503, "waiting for slack\n"))
        await discord.ask()
        await discord.wait_for_galleries(1)
        closed.open()
        slack.fake.heal()
        await until(lambda: answers(200, "ok\n"))
        await slack.ask()
        await slack.wait_for_galleries(1)
