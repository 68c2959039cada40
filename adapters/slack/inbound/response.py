"""The answer to one event: acknowledged in time, then shown to the person who asked and nobody else.

Slack wants an acknowledgement within 3 seconds, and shows "dispatch_failed" without one. The bot therefore
acknowledges when the request is written down, when the core has answered, or before anything that takes long.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import structlog

from adapters.slack import ids
from adapters.slack.errors import NO_ANSWER, RateLimited, Refusal, reason
from adapters.slack.inbound import convert
from adapters.slack.inbound.burst import Burst
from adapters.slack.inbound.convert import Event
from adapters.slack.outbound import addresses
from adapters.slack.outbound.web_api import WebApi
from adapters.slack.render.modal import answer_view, panel_view, view
from bot import wording
from bot.errors import trace
from bot.port.cards import (
    Accepted,
    Card,
    Delivered,
    Ended,
    Form,
    Notice,
    Panel,
    PictureList,
    Refused,
    Reply,
    Report,
)
from bot.port.protocols import Core, DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

# Seconds within which a form can be opened (docs.slack.dev/interactivity/handling-user-interaction).
TRIGGER_SECONDS = 3.0
CLOSE_ALL = {"response_action": "clear"}  # docs.slack.dev/surfaces/modals, "Closing modals"
OPENED_BEFORE = "exchanged_trigger_id"  # Slack's code for a trigger that has opened a form already

Ack = asyncio.Future[Mapping[str, Any]]  # done when the event is acknowledged; its result goes to Slack


class Poster(Protocol):
    """The part of Posting that an answer uses; see outbound/posting.py."""

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef: ...

    async def revise(self, message: MessageRef, card: Card) -> MessageRef: ...

    async def picture_file(self, message: MessageRef, number: int) -> str: ...


class Answer:
    """The answer to one event. `job`: the id of the job that the core accepted, "" before that.

    `person`: the person who asked, as the core knows them; "" until Slack tells.
    `field`: the field of a submitted form that shows a refusal.
    `instead`: the kind of card that replaces the message with the pressed button, if only its reader sees it.
    `closes`: acknowledging a submitted form closes the modal below it, too.
    """

    def __init__(
        self,
        event: Event,
        core: Core,
        posting: Poster,
        web_api: WebApi,
        burst: Burst,
        *,
        field: str = "",
        instead: type | None = None,
        closes: bool = False,
    ) -> None:
        self.event = event
        self.job = ""
        self.person = ""
        self._is_shown = False
        self.acknowledgement: Ack = asyncio.get_running_loop().create_future()
        self._core = core
        self._posting = posting
        self._web_api = web_api
        self._burst = burst
        self._field = field
        self._payload = CLOSE_ALL if closes else {}
        self._instead = instead

    def ack(self, payload: Mapping[str, Any] | None = None) -> bool:
        """Acknowledge the event; return False if it was acknowledged before."""
        if self.acknowledgement.done():
            return False
        self.acknowledgement.set_result(payload or self._payload)
        return True

    async def give(self, reply: Reply) -> None:
        """Acknowledge, and show the core's reply. Post no gallery: the channel has it already."""
        if isinstance(reply, Panel):
            await self._open_panel(reply)
            return
        await self._show_in_modal(reply)
        if not isinstance(reply, Accepted):
            if not (isinstance(reply, Refused) and self._show_in_form(reply)):
                await self.say(reply)
            return
        self.job = reply.job
        self.ack()
        if isinstance(reply.card, Delivered):
            return
        message = await self._post(reply.card, reply.job)
        if message is not None and not isinstance(reply.card, Ended):
            await self._report_shown(message)

    async def say(self, card: Refused | Notice | Report | Panel | PictureList) -> None:
        """Acknowledge, and show a card to the person who asked."""
        self.ack()
        await self._post(card, self.event.id)

    async def open(self, form: Form) -> None:
        """Acknowledge, and open a form; say so if it cannot be opened."""
        self.ack()
        if not await self._open_view(view(form, private_metadata=convert.view_metadata(self.event))):
            await self.say(Notice(sentence=wording.NOT_OPENED))

    async def _open_panel(self, panel: Panel) -> None:
        """Open a panel; post it as a direct message if Slack's file of its picture is not known any more."""
        self.ack()
        pressed = MessageRef(address=convert.address(self.event), id=self.event.message_ts)
        file = await self._picture_file(pressed, panel.number)
        if not file and panel.message:  # the button was in a list, or in another panel
            file = await self._picture_file(panel.message, panel.number)
        metadata = convert.view_metadata(self.event)
        if not file or not await self._open_view(panel_view(panel, file, private_metadata=metadata)):
            await self.say(panel)

    async def _picture_file(self, message: MessageRef, number: int) -> str:
        return await self._posting.picture_file(message, number) if message.id else ""

    async def _open_view(self, payload: Mapping[str, Any]) -> bool:
        """Open a modal, above the one with the pressed button; return False if Slack does not.

        A modal that this trigger has opened before counts as open.
        """
        body = {"trigger_id": self.event.trigger_id, "view": payload}
        method = "views.push" if self.event.modal else "views.open"
        try:
            async with asyncio.timeout(TRIGGER_SECONDS):
                await self._web_api.call(self.event.team, method, body, patience=0.0)
        except (Refusal, RateLimited, DeliveryError, *NO_ANSWER) as error:
            log.info("slack.form_not_opened", team=self.event.team, reason=reason(error))
            return isinstance(error, Refusal) and error.code == OPENED_BEFORE
        return True

    async def _show_in_modal(self, reply: Accepted | Refused | Report | Notice | PictureList) -> None:
        """Show in the modal with the pressed button what came of it: the chat is hidden behind it."""
        if not self.event.modal:
            return
        self.ack()
        card = reply.card if isinstance(reply, Accepted) else reply
        extra = wording.to_come(card, False) if isinstance(card, Report) and card.file else ()
        metadata = convert.view_metadata(self.event)
        changed = answer_view(wording.ANSWER, card, extra, private_metadata=metadata)
        try:
            await self._web_api.call(
                self.event.team, "views.update", {"view_id": self.event.modal, "view": changed}, patience=0.0
            )
        except (Refusal, RateLimited, DeliveryError, *NO_ANSWER) as error:  # it was closed, mostly
            log.info("slack.modal_not_updated", team=self.event.team, reason=reason(error))

    def _show_in_form(self, refused: Refused) -> bool:
        """Show a refusal in the form, which stays open with all that was typed; return False if it cannot."""
        if not self._field or refused.buttons:
            return False
        sentence = " ".join(filter(None, (refused.sentence, refused.hint)))
        return self.ack({"response_action": "errors", "errors": {self._field: sentence}})

    async def _post(self, card: Card, key: str) -> MessageRef | None:
        """Post a card for the person who asked; None if no way worked.

        The core then posts the job's outcome by itself.
        """
        await self._burst.wait()
        reader = ids.qualified_id(self.event.team, self.event.user)
        address = replace(convert.address(self.event), private_to=reader)
        try:
            self._is_shown = True
            if self._instead and isinstance(card, self._instead) and await self._replace(address, card):
                return None
            return await self._posting.post(address, card, key=key)
        except DeliveryError as error:
            log.warning("slack.not_answered", job=self.job, team=self.event.team, reason=str(error))
            return None

    async def _replace(self, address: Address, card: Card) -> bool:
        """Replace the message with the pressed button; return False if others see it, or if it fails."""
        message = addresses.pressed_message(address, self.event.ephemeral_ts)
        if not self.event.ephemeral_ts:
            if not (isinstance(card, PictureList) and addresses.is_direct(address)):
                return False
            message = MessageRef(address=address, id=self.event.message_ts)
        try:
            await self._posting.revise(message, card)
        except DeliveryError as error:
            log.info("slack.not_replaced", team=self.event.team, reason=str(error))
            return False
        return True

    async def report(self) -> None:
        """Tell the core that the person read an answer. Only log a failure."""
        if not self.person or not self._is_shown:
            return
        try:
            await self._core.answered(self.person, convert.address(self.event))
        except Exception as error:
            log.error("slack.answered_broke", job=self.job, trace=trace(error))

    async def _report_shown(self, card: MessageRef) -> None:
        """Tell the core where the job's card is. Only log a failure: the job still ends in a message."""
        try:
            await self._core.shown(self.job, card)
        except Exception as error:
            log.error("slack.shown_broke", job=self.job, trace=trace(error))
