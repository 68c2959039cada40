"""The settings, and the name of the person at the shell, which every command needs first."""

import getpass
import os
from pathlib import Path

from bot.app.folder import catalog_problem
from bot.cli.exits import Exit, fail
from bot.cli.options import as_text
from bot.config.settings import Settings, SettingsError, load_settings, warnings

NAMELESS = "operator"


def settings_or_exit(*, as_json: bool = False) -> Settings:
    """Load the settings of this folder and environment; exit with every problem if there is one.

    Misspelled names and a problem with the catalog are named beside them: one start shows all that is wrong.
    """
    try:
        return load_settings(os.environ, Path.cwd())
    except SettingsError as error:
        lines = [str(error), *warnings(os.environ, Path.cwd())]
        if problem := catalog_problem(error):
            lines.append(f"The catalog cannot be used: {problem[0]}")
        fail(Exit.INPUT, "\n".join(lines), as_json=as_json)


def login() -> str:
    """Return the name by which the system knows whoever is at this shell."""
    try:
        return as_text(getpass.getuser()) or NAMELESS
    except (OSError, KeyError, ImportError):
        return NAMELESS
