"""The limits on identifying: one shard after the other in a rate limit bucket, and so many a day.

Discord makes a bot's token void if the bot goes on after the day's identifies are used up (topics/gateway,
"Rate Limiting").
"""

import asyncio
from collections.abc import Callable

import discord
import structlog

from adapters.discord import messages
from bot.port.protocols import CannotRun

log = structlog.get_logger()

# Seconds between two identifies in a bucket. Discord says 5, and counts as they arrive ("Max Concurrency").
IDENTIFY_INTERVAL = 5.5


class IdentifyLimit:
    """Discord's limits on identifying, for all shards of this process.

    A shard's bucket is its number modulo the count of buckets (Discord's `max_concurrency`).
    """

    def __init__(self) -> None:
        self._buckets = [_Bucket()]
        self._reserved = 0  # identifies that `reserve` was granted and nobody has acquired yet
        self._lock = asyncio.Lock()

    async def reserve(self, client: discord.Client, needed: Callable[[int], int]) -> int:
        """Wait until Discord allows as many identifies as are needed, and reserve them.

        `needed` gets the shard count that Discord recommends, and returns how many identifies to reserve.
        Returns that recommendation. Raises CannotRun if more are needed than Discord allows in a day,
        GatewayNotFound.
        """
        while True:
            recommended, _, limit = await client.http.get_bot_gateway()
            count, total = needed(recommended), limit["total"]
            if count > total:
                raise CannotRun(messages.too_many_shards(count, total))
            if count <= limit["remaining"]:
                self._reserved = count
                self._add_buckets(limit["max_concurrency"])
                return recommended
            again_in = limit["reset_after"] / 1000
            log.warning("discord.starts_used_up", needed=count, left=limit["remaining"], again_in=again_in)
            await asyncio.sleep(again_in)

    async def acquire(self, client: discord.Client) -> None:
        """Take one reserved identify; if none is left, reserve one first. Raises GatewayNotFound."""
        async with self._lock:
            if not self._reserved:
                await self.reserve(client, lambda _: 1)
            self._reserved -= 1

    async def wait_to_connect(self, shard: int) -> None:
        """Wait until the shard's turn to identify is near.

        discord.py gives up a connection that has not identified within a minute.
        """
        bucket, now = self._bucket(shard), asyncio.get_running_loop().time()
        connect_at = max(now, bucket.next_connect)
        bucket.next_connect = connect_at + IDENTIFY_INTERVAL
        await asyncio.sleep(connect_at - now)

    async def wait_to_identify(self, shard: int) -> None:
        """Wait until the shard may identify; the caller identifies at once."""
        bucket, loop = self._bucket(shard), asyncio.get_running_loop()
        async with bucket.lock:
            await asyncio.sleep(bucket.next_identify - loop.time())
            bucket.next_identify = loop.time() + IDENTIFY_INTERVAL

    def _bucket(self, shard: int) -> "_Bucket":
        return self._buckets[shard % len(self._buckets)]

    def _add_buckets(self, count: int) -> None:
        """Add buckets up to `count`: Discord may allow more while the bot runs. Existing ones are in use."""
        self._buckets += [_Bucket() for _ in range(count - len(self._buckets))]


class _Bucket:
    """The times (by the loop's clock) from which the next shard may identify, and may connect to do so."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.next_identify = self.next_connect = 0.0
