"""`imagine run`: serve the platforms."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot.app import run as app
from bot.app.folder import catalog
from bot.cli.commands.doctor import gateway
from bot.cli.context import settings_or_exit
from bot.cli.running import run_command, set_log_level
from bot.config.settings import Settings, warnings


def run(
    web: Annotated[
        bool, typer.Option("--web", help="The playground, too: as with IMAGINE_PLAYGROUND=on.")
    ] = False,
) -> None:
    """Serve the platforms whose tokens are set. Without any: the playground, on a local page."""
    settings = settings_or_exit()
    if web:
        settings = settings.model_copy(update={"imagine_playground": "on"})
    for warning in warnings(os.environ, Path.cwd()):
        typer.echo(warning, err=True)
    set_log_level(settings, settings.imagine_log)
    run_command(_serve(settings))


async def _serve(settings: Settings) -> None:
    """Serve, and meanwhile ask the gateway once whether it has what the catalog offers."""
    check = asyncio.create_task(_check_gateway(settings))
    try:
        await app.run(settings, lambda line: typer.echo(line))
    finally:
        check.cancel()


async def _check_gateway(settings: Settings) -> None:
    check = await gateway(settings, catalog(settings))
    if not check.ok:
        structlog.get_logger().warning("gateway.check", problem=check.sentence, fix=check.fix)
