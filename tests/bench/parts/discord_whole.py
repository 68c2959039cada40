"""The whole program on a loopback Discord, with its ledger on the disk: exactly what `imagine run` starts.

python tests/bench/parts/discord_whole.py BASE TOKEN URL FOLDER IN_FLIGHT
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from bot.app.run import run
from bot.config.settings import load_settings
from bot.telemetry.logs import configure
from tests.bench.parts.discord_bot import measure
from tests.fakes.discord.pointing import point


async def main(base: str, token: str, url: str, folder: str, in_flight: str) -> None:
    point(base)
    environ = {
        "DISCORD_TOKEN": token,
        "CODEGATEWAY_API_KEY": "sk-bench",
        "CODEGATEWAY_BASE_URL": url,
        "IMAGINE_DATA": folder,
        "IMAGINE_WEB_PORT": "0",
        "IMAGINE_MAX_IN_FLIGHT": in_flight,
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
        await measure()
        os.kill(os.getpid(), signal.SIGTERM)
        await program


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:6]))
