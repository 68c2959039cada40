"""The limits of calls to Slack: one message a second in each channel, and no call while Slack asks to wait.

docs.slack.dev/apis/web-api/rate-limits. Callers that wait here must hold no pictures in memory.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.slack.errors import RateLimited

# Seconds between two messages in a channel: Slack's one, and a margin for the time on the way.
CHANNEL_SECONDS = 1.05
# Entries (channels, or pauses) after which those that are over are deleted.
SWEEP_SIZE = 1_000


@dataclass(slots=True)
class _Channel:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_post: float = 0.0


class RateLimit:
    """The pace of all calls. Times are the event loop's."""

    def __init__(self) -> None:
        self._channels: dict[Hashable, _Channel] = {}
        self._paused_until: dict[Hashable, float] = {}

    @asynccontextmanager
    async def turn(self, channel: Hashable) -> AsyncIterator[None]:
        """Wait for the caller's turn to post in a channel, and hold the turn until the block ends.

        First come, first served. The next caller starts only after Slack has answered this one: messages keep
        their order.
        """
        loop = asyncio.get_running_loop()
        if len(self._channels) > SWEEP_SIZE:
            self._sweep(loop.time())
        state = self._channels.setdefault(channel, _Channel())
        async with state.lock:
            await asyncio.sleep(state.next_post - loop.time())
            state.next_post = loop.time() + CHANNEL_SECONDS
            yield

    def _sweep(self, now: float) -> None:
        self._channels = {
            channel: state
            for channel, state in self._channels.items()
            if state.lock.locked() or state.next_post > now
        }

    def pause(self, target: Hashable, seconds: float) -> None:
        """Stop calls to a target for some seconds, as Slack asked. A longer pause stays."""
        now = asyncio.get_running_loop().time()
        if len(self._paused_until) > SWEEP_SIZE:
            self._paused_until = {each: end for each, end in self._paused_until.items() if end > now}
        self._paused_until[target] = max(now + seconds, self._paused_until.get(target, 0.0))

    async def wait(self, target: Hashable, patience: float) -> float:
        """Wait until no pause holds for a target; return the seconds waited.

        Raises RateLimited as soon as the wait would take longer than `patience` (seconds).
        """
        waited = 0.0
        while (left := self._paused_until.get(target, 0.0) - asyncio.get_running_loop().time()) > 0:
            if waited + left > patience:
                raise RateLimited(left)
            await asyncio.sleep(left)
            waited += left
        return waited
