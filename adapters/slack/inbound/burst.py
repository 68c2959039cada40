"""A burst of requests: all are acknowledged first; cards and look-ups wait until no new one comes.

Slack shows an error to everybody whose request is not acknowledged within three seconds. For everything else
people have patience.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

CALM_SECONDS = 0.05  # without a new request, after which a burst is over
# The longest wait in seconds, for a stream of requests that never ends; the core delays drawings for two.
WAIT_SECONDS = 1.0


class Burst:
    """The requests that came in and are not acknowledged yet."""

    def __init__(self) -> None:
        self._count = 0
        self._none_open = asyncio.Event()
        self._turn = asyncio.Lock()
        self._calm_at = 0.0  # by the event loop's clock
        self._is_burst = False

    @contextmanager
    def acknowledging(self) -> Iterator[None]:
        """Count a request as open until the block ends."""
        now = asyncio.get_running_loop().time()
        self._is_burst = self._count > 0 or now < self._calm_at
        self._calm_at = now + CALM_SECONDS
        self._count += 1
        self._none_open.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none_open.set()

    async def wait(self) -> None:
        """Wait until no request is open, any burst is over, and it is the caller's turn.

        Return at once if there is no other request, and after WAIT_SECONDS in any case.
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS), self._turn:
                while self._count or self._seconds_left() > 0:
                    await self._none_open.wait()
                    # Even a sleep of 0 lets requests that have arrived be read first.
                    await asyncio.sleep(max(0.0, self._seconds_left()))
        except TimeoutError:
            return

    def _seconds_left(self) -> float:
        return self._calm_at - asyncio.get_running_loop().time() if self._is_burst else 0.0
