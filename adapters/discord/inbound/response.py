"""Answering one interaction: in time, to the right eyes, and by another way where this one is lost.

Discord takes the first answer within 3 seconds. The card of an accepted request is that answer where the
core is quick; else, and at once where many ask at the same moment, a deferral that becomes it. Whether others
see it is settled by the deferral, so one that turns out wrong is taken away and the card posted anew.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from enum import Enum, auto
from typing import Any, Protocol

import discord
import structlog

from adapters.discord.errors import NO_ANSWER
from adapters.discord.ids import named
from adapters.discord.inbound import convert
from adapters.discord.inbound.burst import Burst
from adapters.discord.inbound.convert import Interaction
from adapters.discord.inbound.first_response import respond
from adapters.discord.outbound.message import Outgoing, prepare
from bot.errors import trace
from bot.port.cards import Accepted, Card, Ended, Notice, Refused, Reply, Report
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

DEFER_AFTER = (
    1.5  # seconds; half of what Discord waits (receiving-and-responding, "Responding to an Interaction")
)
TRIES = 2  # of an answer whose connection was cut: the second tells whether the first arrived
ALREADY_ANSWERED = 40060  # opcodes-and-status-codes, "JSON Error Codes"


class Poster(Protocol):
    """What can post a card by itself: by what is lent, in the channel, or as a direct message.

    `spoiler`: pictures are veiled.
    """

    spoiler: bool

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef: ...


class _Way(Enum):
    OPEN = auto()  # nothing was answered yet
    DEFERRED = auto()
    ANSWERED = auto()  # more can follow by the token
    LOST = auto()  # Discord takes no answer any more, and the token is worth nothing


class Answer:
    """The answer to one interaction. `job`: what it accepted, once it has. `crowd`: who waits besides."""

    def __init__(
        self, interaction: Interaction, core: Core, posting: Poster, now: float, crowd: Burst
    ) -> None:
        self.job = ""
        self._crowd: Burst | None = crowd  # None once this one is answered
        crowd.come()
        self._interaction = interaction
        self._core = core
        self._posting = posting
        self._now = now
        self._way = _Way.OPEN
        self._hidden = False  # the deferral, from everybody else

    async def give(self, work: Coroutine[Any, Any, Reply], *, private: bool) -> None:
        """Show the core's reply. `private`: how to defer, where it takes long or many ask."""
        reply = await self._awaited(work, private)
        if not isinstance(reply, Accepted):
            await self.say(reply)
            return
        self.job = reply.job
        ended = isinstance(reply.card, Ended)
        message = await self._show(reply.card, reply.job, private=ended or reply.card.header.private)
        if message is not None and not ended:
            await tell_where(self._core, self.job, message)

    async def say(self, card: Refused | Notice | Report) -> None:
        """Tell whoever asked, and nobody else."""
        await self._show(card, str(self._interaction.id), private=True)

    async def open(self, modal: discord.ui.Modal) -> None:
        """Open a form. It cannot be deferred, and comes no other way: who sees none presses again."""
        try:
            await self._interaction.response.send_modal(modal)
            self._way = _Way.ANSWERED
            self.leave()
        except (discord.HTTPException, *NO_ANSWER) as error:
            log.info("discord.form_not_opened", interaction=self._interaction.id, reason=_reason(error))

    def leave(self) -> None:
        """Whoever asked need not be waited for any more. Safe to repeat."""
        if self._crowd is not None:
            self._crowd.answered()
            self._crowd = None

    async def _awaited(self, work: Coroutine[Any, Any, Reply], private: bool) -> Reply:
        if (crowd := self._crowd) is not None and crowd.many:
            try:
                await self._defer(private)
                await crowd.over()
            except BaseException:
                work.close()
                raise
            return await work
        deferral: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        late = loop.call_later(DEFER_AFTER, lambda: deferral.append(loop.create_task(self._defer(private))))
        try:
            return await work
        finally:
            late.cancel()
            await asyncio.gather(*deferral)

    async def _defer(self, private: bool) -> None:
        self._way, self._hidden = _Way.DEFERRED, private
        try:
            await self._interaction.response.defer(ephemeral=private, thinking=True)
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED:
                self._lose(error)
        except NO_ANSWER:
            pass  # it may have arrived: editing it will tell
        self.leave()

    async def _show(self, card: Card, key: str, *, private: bool) -> MessageRef | None:
        """None where it could not be shown in any way; the core then tells the outcome by itself."""
        number = None
        if self._way is _Way.OPEN:
            number = await self._respond(card, private)
        elif self._way is _Way.DEFERRED:
            number = await self._resolve(card, private)
        if number is None:
            return await self._post(card, key, private)
        self._way = _Way.ANSWERED
        return MessageRef(address=self._address(private), id=str(number))

    async def _respond(self, card: Card, private: bool) -> int | None:
        for _ in range(TRIES):
            sent = await self._outgoing(card)
            try:
                number = await respond(self._interaction, sent, private=private)
                self.leave()
                return number
            except discord.HTTPException as error:
                if error.code == ALREADY_ANSWERED:
                    return await self._arrived(card)
                self._lose(error)
                return None
            except NO_ANSWER as error:
                self._lose(error)
        return None

    async def _arrived(self, card: Card) -> int | None:
        """It was answered before: by a try whose own answer was lost, or by a copy of this interaction."""
        try:
            original = await self._interaction.original_response()
            return (await self._edit(card)).id if original.flags.loading else original.id
        except (discord.DiscordException, *NO_ANSWER) as error:
            self._lose(error)
            return None

    async def _resolve(self, card: Card, private: bool) -> int | None:
        """The deferral becomes the card, where the same people may see it."""
        self._way = _Way.ANSWERED
        try:
            if self._hidden == private:
                return (await self._edit(card)).id
            await self._interaction.delete_original_response()
        except (discord.DiscordException, *NO_ANSWER) as error:
            log.info("discord.deferral_left", interaction=self._interaction.id, reason=_reason(error))
        return None

    async def _edit(self, card: Card) -> discord.InteractionMessage:
        sent = await self._outgoing(card)
        return await self._interaction.edit_original_response(
            view=sent.view, attachments=sent.files, allowed_mentions=sent.mentions
        )

    async def _outgoing(self, card: Card) -> Outgoing:
        limit = self._interaction.filesize_limit
        return await prepare(card, self._core.picture, limit=limit, spoiler=self._posting.spoiler)

    async def _post(self, card: Card, key: str, private: bool) -> MessageRef | None:
        address = self._address(private)
        if self._way is _Way.LOST:
            address = replace(address, lent=None)
        try:
            return await self._posting.post(address, card, key=key)
        except DeliveryError as error:
            log.warning(
                "discord.not_answered", job=self.job, interaction=self._interaction.id, reason=str(error)
            )
            return None

    def _address(self, private: bool) -> Address:
        address = convert.address(self._interaction, self._now)
        whose = named(self._interaction.user.id)
        return replace(address, private_to=whose) if private else address

    def _lose(self, error: Exception) -> None:
        self._way = _Way.LOST
        log.warning("discord.answer_lost", interaction=self._interaction.id, reason=_reason(error))


async def tell_where(core: Core, job: str, card: MessageRef) -> None:
    """A job whose card's place is unknown still ends in a message: nobody need hear of a failure here."""
    try:
        await core.shown(job, card)
    except Exception as error:
        log.error("discord.shown_broke", job=job, trace=trace(error))


def _reason(error: Exception) -> str:
    """Discord's number for it, and no words: they may quote what was sent."""
    number = f" {error.status} {error.code}" if isinstance(error, discord.HTTPException) else ""
    return type(error).__name__ + number
