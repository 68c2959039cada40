"""When Slack may be called: one message a second for a channel, and not while Slack asks for quiet.

docs.slack.dev/apis/web-api/rate-limits. What waits here holds no pictures.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.slack.errors import TooOften

CHANNEL_SECONDS = 1.05  # between two messages of a channel: Slack's second, and what the way there may vary
MANY = 1_000  # channels, or things to be quiet about, after which those that are over are forgotten


@dataclass(slots=True)
class _Turns:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next: float = 0.0


class RateLimit:
    """Times are the event loop's."""

    def __init__(self) -> None:
        self._channels: dict[Hashable, _Turns] = {}
        self._quiet: dict[Hashable, float] = {}

    @asynccontextmanager
    async def turn(self, channel: Hashable) -> AsyncIterator[None]:
        """One's turn to post there, first come first served. It lasts until the post is answered."""
        loop = asyncio.get_running_loop()
        if len(self._channels) > MANY:
            self._forget(loop.time())
        turns = self._channels.setdefault(channel, _Turns())
        async with turns.lock:
            await asyncio.sleep(turns.next - loop.time())
            turns.next = loop.time() + CHANNEL_SECONDS
            yield

    def _forget(self, now: float) -> None:
        used = {
            each: turns for each, turns in self._channels.items() if turns.lock.locked() or turns.next > now
        }
        self._channels = used

    def hush(self, what: Hashable, seconds: float) -> None:
        """Slack wants no more of this for so long."""
        now = asyncio.get_running_loop().time()
        if len(self._quiet) > MANY:
            self._quiet = {each: until for each, until in self._quiet.items() if until > now}
        self._quiet[what] = max(now + seconds, self._quiet.get(what, 0.0))

    async def quiet(self, what: Hashable, patience: float) -> float:
        """Wait until Slack will have this again; how long that was. Raises TooOften beyond `patience`."""
        waited = 0.0
        while (left := self._quiet.get(what, 0.0) - asyncio.get_running_loop().time()) > 0:
            if waited + left > patience:
                raise TooOften(left)
            await asyncio.sleep(left)
            waited += left
        return waited
