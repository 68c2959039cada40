"""The whole program on a loopback Slack, with its ledger on the disk: exactly what `imagine run` starts.

python tests/bench/parts/slack_whole.py PLACE URL FOLDER IN_FLIGHT
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from slack_sdk.web.async_client import AsyncWebClient

from bot.app.run import run
from bot.config.settings import load_settings
from bot.telemetry.logs import configure
from tests.bench.parts.slack_bot import EVENTS_PATH, measure


async def main(place: str, url: str, folder: str, in_flight: str) -> None:
    address = json.loads(place)
    AsyncWebClient.BASE_URL = address["base"]  # the adapter takes it as a default when it is imported
    mode = (
        {"SLACK_APP_TOKEN": address["app"]} if address["app"] else {"SLACK_SIGNING_SECRET": address["secret"]}
    )
    environ = {
        "SLACK_BOT_TOKEN": address["bot"],
        "CODEGATEWAY_API_KEY": "sk-bench",
        "CODEGATEWAY_BASE_URL": url,
        "IMAGINE_DATA": folder,
        "IMAGINE_WEB_PORT": "0",
        "IMAGINE_MAX_IN_FLIGHT": in_flight,
        **mode,
    }
    settings = load_settings(environ, Path(folder))
    lines: asyncio.Queue[str] = asyncio.Queue()
    with (Path(folder) / "log").open("w") as log:
        configure("info", log, settings.secrets())
        program = asyncio.create_task(run(settings, lines.put_nowait))
        line = asyncio.create_task(lines.get())
        await asyncio.wait({program, line}, return_when=asyncio.FIRST_COMPLETED)
        if program.done():
            await program
        health_url = next(word for word in (await line).split() if word.startswith("http"))
        await measure(health_url.removesuffix("/readyz") + EVENTS_PATH)
        os.kill(os.getpid(), signal.SIGTERM)
        await program


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
