"""Acknowledgements first: while many people ask at once, cards and look-ups wait until all were heard.

Slack shows an error to whoever it cannot tell so within three seconds; for all else they have patience.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

WAIT = 1.0  # seconds at most, for a stream of requests that never ends; the core has drawings wait for two


class Acks:
    """What was heard, and is not acknowledged yet."""

    def __init__(self) -> None:
        self._due = 0
        self._none_due = asyncio.Event()
        self._turns = asyncio.Lock()

    @contextmanager
    def due(self) -> Iterator[None]:
        """An acknowledgement is due as long as this lasts."""
        self._due += 1
        self._none_due.clear()
        try:
            yield
        finally:
            self._due -= 1
            if not self._due:
                self._none_due.set()

    async def first(self) -> None:
        """Wait until none is due, and for one's turn. At once where nobody else is heard."""
        try:
            async with asyncio.timeout(WAIT), self._turns:
                while self._due:
                    await self._none_due.wait()
                    await asyncio.sleep(0)  # what has come in is heard before this goes on
        except TimeoutError:
            return
