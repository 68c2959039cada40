"""Discord as a platform: what serves it, what is posted, and the commands that it knows of."""

import asyncio
import time
from collections.abc import Callable, Mapping

import structlog

from adapters.discord import messages
from adapters.discord.errors import delivery_error
from adapters.discord.gateway.client import Client
from adapters.discord.gateway.shards import Shards, Wanted
from adapters.discord.inbound.commands import payload
from adapters.discord.inbound.sync import sync
from adapters.discord.outbound.posting import Posting
from bot.commands.registry import Command
from bot.port.cards import Card
from bot.port.protocols import CannotRun, ChatCore, DeliveryError, KeyValue
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

LOGIN_PATIENCE = 10.0  # seconds: the core delivers what an earlier process left as soon as it starts


class DiscordAdapter:
    """The Adapter of Discord. `keep`: which commands Discord knows; `spoiler`: pictures are veiled.

    `shards`: which are served; None for as many as Discord recommends. `ready` is set while these are
    there; `account`, the bot's own name, before that.
    """

    name = "discord"
    card_becomes_gallery = True

    def __init__(
        self,
        token: str,
        keep: KeyValue,
        *,
        commands: Mapping[str, Command],
        spoiler: bool = False,
        shards: Wanted | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = ""
        self._keep = keep
        self._commands = commands
        self._shards = Shards(token, commands, wanted=shards, greet=self._greet, spoiler=spoiler, clock=clock)
        self.ready = self._shards.ready

    async def run(self, core: ChatCore) -> None:
        """Serve until cancelled. Raises CannotRun where only the operator can help."""
        await self._shards.run(core)

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        return await (await self._poster(address)).post(address, card, key=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        return await (await self._poster(message.address)).revise(message, card)

    async def delete(self, message: MessageRef) -> None:
        await (await self._poster(message.address)).delete(message)

    async def forget(self, person: str) -> None:
        """Nothing is held here: Discord is asked about people whenever something is to be known of them."""

    async def _poster(self, address: Address) -> Posting:
        try:
            async with asyncio.timeout(LOGIN_PATIENCE):
                await self._shards.logged_in.wait()
        except TimeoutError as error:
            raise DeliveryError(messages.not_yet(LOGIN_PATIENCE), retryable=True) from error
        return self._shards.nearest(address.workspace)

    async def _greet(self, client: Client) -> None:
        """Commands of an earlier time still work: no reason not to serve."""
        self.account = str(client.user)
        try:
            changed = await sync(client, self._keep, payload(self._commands))
        except CannotRun as error:
            log.error("discord.not_synced", reason=str(error))
        except Exception as error:
            log.error("discord.not_synced", reason=str(delivery_error(error, "take the commands")))
        else:
            log.info("discord.commands", replaced=changed)
