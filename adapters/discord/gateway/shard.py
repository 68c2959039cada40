"""One connection to Discord's gateway: log in, listen, resume, connect again, close in order."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import discord
import structlog

from adapters.common.seldom import Seldom
from adapters.discord import messages
from adapters.discord.errors import cannot_run, delivery_error, is_fatal
from adapters.discord.gateway.client import Client
from adapters.discord.gateway.identify_limit import IdentifyLimit
from adapters.discord.ids import qualified_id
from adapters.discord.inbound.commands import build
from adapters.discord.inbound.listener import Listener
from adapters.discord.inbound.pictures import Pictures
from adapters.discord.outbound.posting import Posting
from bot.commands.spec import Command
from bot.port.protocols import CannotRun, ChatCore
from bot.tasks import backoff

log = structlog.get_logger()

DRAIN_SECONDS = 5.0  # for answers under way when the bot stops; the core has had its own time before
CLOSE_SECONDS = 5.0  # for Discord to close the websocket; discord.py would wait for thirty
CANCEL_SECONDS = 0.5  # until a task that goes on after it was cancelled is cancelled again
RECONNECT_PAUSES = (1.0, 5.0, 15.0, 60.0)  # seconds; the last repeats, since an outage may take hours
MAX_DROPS = 5  # in a row, after which the shard makes a new connection, and not at once
STEADY_SECONDS = 60.0  # after a connection that lasted so long, the pauses start from the first again


class ShardHost(Protocol):
    """The owner of the shards of one process: it holds what they share, and learns of their changes."""

    token: str
    commands: Mapping[str, Command]
    core: ChatCore
    clock: Callable[[], float]
    identify_limit: IdentifyLimit
    other_process: Seldom
    pictures: Pictures

    def posting(self, client: Client) -> Posting:
        """Make the object that posts by this client."""
        ...

    async def shard_logged_in(self, number: int, client: Client) -> int:
        """Note that a shard has logged in; return the count of shards in all processes.

        Raises CannotRun, GatewayNotFound.
        """
        ...

    def shard_changed(self) -> None:
        """Note that a shard connected, or lost its connection."""
        ...

    async def shard_ready(self) -> None:
        """Note that a shard knows the servers that it is in."""
        ...


class Shard:
    """One shard, connected again after every loss.

    `is_connected`: the gateway sends events now.
    `has_session`: Discord sends what happens while the shard is away as soon as it resumes.
    `client`, `posting`: None unless the shard is logged in.
    """

    def __init__(self, number: int, host: ShardHost) -> None:
        self.number = number
        self.is_connected = self.has_session = False
        self.client: Client | None = None
        self.posting: Posting | None = None
        self._host = host

    async def run(self) -> None:
        """Serve until cancelled. Raises CannotRun if only the operator can help."""
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
            again_in = backoff(RECONNECT_PAUSES, tries)
            log.warning("discord.lost", shard=self.number, reason=reason, again_in=again_in)
            tries += 1
            await asyncio.sleep(again_in)

    async def _serve(self) -> None:
        """Run one connection, from its login to its end. Raises the error that ended it."""
        host, client = self._host, Client(self._host.identify_limit)
        posting = host.posting(client)
        listener = Listener(
            host.core, posting, host.pictures, clock=host.clock, other_process=host.other_process
        )
        try:
            log.info("discord.connecting", shard=self.number)
            await client.login(host.token)
            self.client, self.posting = client, posting
            client.set_shard(self.number, await host.shard_logged_in(self.number, client))
            build(client.tree, host.commands, listener)
            client.attach(listener)
            self._watch_connection(client)
            self._watch_guilds(client)
            await self._connect(client, posting)
        finally:
            await listener.drain(DRAIN_SECONDS)
            self.client = self.posting = None
            self._set_state(is_connected=False, has_session=False)
            await _close(client)

    def _set_state(self, *, is_connected: bool, has_session: bool) -> None:
        self.is_connected, self.has_session = is_connected, has_session
        self._host.shard_changed()

    def _watch_connection(self, client: Client) -> None:
        """Follow the connection's state, and close the client after MAX_DROPS drops in a row.

        discord.py resumes at once and for ever, even if Discord drops each resumed connection at once.
        """
        drops = 0

        def set_state(*, is_connected: bool, has_session: bool) -> None:
            nonlocal drops
            drops = 0 if is_connected else drops
            if self.client is client:  # an event of an earlier client may come late
                self._set_state(is_connected=is_connected, has_session=has_session)

        @client.event
        async def on_identify() -> None:
            set_state(is_connected=False, has_session=False)

        @client.event
        async def on_connect() -> None:
            set_state(is_connected=True, has_session=True)

        @client.event
        async def on_resumed() -> None:
            log.info("discord.resumed", shard=self.number)
            set_state(is_connected=True, has_session=True)

        @client.event
        async def on_disconnect() -> None:
            nonlocal drops
            drops += 1
            log.info("discord.disconnected", shard=self.number, drops=drops)
            set_state(is_connected=False, has_session=self.has_session)
            if drops == MAX_DROPS:
                await client.close()

    def _watch_guilds(self, client: Client) -> None:
        """Tell the host and the core which servers the bot is in."""
        host = self._host

        @client.event
        async def on_ready() -> None:
            log.info("discord.ready", account=str(client.user), shard=self.number, guilds=len(client.guilds))
            await host.shard_ready()

        @client.event
        async def on_guild_join(guild: discord.Guild) -> None:
            await host.core.joined(qualified_id(guild.id))

        @client.event
        async def on_guild_available(guild: discord.Guild) -> None:
            """Note a server after its outage, in which the bot may have been removed and added again."""
            await host.core.joined(qualified_id(guild.id))

        @client.event
        async def on_guild_remove(guild: discord.Guild) -> None:
            """Note a server that removed the bot; an outage of a server is another event."""
            await host.core.left(qualified_id(guild.id))

    async def _connect(self, client: Client, posting: Posting) -> None:
        """Stay connected until the gateway is lost for good, or Discord rejects the bot's token.

        discord.py resumes a dropped connection by itself. If even that fails, it would try again after
        pauses of up to a quarter of an hour, so `reconnect` is off and `run` makes a new connection instead.
        """
        connection = asyncio.create_task(self._run_client(client))
        rejection = asyncio.create_task(posting.token_rejected.wait())
        try:
            await asyncio.wait((connection, rejection), return_when=asyncio.FIRST_COMPLETED)
            if rejection.done():
                raise CannotRun(messages.BAD_TOKEN)
            await connection
        finally:
            await _cancel(connection)
            await _cancel(rejection)

    async def _run_client(self, client: Client) -> None:
        await self._host.identify_limit.acquire(client)
        await self._host.identify_limit.wait_to_connect(self.number)
        await client.connect(reconnect=False)


async def _cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it ends.

    Once may not be enough: before Python 3.12 `wait_for`, which discord.py uses, loses a cancellation that
    comes just as it ends.
    """
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
        await client.http.close()  # otherwise the sockets stay open if Discord did not answer the close
