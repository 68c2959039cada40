"""A stand-in for the core that records an adapter's calls, delays them or breaks them."""

import asyncio
from typing import Any

from bot.port.protocols import Core


class CoreProxy:
    """Passes each call on to the core.

    `calls`: the calls so far, as (method, first argument).
    `serving_calls`: the calls of `serving`, as (method, workspaces).
    `slow`: methods that wait for `gate`.
    `broken`: methods that raise an error that quotes their arguments.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.calls: list[tuple[str, Any]] = []
        self.serving_calls: list[tuple[str, Any]] = []
        self.slow: set[str] = set()
        self.broken: set[str] = set()
        self.gate = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        async def ask(*args: Any) -> Any:
            if name == "serving":
                self.serving_calls.append((name, args[1]))
            elif name not in ("language", "answered"):  # an adapter calls them around everything else
                self.calls.append((name, args[0]))
            if name in self.broken:
                raise RuntimeError(f"unplanned: {args!r}")
            if name in self.slow:
                await self.gate.wait()
            return await getattr(self._core, name)(*args)

        return ask
