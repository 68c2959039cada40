"""Posting, revising and deleting messages: which way a card takes to those who may see it.

Pictures are one message that all may see, or a direct message. All else is for one person alone: by what the
platform lent, else as an ephemeral message, else as a direct message; where the bot and a person talk, as a
plain message, which can move and go. An answer that was lost leaves open whether the call was carried out:
`galleries` says what keeps pictures from showing twice. A sentence may: there is no way to look for it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from adapters.slack import messages
from adapters.slack.errors import (
    GONE,
    NO_ANSWER,
    Refusal,
    TooOften,
    delivery_error,
    is_passing,
    reason,
)
from adapters.slack.outbound.addresses import (
    FILE,
    ONLY,
    PRESSED,
    channel_of,
    is_direct,
    spoken,
    team_of,
    user_of,
    within,
)
from adapters.slack.outbound.galleries import Galleries, body_of
from adapters.slack.outbound.response_url import USES, USES_TO_TELL, ByUrl
from adapters.slack.outbound.web_api import Calls, Json
from adapters.slack.render.cards import names
from bot import wording as words
from bot.port.cards import Card, Delivered, Ended, Notice, Report, Working
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef

log = structlog.get_logger()

PATIENT = (Refusal, TooOften, DeliveryError, *NO_ANSWER)
Way = Callable[[], Awaitable[MessageRef]]


class Posting:
    """Messages of one session. Raises only DeliveryError. `bot`: its name, as it is invited by."""

    def __init__(self, calls: Calls, by_url: ByUrl, galleries: Galleries, bot: str) -> None:
        self._calls = calls
        self._by_url = by_url
        self._galleries = galleries
        self._bot = bot

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """A new message. Where it is a direct one, the answer names that channel."""
        async with self._mapped(f"post in {spoken(address)}"):
            match card:
                case Delivered():
                    return await self._deliver(address, card, key)
                case Report() if card.chart or card.file:
                    return await self._report(address, card, key)
            return await self._tell(address, card, key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        """Replace what a message shows. One that nothing can revise stays; an outcome is then posted anew."""
        async with self._mapped(f"revise {message.id} in {spoken(message.address)}"):
            if message.id.startswith(ONLY):
                if isinstance(card, Working):
                    return message
                return await self.post(message.address, card, key=message.id)
            if message.id.startswith(PRESSED):
                await self._replace(message, card)
            elif names(card):
                await self._galleries.revise(await self._there(message), card)
            else:
                now = await self._there(message)
                body = body_of(now.address, card) | {"ts": now.id}
                await self._calls.ask(team_of(now.address), "chat.update", body, patience=0.0)
            return message

    async def delete(self, message: MessageRef) -> None:
        """Take a message away, and its files. One that only its reader sees may stay: nothing reaches it."""
        if not message.id or message.id.startswith(ONLY):
            return
        async with self._mapped(f"delete {message.id} in {spoken(message.address)}"):
            if message.id.startswith(PRESSED):
                await self._take_away(message)
                return
            there = await self._there(message)
            await self._galleries.forget(message)  # first: while there is a button to ask for it once more
            try:
                body = {"channel": channel_of(there.address), "ts": there.id}
                await self._calls.ask(team_of(there.address), "chat.delete", body)
            except Refusal as error:
                if error.code not in GONE:
                    raise

    async def _there(self, message: MessageRef) -> MessageRef:
        if not message.id.startswith(FILE):
            return message
        found = await self._galleries.find(message)
        if found is None:
            raise DeliveryError(messages.not_shown(spoken(message.address)), retryable=True)
        return found

    # --- pictures

    async def _deliver(self, address: Address, card: Delivered, key: str) -> MessageRef:
        if not address.private_to:
            return await self._galleries.post(address, card, key)
        extra: tuple[str, ...] = ()
        if not card.header.private:  # the channel would not have it
            extra = (words.NOT_BETWEEN_YOU if is_direct(address) else words.not_here(self._bot),)
        try:
            place = await self._direct(address, address.private_to)
            return await self._galleries.post(place, card, key, extra)
        except Refusal as error:
            if not is_passing(error):
                with suppress(*PATIENT):
                    await self._tell(address, Notice(sentence=words.NO_DIRECT), f"{key}.told")
            raise

    async def _report(self, address: Address, card: Report, key: str) -> MessageRef:
        """An ephemeral message has no file: a chart is told in words there, and both come by themselves."""
        told = None
        if not (is_direct(address) and card.chart):
            told = await self._tell(address, card, key, extra=words.to_come(card, is_direct(address)))
        try:
            place = await self._direct(address, address.private_to)
            if card.chart:
                chart = await self._galleries.post(place, card, f"{key}.chart")
                told = told or chart
            if card.file:
                await self._galleries.hand_over(place, card.file, card.title)
        except PATIENT as error:
            log.warning("slack.no_file", reason=reason(error))
            told = told or await self._tell(address, card, key)
            if card.file:
                await self._tell(address, Notice(sentence=words.NOT_COME), f"{key}.told")
        assert told is not None
        return told

    async def _direct(self, address: Address, person: str) -> Address:
        """Where the bot and a person talk."""
        if not person:
            return address
        answer = await self._calls.ask(team_of(address), "conversations.open", {"users": user_of(person)})
        return within(address, str(answer["channel"]["id"]))

    # --- what is for one person alone

    async def _tell(self, address: Address, card: Card, key: str, extra: Sequence[str] = ()) -> MessageRef:
        """By the first way that works. Raises what the last met, or an earlier one that may pass."""
        met: list[Exception] = []
        for way in self._ways(address, card, key, extra):
            try:
                return await way()
            except PATIENT as error:
                log.info("slack.other_way", place=spoken(address), reason=reason(error))
                met.append(error)
        if not met:
            raise DeliveryError(messages.nobody(f"post in {spoken(address)}"), retryable=False)
        raise next((error for error in met if is_passing(error)), met[-1])

    def _ways(self, address: Address, card: Card, key: str, extra: Sequence[str]) -> Iterator[Way]:
        reader = address.private_to
        if isinstance(card, Working | Ended):
            reader = reader or card.header.person
        if is_direct(address) or (not reader and isinstance(card, Report)):  # for all who are in the channel
            yield lambda: self._plainly(address, body_of(address, card, extra=extra))
        if url := self._by_url.url(address, most=_uses(card)):
            yield lambda: self._by_lent(url, address, body_of(address, card, extra=extra), key)
        if reader and not is_direct(address):
            yield lambda: self._for_one(address, body_of(address, card, extra=extra), reader)
        if reader:
            yield lambda: self._by_direct(address, card, reader, extra)

    async def _plainly(self, address: Address, body: Json) -> MessageRef:
        return MessageRef(address=address, id=await self._calls.post(team_of(address), body))

    async def _by_lent(self, url: str, address: Address, body: Json, key: str) -> MessageRef:
        await self._by_url.send(url, body | {"response_type": "ephemeral", "replace_original": False})
        return MessageRef(address=address, id=f"{ONLY}{key}")

    async def _for_one(self, address: Address, body: Json, reader: str) -> MessageRef:
        whose = body | {"user": user_of(reader)}
        answer = await self._calls.ask(team_of(address), "chat.postEphemeral", whose)
        return MessageRef(address=address, id=f"{ONLY}{answer['message_ts']}")

    async def _by_direct(self, address: Address, card: Card, reader: str, extra: Sequence[str]) -> MessageRef:
        place = await self._direct(address, reader)
        return await self._plainly(place, body_of(place, card, extra=extra))

    async def _replace(self, message: MessageRef, card: Card) -> None:
        """What only tells how far a job is leaves the last uses of its response_url to the outcome."""
        if url := self._by_url.url(message.address, most=_uses(card)):
            body = body_of(message.address, card) | {"replace_original": True}
            await self._by_url.send(url, body)
        elif not isinstance(card, Working):
            raise DeliveryError(messages.out_of_reach(f"revise {spoken(message.address)}"), retryable=False)

    async def _take_away(self, message: MessageRef) -> None:
        if url := self._by_url.url(message.address):
            await self._by_url.send(url, {"delete_original": True})
        else:
            log.info("slack.message_left", place=spoken(message.address))

    @asynccontextmanager
    async def _mapped(self, doing: str) -> AsyncIterator[None]:
        try:
            yield
        except DeliveryError:
            raise
        except Exception as error:
            if self._calls.session.closed:  # calls that were under way then fail in ways of their own
                raise DeliveryError(messages.closing(doing), retryable=True) from error
            raise delivery_error(error, doing) from error


def _uses(card: Card) -> int:
    """How often a response_url may be used, this time included."""
    return USES_TO_TELL if isinstance(card, Working) else USES
