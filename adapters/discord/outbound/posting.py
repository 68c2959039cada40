"""Posting, revising and deleting messages: by the reply token while it lives, then as the bot.

The token comes first: it reaches the place that it was lent for even if the bot may not send there, and it is
outside the bot's global rate limit. If an answer is lost, the call may have been carried out. The modules
`webhook` and `channel` say what keeps a repeated post from showing twice; other calls are simply repeated.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import discord
import structlog

from adapters.common.cards import requester
from adapters.common.pictures import PictureReader
from adapters.discord import messages
from adapters.discord.errors import CLOSED_PLACES, UNKNOWN_MESSAGE, delivery_error
from adapters.discord.outbound.addresses import describe, needs_token
from adapters.discord.outbound.channel import ChannelSender
from adapters.discord.outbound.sending import CardSender
from adapters.discord.outbound.state import PostingState
from adapters.discord.outbound.webhook import Unconfirmed, WebhookSender
from bot import wording
from bot.port.cards import Card, Notice
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()


class Posting:
    """Posts by one client that has logged in. Raises only DeliveryError."""

    def __init__(
        self,
        client: discord.Client,
        *,
        pictures: PictureReader,
        spoiler: bool = False,
        clock: Callable[[], float] = time.time,
        state: PostingState | None = None,
    ) -> None:
        state = state or PostingState()
        sender = CardSender(client, pictures, state, spoiler=spoiler)
        self.spoiler = spoiler
        self._client = client
        self._webhook_sender = WebhookSender(client, sender, state, clock)
        self._channel_sender = ChannelSender(client, sender, state, clock)
        self.token_rejected = self._channel_sender.token_rejected

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """Post a new message.

        A private one is visible to its person alone, or is a direct message; then the ref names that channel.
        It is a direct message, too, if its channel is gone or closed to us: the token then opens nothing.
        """
        async with self._mapped_errors(f"post in {describe(address)}", address):
            try:
                earlier = await self._webhook_sender.find_earlier_post(address, card, key)
            except Unconfirmed:
                return await self._tell_unconfirmed(address, card, key)
            if earlier is not None:
                return earlier
            if (webhook := self._webhook_sender.webhook(address)) is not None:
                other_way = CLOSED_PLACES if address.private_to and not address.lent_only else ()
                with self._webhook_sender.ignore_expired(webhook, *other_way):
                    answer = await self._webhook_sender.original_answer(webhook, card, address, key)
                    if answer is not None:
                        return await self.revise(answer, card)
                    return await self._webhook_sender.post(webhook, address, card, key)
            if address.lent_only:
                raise DeliveryError(messages.out_of_reach("post", describe(address)), retryable=False)
            return await self._channel_sender.post(address, card, key)

    async def _tell_unconfirmed(self, address: Address, card: Card, key: str) -> MessageRef:
        """Tell the requester alone that nobody knows whether the pictures can be seen."""
        log.warning("discord.unconfirmed", place=describe(address))
        private = replace(address, private_to=requester(card))
        return await self.post(private, Notice(sentence=wording.unconfirmed("Discord")), key=f"{key}.told")

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        """Replace a message's content and files; return where it is now, which may be another message."""
        place = describe(message.address)
        async with self._mapped_errors(f"revise {message.id} in {place}", message.address):
            if (webhook := self._webhook_sender.webhook(message.address)) is not None:
                # An unknown message may belong to another token.
                with self._webhook_sender.ignore_expired(webhook, UNKNOWN_MESSAGE):
                    revised, is_new = await self._webhook_sender.revise(webhook, message, card)
                    if is_new:
                        await self._delete_replaced(message)
                    return revised
            if needs_token(message.address):
                raise DeliveryError(messages.out_of_reach("revise", place), retryable=False)
            await self._channel_sender.revise(message, card)
            return message

    async def delete(self, message: MessageRef) -> None:
        """Delete a message. One that only its reader sees stays if the token is over."""
        if not message.id:
            return
        async with self._mapped_errors(
            f"delete {message.id} in {describe(message.address)}", message.address
        ):
            if (webhook := self._webhook_sender.webhook(message.address)) is not None:
                with self._webhook_sender.ignore_expired(webhook, UNKNOWN_MESSAGE):
                    await self._webhook_sender.delete(webhook, message)
                    return
            if needs_token(message.address):
                log.info("discord.message_left", place=describe(message.address))
                return
            await self._channel_sender.delete(message)

    async def _delete_replaced(self, message: MessageRef) -> None:
        try:
            await self.delete(message)
        except DeliveryError as error:
            log.warning("discord.message_left", reason=str(error))

    @asynccontextmanager
    async def _mapped_errors(self, doing: str, address: Address) -> AsyncIterator[None]:
        """Raise every error as a DeliveryError. `doing`: as `delivery_error` takes it."""
        try:
            yield
        except DeliveryError:
            raise
        except Exception as error:
            if self._client.is_closed():  # calls under way then fail with errors of many kinds
                raise DeliveryError(messages.connection_closed(doing), retryable=True) from error
            raise delivery_error(error, doing, in_thread=bool(address.thread)) from error
