"""The whole program on the loopback Discord: the real adapter over sockets, a real core on a real ledger.

async with running_app(tmp_path) as app:
    await app.fake.slash(app.ann, app.room, "imagine", {"prompt": "a red fox"})
    await app.backend.done()
    (gallery,) = app.room.messages
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.discord.adapter import DiscordAdapter
from bot.commands.registry import Helps, registry
from tests.discord.backend import Backend
from tests.discord.core_proxy import CoreProxy
from tests.fakes.discord.places import Channel, Guild, Member
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue


@dataclass
class App:
    """A server with a channel; Ann and Bob are in it, and Boss, who manages it.

    `core_proxy`: stands between the adapter and the core.
    """

    backend: Backend
    fake: FakeDiscord
    guild: Guild
    room: Channel
    ann: Member
    bob: Member
    boss: Member
    store: MemoryKeyValue = field(default_factory=MemoryKeyValue)
    adapter: DiscordAdapter = field(init=False)
    core_proxy: CoreProxy = field(init=False)
    _run: asyncio.Task[None] = field(init=False)

    async def open(self, *, spoiler: bool = False) -> None:
        """Start as a process does, on the data in the folder; wait until the bot is connected."""
        helped, clock = self.backend.writer is not None, self.backend.clock
        commands = registry(self.backend.catalog, helps=Helps(improves=helped, describes=helped))
        self.adapter = DiscordAdapter(
            self.fake.token,
            self.store,
            commands=commands,
            spoiler=spoiler,
            clock=clock,
            file_origins={self.fake.origin},
        )
        await self.backend.open(self.adapter)
        self.core_proxy = CoreProxy(self.backend.bot)
        self._run = asyncio.create_task(self.adapter.run(self.core_proxy))
        connected = asyncio.create_task(self.fake.connected())
        await asyncio.wait({self._run, connected}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        connected.cancel()
        assert self.fake.gateway.connected, self._run

    async def close(self) -> None:
        """Stop as a process does; check that balances add up."""
        await self.backend.close()
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
        await self.backend.done()
        return interaction.original


@asynccontextmanager
async def running_app(folder: Path, *, spoiler: bool = False, **options: Any) -> AsyncIterator[App]:
    """Run the whole program. `options`: passed on to Backend.

    At the end, check that nothing that was sent violates Discord's own API document.
    """
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        app = App(
            backend=Backend(folder, **options),
            fake=fake,
            guild=guild,
            room=guild.add_channel("general"),
            ann=guild.add_member("Ann"),
            bob=guild.add_member("Bob"),
            boss=guild.add_member("Boss", permissions=["manage_guild"]),
        )
        await app.open(spoiler=spoiler)
        try:
            yield app
        finally:
            await app.close()
        assert fake.violations == []
