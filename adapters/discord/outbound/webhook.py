"""Messages sent by a reply token: for everybody or for one person, without any permission of the bot's.

A follow-up by token carries no nonce. If its answer was lost (a cut connection, a timeout), it may have been
posted, so the channel is searched for it before it is posted again. What one person sees cannot be searched
for: the pictures come as an edit of a line, and only the line may show twice. If the bot may not read the
channel, pictures are not posted again; a sentence is, since twice is better than not at all.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import discord
import structlog

from adapters.discord import errors
from adapters.discord.outbound.addresses import card_button_ids, channel_of, describe, message_button_ids
from adapters.discord.outbound.message import OutgoingMessage
from adapters.discord.outbound.sending import CALL_SECONDS, CardSender, OneAnswer
from adapters.discord.outbound.state import PostingState
from adapters.discord.render.cards import names
from bot import wording
from bot.port.cards import Card, Delivered, Ended, Notice
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

ORIGINAL = "@original"  # Discord's name for the first answer to an interaction, by its token
SEARCH_LIMIT = 100  # messages of a channel that are searched: as many as one request returns


class Unconfirmed(Exception):
    """Nobody can know if a channel shows some pictures, and they must not be posted again."""


class WebhookSender:
    """Posts, revises and deletes through an interaction's webhook.

    Raises Discord's own errors; `ignore_expired` passes over those of a token that opens nothing any more.
    Such a token is not tried again: a gallery would be uploaded twice, and refused at its end.
    """

    def __init__(
        self, client: discord.Client, sender: CardSender, state: PostingState, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._sender = sender
        self._clock = clock
        self._state = state

    def webhook(self, address: Address) -> discord.Webhook | None:
        """Make the webhook of an address's reply token; None if no token is lent any more."""
        lent = address.lent
        if lent is None or lent.until <= self._clock() or lent.token in self._state.expired_tokens:
            return None
        webhook = discord.Webhook.partial(self._client.application_id or 0, lent.token, client=self._client)
        webhook.type = discord.WebhookType.application  # no other type may post for one person alone
        return webhook

    async def post(self, webhook: discord.Webhook, address: Address, card: Card, key: str) -> MessageRef:
        """Post a message. Pictures for one person replace a line that says that they follow."""
        if not (address.private_to and names(card)):
            return await self._send(webhook, address, card, key)
        lines = self._state.lines
        if key not in lines:
            line = Notice(sentence=wording.pictures_follow(len(names(card))))
            lines[key] = (await self._send(webhook, address, line, key)).id
        message = MessageRef(address=address, id=lines[key])
        try:
            revised, is_new = await self.revise(webhook, message, card)
        except discord.NotFound as error:
            if error.code != errors.UNKNOWN_MESSAGE:
                raise
            del lines[key]  # its reader dismissed it
            return await self.post(webhook, address, card, key)
        del lines[key]
        if is_new:
            with suppress(discord.HTTPException, *errors.NO_ANSWER):
                await self.delete(webhook, message)
        return revised

    async def _send(self, webhook: discord.Webhook, address: Address, card: Card, key: str) -> MessageRef:
        session = webhook.session

        async def call(outgoing: OutgoingMessage) -> discord.WebhookMessage:
            webhook.session = OneAnswer.of(session)
            return await webhook.send(
                view=outgoing.view,
                files=outgoing.files,
                allowed_mentions=outgoing.mentions,
                ephemeral=bool(address.private_to),
                wait=True,
            )

        try:
            message = await self._sender.send(card, address, call)
        except errors.NO_ANSWER:
            self._state.unconfirmed[key] = None
            raise
        finally:
            webhook.session = session
        return MessageRef(address=address, id=str(message.id))

    async def original_answer(
        self, webhook: discord.Webhook, card: Card, address: Address, key: str
    ) -> MessageRef | None:
        """Find the interaction's first answer, if it shows the job's card and the core does not know it.

        The core does not know it if a process died before it could tell the core. If others see that answer
        and the card is for one person, it is deleted, and None is returned.
        """
        if not isinstance(card, Delivered | Ended) or key != card.header.job:
            return None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                message = await webhook.fetch_message(ORIGINAL)  # type: ignore[arg-type]
        except discord.NotFound as error:
            if errors.is_token_unusable(error):
                raise
            return None
        button_ids = message_button_ids(message.components)
        if button_ids and not any(card.header.job in each for each in button_ids):
            return None  # another process with the bot's token answered
        answer = MessageRef(address=address, id=str(message.id))
        if message.flags.ephemeral == bool(address.private_to):
            return answer
        await self.delete(webhook, answer)
        return None

    async def find_earlier_post(self, address: Address, card: Card, key: str) -> MessageRef | None:
        """Find the message of a post whose answer was lost, by the ids of its buttons, which name the job.

        Raises Unconfirmed if the bot may not look for pictures.
        """
        button_ids = card_button_ids(card)
        if key not in self._state.unconfirmed or address.private_to or not button_ids:
            return None
        try:
            async for message in channel_of(self._client, address).history(limit=SEARCH_LIMIT):
                if message_button_ids(message.components) == button_ids:
                    return MessageRef(address=address, id=str(message.id))
        except discord.HTTPException as error:
            if errors.is_transient(error):
                raise
            log.info("discord.cannot_look", place=describe(address), code=error.code)
            if names(card):
                raise Unconfirmed from error
        return None

    async def revise(self, webhook: discord.Webhook, old: MessageRef, card: Card) -> tuple[MessageRef, bool]:
        """Edit a message; return where it is now, and whether it is new and the old one must be deleted.

        Discord has been reported to refuse an edit with files that it takes as a new message
        (discord-api-docs issue 7529).
        """

        async def call(outgoing: OutgoingMessage) -> object:
            number, files = int(old.id), outgoing.files
            return await webhook.edit_message(
                number, view=outgoing.view, attachments=files, allowed_mentions=outgoing.mentions
            )

        try:
            await self._sender.send(card, old.address, call)
        except discord.HTTPException as error:
            if error.status != 400 or not names(card):
                raise
            log.info("discord.edit_refused", code=error.code)
        else:
            return old, False
        key = f"instead of {old.id}"
        earlier = await self.find_earlier_post(old.address, card, key)
        return earlier or await self._send(webhook, old.address, card, key), True

    async def delete(self, webhook: discord.Webhook, message: MessageRef) -> None:
        async with asyncio.timeout(CALL_SECONDS):
            await webhook.delete_message(int(message.id))

    @contextmanager
    def ignore_expired(self, webhook: discord.Webhook, *codes: int) -> Iterator[None]:
        """Pass over an error that says that the token cannot do this any more, or that has one of `codes`."""
        try:
            yield
        except discord.HTTPException as error:
            if not errors.is_token_unusable(error) and error.code not in codes:
                raise
            if errors.is_token_expired(error):
                self._state.expired_tokens[webhook.token or ""] = None
            log.info("discord.not_by_token", status=error.status, code=error.code)
