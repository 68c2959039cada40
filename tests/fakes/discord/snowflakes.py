"""Ids as Discord makes them: time-based, increasing. discord.py reads the time back out of them."""

from collections.abc import Callable

EPOCH = 1_420_070_400_000  # ms; 2015-01-01, discord-api-docs reference, "Snowflakes"


class Snowflakes:
    """Increasing ids for the time that `now` gives, in unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def __call__(self) -> int:
        fresh = (int(self._now() * 1000) - EPOCH) << 22
        self._last = max(fresh, self._last + 1)
        return self._last

    def on(self, shard: int, count: int) -> int:
        """The next that is a server's of that shard, of so many."""
        number = self()
        self._last = number + ((shard - (number >> 22)) % count << 22)
        return self._last
