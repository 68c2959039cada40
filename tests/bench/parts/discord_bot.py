"""The part that the measured bots share: they print when they are ready, and their usage at the end."""

import asyncio
import sys

from tests.bench.parts.meters import Meters


async def measure() -> None:
    """Print "ready", measure until standard input ends, and print the usage."""
    async with Meters() as meters:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    print(meters.usage(0).text(), flush=True)
