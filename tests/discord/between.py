"""A stand-in for the core that records an adapter's calls, delays them or breaks them."""

import asyncio
from typing import Any

from bot.port.protocols import Core


class Between:
    """Passes each call on to the core.

    `asked`: the calls so far, as (method, first argument).
    `served`: the calls of `serving`, as (method, workspaces).
    `slow`: methods that wait for `gate`.
    `broken`: methods that raise an error that quotes their arguments.
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
            elif name != "language":  # an adapter asks for it before everything else
                self.asked.append((name, args[0]))
            if name in self.broken:
                raise RuntimeError(f"unplanned: {args!r}")
            if name in self.slow:
                await self.gate.wait()
            return await getattr(self._core, name)(*args)

        return ask
