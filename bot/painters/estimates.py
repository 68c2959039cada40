"""How long drawing takes, from what was measured; before that, from the catalog."""

from collections import deque
from statistics import median

from quotas.catalog import Catalog

MEASURED = (
    32  # the newest this many durations count: enough for a steady median, few enough to follow a slow day
)


class Expectations:
    """Typical seconds of drawing per tier and quality."""

    def __init__(self, catalog: Catalog, pace: float = 1.0) -> None:
        """`pace`: how much of the catalog's time is expected at first; samples take a fraction of it."""
        self._catalog = catalog
        self._pace = pace
        self._seen: dict[tuple[str, str], deque[float]] = {}

    def measured(self, tier: str, quality: str, seconds: float) -> None:
        self._seen.setdefault((tier, quality), deque(maxlen=MEASURED)).append(seconds)

    def seconds(self, tier: str, quality: str) -> float:
        """The median of what was measured, or the middle of what the catalog says."""
        seen = self._seen.get((tier, quality))
        if seen:
            return median(seen)
        entry = self._catalog.tiers.get(tier)
        return self._pace * sum(entry.speed) / 2 if entry else 0.0

    def wait(self, place: int, slots: int, tier: str, quality: str) -> float:
        """Seconds until a job at that place in the queue starts, if all jobs were like this one."""
        return place * self.seconds(tier, quality) / slots
