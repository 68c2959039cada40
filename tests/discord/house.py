"""The whole program on the loopback Discord: the real adapter over sockets, a real core on a real ledger.

async with housed(tmp_path) as house:
    await house.fake.slash(house.ann, house.room, "imagine", {"prompt": "a red fox"})
    await house.home.done()
    (gallery,) = house.room.messages
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.discord.adapter import DiscordAdapter
from bot.commands.registry import registry
from tests.discord.between import Between
from tests.discord.home import Home
from tests.fakes.discord.places import Channel, Guild, Member
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue


@dataclass
class House:
    """A server with a channel; Ann and Bob are in it, and Boss, who manages it.

    `between`: stands between the adapter and the core.
    """

    home: Home
    fake: FakeDiscord
    guild: Guild
    room: Channel
    ann: Member
    bob: Member
    boss: Member
    store: MemoryKeyValue = field(default_factory=MemoryKeyValue)
    adapter: DiscordAdapter = field(init=False)
    between: Between = field(init=False)
    _run: asyncio.Task[None] = field(init=False)

    async def open(self, *, spoiler: bool = False) -> None:
        """Start as a process does, on the data in the folder; wait until the bot is connected."""
        commands, clock = registry(self.home.catalog), self.home.clock
        self.adapter = DiscordAdapter(
            self.fake.token, self.store, commands=commands, spoiler=spoiler, clock=clock
        )
        await self.home.open(self.adapter)
        self.between = Between(self.home.bot)
        self._run = asyncio.create_task(self.adapter.run(self.between))
        connected = asyncio.create_task(self.fake.connected())
        await asyncio.wait({self._run, connected}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        connected.cancel()
        assert self.fake.gateway.connected, self._run

    async def close(self) -> None:
        """Stop as a process does; check that balances add up."""
        await self.home.close()
        self._run.cancel()
        await asyncio.gather(self._run, return_exceptions=True)

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def imagine(self, prompt: str = "a red fox", by: Member | None = None, **options: Any) -> Any:
        """Use `/imagine`; return the interaction, which has its answer."""
        return await self.fake.slash(by or self.ann, self.room, "imagine", {"prompt": prompt, **options})

    async def draw(self, prompt: str = "a red fox", by: Member | None = None, **options: Any) -> Any:
        """Use `/imagine` and wait until the job is delivered; return the message with the gallery."""
        interaction = await self.imagine(prompt, by, **options)
        await self.fake.until(lambda: interaction.original and not interaction.original.loading)
        await self.home.done()
        return interaction.original


@asynccontextmanager
async def housed(folder: Path, *, spoiler: bool = False, **options: Any) -> AsyncIterator[House]:
    """Run the whole program. `options`: passed on to Home.

    At the end, check that nothing that was sent violates Discord's own API document.
    """
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        house = House(
            home=Home(folder, **options),
            fake=fake,
            guild=guild,
            room=guild.add_channel("general"),
            ann=guild.add_member("Ann"),
            bob=guild.add_member("Bob"),
            boss=guild.add_member("Boss", permissions=["manage_guild"]),
        )
        await house.open(spoiler=spoiler)
        try:
            yield house
        finally:
            await house.close()
        assert fake.violations == []
