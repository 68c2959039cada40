"""How often a bot may identify: so many times a day, and one at a time in each row (topics/gateway)."""

from collections.abc import Callable

from tests.fakes.discord.errors import Json

A_DAY = 1_000  # "Session Start Limit Object"
DAY = 86_400.0


class Starts:
    """`left`: of the day's. `rows`: Discord's max_concurrency; `row_seconds`: how long one rests between two.

    Discord's rest for 5; here they need not unless a test says so. `too_quick`: how often one did not.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.left = A_DAY
        self.rows = 1
        self.row_seconds = 0.0
        self.too_quick = 0
        self._now = now
        self._renews = now() + DAY
        self._last: dict[int, float] = {}

    def leave(self, left: int, seconds: float) -> None:
        """So many are left, until after so many seconds a new day begins."""
        self.left, self._renews = left, self._now() + seconds

    def json(self) -> Json:
        self._renew()
        wait = max(0, round((self._renews - self._now()) * 1000) + 1)
        return {"total": A_DAY, "remaining": self.left, "reset_after": wait, "max_concurrency": self.rows}

    def take(self) -> bool:
        """One of the day's; False: there was none."""
        self._renew()
        self.left -= 1
        return self.left >= 0

    def is_turn(self, shard: int) -> bool:
        """Whether this shard's row has rested."""
        row, now = shard % self.rows, self._now()
        rested = now - self._last.get(row, 0.0) >= self.row_seconds
        self._last[row] = now
        self.too_quick += not rested
        return rested

    def _renew(self) -> None:
        if self._now() >= self._renews:
            self.left, self._renews = A_DAY, self._now() + DAY
