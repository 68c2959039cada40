"""The whole program with its ledger on the disk: exactly what `imagine run` starts, and then measures."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from bot.app.run import run
from bot.config.settings import load_settings
from bot.telemetry.logs import configure
from tests.bench.parts.meters import measure

PLENTY = "100000"  # pictures a day: no command of a burst is refused


async def serve(folder: str, url: str, in_flight: str, environ: Mapping[str, str], path: str = "") -> None:
    """Serve the platform of `environ`, and measure that. `path`: for its requests, if it sends any."""
    environ = {
        "CODEGATEWAY_API_KEY": "sk-bench",
        "CODEGATEWAY_BASE_URL": url,
        "IMAGINE_DATA": folder,
        "IMAGINE_WEB_PORT": "0",
        "IMAGINE_MAX_IN_FLIGHT": in_flight,
        "IMAGINE_IMAGES_PER_DAY": PLENTY,
        **environ,
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
        await measure(health_url.removesuffix("/readyz") + path)
        os.kill(os.getpid(), signal.SIGTERM)
        await program
