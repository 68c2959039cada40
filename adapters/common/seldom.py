"""Log lines about what others can make happen as often as they like."""

import time
from collections.abc import Callable
from typing import Any

import structlog

log = structlog.get_logger()

PAUSE = 60.0  # seconds between two lines about one thing


class Seldom:
    """One event of the log, written once in `pause` seconds at most.

    The line tells how often it happened since the last one.
    """

    def __init__(
        self, event: str, clock: Callable[[], float] = time.monotonic, *, pause: float = PAUSE
    ) -> None:
        self._event = event
        self._clock = clock
        self._pause = pause
        self._times = 0
        self._next = float("-inf")

    def warn(self, **fields: Any) -> None:
        """Count the event, and write the line if it is time again."""
        self._times += 1
        now = self._clock()
        if now >= self._next:
            log.warning(self._event, times=self._times, **fields)
            self._next, self._times = now + self._pause, 0
