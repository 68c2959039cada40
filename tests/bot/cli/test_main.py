"""The commands: each has a line in the help, and is imported when it is called."""

import pytest
from typer.core import TyperGroup

from bot.cli.commands.quota import is_argument
from bot.cli.main import COMMANDS, load
from bot.cli.options import bare_name
from bot.commands.registry import registry
from bot.commands.spec import Command
from quotas.catalog import load_catalog

ADMIN = [command for command in registry(load_catalog()).values() if command.admin]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_help_is_the_commands_own(name: str) -> None:
    assert load(name).get_short_help_str(200) == COMMANDS[name][1]


@pytest.mark.parametrize("name", ["invite", "sync", "manifest", "quota"])
def test_a_group_of_one_command_is_a_group(name: str) -> None:
    assert isinstance(load(name), TyperGroup)


def test_a_shell_has_every_verb_of_the_registry() -> None:
    verbs = [command.name.partition(" ")[2] for command in ADMIN]
    assert list(load("quota").commands) == ["show", *verbs]


@pytest.mark.parametrize("command", ADMIN, ids=lambda command: command.name)
def test_a_verb_takes_every_option_of_the_registry(command: Command) -> None:
    verb = load("quota").commands[command.name.partition(" ")[2]]
    assert verb.get_short_help_str(200) == f"{command.help}."
    flags = {flag for parameter in verb.params for flag in parameter.opts}
    for option in command.options:
        assert ("--yes" if option.name == "confirm" else option.flag) in flags
        assert (bare_name(option.name) in flags) == is_argument(option)
