"""The frame around the work of a command: logs, signals, a question, and errors turned into sentences."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import structlog
import typer

from adapters.shell.errors import OwnerGone
from bot import wording
from bot.app.folder import FolderHeld
from bot.cli.exits import Exit, InvalidInput, fail, reason
from bot.config.settings import Settings
from bot.errors import trace
from bot.port.protocols import CannotRun
from bot.telemetry.logs import Level, configure
from quotas.catalog import CatalogError
from quotas.store.errors import LedgerError

log = structlog.get_logger()

BROKE = "Something broke on our side; the log line above says where. `imagine usage` tells what was charged."
WAITING = (
    "Waiting for what is being drawn, as it is billed already. Ctrl-C again leaves it and saves nothing."
)
UNCHANGED = "Nothing was changed."
INTERRUPTED = 130  # the shells' code for a program that Ctrl-C ended
Answer = TypeVar("Answer")


def set_log_level(settings: Settings, level: Level) -> None:
    """Write log lines from this level on, or from debug on if the settings say so."""
    configure("debug" if settings.imagine_log == "debug" else level, secrets=settings.secrets())


def run_command(work: Coroutine[Any, Any, Answer], *, as_json: bool = False) -> Answer:
    """Run to the end; turn a known error into a sentence and an exit code, and log an unknown one."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        known = _sentence_and_exit(error)
        if known is None:
            log.error("command.broke", trace=trace(error))
        sentence, code = known or (BROKE, Exit.FAILED)
        fail(code, sentence, as_json=as_json)


def _sentence_and_exit(error: Exception) -> tuple[str, int] | None:
    """Return the sentence for the person at the shell, and the exit code; None for an unknown error."""
    match error:
        case InvalidInput() | CannotRun():
            return str(error), Exit.INPUT
        case CatalogError():
            return f"The catalog cannot be used: {error}", Exit.INPUT
        case OwnerGone():
            return str(error), Exit.UNKNOWN
        case OSError():
            return reason(error), Exit.FAILED
        case FolderHeld() | LedgerError():
            return str(error), Exit.FAILED
        case _:
            return None


def ask(statement: str, question: str, *, as_json: bool) -> None:
    """Ask on the terminal whether to go on; exit if the answer is no, or if there is no terminal."""
    if not sys.stdin.isatty():
        fail(Exit.INPUT, f"{wording.only_tried(statement)} Add --yes to do it.", as_json=as_json)
    typer.echo(statement, err=True)
    if not typer.confirm(question, err=True):
        fail(Exit.FAILED, UNCHANGED, as_json=as_json)


@contextlib.contextmanager
def delay_interrupt() -> Iterator[None]:
    """Let the first Ctrl-C wait for what is being drawn, as it is billed already; the second ends at once."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        typer.echo(WAITING, err=True)

    loop.add_signal_handler(signal.SIGINT, once)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
