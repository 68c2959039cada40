"""A gate that holds back the answers of a loopback server."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Gate:
    """Requests wait here until `open` is called. `waiting`: the number of requests that wait."""

    waiting: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        self._open.set()

    async def wait(self, touch: Callable[[], None]) -> None:
        """Wait until the gate is open. `touch`: called at once, to report that a request waits."""
        self.waiting += 1
        touch()
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1
