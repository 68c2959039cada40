"""Discord's side of the port: it serves people there, posts for the core, and keeps the commands in sync."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

import structlog

from adapters.discord import messages
from adapters.discord.errors import delivery_error
from adapters.discord.gateway.client import Client
from adapters.discord.gateway.shards import ShardRange, Shards
from adapters.discord.ids import qualified_id
from adapters.discord.inbound.commands import payload
from adapters.discord.inbound.pictures import CDN, Pictures
from adapters.discord.inbound.sync import sync
from adapters.discord.outbound.posting import Posting
from bot.commands.spec import Command
from bot.port.cards import Card
from bot.port.protocols import CannotRun, ChatCore, DeliveryError, KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

# Seconds. At its start the core delivers what an earlier process left, and no shard has logged in yet.
LOGIN_TIMEOUT = 10.0


class DiscordAdapter:
    """The Adapter of Discord.

    `store`: remembers which commands Discord has, and the pictures of open forms.
    `spoiler`: pictures are veiled.
    `shard_range`: the shards to serve; None for as many as Discord recommends.
    `file_origins`: where the files that people send are; tests have their own.
    `account`: the bot's own name; "" until the first login.
    `ready`: set while every shard has a session and one is connected.
    """

    name = "discord"
    card_becomes_gallery = True
    has_buttons = True

    def __init__(
        self,
        token: str,
        store: KeyValue,
        *,
        commands: Mapping[str, Command],
        spoiler: bool = False,
        shard_range: ShardRange | None = None,
        file_origins: Collection[str] = CDN,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = ""
        self._store = store
        self._commands = commands
        self._shards = Shards(
            token,
            commands,
            shard_range=shard_range,
            on_first_login=self._on_login,
            spoiler=spoiler,
            pictures=Pictures(store, clock, origins=file_origins),
            clock=clock,
        )
        self.ready = self._shards.ready

    async def run(self, core: ChatCore) -> None:
        """Serve until cancelled. Raises CannotRun if only the operator can help."""
        await self._shards.run(core)

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        return await (await self._posting_for(address)).post(address, card, key=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        return await (await self._posting_for(message.address)).revise(message, card)

    async def delete(self, message: MessageRef) -> None:
        await (await self._posting_for(message.address)).delete(message)

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        """Return whether a channel is in a server; None for one in none of the servers of this process."""
        guild = self._shards.guild_of(channel)
        return None if guild is None else qualified_id(guild) == workspace

    async def forget(self, person: str) -> None:
        """Do nothing: the store forgets the links of a person's open forms by itself."""

    async def _posting_for(self, address: Address) -> Posting:
        """Wait for a login, and choose the shard that posts. Raises DeliveryError after LOGIN_TIMEOUT."""
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT):
                await self._shards.logged_in.wait()
        except TimeoutError as error:
            raise DeliveryError(messages.not_logged_in(LOGIN_TIMEOUT), retryable=True) from error
        return self._shards.posting_for(address.workspace)

    async def _on_login(self, client: Client) -> None:
        """Note the account's name and sync the commands.

        A failed sync is only logged: the commands of an earlier time still work.
        """
        self.account = str(client.user)
        try:
            is_changed = await sync(client, self._store, payload(self._commands))
        except CannotRun as error:
            log.error("discord.not_synced", reason=str(error))
        except Exception as error:
            log.error("discord.not_synced", reason=str(delivery_error(error, "take the commands")))
        else:
            log.info("discord.commands", replaced=is_changed)
