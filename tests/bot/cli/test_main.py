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


@pytest.mark.parametrize("name", ["invite", "sync", "manifest", "quota", "styles"])
def test_a_group_of_one_command_is_a_group(name: str) -> None:
    assert isinstance(load(name), TyperGroup)


def test_a_shell_has_every_verb_of_the_registry() -> None:
    in_shell = [f"quotas {verb}" for verb in load("quota").commands if verb != "show"]
    in_shell += [f"styles {verb}" for verb in load("styles").commands]
    assert in_shell == [command.name for command in ADMIN]


@pytest.mark.parametrize("command", ADMIN, ids=lambda command: command.name)
def test_a_verb_takes_every_option_of_the_registry(command: Command) -> None:
    group, _, name = command.name.partition(" ")
    verb = load(group.replace("quotas", "quota")).commands[name]
    assert verb.get_short_help_str(200) == f"{command.help}."
    flags = {flag for parameter in verb.params for flag in parameter.opts}
    for option in command.options:
        assert ("--yes" if option.name == "confirm" else option.flag) in flags
        assert (bare_name(option.name) in flags) == is_argument(option)
