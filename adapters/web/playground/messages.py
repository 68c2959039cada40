"""The messages of the playground: the last ones, who may see each, kept over a restart."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter, ValidationError

from adapters.web.playground.events import Feed
from adapters.web.render import render
from bot.port.cards import Card, Delivered, Ended, Report, Working
from bot.port.protocols import KeyValue

HISTORY = 100  # messages that a page shows; older ones leave the page, the drawer and memory
FILES = 4  # replies whose files stay in memory: megabytes each, and the page has them already
_PREFIX = "message:"
_CARD: TypeAdapter[Card] = TypeAdapter(
    Card, config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
)


@dataclass(slots=True)
class Message:
    """One message. `at`: unix seconds; `private_to`: its only reader; `reactions`: who put which emoji."""

    id: str
    at: float
    card: Card
    private_to: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)

    def seen_by(self, person: str) -> bool:
        return self.private_to in ("", person)

    def shown(self) -> dict[str, Any]:
        """The message as the page draws it."""
        return self._with(render(self.card))

    def kept(self) -> str:
        return json.dumps(self._with(_CARD.dump_python(self.card, mode="json")))

    def _with(self, card: dict[str, Any]) -> dict[str, Any]:
        rest = {"private_to": self.private_to, "reactions": self.reactions}
        return {"id": self.id, "at": self.at, "card": card, **rest}


def _asker(card: Card) -> str:
    return card.header.person if isinstance(card, Working | Delivered | Ended) else ""


class Board:
    """Every change is shown to the open pages at once; what must outlive the process is then kept."""

    def __init__(self, keep: KeyValue, feed: Feed, clock: Callable[[], float]) -> None:
        self._keep = keep
        self._feed = feed
        self._clock = clock
        self._messages: dict[str, Message] = {}
        self._replies: dict[str, Message] = {}
        self._loading = asyncio.Lock()
        self._loaded = False

    async def load(self) -> None:
        """Bring back what was kept. Every other method needs this to have happened."""
        async with self._loading:
            if not self._loaded:
                kept = await self._keep.items(_PREFIX, HISTORY)
                found = [message for key, value in kept if (message := await self._read(key, value))]
                self._messages = {each.id: each for each in sorted(found, key=lambda each: each.at)}
                self._loaded = True

    def find(self, message_id: str, person: str) -> Message | None:
        message = self._messages.get(message_id)
        return message if message and message.seen_by(person) else None

    def card(self, message_id: str, person: str) -> Card | None:
        """What a message or a reply shows, to whoever may see it."""
        message = self._messages.get(message_id) or self._replies.get(message_id)
        return message.card if message and message.seen_by(person) else None

    def holds(self, message_id: str) -> bool:
        return message_id in self._messages

    def seen_by(self, person: str) -> list[dict[str, Any]]:
        return [each.shown() for each in self._messages.values() if each.seen_by(person)]

    def reply(self, card: Card, person: str) -> Message:
        """A message that only the page it is answered to shows; here it can be inspected for a while."""
        message = Message(f"reply-{uuid4()}", self._clock(), card, person)
        self._replies[message.id] = message
        for old in list(self._replies)[:-HISTORY]:
            del self._replies[old]
        for other in list(self._replies.values())[:-FILES]:
            if isinstance(other.card, Report) and other.card.file:
                other.card = replace(other.card, file=None)
        return message

    async def show(self, message_id: str, card: Card, private_to: str, *, durable: bool) -> None:
        """Show a new message, or replace what one shows: it keeps its place and reactions."""
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
        people = [each for each in message.reactions.get(emoji, []) if each != person]
        message.reactions[emoji] = [*people, person] if on else people
        self._announce(message)
        await self._save(message)

    async def remove(self, message_id: str) -> None:
        message = self._messages.pop(message_id, None)
        if message:
            self._feed.send({"type": "gone", "id": message_id}, message.private_to)
        await self._keep.drop(_PREFIX + message_id)

    async def forget(self, person: str) -> None:
        """Take down what somebody asked for, or saw alone, and their reactions to the rest."""
        self._replies = {each.id: each for each in self._replies.values() if each.private_to != person}
        for message in list(self._messages.values()):
            if person in (message.private_to, _asker(message.card)):
                await self.remove(message.id)
                continue
            for emoji, people in list(message.reactions.items()):
                if person in people:
                    await self.react(message, person, emoji, on=False)

    def _announce(self, message: Message) -> None:
        self._feed.send({"type": "message", "message": message.shown()}, message.private_to)

    async def _save(self, message: Message) -> None:
        await self._keep.put(_PREFIX + message.id, message.kept())

    async def _read(self, key: str, value: str) -> Message | None:
        """A message as it was kept; one that another version wrote otherwise leaves the page."""
        try:
            fields = json.loads(value)
            return Message(**{**fields, "card": _CARD.validate_python(fields["card"])})
        except (ValidationError, TypeError, KeyError):
            await self._keep.drop(key)
            return None

    async def _forget_oldest(self) -> None:
        for message_id in list(self._messages)[:-HISTORY]:
            await self.remove(message_id)
