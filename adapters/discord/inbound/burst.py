"""Bursts of interactions: many people ask at the same moment, and all have the same three seconds.

A card says more than "thinking…", but costs more: the core's time, and a larger body. So in a burst each
person first gets a deferral, and the cards follow once everybody has one.
"""

import asyncio
from contextlib import suppress

BURST_SIZE = 8  # unanswered at once; so many people rarely ask in one moment by chance
WAIT_SECONDS = 2.0  # cards wait no longer for deferrals; people see "thinking…" meanwhile


class Burst:
    """A count of unanswered interactions; one for each connection."""

    def __init__(self) -> None:
        self._unanswered = 0
        self._empty = asyncio.Event()

    @property
    def is_large(self) -> bool:
        return self._unanswered >= BURST_SIZE

    def add(self) -> None:
        self._unanswered += 1
        self._empty.clear()

    def remove(self) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self._empty.set()

    async def wait_until_empty(self) -> None:
        """Wait until every interaction has an answer, but no longer than WAIT_SECONDS."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                await self._empty.wait()
