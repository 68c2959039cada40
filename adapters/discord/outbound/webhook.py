"""What a reply token opens: messages for everybody or for one person, without any permission of the bot's.

A follow-up by token carries no nonce. Where its answer was lost (a cut connection, a timeout), it may have
been posted: before it is posted again the channel is searched for it. Where the bot may not read the channel,
or only the person sees the message, it is posted again: a second picture is better than none.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import discord
import structlog

from adapters.discord import errors
from adapters.discord.outbound.addresses import buttons_in, buttons_of, channel_of, spoken
from adapters.discord.outbound.message import Outgoing
from adapters.discord.outbound.sending import CALL_SECONDS, Sending
from adapters.discord.outbound.state import Memory
from adapters.discord.render.cards import names
from bot.port.cards import Card, Delivered, Ended
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

ORIGINAL = "@original"  # what Discord calls the first answer to an interaction, by its token
LOOK_BACK = 100  # messages of a channel that are searched: as many as one request gives


class ByToken:
    """Raises Discord's own errors; `until_over` passes over those of a token that opens nothing any more.

    Such a token is not tried again: a gallery would be uploaded twice, to be refused at its end.
    """

    def __init__(
        self, client: discord.Client, sending: Sending, memory: Memory, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._sending = sending
        self._clock = clock
        self._memory = memory

    def webhook(self, address: Address) -> discord.Webhook | None:
        """What is posted through, or None where nothing is lent any more."""
        lent = address.lent
        if lent is None or lent.until <= self._clock() or lent.token in self._memory.over:
            return None
        webhook = discord.Webhook.partial(self._client.application_id or 0, lent.token, client=self._client)
        webhook.type = discord.WebhookType.application  # which alone may post for one person
        return webhook

    async def post(self, webhook: discord.Webhook, address: Address, card: Card, key: str) -> MessageRef:
        async def call(out: Outgoing) -> discord.WebhookMessage:
            return await webhook.send(
                view=out.view,
                files=out.files,
                allowed_mentions=out.mentions,
                ephemeral=bool(address.private_to),
                wait=True,
            )

        try:
            message = await self._sending.send(card, address, call)
        except (*errors.NO_ANSWER, discord.DiscordServerError):
            self._memory.lose(key)
            raise
        return MessageRef(address=address, id=str(message.id))

    async def own(
        self, webhook: discord.Webhook, card: Card, address: Address, key: str
    ) -> MessageRef | None:
        """The interaction's own answer, where a process died before it could say where the job's card is.

        One that others see, where the card is for one person, is taken away.
        """
        if not isinstance(card, Delivered | Ended) or key != card.header.job:
            return None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                message = await webhook.fetch_message(ORIGINAL)  # type: ignore[arg-type]
        except discord.NotFound as error:
            if errors.is_token_over(error):
                raise
            return None
        answer = MessageRef(address=address, id=str(message.id))
        if message.flags.ephemeral == bool(address.private_to):
            return answer
        await self.delete(webhook, answer)
        return None

    async def found(self, address: Address, card: Card, key: str) -> MessageRef | None:
        """The message of a post whose answer was lost, by its buttons, which name the job."""
        wanted = buttons_of(card)
        if key not in self._memory.lost or address.private_to or not wanted:
            return None
        try:
            async for message in channel_of(self._client, address).history(limit=LOOK_BACK):
                if buttons_in(message.components) == wanted:
                    return MessageRef(address=address, id=str(message.id))
        except discord.HTTPException as error:
            if errors.is_passing(error):
                raise
            log.info("discord.cannot_look", place=spoken(address), code=error.code)
        return None

    async def revise(self, webhook: discord.Webhook, old: MessageRef, card: Card) -> tuple[MessageRef, bool]:
        """Where it is now, and whether that is a new message, which leaves the old one to be deleted.

        Discord has been reported to refuse an edit with files that it takes as a new message
        (discord-api-docs issue 7529).
        """

        async def call(out: Outgoing) -> object:
            number, files = int(old.id), out.files
            return await webhook.edit_message(
                number, view=out.view, attachments=files, allowed_mentions=out.mentions
            )

        try:
            await self._sending.send(card, old.address, call)
        except discord.HTTPException as error:
            if error.status != 400 or not names(card):
                raise
            log.info("discord.edit_refused", code=error.code)
        else:
            return old, False
        key = f"instead of {old.id}"
        found = await self.found(old.address, card, key)
        return found or await self.post(webhook, old.address, card, key), True

    async def delete(self, webhook: discord.Webhook, message: MessageRef) -> None:
        async with asyncio.timeout(CALL_SECONDS):
            await webhook.delete_message(int(message.id))

    @contextmanager
    def until_over(self, webhook: discord.Webhook, *codes: int) -> Iterator[None]:
        """Pass over an error that says that the token opens nothing any more, or has one of `codes`."""
        try:
            yield
        except discord.HTTPException as error:
            if not errors.is_token_over(error) and error.code not in codes:
                raise
            if errors.is_token_dead(error):
                self._memory.give_up(webhook.token or "")
            log.info("discord.not_by_token", status=error.status, code=error.code)
