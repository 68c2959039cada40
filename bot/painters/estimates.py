"""Estimates of how long a drawing takes: measured durations, and the catalog's range until there are any."""

from collections import deque
from statistics import median

from quotas.catalog import Catalog

WINDOW = (
    32  # durations that count, the newest ones: enough for a steady median, few enough to follow a slow day
)


class Estimates:
    """Typical seconds of drawing for each tier and quality."""

    def __init__(self, catalog: Catalog, pace: float = 1.0) -> None:
        """Start from the catalog's times, multiplied by `pace`: samples take a fraction of them."""
        self._catalog = catalog
        self._pace = pace
        self._durations: dict[tuple[str, str], deque[float]] = {}

    def record(self, tier: str, quality: str, seconds: float) -> None:
        self._durations.setdefault((tier, quality), deque(maxlen=WINDOW)).append(seconds)

    def seconds(self, tier: str, quality: str) -> float:
        """Return the median of the measured durations, else the middle of the catalog's range.

        Return 0 for a tier that the catalog does not have.
        """
        durations = self._durations.get((tier, quality))
        if durations:
            return median(durations)
        entry = self._catalog.tiers.get(tier)
        return self._pace * sum(entry.speed) / 2 if entry else 0.0

    def wait(self, place: int, slots: int, tier: str, quality: str) -> float:
        """Estimate the seconds until the job at that place of the queue starts, if all jobs were like it."""
        return place * self.seconds(tier, quality) / slots
