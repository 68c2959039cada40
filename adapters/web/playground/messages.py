"""The last messages of the playground, and who may see each. They survive a restart."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter, ValidationError

from adapters.common.cards import requester
from adapters.web.playground.events import EventFeed
from adapters.web.render import render
from bot.port.cards import Card, Report
from bot.port.protocols import KeyValue

HISTORY = 100  # messages that a page shows; older ones leave the page, the store and memory
FILES = 4  # replies whose files stay in memory: each has megabytes, and the page has it already
_PREFIX = "message:"
_CARD: TypeAdapter[Card] = TypeAdapter(
    Card, config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
)


@dataclass(slots=True)
class Message:
    """One message.

    `at`: unix seconds. `private_to`: its only reader, or "" for everyone. `reactions`: emoji to people.
    """

    id: str
    at: float
    card: Card
    private_to: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)

    def is_visible_to(self, person: str) -> bool:
        return self.private_to in ("", person)

    def for_page(self) -> dict[str, Any]:
        """Return the message as the page draws it."""
        return self._with_card(render(self.card))

    def people(self) -> set[str]:
        """Return everyone that the message speaks of."""
        reacting = (person for people in self.reactions.values() for person in people)
        return {self.private_to, requester(self.card), *reacting} - {""}

    def to_json(self) -> str:
        """Return the message as the store keeps it; Messages reads it back."""
        return json.dumps(self._with_card(_CARD.dump_python(self.card, mode="json")))

    def _with_card(self, card: dict[str, Any]) -> dict[str, Any]:
        rest = {"private_to": self.private_to, "reactions": self.reactions}
        return {"id": self.id, "at": self.at, "card": card, **rest}


class Messages:
    """The messages of the chat, and the replies to single pages.

    A change goes to the open pages at once, and then to the store if it must survive a restart. Call `load`
    before any other method.
    """

    def __init__(self, store: KeyValue, events: EventFeed, clock: Callable[[], float]) -> None:
        self._store = store
        self._events = events
        self._clock = clock
        self._messages: dict[str, Message] = {}
        self._replies: dict[str, Message] = {}
        self._loading = asyncio.Lock()
        self._loaded = False

    async def load(self) -> None:
        """Read the messages from the store, the first time it is called."""
        async with self._loading:
            if not self._loaded:
                pairs = await self._store.items(_PREFIX, HISTORY)
                messages = [message for key, value in pairs if (message := await self._read(key, value))]
                self._messages = {each.id: each for each in sorted(messages, key=lambda each: each.at)}
                self._loaded = True

    def find(self, message_id: str, person: str) -> Message | None:
        """Return a message, unless the person may not see it."""
        message = self._messages.get(message_id)
        return message if message and message.is_visible_to(person) else None

    def card(self, message_id: str, person: str) -> Card | None:
        """Return the card of a message or a reply, unless the person may not see it."""
        message = self._messages.get(message_id) or self._replies.get(message_id)
        return message.card if message and message.is_visible_to(person) else None

    def has(self, message_id: str) -> bool:
        return message_id in self._messages

    def visible_to(self, person: str) -> list[dict[str, Any]]:
        """Return what the page of a person draws, oldest first."""
        return [each.for_page() for each in self._messages.values() if each.is_visible_to(person)]

    def reply(self, card: Card, person: str) -> Message:
        """Make a reply, which only its own page shows. The last HISTORY stay here for the inspector."""
        message = Message(f"reply-{uuid4()}", self._clock(), card, person)
        self._replies[message.id] = message
        for old in list(self._replies)[:-HISTORY]:
            del self._replies[old]
        for other in list(self._replies.values())[:-FILES]:
            if isinstance(other.card, Report) and other.card.file:
                other.card = replace(other.card, file=None)
        return message

    async def show(self, message_id: str, card: Card, private_to: str, *, durable: bool) -> None:
        """Show a new message, or replace the card of one, which keeps its place and reactions."""
        message = self._messages.get(message_id)
        if message:
            message.card, message.private_to = card, private_to
        else:
            message = self._messages[message_id] = Message(message_id, self._clock(), card, private_to)
        self._announce(message)
        if durable:
            await self._save(message)
        await self._forget_oldest()

    async def react(self, message: Message, person: str, emoji: str, *, on: bool) -> None:
        """Add a person's reaction (`on`) or remove it."""
        people = [each for each in message.reactions.get(emoji, []) if each != person]
        message.reactions[emoji] = [*people, person] if on else people
        self._announce(message)
        await self._save(message)

    async def remove(self, message_id: str) -> None:
        message = self._messages.pop(message_id, None)
        if message:
            self._events.send({"type": "gone", "id": message_id}, message.private_to)
        await self._store.delete(_PREFIX + message_id)

    async def forget(self, person: str) -> None:
        """Remove what the person requested or saw alone, and their reactions to the other messages."""
        self._replies = {each.id: each for each in self._replies.values() if each.private_to != person}
        for message in list(self._messages.values()):
            if person in (message.private_to, requester(message.card)):
                await self.remove(message.id)
                continue
            for emoji, people in list(message.reactions.items()):
                if person in people:
                    await self.react(message, person, emoji, on=False)

    def _announce(self, message: Message) -> None:
        self._events.send({"type": "message", "message": message.for_page()}, message.private_to)

    async def _save(self, message: Message) -> None:
        await self._store.put(_PREFIX + message.id, message.to_json(), message.people())

    async def _read(self, key: str, value: str) -> Message | None:
        """Read a stored message; delete it if another version wrote it in another shape."""
        try:
            fields = json.loads(value)
            return Message(**{**fields, "card": _CARD.validate_python(fields["card"])})
        except (ValidationError, TypeError, KeyError):
            await self._store.delete(key)
            return None

    async def _forget_oldest(self) -> None:
        for message_id in list(self._messages)[:-HISTORY]:
            await self.remove(message_id)
