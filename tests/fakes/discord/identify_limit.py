"""The limits on identifying: so many times a day, one shard at a time in each bucket (topics/gateway)."""

from collections.abc import Callable

from tests.fakes.discord.errors import Json

DAILY_LIMIT = 1_000  # "Session Start Limit Object"
DAY = 86_400.0


class IdentifyLimit:
    """The limits of one bot.

    `remaining`: identifies that are left today.
    `buckets`: Discord's max_concurrency.
    `interval`: seconds between two identifies in a bucket. Discord wants 5; here 0 unless a test sets it.
    `too_quick`: the number of identifies that came too early.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.remaining = DAILY_LIMIT
        self.buckets = 1
        self.interval = 0.0
        self.too_quick = 0
        self._now = now
        self._renews = now() + DAY
        self._last: dict[int, float] = {}

    def set_remaining(self, remaining: int, seconds: float) -> None:
        """Leave so many identifies until a new day begins in `seconds`."""
        self.remaining, self._renews = remaining, self._now() + seconds

    def json(self) -> Json:
        self._renew()
        wait = max(0, round((self._renews - self._now()) * 1000) + 1)
        limits = {"remaining": self.remaining, "max_concurrency": self.buckets}
        return {"total": DAILY_LIMIT, "reset_after": wait, **limits}

    def take(self) -> bool:
        """Take one identify of the day; return False if none was left."""
        self._renew()
        self.remaining -= 1
        return self.remaining >= 0

    def is_turn(self, shard: int) -> bool:
        """Return whether the shard's bucket has rested for the interval; note the identify."""
        bucket, now = shard % self.buckets, self._now()
        is_rested = now - self._last.get(bucket, 0.0) >= self.interval
        self._last[bucket] = now
        self.too_quick += not is_rested
        return is_rested

    def _renew(self) -> None:
        if self._now() >= self._renews:
            self.remaining, self._renews = DAILY_LIMIT, self._now() + DAY
