"""The whole program on a Discord of loopback.

python tests/bench/parts/discord_ours.py PLACE URL FOLDER IN_FLIGHT
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from tests.bench.parts.whole_program import serve
from tests.fakes.discord.pointing import point


async def main(place: str, url: str, folder: str, in_flight: str) -> None:
    address = json.loads(place)
    point(address["base"])
    await serve(folder, url, in_flight, {"DISCORD_TOKEN": address["token"]})


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
