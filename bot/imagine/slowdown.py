"""A slower pace for a person whose requests keep costing money that nobody is charged.

Such a request was cut off, or came back without a usable picture. It leaves the person's allowance full, so
only time bounds how often they may try. Their requests wait; they are never refused, and others' do not.
"""

from collections import deque
from math import ceil, inf, log

from cachetools import TTLCache

from quotas.records import Job

FREE = 2  # costly failures in a row that slow nobody down, however well others' requests go
CHANCE = 0.00001  # a row of failures that the image service makes by chance more often slows nobody down
EVERYBODY = 0.5  # share of others' requests that fail, beyond which the image service is the cause
FEW, ALONE = 10, 8  # with fewer outcomes of others nothing is known of them: so many in a row slow down
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 120.0  # seconds; doubled with each further failure
REMEMBER = 3_600.0  # seconds after which a failure no longer counts
MOST_PEOPLE = 10_000
OTHERS = 400  # latest outcomes by which the image service is judged: of 100, a lucky run misled


class Slowdown:
    """Counts costly failures in a row, by person.

    They count against the person only as far as others' requests succeed. If the image service fails for
    everybody, a row of failures proves nothing about whose it is.
    """

    def __init__(self) -> None:
        self._failures: TTLCache[str, int] = TTLCache(maxsize=MOST_PEOPLE, ttl=REMEMBER)
        self._latest: deque[tuple[str, bool]] = deque(maxlen=OTHERS)  # person, failed

    def in_a_row(self, person: str) -> int:
        """Return how many costly failures in a row a person has had."""
        return int(self._failures.get(person, 0))

    def pause_after(self, closed: Job) -> float:
        """Count a closed job, and return the seconds that its person's next one should wait."""
        person, settled = closed.person, closed.state == "settled"
        if not settled and not closed.cost_micros + closed.uncertain_micros:
            return 0.0  # cost nothing: it says nothing
        self._latest.append((person, not settled))
        if settled:
            self._failures.pop(person, None)
            return 0.0
        count = self._failures[person] = self.in_a_row(person) + 1
        doublings = min(count - self._slow_from(person), 10)  # 2 ** 10 is long
        return min(FIRST_PAUSE * float(2**doublings), LONGEST_PAUSE) if doublings >= 0 else 0.0

    def _slow_from(self, person: str) -> float:
        """Return from which failure in a row on a person is slowed; infinity if everybody's requests fail."""
        others = [failed for other, failed in self._latest if other != person]
        if len(others) < FEW:
            return ALONE
        share = (sum(others) + 1) / (len(others) + 5)  # four successes and a failure besides: never 0 or 1
        return inf if share > EVERYBODY else max(FREE + 1, ceil(log(CHANCE) / log(share)))
