"""The shards of this process: how many there are, which one posts, and whether all are ready."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from adapters.discord import messages
from adapters.discord.errors import TooFewShards
from adapters.discord.gateway.client import Client
from adapters.discord.gateway.identify_limit import IdentifyLimit
from adapters.discord.gateway.shard import Shard
from adapters.discord.ids import PLATFORM, qualified_id, snowflake
from adapters.discord.inbound.pictures import Pictures
from adapters.discord.inbound.response import other_process_warning
from adapters.discord.outbound.posting import Posting
from adapters.discord.outbound.state import PostingState
from bot.commands.spec import Command
from bot.port.protocols import CannotRun, ChatCore

log = structlog.get_logger()

ShardRange = tuple[int, int, int]  # the first and last shard of this process, and the count in all processes
SHARD_SHIFT = 22  # lower bits of a server's id that do not choose its shard (topics/gateway, "Sharding")


class Shards:
    """All gateway connections of one process.

    `shard_range`: the shards to serve; None for as many as Discord recommends.
    `on_first_login`: called with the first shard's client each time that it has logged in.
    `logged_in`: set while any shard is logged in.
    `ready`: set while every shard has a session and at least one is connected. A shard that resumes still
    gets the events that it missed, so the process stays ready meanwhile: "not ready" would turn away all
    else that it serves. A shard that lost its session misses events until it has another.
    """

    def __init__(
        self,
        token: str,
        commands: Mapping[str, Command],
        *,
        shard_range: ShardRange | None,
        on_first_login: Callable[[Client], Awaitable[None]],
        spoiler: bool,
        pictures: Pictures,
        clock: Callable[[], float],
    ) -> None:
        self.token = token
        self.commands = commands
        self.clock = clock
        self.identify_limit = IdentifyLimit()
        self.other_process = other_process_warning()
        self.pictures = pictures
        self.ready = asyncio.Event()
        self.logged_in = asyncio.Event()
        self.core: ChatCore  # set while it runs
        self._range = shard_range
        self._first = shard_range[0] if shard_range else 0
        self._on_first_login = on_first_login
        self._spoiler = spoiler
        self._posting_state = PostingState()
        self._shards: dict[int, Shard] = {}
        self._count = 0  # in all processes; 0 until Discord was asked
        self._too_few = 0  # a count that Discord rejected as too small
        self._group: asyncio.TaskGroup

    async def run(self, core: ChatCore) -> None:
        """Serve until cancelled. Raises CannotRun if only the operator can help."""
        self.core = core
        while True:
            try:
                await self._serve()
            except TooFewShards:
                if self._range:
                    raise
                log.warning("discord.more_shards_needed", had=self._count)
                self._too_few = self._count

    def guild_of(self, channel: str) -> int | None:
        """Return the server of a channel or thread; None if no shard knows it."""
        if not channel.removeprefix(f"{PLATFORM}:").isdecimal():
            return None
        for shard in self._shards.values():
            place: Any = shard.client.get_channel(snowflake(channel)) if shard.client else None
            if (guild := getattr(place, "guild", None)) is not None:
                return int(guild.id)
        return None

    def posting_for(self, workspace: str) -> Posting:
        """Choose the shard that posts to a server: its own, which knows how large its files may be.

        If that one is not logged in, any other can post there, too.
        """
        postings = {shard.number: shard.posting for shard in self._shards.values() if shard.posting}
        platform, _, number = workspace.partition(":")
        own = (int(number) >> SHARD_SHIFT) % (self._count or 1) if platform == PLATFORM else 0
        return postings.get(own) or next(iter(postings.values()))

    def posting(self, client: Client) -> Posting:
        return Posting(
            client,
            pictures=self.core.picture,
            spoiler=self._spoiler,
            clock=self.clock,
            state=self._posting_state,
        )

    async def shard_logged_in(self, number: int, client: Client) -> int:
        """Let the first shard that logs in ask Discord for the count, and start the others."""
        self.shard_changed()
        if number == self._first:
            await self._on_first_login(client)
        if not self._count:
            await self._start_others(client)
        return self._count

    def shard_changed(self) -> None:
        shards = self._shards.values()
        _set(self.logged_in, any(shard.posting for shard in shards))
        is_any_connected = any(shard.is_connected for shard in shards)
        _set(self.ready, is_any_connected and all(shard.has_session for shard in shards))

    async def shard_ready(self) -> None:
        """Tell the core which servers the bot is in, once every shard knows its own.

        The core takes every other server for one that removed the bot. So a process that does not run all
        shards tells it nothing. Servers with an outage are in the lists.
        """
        clients = [shard.client for shard in self._shards.values()]
        guild_lists = [client.guilds for client in clients if client is not None and client.is_ready()]
        if len(guild_lists) == self._count:
            guilds = [guild for guilds in guild_lists for guild in guilds]
            await self.core.serving(PLATFORM, [qualified_id(guild.id) for guild in guilds])

    async def _serve(self) -> None:
        """Run all shards until one cannot go on."""
        self._shards, self._count = {}, 0
        try:
            async with asyncio.TaskGroup() as self._group:
                self._start(self._first)
        except ExceptionGroup as group:
            error = group.exceptions[0]
            raise error from error.__cause__

    async def _start_others(self, client: Client) -> None:
        """Ask Discord for the shard count, and start every shard but the first."""
        recommended = await self.identify_limit.reserve(client, self._own_count)
        if recommended <= self._too_few:
            raise CannotRun(messages.TOO_FEW_SHARDS)
        first, last, self._count = self._range or (0, recommended - 1, recommended)
        if self._count > 1:
            log.info("discord.shards", first=first, last=last, count=self._count, recommended=recommended)
        for number in range(first + 1, last + 1):
            self._start(number)

    def _own_count(self, recommended: int) -> int:
        """Count the shards that identify in this process."""
        first, last, _ = self._range or (0, recommended - 1, recommended)
        return last - first + 1

    def _start(self, number: int) -> None:
        shard = self._shards[number] = Shard(number, self)
        self._group.create_task(shard.run())


def _set(event: asyncio.Event, is_true: bool) -> None:
    if is_true:
        event.set()
    else:
        event.clear()
