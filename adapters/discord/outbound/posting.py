"""Posting, revising and deleting messages: by the reply token while it lives, then as the bot.

The token comes first: it reaches the place that it was lent for even where the bot may not send, and is
outside the bot's global rate limit. An answer that was lost leaves open whether the call was carried out:
`by_token` and `as_bot` say what keeps a repeated post from showing twice; the rest may simply be repeated.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import discord
import structlog

from adapters.common.pictures import PictureReader
from adapters.discord import messages
from adapters.discord.errors import UNKNOWN_MESSAGE, delivery_error
from adapters.discord.outbound.addresses import only_by_token, spoken
from adapters.discord.outbound.channel import AsBot
from adapters.discord.outbound.sending import Sending
from adapters.discord.outbound.state import Memory
from adapters.discord.outbound.webhook import ByToken
from bot.port.cards import Card
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()


class Posting:
    """Messages of one client that has logged in. Raises only DeliveryError."""

    def __init__(
        self,
        client: discord.Client,
        *,
        pictures: PictureReader,
        spoiler: bool = False,
        clock: Callable[[], float] = time.time,
        memory: Memory | None = None,
    ) -> None:
        memory = memory or Memory()
        sending = Sending(client, pictures, memory, spoiler=spoiler)
        self.spoiler = spoiler
        self._client = client
        self._by_token = ByToken(client, sending, memory, clock)
        self._as_bot = AsBot(client, sending, memory, clock)
        self.turned_away = self._as_bot.turned_away

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """A new message. A private one is for its person's eyes alone, or a direct message: then the answer
        names that channel.
        """
        async with self._mapped(f"post in {spoken(address)}"):
            if (earlier := await self._by_token.found(address, card, key)) is not None:
                return earlier
            if (webhook := self._by_token.webhook(address)) is not None:
                with self._by_token.until_over(webhook):
                    if (answer := await self._by_token.own(webhook, card, address, key)) is not None:
                        return await self.revise(answer, card)
                    return await self._by_token.post(webhook, address, card, key)
            if address.lent_only:
                raise DeliveryError(messages.out_of_reach("post", spoken(address)), retryable=False)
            return await self._as_bot.post(address, card, key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        """Replace what a message shows, its files too. Where it is now may be another message."""
        place = spoken(message.address)
        async with self._mapped(f"revise {message.id} in {place}"):
            if (webhook := self._by_token.webhook(message.address)) is not None:
                with self._by_token.until_over(webhook, UNKNOWN_MESSAGE):  # one of another token, perhaps
                    now, is_new = await self._by_token.revise(webhook, message, card)
                    if is_new:
                        await self._take_away(message)
                    return now
            if only_by_token(message.address):
                raise DeliveryError(messages.out_of_reach("revise", place), retryable=False)
            await self._as_bot.revise(message, card)
            return message

    async def delete(self, message: MessageRef) -> None:
        """Take a message away. One that only its reader sees stays, once the token is over."""
        if not message.id:
            return
        async with self._mapped(f"delete {message.id} in {spoken(message.address)}"):
            if (webhook := self._by_token.webhook(message.address)) is not None:
                with self._by_token.until_over(webhook, UNKNOWN_MESSAGE):
                    await self._by_token.delete(webhook, message)
                    return
            if only_by_token(message.address):
                log.info("discord.message_left", place=spoken(message.address))
                return
            await self._as_bot.delete(message)

    async def _take_away(self, message: MessageRef) -> None:
        try:
            await self.delete(message)
        except DeliveryError as error:
            log.warning("discord.message_left", reason=str(error))

    @asynccontextmanager
    async def _mapped(self, doing: str) -> AsyncIterator[None]:
        try:
            yield
        except DeliveryError:
            raise
        except Exception as error:
            if self._client.is_closed():  # calls that were under way then fail in ways of their own
                raise DeliveryError(messages.closing(doing), retryable=True) from error
            raise delivery_error(error, doing) from error
