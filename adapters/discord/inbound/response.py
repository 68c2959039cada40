"""Answering one interaction: in time, visible to the right people, and another way if this one is lost.

Discord takes the first answer within 3 seconds. If the core is quick, the card of an accepted request is that
answer. Otherwise, and at once if many people ask at the same moment, the answer is a deferral, which becomes
the card later. The deferral settles who sees the message, so a deferral with the wrong visibility is deleted
and the card is posted as a new message.

If a second process runs with the bot's token, Discord tells both of each interaction, and takes the answer of
the quicker one. The other one steps back: its job is released, and nobody sees anything of it.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from enum import Enum, auto
from typing import Any, Protocol

import discord
import structlog

from adapters.common.seldom import Seldom
from adapters.discord import messages
from adapters.discord.errors import NO_ANSWER
from adapters.discord.ids import qualified_id
from adapters.discord.inbound import convert
from adapters.discord.inbound.burst import Burst
from adapters.discord.inbound.convert import Interaction
from adapters.discord.inbound.first_response import AlreadyAnswered, defer, respond
from adapters.discord.outbound.addresses import card_button_ids, message_button_ids
from adapters.discord.outbound.message import OutgoingMessage, prepare
from bot.errors import trace
from bot.port.cards import Accepted, Card, Ended, Notice, Panel, PictureList, Refused, Reply, Report
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

# Seconds; half of what Discord waits (receiving-and-responding, "Responding to an Interaction").
DEFER_AFTER = 1.5
HOUR = 3600.0  # seconds; while a second process runs, half of all answers may be refused
TRIES = 2  # of an answer whose connection was cut: the second tells whether the first arrived


class Poster(Protocol):
    """Posts a card by its own means: the reply token, the channel, or a direct message.

    `spoiler`: pictures are veiled.
    """

    spoiler: bool

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef: ...


class _State(Enum):
    OPEN = auto()  # not answered yet
    DEFERRED = auto()
    ANSWERED = auto()  # more can follow by the token
    LOST = auto()  # Discord takes no answer any more, and the token is worth nothing
    TAKEN = auto()  # another process answers


def other_process_warning() -> Seldom:
    """Make the warning that another process answers with the bot's token; all shards share it."""
    return Seldom("discord.token_shared", pause=HOUR)


class Answer:
    """The answer to one interaction.

    `job`: the job that it announced; "" until a request is accepted.
    `is_followable`: a message answered it, so more messages can follow by its token.
    """

    def __init__(
        self,
        interaction: Interaction,
        core: Core,
        posting: Poster,
        now: float,
        burst: Burst,
        other_process: Seldom,
    ) -> None:
        self.job = ""
        self.is_followable = False
        self._other_process = other_process
        self._burst: Burst | None = burst  # None once this interaction has an answer
        burst.add()
        self._interaction = interaction
        self._core = core
        self._posting = posting
        self._now = now
        self._state = _State.OPEN
        self._is_deferral_private = False
        self._updates = False

    async def turn_page(self, work: Coroutine[Any, Any, Reply]) -> None:
        """Show the core's reply in place of the list with the button, if it is a list."""
        self._updates = True
        await self.show_reply(work, private=True, slow=True)

    async def show_reply(
        self, work: Coroutine[Any, Any, Reply], *, private: bool, slow: bool = False
    ) -> None:
        """Show the core's reply. `private`: who sees the deferral, if there has to be one.

        `slow`: the core will not answer in time, so the deferral comes first.
        """
        reply = await self._wait_for(work, private, slow)
        if reply is None:
            return
        if not isinstance(reply, Accepted):
            await self.tell(reply)
            return
        self.job = reply.job
        is_ended = isinstance(reply.card, Ended)
        message = await self._show(reply.card, reply.job, private=is_ended or reply.card.header.private)
        if self._state is _State.TAKEN:
            await self._core.withdraw(self.job)
        elif message is not None and not is_ended:
            await record_card(self._core, self.job, message)

    async def tell(self, card: Refused | Notice | Report | Panel | PictureList) -> None:
        """Show a card to the person who asked, and to nobody else."""
        await self._show(card, str(self._interaction.id), private=True)

    async def open_form(self, modal: discord.ui.Modal) -> None:
        """Open a form.

        Discord allows no deferral of it and no other way to show it: a person who sees none presses again.
        """
        try:
            await self._interaction.response.send_modal(modal)
            self._state = _State.ANSWERED
            self.leave_burst()
        except (discord.HTTPException, *NO_ANSWER) as error:
            log.info("discord.form_not_opened", interaction=self._interaction.id, reason=_reason(error))

    def leave_burst(self) -> None:
        """Count this interaction as answered. Safe to repeat."""
        if self._burst is not None:
            self._burst.remove()
            self._burst = None

    async def _wait_for(self, work: Coroutine[Any, Any, Reply], private: bool, slow: bool) -> Reply | None:
        """Return the core's reply; defer if it takes long, or first of all if it will, or in a large burst.

        Returns None if it was not asked, because another process had answered before.
        """
        if (burst := self._burst) is not None and (slow or burst.is_large):
            try:
                await self._defer(private)
                await burst.wait_until_empty()
            except BaseException:
                work.close()
                raise
            if self._state is _State.TAKEN:
                work.close()
                return None
            return await work
        deferral: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        timer = loop.call_later(DEFER_AFTER, lambda: deferral.append(loop.create_task(self._defer(private))))
        try:
            return await work
        finally:
            timer.cancel()
            await asyncio.gather(*deferral)

    async def _defer(self, private: bool) -> None:
        self._state, self._is_deferral_private = _State.DEFERRED, private
        try:
            await defer(self._interaction, private=private, updates=self._updates)
        except AlreadyAnswered:
            self._step_back()
        except NO_ANSWER:
            pass  # it may have arrived; the edit will tell
        except discord.HTTPException as error:
            self._lose(error)
        self.leave_burst()

    async def _show(self, card: Card, key: str, *, private: bool) -> MessageRef | None:
        """Show a card as the first answer, in place of the deferral, or else as a posted message.

        Returns None if all that failed; for a job, the core then posts the outcome by itself.
        """
        number = None
        if self._state is _State.OPEN:
            number = await self._respond(card, private)
        elif self._state is _State.DEFERRED:
            number = await self._resolve_deferral(card, private)
        if self._state is _State.TAKEN:
            return None
        if number is None:
            message = await self._post(card, key, private)
            self.is_followable = message is not None
            return message
        self._state, self.is_followable = _State.ANSWERED, True
        return MessageRef(address=self._address(private), id=str(number))

    async def _respond(self, card: Card, private: bool) -> int | None:
        """Make the card the first answer; return the message's id, or None if Discord did not take it."""
        is_repeat = False
        for _ in range(TRIES):
            message = await self._prepare(card)
            try:
                number = await respond(self._interaction, message, private=private)
                self.leave_burst()
                return number
            except AlreadyAnswered:
                if is_repeat:
                    return await self._find_answer(card)
                self._step_back()
                return None
            except discord.HTTPException as error:
                self._lose(error)
                return None
            except NO_ANSWER as error:
                self._lose(error)
                is_repeat = True
        return await self._find_answer(card)

    async def _find_answer(self, card: Card) -> int | None:
        """Find the answer of an earlier try, whose reply was lost; return its id.

        Its buttons name the job. Another process has jobs of its own.
        """
        try:
            original = await self._interaction.original_response()
        except (discord.DiscordException, *NO_ANSWER) as error:
            self._lose(error)
            return None
        if message_button_ids(original.components) == card_button_ids(card) and not original.flags.loading:
            return original.id
        self._step_back()
        return None

    def _step_back(self) -> None:
        """Leave the interaction to the process that answered it."""
        self._state = _State.TAKEN
        self._other_process.warn(fix=messages.TOKEN_SHARED)
        log.info("discord.answered_elsewhere", interaction=self._interaction.id)

    async def _resolve_deferral(self, card: Card, private: bool) -> int | None:
        """Edit the deferral into the card if the same people may see both; otherwise delete it.

        Returns the message's id; None if the card has to be posted.
        """
        self._state = _State.ANSWERED
        if self._updates and not isinstance(card, PictureList):
            return None
        try:
            if self._is_deferral_private == private:
                return (await self._edit(card)).id
            await self._interaction.delete_original_response()
        except (discord.DiscordException, *NO_ANSWER) as error:
            log.info("discord.deferral_left", interaction=self._interaction.id, reason=_reason(error))
        return None

    async def _edit(self, card: Card) -> discord.InteractionMessage:
        message = await self._prepare(card)
        return await self._interaction.edit_original_response(
            view=message.view, attachments=message.files, allowed_mentions=message.mentions
        )

    async def _prepare(self, card: Card) -> OutgoingMessage:
        limit = self._interaction.filesize_limit
        return await prepare(card, self._core.picture, limit=limit, spoiler=self._posting.spoiler)

    async def _post(self, card: Card, key: str, private: bool) -> MessageRef | None:
        address = self._address(private)
        if self._state is _State.LOST:
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
        person = qualified_id(self._interaction.user.id)
        return replace(address, private_to=person) if private else address

    def _lose(self, error: Exception) -> None:
        self._state = _State.LOST
        log.warning("discord.answer_lost", interaction=self._interaction.id, reason=_reason(error))


async def record_card(core: Core, job: str, card: MessageRef) -> None:
    """Tell the core which message shows a job's card.

    An error is only logged: a job whose card the core does not know still ends in a message.
    """
    try:
        await core.shown(job, card)
    except Exception as error:
        log.error("discord.shown_broke", job=job, trace=trace(error))


def _reason(error: Exception) -> str:
    """Name an error with Discord's numbers, but without its message, which may quote a prompt."""
    number = f" {error.status} {error.code}" if isinstance(error, discord.HTTPException) else ""
    return type(error).__name__ + number
