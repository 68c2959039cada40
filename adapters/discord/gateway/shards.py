"""The shards of this process: how many there are, which of them posts, and whether all are there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from adapters.discord import messages
from adapters.discord.errors import TooFewShards
from adapters.discord.gateway.client import Client
from adapters.discord.gateway.identify_limit import IdentifyLimit
from adapters.discord.gateway.shard import Shard
from adapters.discord.ids import PLATFORM, named
from adapters.discord.outbound.posting import Posting
from adapters.discord.outbound.state import Memory
from bot.commands.registry import Command
from bot.port.protocols import CannotRun, ChatCore

log = structlog.get_logger()

Wanted = tuple[int, int, int]  # the first and the last of this process, and how many there are everywhere
SHARD_BITS = 22  # of a server's number that say nothing of its shard (topics/gateway, "Sharding")


class Shards:
    """All connections of one process. `wanted`: which; None for as many as Discord recommends.

    `greet` is called with whoever of the first shard has logged in. `logged_in` is set while one has.

    `ready` is set while every shard has a session and one is connected. A shard that resumes is told what it
    missed, so that it is no reason to turn away all else that this process serves; one that lost its session
    is, until it has another.
    """

    def __init__(
        self,
        token: str,
        commands: Mapping[str, Command],
        *,
        wanted: Wanted | None,
        greet: Callable[[Client], Awaitable[None]],
        spoiler: bool,
        clock: Callable[[], float],
    ) -> None:
        self.token = token
        self.commands = commands
        self.clock = clock
        self.starts = IdentifyLimit()
        self.ready = asyncio.Event()
        self.logged_in = asyncio.Event()
        self.core: ChatCore  # there while it runs
        self._wanted = wanted
        self._first = wanted[0] if wanted else 0
        self._greet = greet
        self._spoiler = spoiler
        self._memory = Memory()
        self._shards: dict[int, Shard] = {}
        self._count = 0  # of all, everywhere; 0 until Discord was asked
        self._refused = 0  # so many Discord found too few
        self._group: asyncio.TaskGroup

    async def run(self, core: ChatCore) -> None:
        """Serve until cancelled. Raises CannotRun where only the operator can help."""
        self.core = core
        while True:
            try:
                await self._serve()
            except TooFewShards:
                if self._wanted:
                    raise
                log.warning("discord.more_shards_needed", had=self._count)
                self._refused = self._count

    def nearest(self, workspace: str) -> Posting:
        """Of a server's own shard, which knows how large its files may be; others can post there, too."""
        there = {shard.number: shard.posting for shard in self._shards.values() if shard.posting}
        platform, _, number = workspace.partition(":")
        own = (int(number) >> SHARD_BITS) % (self._count or 1) if platform == PLATFORM else 0
        return there.get(own) or next(iter(there.values()))

    def posting(self, client: Client) -> Posting:
        return Posting(
            client,
            pictures=self.core.picture,
            spoiler=self._spoiler,
            clock=self.clock,
            memory=self._memory,
        )

    async def entered(self, number: int, client: Client) -> int:
        """The first to log in asks how many there are to be, and the others begin."""
        self.changed()
        if number == self._first:
            await self._greet(client)
        if not self._count:
            await self._plan(client)
        return self._count

    def changed(self) -> None:
        shards = self._shards.values()
        _set(self.logged_in, any(shard.posting for shard in shards))
        _set(self.ready, any(shard.up for shard in shards) and all(shard.begun for shard in shards))

    async def told(self) -> None:
        """Which servers are gone can be told only where all are heard of, those out of order among them."""
        clients = [shard.client for shard in self._shards.values()]
        here = [client.guilds for client in clients if client is not None and client.is_ready()]
        if len(here) == self._count:
            await self.core.serving(PLATFORM, [named(guild.id) for guilds in here for guild in guilds])

    async def _serve(self) -> None:
        """Until one of them cannot go on."""
        self._shards, self._count = {}, 0
        try:
            async with asyncio.TaskGroup() as self._group:
                self._begin(self._first)
        except ExceptionGroup as failed:
            error = failed.exceptions[0]
            raise error from error.__cause__

    async def _plan(self, client: Client) -> None:
        """Ask Discord, and let the other shards begin."""
        recommended = await self.starts.grant(client, self._needed)
        if recommended <= self._refused:
            raise CannotRun(messages.TOO_FEW_SHARDS)
        first, last, self._count = self._wanted or (0, recommended - 1, recommended)
        if self._count > 1:
            log.info("discord.shards", first=first, last=last, count=self._count, recommended=recommended)
        for number in range(first + 1, last + 1):
            self._begin(number)

    def _needed(self, recommended: int) -> int:
        """How many are to identify here."""
        first, last, _ = self._wanted or (0, recommended - 1, recommended)
        return last - first + 1

    def _begin(self, number: int) -> None:
        shard = self._shards[number] = Shard(number, self)
        self._group.create_task(shard.run())


def _set(event: asyncio.Event, true: bool) -> None:
    if true:
        event.set()
    else:
        event.clear()
