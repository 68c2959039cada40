"""The small bot in a small server, for the tests of this Discord, and requests that no library softens."""

import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import discord
import pytest

from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.messages import Message
from tests.fakes.discord.places import Channel, Member
from tests.fakes.discord.small_bot import SmallBot, running
from tests.fakes.discord.world import FakeDiscord


class Town:
    """A server with a channel, an admin and a member, and the bot in it."""

    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake
        self.guild = fake.add_guild("Studio")
        self.room: Channel = self.guild.add_channel("general")
        self.ann: Member = self.guild.add_member("Ann", permissions=["manage_guild"])
        self.bob: Member = self.guild.add_member("Bob")
        self.bot: SmallBot

    async def drawn(self, **options: object) -> Message:
        """A delivered gallery."""
        asked = await self.fake.slash(self.ann, self.room, "imagine", {"prompt": "a fox", **options})
        return await self.filled(asked)

    async def filled(self, asked: Interaction) -> Message:
        message = asked.posted
        await self.fake.until(lambda: not message.loading)
        return message

    def channel(self) -> discord.PartialMessageable:
        return self.bot.get_partial_messageable(self.room.id)

    async def rest(
        self, method: str, path: str, body: Any = None, files: Sequence[tuple[str, bytes]] = ()
    ) -> tuple[int, Any]:
        """Ask as the bot: status, and the JSON of the answer."""
        how: Any = {} if body is None else {"json": body}
        if files:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body))
            for index, (name, data) in enumerate(files):
                form.add_field(f"files[{index}]", io.BytesIO(data), filename=name)
            how = {"data": form}
        headers = {"Authorization": f"Bot {self.fake.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.fake.base + path, **how) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text else None


@pytest.fixture
async def town(fake_discord: FakeDiscord) -> AsyncIterator[Town]:
    town = Town(fake_discord)
    async with running(fake_discord.token) as town.bot:
        await fake_discord.connected()
        yield town


@pytest.fixture
async def quiet(fake_discord: FakeDiscord) -> Town:
    """The same server, where no bot has come."""
    return Town(fake_discord)
