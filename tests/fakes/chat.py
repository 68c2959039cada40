"""A platform in memory: it posts, revises and deletes messages, and fails on request."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from bot.port.cards import Accepted, Card
from bot.port.protocols import Core, DeliveryError, WholeCore
from bot.port.requests import Address, MessageRef

Verb = Literal["post", "revise", "delete"]


@dataclass(slots=True)
class Message:
    """A message with all its cards, oldest first; the last one is visible."""

    ref: MessageRef
    cards: list[Card]

    @property
    def card(self) -> Card:
        return self.cards[-1]


@dataclass(slots=True)
class Trouble:
    """An error to raise: for this verb, so many times. `private`: only for private (or public) addresses."""

    verb: Verb
    error: Exception
    times: int
    private: bool | None


@dataclass(slots=True)
class FakeChat:
    """The Adapter of the port.

    `messages`: the visible messages by id. `deleted`: the messages deleted so far. `calls`: every attempt.
    `channels`: the workspace of each channel that it knows.
    `refused_card`: nothing takes a card of this type.
    `gate`: calls wait until it is set. `gated_card`: only calls with a card of this type wait.
    """

    name: str = "chat"
    card_becomes_gallery: bool = True
    has_buttons: bool = True
    messages: dict[str, Message] = field(default_factory=dict)
    deleted: list[Message] = field(default_factory=list)
    calls: list[tuple[Verb, Address, Card | None]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    gated_card: type | None = None
    forgotten_people: list[str] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)
    refused_card: type | None = None
    _troubles: list[Trouble] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.gate.set()

    def fail(
        self,
        verb: Verb,
        *,
        retryable: bool = False,
        times: int = 1,
        private: bool | None = None,
        error: Exception | None = None,
    ) -> None:
        """Let the next calls of a verb fail. `error`: raised instead of a DeliveryError."""
        error = error or DeliveryError(f"cannot {verb}", retryable=retryable)
        self._troubles.append(Trouble(verb, error, times, private))

    def heal(self) -> None:
        self._troubles.clear()

    async def show(self, core: Core, answer: Accepted, address: Address) -> MessageRef:
        """Post the card of an accepted request and call `shown`, as every adapter does."""
        ref = await self.post(address, answer.card, key=answer.job)
        await core.shown(answer.job, ref)
        return ref

    async def run(self, core: WholeCore) -> None:
        await asyncio.Event().wait()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        await self._record("post", address, card)
        message = self.messages.get(self._keys.get(key, ""))
        if message is not None:
            message.cards.append(card)
            return message.ref
        ref = MessageRef(address=address, id=f"m{next(self._numbers)}")
        self._keys[key] = ref.id
        self.messages[ref.id] = Message(ref, [card])
        return ref

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        return None if channel not in self.channels else self.channels[channel] == workspace

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        await self._record("revise", message.address, card)
        if message.id not in self.messages:
            raise DeliveryError("no such message", retryable=False)
        self.messages[message.id].cards.append(card)
        return message

    async def delete(self, message: MessageRef) -> None:
        await self._record("delete", message.address, None)
        if message.id in self.messages:
            self.deleted.append(self.messages.pop(message.id))

    async def forget(self, person: str) -> None:
        self.forgotten_people.append(person)

    async def _record(self, verb: Verb, address: Address, card: Card | None) -> None:
        self.calls.append((verb, address, card))
        if self.gated_card is None or isinstance(card, self.gated_card):
            await self.gate.wait()
        if self.refused_card is not None and isinstance(card, self.refused_card):
            raise DeliveryError(f"cannot {verb} it", retryable=False)
        for trouble in self._troubles:
            is_here = trouble.private is None or trouble.private == bool(address.private_to)
            if trouble.verb == verb and trouble.times and is_here:
                trouble.times -= 1
                raise trouble.error
