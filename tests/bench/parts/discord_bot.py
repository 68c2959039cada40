"""What the measured bots have in common: they say when they are there, and at the end what they used."""

import asyncio
import sys

from tests.bench.parts.meters import Meters


async def measured() -> None:
    """From now until standard input ends."""
    async with Meters() as meters:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    print(meters.usage(0).text(), flush=True)
