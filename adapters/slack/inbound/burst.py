"""Acknowledgements first: while many people ask at once, cards and look-ups wait until all were heard.

Slack shows an error to whoever it cannot tell so within three seconds; for all else they have patience.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

CALM = 0.05  # seconds without anybody new, after which a crowd is over
WAIT = 1.0  # seconds at most, for a stream of requests that never ends; the core has drawings wait for two


class Burst:
    """What was heard, and is not acknowledged yet."""

    def __init__(self) -> None:
        self._due = 0
        self._none_due = asyncio.Event()
        self._turns = asyncio.Lock()
        self._calm_at = 0.0  # by the event loop's clock
        self._crowded = False

    @contextmanager
    def due(self) -> Iterator[None]:
        """An acknowledgement is due as long as this lasts."""
        now = asyncio.get_running_loop().time()
        self._crowded = self._due > 0 or now < self._calm_at
        self._calm_at = now + CALM
        self._due += 1
        self._none_due.clear()
        try:
            yield
        finally:
            self._due -= 1
            if not self._due:
                self._none_due.set()

    async def first(self) -> None:
        """Wait until none is due, any crowd is over, and it is one's turn. At once where nobody else asks."""
        try:
            async with asyncio.timeout(WAIT), self._turns:
                while self._due or self._to_wait() > 0:
                    await self._none_due.wait()
                    await asyncio.sleep(max(0.0, self._to_wait()))  # what has come in is heard before
        except TimeoutError:
            return

    def _to_wait(self) -> float:
        return self._calm_at - asyncio.get_running_loop().time() if self._crowded else 0.0
