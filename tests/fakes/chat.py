"""A platform at our port that lives in memory: it shows, revises and takes away, or fails as it is told."""

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
    """What stands in the chat, and all that stood there before it, oldest first."""

    ref: MessageRef
    cards: list[Card]

    @property
    def card(self) -> Card:
        return self.cards[-1]


@dataclass(slots=True)
class Trouble:
    """What the platform will answer instead: so many times, to this verb, in public or in private."""

    verb: Verb
    error: Exception
    times: int
    private: bool | None


@dataclass(slots=True)
class Chat:
    """`messages`: what is to be seen now, by id; `gone`: what was taken away; `calls`: every attempt.

    `gate`: while it is closed, calls wait; `held`: only those with such a card do.
    """

    name: str = "chat"
    card_becomes_gallery: bool = True
    messages: dict[str, Message] = field(default_factory=dict)
    gone: list[Message] = field(default_factory=list)
    calls: list[tuple[Verb, Address, Card | None]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    held: type | None = None
    forgotten: list[str] = field(default_factory=list)
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
        """From now on this fails. `error`: with that instead of a DeliveryError."""
        error = error or DeliveryError(f"cannot {verb}", retryable=retryable)
        self._troubles.append(Trouble(verb, error, times, private))

    def heal(self) -> None:
        self._troubles.clear()

    async def show(self, core: Core, answer: Accepted, address: Address) -> MessageRef:
        """What an adapter does with an accepted request: show its card, and tell the core where."""
        ref = await self.post(address, answer.card, key=answer.job)
        await core.shown(answer.job, ref)
        return ref

    async def run(self, core: WholeCore) -> None:
        await asyncio.Event().wait()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        await self._pass("post", address, card)
        known = self.messages.get(self._keys.get(key, ""))
        if known is not None:
            known.cards.append(card)
            return known.ref
        ref = MessageRef(address=address, id=f"m{next(self._numbers)}")
        self._keys[key] = ref.id
        self.messages[ref.id] = Message(ref, [card])
        return ref

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        await self._pass("revise", message.address, card)
        if message.id not in self.messages:
            raise DeliveryError("no such message", retryable=False)
        self.messages[message.id].cards.append(card)
        return message

    async def delete(self, message: MessageRef) -> None:
        await self._pass("delete", message.address, None)
        if message.id in self.messages:
            self.gone.append(self.messages.pop(message.id))

    async def forget(self, person: str) -> None:
        self.forgotten.append(person)

    async def _pass(self, verb: Verb, address: Address, card: Card | None) -> None:
        self.calls.append((verb, address, card))
        if self.held is None or isinstance(card, self.held):
            await self.gate.wait()
        for trouble in self._troubles:
            where = trouble.private is None or trouble.private == bool(address.private_to)
            if trouble.verb == verb and trouble.times and where:
                trouble.times -= 1
                raise trouble.error
