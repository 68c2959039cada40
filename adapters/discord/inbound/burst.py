"""The interactions that have no answer yet. All of them have the same three seconds.

A card says more than "thinking…", and takes more: the time of the core, a larger body. Where many ask at
the same moment each is given a deferral first, and the cards follow once everybody has one.
"""

import asyncio
from contextlib import suppress

MANY = 8  # unanswered at once: as many people rarely ask in one moment by chance
PATIENCE = 1.0  # seconds that cards wait for deferrals; who asked sees that it was heard


class Burst:
    """Counts. One for each connection."""

    def __init__(self) -> None:
        self._unanswered = 0
        self._nobody = asyncio.Event()

    @property
    def many(self) -> bool:
        return self._unanswered >= MANY

    def come(self) -> None:
        self._unanswered += 1
        self._nobody.clear()

    def answered(self) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self._nobody.set()

    async def over(self) -> None:
        """Wait until everybody has an answer, for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._nobody.wait()
