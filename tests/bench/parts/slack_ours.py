"""The whole program on a Slack of loopback.

python tests/bench/parts/slack_ours.py PLACE URL FOLDER IN_FLIGHT
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.parts.slack_bot import EVENTS_PATH
from tests.bench.parts.whole_program import serve


async def main(place: str, url: str, folder: str, in_flight: str) -> None:
    address = json.loads(place)
    AsyncWebClient.BASE_URL = address["base"]  # the adapter takes it as a default when it is imported
    mode = (
        {"SLACK_APP_TOKEN": address["app"]} if address["app"] else {"SLACK_SIGNING_SECRET": address["secret"]}
    )
    await serve(folder, url, in_flight, {"SLACK_BOT_TOKEN": address["bot"], **mode}, EVENTS_PATH)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
