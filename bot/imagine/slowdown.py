"""A slower pace for a person whose requests keep costing money that nobody is charged.

Such a request was cut off, or came back without a usable picture. It leaves the person's allowance full, so
only time bounds how often they may try. Their requests wait; they are never refused, and others' do not.
"""

from cachetools import TTLCache

from quotas.records import Job

FREE = 2  # costly failures in a row that slow nobody down
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 120.0  # seconds; doubled with each further failure
REMEMBER = 3_600.0  # seconds after which a failure no longer counts
MOST_PEOPLE = 10_000


class Slowdown:
    """Counts costly failures in a row, by person."""

    def __init__(self) -> None:
        self._failures: TTLCache[str, int] = TTLCache(maxsize=MOST_PEOPLE, ttl=REMEMBER)

    def pause_after(self, closed: Job) -> float:
        """Count a closed job, and return the seconds that its person's next one should wait."""
        if closed.state == "settled":
            self._failures.pop(closed.person, None)
            return 0.0
        if not closed.cost_micros + closed.uncertain_micros:
            return 0.0
        count = self._failures.get(closed.person, 0) + 1
        self._failures[closed.person] = count
        doublings = min(count - FREE - 1, 10)  # 2 ** 10 is far beyond the longest
        return min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE) if count > FREE else 0.0
