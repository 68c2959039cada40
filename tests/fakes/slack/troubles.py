"""Troubles on demand (answers that fail or get lost, requests that wait), and Slack's rate limits."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.gate import Gate
from tests.fakes.slack.errors import ApiError, ratelimited

FOREVER = 1_000_000
MINUTE = 60.0
# Calls a minute of one method in one workspace, by tier (docs.slack.dev/apis/web-api/rate-limits).
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
CHANNEL_SECONDS = 1.0  # between two calls of chat.postMessage in one channel (the same page)


@dataclass(eq=False, slots=True, kw_only=True)
class Trouble:
    """A trouble for the next calls of a method.

    `before`: the calls get the error without being carried out.
    `lost`: the calls are carried out, and the connection is cut before the answer.
    """

    method: str
    times: int = 1
    error: ApiError | None = None
    before: bool = True
    lost: bool = False
    gate: Gate | None = None


class Troubles:
    """The troubles to come, in order. Besides methods, they can hit `upload`, `response_url` and `file`."""

    def __init__(self, touch: Callable[[], None]) -> None:
        self._list: list[Trouble] = []
        self._touch = touch

    def add(self, trouble: Trouble) -> None:
        self._list.append(trouble)

    def clear(self) -> None:
        """End all troubles, and let waiting calls go on."""
        for trouble in self._list:
            if trouble.gate is not None:
                trouble.gate.open()
        self._list.clear()

    async def meet(self, method: str) -> Trouble | None:
        """Wait at the gates for this call; return its trouble, which counts as used once."""
        match: Trouble | None = None
        for trouble in list(self._list):
            if trouble.method != method or trouble.times <= 0:
                continue
            if trouble.gate is not None:
                await trouble.gate.wait(self._touch)
            elif match is None:
                trouble.times -= 1
                match = trouble
        return match


class Rates:
    """The calls of the last minute, for Slack's rate limits. `on`: the limits hold."""

    def __init__(self, now: Callable[[], float], on: bool) -> None:
        self._now = now
        self.on = on
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._last_post: dict[str, float] = {}

    def check(self, method: str, team_id: str, tier: int) -> None:
        """Count a call of a method. Raises an ApiError with status 429."""
        if not self.on or not tier:
            return
        calls, now = self._calls.setdefault((method, team_id), deque()), self._now()
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if len(calls) >= TIERS[tier]:
            raise ratelimited(calls[0] + MINUTE - now)
        calls.append(now)

    def check_post(self, channel_id: str) -> None:
        """Count a new message in a channel. Raises an ApiError with status 429."""
        if not self.on:
            return
        now = self._now()
        wait = self._last_post.get(channel_id, 0.0) + CHANNEL_SECONDS - now
        if wait > 0:
            raise ratelimited(wait)
        self._last_post[channel_id] = now
