"""Messages that the bot sends with its own token: in channels that it sees, and as direct messages.

A post carries a nonce, so the same key gives the same message for some minutes, for example after an answer
that was lost. If that earlier message shows another card, it is revised.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import discord

from adapters.discord import errors, messages
from adapters.discord.ids import DIRECT, qualified_id, snowflake
from adapters.discord.outbound.addresses import card_button_ids, channel_of, message_button_ids
from adapters.discord.outbound.message import OutgoingMessage
from adapters.discord.outbound.sending import CALL_SECONDS, CardSender
from adapters.discord.outbound.state import PostingState
from adapters.discord.render.limits import NONCE_LIMIT
from bot.port.cards import Card
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef


class ChannelSender:
    """Posts, revises and deletes as the bot.

    Raises Discord's own errors, and DeliveryError for a place that refused minutes ago.
    `token_rejected`: set when Discord no longer takes the bot's own token.
    """

    def __init__(
        self, client: discord.Client, sender: CardSender, state: PostingState, clock: Callable[[], float]
    ) -> None:
        self.token_rejected = asyncio.Event()
        self._client = client
        self._sender = sender
        self._clock = clock
        self._state = state

    async def post(self, address: Address, card: Card, key: str) -> MessageRef:
        """Post in the channel or thread; a private card as a direct message, whose channel the ref names."""
        place = await self._direct(address) if address.private_to else address
        channel = channel_of(self._client, place)

        async def call(outgoing: OutgoingMessage) -> discord.Message:
            return await channel.send(
                view=outgoing.view,
                files=outgoing.files,
                allowed_mentions=outgoing.mentions,
                nonce=nonce(key),
            )

        async with self._guarded("post", channel.id, in_thread=bool(place.thread)):
            message = await self._sender.send(card, place, call)
        ref = MessageRef(address=place, id=str(message.id))
        # Other buttons: the message is that of an earlier post with this key.
        if message_button_ids(message.components) != card_button_ids(card):
            await self.revise(ref, card)
        return ref

    async def revise(self, message: MessageRef, card: Card) -> None:
        partial = channel_of(self._client, message.address).get_partial_message(int(message.id))

        async def call(outgoing: OutgoingMessage) -> object:
            return await partial.edit(
                view=outgoing.view, attachments=outgoing.files, allowed_mentions=outgoing.mentions
            )

        async with self._guarded("revise", partial.channel.id):
            await self._sender.send(card, message.address, call)

    async def delete(self, message: MessageRef) -> None:
        """Delete a message; one that is gone already is no error."""
        partial = channel_of(self._client, message.address).get_partial_message(int(message.id))
        with suppress(discord.NotFound):
            async with self._guarded("delete", partial.channel.id), asyncio.timeout(CALL_SECONDS):
                await partial.delete()

    async def _direct(self, address: Address) -> Address:
        person = snowflake(address.private_to)
        async with self._guarded("meet", person), asyncio.timeout(CALL_SECONDS):
            channel = await self._client.create_dm(discord.Object(person))
        return replace(address, workspace=DIRECT, channel=qualified_id(channel.id), thread="", lent=None)

    @asynccontextmanager
    async def _guarded(self, verb: str, place: int, *, in_thread: bool = False) -> AsyncIterator[None]:
        """Skip a place that refused minutes ago; remember a refusal, and a rejection of the bot's token."""
        now = self._clock()
        if (why := self._state.refusal(verb, place, now)) is not None:
            sentence = messages.recently_refused(verb, place)
            raise DeliveryError(sentence, retryable=False, sentence=errors.sentence_for(why))
        try:
            yield
        except discord.HTTPException as error:
            why = errors.closed_place(error, in_thread=in_thread)
            if errors.is_forbidden(error) or (why and verb == "post"):
                self._state.add_refusal(verb, place, now, why)
            if error.status == 401:
                self.token_rejected.set()
            raise


def nonce(key: str) -> str:
    """Return a key as Discord takes it: a longer one is replaced by a part of its hash."""
    return key if len(key) <= NONCE_LIMIT else hashlib.sha256(key.encode()).hexdigest()[:NONCE_LIMIT]
