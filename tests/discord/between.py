"""What can stand between an adapter and its core: somebody who listens, is slow, or breaks."""

import asyncio
from typing import Any

from bot.port.protocols import Core


class Between:
    """The core, asked through here. `asked`: what came, as (method, argument); `served`: where it is.

    `slow`: methods that wait for `gate`; `broken`: methods that raise, quoting what they were asked.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.asked: list[tuple[str, Any]] = []
        self.served: list[tuple[str, Any]] = []
        self.slow: set[str] = set()
        self.broken: set[str] = set()
        self.gate = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        async def ask(*args: Any) -> Any:
            if name == "serving":
                self.served.append((name, args[1]))
            elif name != "language":  # which is asked about everything
                self.asked.append((name, args[0]))
            if name in self.broken:
                raise RuntimeError(f"unplanned: {args!r}")
            if name in self.slow:
                await self.gate.wait()
            return await getattr(self._core, name)(*args)

        return ask
