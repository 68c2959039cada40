"""Server-sent events for the open pages: numbered, replayed after a lost connection, never waited for.

The library aiohttp-sse has neither the replay nor the disconnection of slow readers, so this is our own.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

REPLAY = 256  # events kept for pages that reconnect; a page that missed more loads everything again
REPLAY_BYTES = 4 * 1024 * 1024  # of them all; one with a chart has 100 KB
BACKLOG = 64  # events that a page may lag behind before we disconnect it; the browser reconnects by itself
STREAMS = 32  # open pages at once, against a page that opens streams in a loop
PING_SECONDS = 15  # keeps proxies from closing a silent stream, and shows which pages are gone


@dataclass(frozen=True, slots=True)
class Event:
    """One event as bytes of the stream. `private_to`: the only person who may see it, or ""."""

    number: int
    private_to: str
    chunk: bytes


@dataclass(slots=True, eq=False)
class Subscriber:
    """One open page. `disconnect`: closes its connection at once, whatever is still unsent."""

    person: str
    disconnect: Callable[[], None]
    missed: tuple[bytes, ...]
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes to write until the feed closes: the missed events first, a ping after a silence."""
        for chunk in self.missed:
            yield chunk
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    next_chunk = await self.queue.get()
            except TimeoutError:
                next_chunk = b": ping\n\n"
            if next_chunk is None:
                return
            yield next_chunk


class EventFeed:
    """Sends each event to every page that may see it. It never waits for a page."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(4)  # in every id, since the numbers of an earlier process mean nothing
        self._number = 0
        self._recent: deque[Event] = deque()
        self._recent_bytes = 0
        self._subscribers: set[Subscriber] = set()

    @property
    def last_id(self) -> str:
        """The id of the newest event. A page that has just loaded everything subscribes from here."""
        return f"{self._boot}-{self._number}"

    @property
    def is_full(self) -> bool:
        return len(self._subscribers) >= STREAMS

    def send(self, data: dict[str, Any], private_to: str) -> None:
        """Send an event to all pages, or to those of one person."""
        self._number += 1
        event = Event(self._number, private_to, _chunk(data, self.last_id))
        self._keep(event)
        for subscriber in tuple(self._subscribers):
            if private_to in ("", subscriber.person):
                self._offer(subscriber, event.chunk)

    def _keep(self, event: Event) -> None:
        self._recent.append(event)
        self._recent_bytes += len(event.chunk)
        while len(self._recent) > REPLAY or self._recent_bytes > REPLAY_BYTES:
            self._recent_bytes -= len(self._recent.popleft().chunk)

    @contextmanager
    def subscribe(self, person: str, after: str, disconnect: Callable[[], None]) -> Iterator[Subscriber]:
        """Subscribe for the block: to what `person` may see, from the event with the id `after` on."""
        subscriber = Subscriber(person, disconnect, self._missed_chunks(after, person))
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        """End every stream."""
        for subscriber in tuple(self._subscribers):
            self._offer(subscriber, None)

    def _offer(self, subscriber: Subscriber, chunk: bytes | None) -> None:
        try:
            subscriber.queue.put_nowait(chunk)
        except asyncio.QueueFull:
            self._subscribers.discard(subscriber)
            subscriber.disconnect()

    def _missed_chunks(self, after: str, person: str) -> tuple[bytes, ...]:
        """Return the events after an id, or a single `reload` event if the id is unknown or too old."""
        boot, _, digits = after.partition("-")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1
        oldest = self._recent[0].number if self._recent else self._number + 1
        if boot != self._boot or not oldest - 1 <= number <= self._number:
            return (_chunk({"type": "reload"}, self.last_id),)
        return tuple(
            event.chunk
            for event in self._recent
            if event.number > number and event.private_to in ("", person)
        )


def _chunk(data: dict[str, Any], event_id: str) -> bytes:
    return f"id: {event_id}\nretry: 1000\ndata: {json.dumps(data)}\n\n".encode()
