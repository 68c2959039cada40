"""Troubles on demand: requests that fail or wait, answers that are lost, and rate limits."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.discord.call import Call
from tests.fakes.discord.errors import Json
from tests.fakes.gate import Gate

FOREVER = 1_000_000


@dataclass(eq=False, slots=True, kw_only=True)
class Trouble:
    """The trouble of requests with a method and a path. `before`: they are not carried out."""

    method: str
    path: re.Pattern[str]
    times: int = 1
    status: int = 0
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    before: bool = True
    lost: bool = False
    gate: Gate | None = None

    def matches(self, call: Call) -> bool:
        return self.times > 0 and call.method == self.method and bool(self.path.search(call.path))


@dataclass(eq=False, slots=True)
class Rate:
    """A rate limit: so many requests in so many seconds, for each channel (or other major id) apart."""

    method: str
    path: re.Pattern[str]
    limit: int
    per: float
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, call: Call) -> dict[str, str] | None:
        """Count a request; return the headers with the rest of the limit, or None if it exceeds the limit."""
        major = call.ids.get("channel_id") or call.ids.get("webhook_token") or call.ids.get("guild_id") or ""
        start, used = self.windows.get(major, (0.0, 0))
        now = time.monotonic()
        if now - start >= self.per:
            start, used = now, 0
        self.windows[major] = start, used + 1
        return self.headers(start + self.per - now, self.limit - used - 1) if used < self.limit else None

    def headers(self, reset_after: float, remaining: int) -> dict[str, str]:
        return {
            "X-RateLimit-Bucket": f"{abs(hash(self.path.pattern)):x}",
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(time.time() + reset_after),
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
        }


class Troubles:
    """The troubles to come, first come first served, and the rate limits."""

    def __init__(self, touch: Callable[[], None]) -> None:
        self._list: list[Trouble] = []
        self._touch = touch
        self.rates: list[Rate] = []

    def add(self, trouble: Trouble) -> None:
        self._list.append(trouble)

    def clear(self) -> None:
        """Remove all troubles, and let waiting requests go on."""
        for trouble in self._list:
            if trouble.gate is not None:
                trouble.gate.open()
        self._list.clear()

    async def take(self, call: Call) -> Trouble | None:
        """Wait at the gates of a request; then use up and return the first trouble that matches it."""
        match: Trouble | None = None
        for trouble in list(self._list):
            if not trouble.matches(call):
                continue
            if trouble.gate is not None:
                await trouble.gate.wait(self._touch)
            elif match is None:
                trouble.times -= 1
                match = trouble
        return match
