"""What the bot may do by its own token: messages in channels that it sees, and direct messages.

A message is posted with a nonce, so that the same key gives the same message within some minutes, as after an
answer that was lost; where the earlier message shows another card, it is revised.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import discord

from adapters.discord import errors, messages
from adapters.discord.ids import DIRECT, named, number
from adapters.discord.outbound.addresses import buttons_in, buttons_of, channel_of
from adapters.discord.outbound.message import Outgoing
from adapters.discord.outbound.sending import CALL_SECONDS, Sending
from adapters.discord.outbound.state import Memory
from adapters.discord.render.limits import NONCE_LIMIT
from bot.port.cards import Card
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef


class AsBot:
    """Raises Discord's own errors, and DeliveryError for places that refused minutes ago.

    `turned_away` is set when Discord no longer takes the bot's own token.
    """

    def __init__(
        self, client: discord.Client, sending: Sending, memory: Memory, clock: Callable[[], float]
    ) -> None:
        self.turned_away = asyncio.Event()
        self._client = client
        self._sending = sending
        self._clock = clock
        self._memory = memory

    async def post(self, address: Address, card: Card, key: str) -> MessageRef:
        """In the channel or thread; to one person alone as a direct message, in a channel of its own."""
        place = await self._direct(address) if address.private_to else address
        channel = channel_of(self._client, place)

        async def call(out: Outgoing) -> discord.Message:
            return await channel.send(
                view=out.view, files=out.files, allowed_mentions=out.mentions, nonce=nonce(key)
            )

        async with self._asking("post", channel.id):
            message = await self._sending.send(card, place, call)
        posted = MessageRef(address=place, id=str(message.id))
        if buttons_in(message.components) != buttons_of(card):  # that of an earlier post with this key
            await self.revise(posted, card)
        return posted

    async def revise(self, message: MessageRef, card: Card) -> None:
        partial = channel_of(self._client, message.address).get_partial_message(int(message.id))

        async def call(out: Outgoing) -> object:
            return await partial.edit(view=out.view, attachments=out.files, allowed_mentions=out.mentions)

        async with self._asking("revise", partial.channel.id):
            await self._sending.send(card, message.address, call)

    async def delete(self, message: MessageRef) -> None:
        """One that is gone already is no error."""
        partial = channel_of(self._client, message.address).get_partial_message(int(message.id))
        with suppress(discord.NotFound):
            async with self._asking("delete", partial.channel.id), asyncio.timeout(CALL_SECONDS):
                await partial.delete()

    async def _direct(self, address: Address) -> Address:
        person = number(address.private_to)
        async with self._asking("meet", person), asyncio.timeout(CALL_SECONDS):
            channel = await self._client.create_dm(discord.Object(person))
        return replace(address, workspace=DIRECT, channel=named(channel.id), thread="", lent=None)

    @asynccontextmanager
    async def _asking(self, verb: str, place: int) -> AsyncIterator[None]:
        """Remember what refused, and that the bot's token is refused."""
        now = self._clock()
        if self._memory.is_shut(verb, place, now):
            raise DeliveryError(messages.remembered(verb, place), retryable=False)
        try:
            yield
        except discord.HTTPException as error:
            if errors.is_shut(error):
                self._memory.refuse(verb, place, now)
            if error.status == 401:
                self.turned_away.set()
            raise


def nonce(key: str) -> str:
    """A key as Discord takes it; one that is longer is stood for."""
    return key if len(key) <= NONCE_LIMIT else hashlib.sha256(key.encode()).hexdigest()[:NONCE_LIMIT]
