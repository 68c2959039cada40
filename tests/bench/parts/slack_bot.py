"""The part that the measured Slack bots share: they serve as Bolt's guide does."""

from collections.abc import Mapping

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.parts.meters import measure

EVENTS_PATH = "/slack/events"


def make_app(address: Mapping[str, str]) -> AsyncApp:
    """Make Bolt's app as its guide does. `address`: the JSON that slack_town.py prints."""
    client = AsyncWebClient(address["bot"], address["base"])
    return AsyncApp(client=client, signing_secret=address["secret"])


async def serve(app: AsyncApp, address: Mapping[str, str]) -> None:
    """Serve as Bolt's guide does, in Socket Mode or over HTTP, and measure that."""
    if address["app"]:
        await AsyncSocketModeHandler(app, address["app"]).connect_async()
        await measure()
        return
    runner = web.AppRunner(app.web_app(EVENTS_PATH), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    await measure(f"http://127.0.0.1:{runner.addresses[0][1]}{EVENTS_PATH}")
