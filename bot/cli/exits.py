"""The exit codes, and which outcome gives which."""

from enum import IntEnum

from adapters.shell.socket import OwnerGone
from bot.app.run import FolderHeld
from bot.cli.targets import NotUnderstood
from bot.port.protocols import CannotRun
from quotas.catalog import CatalogError
from quotas.store.errors import LedgerError


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    FAILED = 1
    INPUT = 2
    REFUSED = 3
    UNKNOWN = 4


_EXITS = {
    "delivered": Exit.DONE,
    "input": Exit.INPUT,
    "allowance": Exit.REFUSED,
    "policy": Exit.REFUSED,
    "refused": Exit.REFUSED,
    "unknown": Exit.UNKNOWN,
}


def exit_of(why: str) -> Exit:
    return _EXITS.get(why, Exit.FAILED)


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
