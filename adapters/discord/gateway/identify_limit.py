"""How often shards may identify: one after the other in each of Discord's rows, and so many a day.

Discord makes a bot's token void where it goes on after the day's are used up (topics/gateway, "Rate
Limiting").
"""

import asyncio
from collections.abc import Callable

import discord
import structlog

from adapters.discord import messages
from bot.port.protocols import CannotRun

log = structlog.get_logger()

ROW_SECONDS = 5.5  # between two in a row; Discord says 5, and counts as they arrive ("Max Concurrency")


class IdentifyLimit:
    """What Discord allows all shards of this process. A shard's row is its number modulo their count."""

    def __init__(self) -> None:
        self._rows = [_Row()]
        self._granted = 0  # so many were asked for, and have not been used
        self._asking = asyncio.Lock()

    async def grant(self, client: discord.Client, needed: Callable[[int], int]) -> int:
        """Wait until as many may identify as are `needed`, given how many shards Discord recommends.

        Returns that recommendation. Raises CannotRun where there will never be so many, GatewayNotFound.
        """
        while True:
            recommended, _, limit = await client.http.get_bot_gateway()
            wants, total = needed(recommended), limit["total"]
            if wants > total:
                raise CannotRun(messages.too_many_shards(wants, total))
            if wants <= limit["remaining"]:
                self._granted = wants
                self._widen(limit["max_concurrency"])
                return recommended
            again_in = limit["reset_after"] / 1000
            log.warning("discord.starts_used_up", needed=wants, left=limit["remaining"], again_in=again_in)
            await asyncio.sleep(again_in)

    async def take(self, client: discord.Client) -> None:
        """Wait until one more may identify. Raises GatewayNotFound."""
        async with self._asking:
            if not self._granted:
                await self.grant(client, lambda _: 1)
            self._granted -= 1

    async def line_up(self, shard: int) -> None:
        """Wait until it is worth connecting: discord.py allows a minute from there to having identified."""
        row, now = self._row(shard), asyncio.get_running_loop().time()
        begins = max(now, row.expected)
        row.expected = begins + ROW_SECONDS
        await asyncio.sleep(begins - now)

    async def step_up(self, shard: int) -> None:
        """Wait until it may identify, which it then does."""
        row, loop = self._row(shard), asyncio.get_running_loop()
        async with row.lock:
            await asyncio.sleep(row.free_at - loop.time())
            row.free_at = loop.time() + ROW_SECONDS

    def _row(self, shard: int) -> "_Row":
        return self._rows[shard % len(self._rows)]

    def _widen(self, rows: int) -> None:
        """Discord may allow more while the bot runs; rows that are there are in use."""
        self._rows += [_Row() for _ in range(rows - len(self._rows))]


class _Row:
    """`free_at`: from then on the next may identify; `expected`: from then on one more may line up."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = self.expected = 0.0
