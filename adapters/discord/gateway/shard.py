"""One connection to Discord's gateway: log in, listen, resume, connect again, close in order."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import discord
import structlog

from adapters.discord import messages
from adapters.discord.errors import cannot_run, delivery_error, is_fatal
from adapters.discord.gateway.client import Client
from adapters.discord.gateway.identify_limit import IdentifyLimit
from adapters.discord.ids import named
from adapters.discord.inbound.commands import build
from adapters.discord.inbound.listener import Listener
from adapters.discord.outbound.posting import Posting
from bot.commands.registry import Command
from bot.port.protocols import CannotRun, ChatCore

log = structlog.get_logger()

REST_SECONDS = 5.0  # at the end, for what is being answered; the core has had its own time before
CLOSE_SECONDS = 5.0  # for Discord to say goodbye; discord.py would wait for thirty
CANCEL_SECONDS = 0.5  # until what was cancelled and goes on is cancelled again
PAUSES = (1.0, 5.0, 15.0, 60.0)  # seconds between connections; the last repeats: an outage may take hours
DROPS = 5  # in a row, after which a new connection is made, and not at once
STEADY_SECONDS = 60.0  # a connection that held so long was a good one: the pauses begin anew


class ShardHost(Protocol):
    """What the shards of one process have in common, and whom they tell."""

    token: str
    commands: Mapping[str, Command]
    core: ChatCore
    clock: Callable[[], float]
    starts: IdentifyLimit

    def posting(self, client: Client) -> Posting:
        """What posts by this client."""
        ...

    async def entered(self, number: int, client: Client) -> int:
        """One has logged in. How many shards there are, everywhere. Raises CannotRun, GatewayNotFound."""
        ...

    def changed(self) -> None:
        """One came up, or is away."""
        ...

    async def told(self) -> None:
        """One was told of its servers."""
        ...


class Shard:
    """`up`: it is connected. `begun`: it has a session, so that it is told what it missed while it is away.

    `client` and `posting` are there while it has logged in.
    """

    def __init__(self, number: int, crew: ShardHost) -> None:
        self.number = number
        self.up = self.begun = False
        self.client: Client | None = None
        self.posting: Posting | None = None
        self._crew = crew

    async def run(self) -> None:
        """Serve until cancelled. Raises CannotRun where only the operator can help."""
        loop, tries = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            try:
                await self._serve()
            except Exception as error:
                if is_fatal(error):
                    raise cannot_run(error) from error
                reason = str(delivery_error(error, "keep the connection"))
            else:
                reason = messages.ENDED
            tries = 0 if loop.time() - began > STEADY_SECONDS else tries
            again_in = PAUSES[min(tries, len(PAUSES) - 1)]
            log.warning("discord.lost", shard=self.number, reason=reason, again_in=again_in)
            tries += 1
            await asyncio.sleep(again_in)

    async def _serve(self) -> None:
        """One connection, from login to its end. Raises what ended it."""
        crew, client = self._crew, Client(self._crew.starts)
        posting = crew.posting(client)
        listener = Listener(crew.core, posting, clock=crew.clock)
        try:
            log.info("discord.connecting", shard=self.number)
            await client.login(crew.token)
            self.client, self.posting = client, posting
            client.become(self.number, await crew.entered(self.number, client))
            build(client.tree, crew.commands, listener)
            client.attend(listener)
            self._watch(client)
            self._hear(client)
            await self._connected(client, posting)
        finally:
            await listener.rest(REST_SECONDS)
            self.client = self.posting = None
            self._is(up=False, begun=False)
            await _close(client)

    def _is(self, *, up: bool, begun: bool) -> None:
        self.up, self.begun = up, begun
        self._crew.changed()

    def _watch(self, client: Client) -> None:
        """discord.py resumes at once and for ever, even where Discord drops it again at once."""
        drops = 0

        def now(*, up: bool, begun: bool) -> None:
            nonlocal drops
            drops = 0 if up else drops
            if self.client is client:  # what an earlier one says may come late
                self._is(up=up, begun=begun)

        @client.event
        async def on_identify() -> None:
            now(up=False, begun=False)

        @client.event
        async def on_connect() -> None:
            now(up=True, begun=True)

        @client.event
        async def on_resumed() -> None:
            log.info("discord.resumed", shard=self.number)
            now(up=True, begun=True)

        @client.event
        async def on_disconnect() -> None:
            nonlocal drops
            drops += 1
            log.info("discord.disconnected", shard=self.number, drops=drops)
            now(up=False, begun=self.begun)
            if drops == DROPS:
                await client.close()

    def _hear(self, client: Client) -> None:
        """Of the servers that it is in."""
        crew = self._crew

        @client.event
        async def on_ready() -> None:
            log.info("discord.ready", account=str(client.user), shard=self.number, guilds=len(client.guilds))
            await crew.told()

        @client.event
        async def on_guild_join(guild: discord.Guild) -> None:
            await crew.core.joined(named(guild.id))

        @client.event
        async def on_guild_available(guild: discord.Guild) -> None:
            """After an outage, in which it may have been taken out and in."""
            await crew.core.joined(named(guild.id))

        @client.event
        async def on_guild_remove(guild: discord.Guild) -> None:
            """Not where a server is out of order for a while: that is another event."""
            await crew.core.left(named(guild.id))

    async def _connected(self, client: Client, posting: Posting) -> None:
        """Until the gateway is lost for good, or Discord turns the bot's token away.

        discord.py resumes a dropped connection by itself. Where even that fails it would try again after
        pauses of up to a quarter of an hour, so a new connection is made instead.
        """
        connection = asyncio.create_task(self._connect(client))
        turned_away = asyncio.create_task(posting.turned_away.wait())
        try:
            await asyncio.wait((connection, turned_away), return_when=asyncio.FIRST_COMPLETED)
            if turned_away.done():
                raise CannotRun(messages.BAD_TOKEN)
            await connection
        finally:
            await _cancelled(connection)
            await _cancelled(turned_away)

    async def _connect(self, client: Client) -> None:
        await self._crew.starts.take(client)
        await self._crew.starts.line_up(self.number)
        await client.connect(reconnect=False)


async def _cancelled(task: asyncio.Task[Any]) -> None:
    """Once may not do: before Python 3.12 `wait_for`, which discord.py uses, loses what comes as it ends."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=CANCEL_SECONDS)
    await asyncio.gather(task, return_exceptions=True)


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()
    except Exception as error:
        log.info("discord.not_closed", kind=type(error).__name__)
        await client.http.close()  # or the sockets of a goodbye that was not answered stay open
