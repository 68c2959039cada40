"""A gate before a loopback server's answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Gate:
    """Requests that reach it wait until it is opened. `waiting`: how many do."""

    waiting: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        self._opened.set()

    async def wait(self, touch: Callable[[], None]) -> None:
        self.waiting += 1
        touch()
        try:
            await self._opened.wait()
        finally:
            self.waiting -= 1
