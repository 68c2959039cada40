"""A small server with the small bot, for the tests of this Discord; and requests without a library."""

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
from tests.fakes.discord.small_bot import SmallBot, run_small_bot
from tests.fakes.discord.world import FakeDiscord


class Scene:
    """A server with a channel, an admin and a member, and the bot in it."""

    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake
        self.guild = fake.add_guild("Studio")
        self.room: Channel = self.guild.add_channel("general")
        self.ann: Member = self.guild.add_member("Ann", permissions=["manage_guild"])
        self.bob: Member = self.guild.add_member("Bob")
        self.bot: SmallBot

    async def draw(self, **options: object) -> Message:
        """Let Ann use `/imagine`; return the message with the gallery."""
        interaction = await self.fake.slash(self.ann, self.room, "imagine", {"prompt": "a fox", **options})
        return await self.wait_until_filled(interaction)

    async def wait_until_filled(self, interaction: Interaction) -> Message:
        message = interaction.posted
        await self.fake.until(lambda: not message.loading)
        return message

    def channel(self) -> discord.PartialMessageable:
        return self.bot.get_partial_messageable(self.room.id)

    async def request(
        self, method: str, path: str, body: Any = None, files: Sequence[tuple[str, bytes]] = ()
    ) -> tuple[int, Any]:
        """Make a request as the bot; return the status and the JSON of the answer."""
        options: Any = {} if body is None else {"json": body}
        if files:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body))
            for index, (name, data) in enumerate(files):
                form.add_field(f"files[{index}]", io.BytesIO(data), filename=name)
            options = {"data": form}
        headers = {"Authorization": f"Bot {self.fake.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.fake.base + path, **options) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text else None


@pytest.fixture
async def scene(fake_discord: FakeDiscord) -> AsyncIterator[Scene]:
    scene = Scene(fake_discord)
    async with run_small_bot(fake_discord.token) as scene.bot:
        await fake_discord.connected()
        yield scene


@pytest.fixture
async def empty_scene(fake_discord: FakeDiscord) -> Scene:
    """Make the same server; no bot is connected."""
    return Scene(fake_discord)
