"""Options and settings that several commands share."""

import getpass
import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.exits import Exit, InvalidInput, fail
from bot.config.settings import Settings, SettingsError, load_settings

GROUP: dict[str, Any] = {  # of a typer.Typer with commands of its own
    "no_args_is_help": True,
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Workspace = Annotated[str | None, typer.Option(help="Only in this workspace, such as discord:1234.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def settings_or_exit(*, as_json: bool = False) -> Settings:
    """Load the settings of this folder and environment; exit with every problem if there is one."""
    try:
        return load_settings(os.environ, Path.cwd())
    except SettingsError as error:
        fail(Exit.INPUT, str(error), as_json=as_json)


def login() -> str:
    """Return the name by which the system knows whoever is at this shell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"


def a_day(text: str | None) -> str | None:
    """Read a day as YYYY-MM-DD; None where none was typed. Raises InvalidInput."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a day; write it like 2026-03-01.") from error
