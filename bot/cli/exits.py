"""The exit codes, and how a command ends with one. Light: every command imports this module."""

import json
from enum import IntEnum
from typing import NoReturn

import typer

from bot.cli.streams import speaks_utf_8


class Exit(IntEnum):
    """The meaning of each exit code."""

    DONE = 0
    FAILED = 1
    INPUT = 2
    REFUSED = 3
    UNKNOWN = 4


class InvalidInput(Exception):
    """The words of a command cannot be carried out; the message says what to type instead."""


_EXITS = {
    "delivered": Exit.DONE,
    "input": Exit.INPUT,
    "allowance": Exit.REFUSED,
    "policy": Exit.REFUSED,
    "refused": Exit.REFUSED,
    "unknown": Exit.UNKNOWN,
}


def exit_code(why: str) -> Exit:
    """Return the exit code for an outcome or the reason of a refusal; FAILED for any other."""
    return _EXITS.get(why, Exit.FAILED)


def reason(error: OSError) -> str:
    """Return the system's words for an error, without its number."""
    return str(error).partition("] ")[2] or str(error)


def fail(code: int, sentence: str, *, as_json: bool) -> NoReturn:
    """Print one sentence on standard error (and as JSON where a program reads), then exit with the code."""
    if as_json:
        typer.echo(json.dumps({"error": sentence}, ensure_ascii=not speaks_utf_8()))
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
