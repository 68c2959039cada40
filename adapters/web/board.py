"""The messages of the playground: the last ones, who may see each, kept over a restart."""

import asyncio
import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from adapters.web.feed import Feed
from bot.port import Keep

HISTORY = 100  # messages that a page shows; older ones leave the page, the drawer and memory
_PREFIX = "message:"


@dataclass(slots=True)
class Message:
    """One message. `card` is rendered; `reactions`: who put which emoji; `at`: unix seconds."""

    id: str
    at: float
    card: dict[str, Any]
    private_to: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)

    def seen_by(self, person: str) -> bool:
        return self.private_to in ("", person)


class Board:
    """Every change is shown to the open pages at once; what must outlive the process is then kept."""

    def __init__(self, keep: Keep, feed: Feed) -> None:
        self._keep = keep
        self._feed = feed
        self._messages: dict[str, Message] = {}
        self._loading = asyncio.Lock()
        self._loaded = False

    async def load(self) -> None:
        """Bring back what was kept. Every other method needs this to have happened."""
        async with self._loading:
            if not self._loaded:
                kept = await self._keep.items(_PREFIX, HISTORY)
                messages = [Message(**json.loads(value)) for _, value in kept]
                self._messages = {each.id: each for each in sorted(messages, key=lambda each: each.at)}
                self._loaded = True

    def find(self, message_id: str, person: str) -> Message | None:
        message = self._messages.get(message_id)
        return message if message and message.seen_by(person) else None

    def holds(self, message_id: str) -> bool:
        return message_id in self._messages

    def seen_by(self, person: str) -> list[dict[str, Any]]:
        return [asdict(each) for each in self._messages.values() if each.seen_by(person)]

    async def show(self, message_id: str, card: dict[str, Any], private_to: str, *, durable: bool) -> None:
        """Show a new message, or replace what one shows: it keeps its place and reactions."""
        message = self._messages.get(message_id)
        if message:
            message.card, message.private_to = card, private_to
        else:
            message = self._messages[message_id] = Message(message_id, time.time(), card, private_to)
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

    def _announce(self, message: Message) -> None:
        self._feed.send({"type": "message", "message": asdict(message)}, message.private_to)

    async def _save(self, message: Message) -> None:
        await self._keep.put(_PREFIX + message.id, json.dumps(asdict(message)))

    async def _forget_oldest(self) -> None:
        for message_id in list(self._messages)[:-HISTORY]:
            await self.remove(message_id)
