"""What the measured Slack bots have in common: how they listen, and what they say before and after."""

import asyncio
import sys
from collections.abc import Mapping

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.parts.meters import Meters

EVENTS = "/slack/events"


def bolt(place: Mapping[str, str]) -> AsyncApp:
    """Bolt's own app, as its guide makes it. `place`: what slack_town.py prints."""
    client = AsyncWebClient(place["bot"], place["base"])
    return AsyncApp(client=client, signing_secret=place["secret"])


async def served(app: AsyncApp, place: Mapping[str, str]) -> None:
    """Listen as bolt does, by a socket or over HTTP, until standard input ends; and be measured."""
    if place["app"]:
        await AsyncSocketModeHandler(app, place["app"]).connect_async()
        await measured()
        return
    runner = web.AppRunner(app.web_app(EVENTS), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    await measured(f"http://127.0.0.1:{runner.addresses[0][1]}{EVENTS}")


async def measured(address: str = "") -> None:
    """From now until standard input ends. `address`: what Slack is told in HTTP mode."""
    async with Meters() as meters:
        print(f"ready {address}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    print(meters.usage(0).text(), flush=True)
