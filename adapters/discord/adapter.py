"""Discord as a platform: one connection at a time, through outages, and what is posted by it."""

import asyncio
import time
from collections.abc import Callable, Sequence

import discord
import structlog

from adapters.discord import wording
from adapters.discord.client import Client
from adapters.discord.commands import build, payload
from adapters.discord.faults import cannot_run, delivery_error, is_fatal
from adapters.discord.listen import Listener
from adapters.discord.memory import Memory
from adapters.discord.people import named
from adapters.discord.post import Posting
from adapters.discord.sync import sync
from bot.cards import Card
from bot.messages import Address, MessageRef
from bot.port import CannotRun, Core, DeliveryError, Keep
from bot.typed.commands import Command

log = structlog.get_logger()

LOGIN_PATIENCE = 10.0  # seconds: the core delivers what an earlier process left as soon as it starts
REST_SECONDS = 5.0  # at the end, for what is being answered; the core has had its own time before
CLOSE_SECONDS = 5.0  # for Discord to say goodbye; discord.py would wait for thirty
PAUSES = (1.0, 5.0, 15.0, 60.0)  # seconds between connections; the last repeats: an outage may take hours
DROPS = 5  # in a row, after which a new connection is made, and not at once
STEADY_SECONDS = 60.0  # a connection that held so long was a good one: the pauses begin anew


class DiscordAdapter:
    """The Adapter of Discord. `keep`: which commands Discord knows; `spoiler`: pictures are veiled.

    `ready` is set while the gateway is connected; `account`, the bot's own name, before that.
    """

    name = "discord"
    card_becomes_gallery = True

    def __init__(
        self,
        token: str,
        keep: Keep,
        *,
        commands: Sequence[Command],
        spoiler: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ready = asyncio.Event()
        self.account = ""
        self._token = token
        self._keep = keep
        self._commands = commands
        self._spoiler = spoiler
        self._clock = clock
        self._memory = Memory()
        self._logged_in = asyncio.Event()
        self._posting: Posting  # there while that is set

    async def run(self, core: Core) -> None:
        """Serve until cancelled. Raises CannotRun where only the operator can help."""
        loop, tries = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            try:
                await self._serve(core)
            except Exception as error:
                if is_fatal(error):
                    raise cannot_run(error) from error
                reason = str(delivery_error(error, "keep the connection"))
            else:
                reason = wording.ENDED
            tries = 0 if loop.time() - began > STEADY_SECONDS else tries
            again_in = PAUSES[min(tries, len(PAUSES) - 1)]
            log.warning("discord.lost", reason=reason, again_in=again_in)
            tries += 1
            await asyncio.sleep(again_in)

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        return await (await self._poster()).post(address, card, key=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        return await (await self._poster()).revise(message, card)

    async def delete(self, message: MessageRef) -> None:
        await (await self._poster()).delete(message)

    async def forget(self, person: str) -> None:
        """Nothing is held here: Discord is asked about people whenever something is to be known of them."""

    async def _poster(self) -> Posting:
        try:
            async with asyncio.timeout(LOGIN_PATIENCE):
                await self._logged_in.wait()
        except TimeoutError as error:
            raise DeliveryError(wording.not_yet(LOGIN_PATIENCE), retryable=True) from error
        return self._posting

    async def _serve(self, core: Core) -> None:
        """One connection, from login to its end. Raises what ended it."""
        client = Client()
        posting = Posting(
            client, pictures=core.picture, spoiler=self._spoiler, clock=self._clock, memory=self._memory
        )
        listener = Listener(core, posting, clock=self._clock)
        try:
            log.info("discord.connecting")
            await client.login(self._token)
            self.account = str(client.user)
            self._posting = posting
            self._logged_in.set()
            await self._sync_commands(client)
            build(client.tree, self._commands, listener)
            client.attend(listener)
            self._watch(client, core)
            await _connected(client, posting)
        finally:
            await listener.rest(REST_SECONDS)
            self.ready.clear()
            self._logged_in.clear()
            await _close(client)

    async def _sync_commands(self, client: Client) -> None:
        """Commands of an earlier time still work: no reason not to serve."""
        try:
            changed = await sync(client, self._keep, payload(self._commands))
        except CannotRun as error:
            log.error("discord.not_synced", reason=str(error))
        except Exception as error:
            log.error("discord.not_synced", reason=str(delivery_error(error, "take the commands")))
        else:
            log.info("discord.commands", replaced=changed)

    def _watch(self, client: Client, core: Core) -> None:
        """discord.py resumes at once and for ever, even where Discord drops it again at once."""
        drops = 0

        def up() -> None:
            nonlocal drops
            drops = 0
            self.ready.set()

        @client.event
        async def on_connect() -> None:
            up()

        @client.event
        async def on_ready() -> None:
            log.info("discord.ready", account=self.account, guilds=len(client.guilds))
            await core.serving(self.name, [named(guild.id) for guild in client.guilds])  # out of order, too

        @client.event
        async def on_guild_join(guild: discord.Guild) -> None:
            await core.joined(named(guild.id))

        @client.event
        async def on_guild_available(guild: discord.Guild) -> None:
            """After an outage, in which it may have been taken out and in."""
            await core.joined(named(guild.id))

        @client.event
        async def on_guild_remove(guild: discord.Guild) -> None:
            """Not where a server is out of order for a while: that is another event."""
            await core.left(named(guild.id))

        @client.event
        async def on_resumed() -> None:
            log.info("discord.resumed")
            up()

        @client.event
        async def on_disconnect() -> None:
            nonlocal drops
            drops += 1
            log.info("discord.disconnected", drops=drops)
            self.ready.clear()
            if drops == DROPS:
                await client.close()


async def _connected(client: Client, posting: Posting) -> None:
    """Until the gateway is lost for good, or Discord turns the bot's token away.

    discord.py resumes a dropped connection by itself. Where even that fails it would try again after
    pauses of up to a quarter of an hour, so a new connection is made instead.
    """
    connection = asyncio.create_task(client.connect(reconnect=False))
    turned_away = asyncio.create_task(posting.turned_away.wait())
    try:
        await asyncio.wait((connection, turned_away), return_when=asyncio.FIRST_COMPLETED)
        if turned_away.done():
            raise CannotRun(wording.BAD_TOKEN)
        await connection
    finally:
        connection.cancel()
        turned_away.cancel()
        await asyncio.gather(connection, turned_away, return_exceptions=True)


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()
    except Exception as error:
        log.info("discord.not_closed", kind=type(error).__name__)
        await client.http.close()  # or the sockets of a goodbye that was not answered stay open
