"""Answering one thing that was heard: acknowledged in time, then told to whoever asked and nobody else.

Slack wants an acknowledgement within 3 seconds, and shows "dispatch_failed" without one. So it is given once
what was asked for is written down, or the core has answered, or before anything that takes long.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import structlog

from adapters.slack import ids
from adapters.slack.errors import NO_ANSWER, Refusal, TooOften, reason
from adapters.slack.inbound import convert
from adapters.slack.inbound.burst import Burst
from adapters.slack.inbound.convert import Event
from adapters.slack.outbound import addresses
from adapters.slack.outbound.web_api import Calls
from adapters.slack.render.modal import view
from bot import wording
from bot.errors import trace
from bot.port.cards import (
    Accepted,
    Card,
    Delivered,
    Ended,
    Form,
    Notice,
    Refused,
    Reply,
    Report,
)
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

TRIGGER_SECONDS = (
    3.0  # for which a form can be opened (docs.slack.dev/interactivity/handling-user-interaction)
)
OPENED_BEFORE = "exchanged_trigger_id"

Ack = asyncio.Future[Mapping[str, Any]]  # done when it is acknowledged, with what Slack is told


class Poster(Protocol):
    """What can post a card, for one person's eyes or for all; and replace what one message shows."""

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef: ...

    async def revise(self, message: MessageRef, card: Card) -> MessageRef: ...


class Answer:
    """The answer to what was heard. `job`: what it accepted.

    `field`: of a form that was sent off, where a refusal is shown. `instead`: the message that the answer
    replaces, if it was for one reader alone.
    """

    def __init__(
        self,
        heard: Event,
        core: Core,
        posting: Poster,
        calls: Calls,
        acks: Burst,
        *,
        field: str = "",
        instead: bool = False,
    ) -> None:
        self.heard = heard
        self.job = ""
        self.acked: Ack = asyncio.get_running_loop().create_future()
        self._core = core
        self._posting = posting
        self._calls = calls
        self._acks = acks
        self._field = field
        self._instead = heard.only if instead else ""

    def ack(self, told: Mapping[str, Any] | None = None) -> bool:
        """Acknowledge, unless that was done before; whether this did."""
        if self.acked.done():
            return False
        self.acked.set_result(told or {})
        return True

    async def give(self, reply: Reply) -> None:
        """Acknowledge, and show the core's reply. A gallery is there for all to see already."""
        if not isinstance(reply, Accepted):
            if not (isinstance(reply, Refused) and self._in_form(reply)):
                await self.say(reply)
            return
        self.job = reply.job
        self.ack()
        if isinstance(reply.card, Delivered):
            return
        message = await self._post(reply.card, reply.job)
        if message is not None and not isinstance(reply.card, Ended):
            await self._tell_where(message)

    async def say(self, card: Refused | Notice | Report) -> None:
        """Acknowledge, and tell whoever asked."""
        self.ack()
        await self._post(card, self.heard.id)

    async def open(self, form: Form) -> None:
        """Acknowledge, and open a form."""
        self.ack()
        shown = view(form, private_metadata=convert.carried(self.heard))
        try:
            async with asyncio.timeout(TRIGGER_SECONDS):
                wanted = {"trigger_id": self.heard.trigger, "view": shown}
                await self._calls.ask(self.heard.team, "views.open", wanted, patience=0.0)
        except (Refusal, TooOften, DeliveryError, *NO_ANSWER) as error:
            log.info("slack.form_not_opened", team=self.heard.team, reason=reason(error))
            if not (isinstance(error, Refusal) and error.code == OPENED_BEFORE):
                await self.say(Notice(sentence=wording.NOT_OPENED))

    def _in_form(self, refused: Refused) -> bool:
        """Whether it was shown in the form, which stays open: nothing typed is lost."""
        if not self._field or refused.buttons:
            return False
        sentence = " ".join(filter(None, (refused.sentence, refused.hint)))
        return self.ack({"response_action": "errors", "errors": {self._field: sentence}})

    async def _post(self, card: Card, key: str) -> MessageRef | None:
        """None where it could not be shown in any way; the core then tells the outcome by itself."""
        await self._acks.first()
        whose = ids.named(self.heard.team, self.heard.user)
        address = replace(convert.address(self.heard), private_to=whose)
        try:
            if self._instead and await self._replaced(address, card):
                return None
            return await self._posting.post(address, card, key=key)
        except DeliveryError as error:
            log.warning("slack.not_answered", job=self.job, team=self.heard.team, reason=str(error))
            return None

    async def _replaced(self, address: Address, card: Card) -> bool:
        try:
            await self._posting.revise(addresses.pressed(address, self._instead), card)
        except DeliveryError as error:
            log.info("slack.not_replaced", team=self.heard.team, reason=str(error))
            return False
        return True

    async def _tell_where(self, card: MessageRef) -> None:
        """A job whose card's place is unknown still ends in a message: nobody need hear of a failure here."""
        try:
            await self._core.shown(self.job, card)
        except Exception as error:
            log.error("slack.shown_broke", job=self.job, trace=trace(error))
