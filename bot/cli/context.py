"""The settings, and the name of the person at the shell, which every command needs first."""

import getpass
import os
from pathlib import Path

from bot.cli.exits import Exit, fail
from bot.config.settings import Settings, SettingsError, load_settings


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
