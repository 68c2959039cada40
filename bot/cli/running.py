"""What every command does around its work: settings, logs, signals, trouble turned into a sentence."""

import asyncio
import contextlib
import getpass
import json
import os
import signal
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import structlog
import typer

from bot.cli.exits import Exit
from bot.config.settings import Settings, SettingsError, load_settings
from bot.errors import trace
from bot.telemetry.logs import Level, configure

log = structlog.get_logger()

BROKE = "Something broke on our side; the log line above says where. `imagine usage` tells what was charged."
WAITING = (
    "Waiting for what is being drawn, as it is billed already. Ctrl-C again leaves it and saves nothing."
)
INTERRUPTED = 130  # as shells say it of a program that Ctrl-C ended
Answer = TypeVar("Answer")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Workspace = Annotated[str | None, typer.Option(help="Only in this workspace, such as discord:1234.")]


def settings_or_exit(*, as_json: bool = False) -> Settings:
    try:
        return load_settings(os.environ, Path.cwd())
    except SettingsError as error:
        fail(Exit.INPUT, str(error), as_json=as_json)


def log_at(settings: Settings, level: Level) -> None:
    configure("debug" if settings.imagine_log == "debug" else level, secrets=settings.secrets())


def login() -> str:
    """Who is at this shell, by the name that the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"


def carry(work: Coroutine[Any, Any, Answer], *, as_json: bool = False) -> Answer:
    """Run to the end; what is expected to go wrong becomes a sentence and an exit code."""
    from bot.cli.exits import sentence_and_exit

    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        known = sentence_and_exit(error)
        if known is None:
            log.error("command.broke", trace=trace(error))
        sentence, code = known or (BROKE, Exit.FAILED)
        fail(code, sentence, as_json=as_json)


@contextlib.contextmanager
def finishing_first() -> Iterator[None]:
    """The first Ctrl-C waits for what is being drawn, as it is billed already; the second leaves at once."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        typer.echo(WAITING, err=True)

    loop.add_signal_handler(signal.SIGINT, once)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def fail(code: int, sentence: str, *, as_json: bool) -> NoReturn:
    """One sentence on standard error (and as JSON where a program reads), then the exit code."""
    if as_json:
        typer.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
