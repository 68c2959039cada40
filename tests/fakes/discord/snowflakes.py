"""Ids as Discord makes them: based on the time, and increasing. discord.py reads the time from them."""

from collections.abc import Callable

EPOCH = 1_420_070_400_000  # ms; 2015-01-01, discord-api-docs reference, "Snowflakes"


class Snowflakes:
    """A generator of ids. `now`: returns unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def __call__(self) -> int:
        current = (int(self._now() * 1000) - EPOCH) << 22
        self._last = max(current, self._last + 1)
        return self._last

    def on_shard(self, shard: int, count: int) -> int:
        """Return the next id of a server on shard `shard` of `count`."""
        number = self()
        self._last = number + ((shard - (number >> 22)) % count << 22)
        return self._last
