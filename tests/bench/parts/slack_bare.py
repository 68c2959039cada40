"""The floor of an acknowledgement: a handler that acknowledges and does nothing else.

python tests/bench/parts/slack_bare.py PLACE URL FOLDER
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from slack_bolt.context.ack.async_ack import AsyncAck

from tests.bench.parts.slack_bot import make_app, serve


async def main(place: str, _url: str, _folder: str) -> None:
    address = json.loads(place)
    app = make_app(address)

    @app.command("/imagine")
    async def imagine(ack: AsyncAck) -> None:
        await ack()

    await serve(app, address)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
