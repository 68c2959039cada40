"""What is expected to go wrong around a command, and the exit code that says so."""

from adapters.shell.socket import OwnerGone
from bot.app.run import FolderHeld
from bot.cli.exits import Exit
from bot.cli.targets import NotUnderstood
from bot.port.protocols import CannotRun
from quotas.catalog import CatalogError
from quotas.store.sqlite import LedgerError


def sentence_and_exit(error: Exception) -> tuple[str, int] | None:
    """The sentence for the person at the shell, and the exit code; None for what nobody planned."""
    match error:
        case NotUnderstood():
            return str(error), Exit.INPUT
        case CannotRun():
            return str(error), Exit.INPUT
        case CatalogError():
            return f"The catalog cannot be used: {error}", Exit.INPUT
        case OwnerGone():
            return str(error), Exit.UNKNOWN
        case FolderHeld() | LedgerError() | OSError():
            return str(error), Exit.FAILED
        case _:
            return None
