"""Events for the pages that are open: numbered, replayed after a lost connection, never waited for."""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

REPLAY = 256  # events kept for pages that come back; a page that missed more loads everything again
BACKLOG = 64  # events one page may lag behind before it is dropped, to come back by itself
STREAMS = 64  # open pages at once: a guard against a page that opens streams in a loop
PING_SECONDS = 15  # keeps proxies from closing a silent stream, and finds out who has left


@dataclass(frozen=True, slots=True)
class Event:
    """One event as bytes of the stream. `private_to`: the only person it is for, or ""."""

    number: int
    private_to: str
    chunk: bytes


@dataclass(slots=True, eq=False)
class Stream:
    """One open page. `drop` cuts its connection at once, whatever is still unsent."""

    person: str
    drop: Callable[[], None]
    missed: tuple[bytes, ...]
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    async def chunks(self) -> AsyncIterator[bytes]:
        """What to write, until the feed closes; a comment where nothing happened for a while."""
        for missed in self.missed:
            yield missed
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    chunk = await self.queue.get()
            except TimeoutError:
                chunk = b": ping\n\n"
            if chunk is None:
                return
            yield chunk


class Feed:
    """Sends each event to every page that may see it. Nothing here waits for a page."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(4)  # numbers of an earlier process mean nothing here
        self._number = 0
        self._ring: deque[Event] = deque(maxlen=REPLAY)
        self._streams: set[Stream] = set()

    @property
    def last(self) -> str:
        """The id of the newest event: where a page that has just loaded everything goes on."""
        return f"{self._boot}-{self._number}"

    @property
    def full(self) -> bool:
        return len(self._streams) >= STREAMS

    @property
    def pages(self) -> int:
        """How many pages are listening."""
        return len(self._streams)

    def send(self, data: dict[str, Any], private_to: str) -> None:
        self._number += 1
        event = Event(self._number, private_to, _chunk(data, self.last))
        self._ring.append(event)
        for stream in tuple(self._streams):
            if private_to in ("", stream.person):
                self._offer(stream, event.chunk)

    @contextmanager
    def follow(self, person: str, after: str, drop: Callable[[], None]) -> Iterator[Stream]:
        """A stream of what `person` may see since the event `after`, while the block lasts."""
        stream = Stream(person, drop, self._since(after, person))
        self._streams.add(stream)
        try:
            yield stream
        finally:
            self._streams.discard(stream)

    def close(self) -> None:
        """End every stream."""
        for stream in tuple(self._streams):
            self._offer(stream, None)

    def _offer(self, stream: Stream, chunk: bytes | None) -> None:
        try:
            stream.queue.put_nowait(chunk)
        except asyncio.QueueFull:
            self._streams.discard(stream)
            stream.drop()

    def _since(self, after: str, person: str) -> tuple[bytes, ...]:
        boot, _, digits = after.partition("-")
        seen = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1
        oldest = self._ring[0].number if self._ring else 1
        if boot != self._boot or not oldest - 1 <= seen <= self._number:
            return (_chunk({"type": "reload"}, self.last),)
        return tuple(
            event.chunk for event in self._ring if event.number > seen and event.private_to in ("", person)
        )


def _chunk(data: dict[str, Any], event_id: str) -> bytes:
    return f"id: {event_id}\nretry: 1000\ndata: {json.dumps(data)}\n\n".encode()
