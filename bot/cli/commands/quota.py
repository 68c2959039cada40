"""`imagine quota` and `imagine styles`: the changes that admins make, by the verbs of the one registry.

Each verb is the same command as in chat, sent to the core. Without a workspace it is about the whole bot, or
about the workspace of the person it names.
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from bot.cli.options import GROUP, AsJson, Once, Workspace, Yes, bare_name
from bot.commands.quotas import admin_commands
from bot.commands.spec import Command, Option
from bot.commands.styles import style_commands

METAVARS = {"day": "DAY", "money": "DOLLARS", "integer": "NUMBER"}

quota = typer.Typer(help="Show and change who may draw how much.", **GROUP)
styles = typer.Typer(help="Keep named words to add to prompts.", **GROUP)


@quota.command("show", cls=Once, help="What one person may still draw, and when that renews.")
def show(
    person: Annotated[
        str | None, typer.Argument(help="An id such as discord:1234, or a name; you, if left out.")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Print the allowance of one person."""
    # The ledger takes a fifth of a second to import, which help and completion do without.
    from bot.cli.commands import quota_run

    quota_run.show(person, workspace, as_json)


def _function(command: Command) -> Callable[..., None]:
    """Make the function of one verb: its parameters are the options that the registry gives it.

    A person, and any other text that may be typed bare, is an argument; the rest are flags, as in chat.
    """
    parameters = [each for option in command.options for each in _parameters(option)]
    parameters += [_parameter("workspace", Workspace, None), _parameter("as_json", AsJson, False)]

    def run(workspace: str | None, as_json: bool, **typed: str | bool | None) -> None:
        from bot.cli.commands import quota_run  # as in `show`

        quota_run.run(command, typed, workspace, as_json)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = f"{command.help}."
    return run


def _parameters(option: Option) -> list[inspect.Parameter]:
    """Return how a shell takes one option. Choices are left to the core: they are the catalog's."""
    if option.name == "confirm":
        return [_parameter("confirm", Yes, False)]
    help_ = f"{option.help}{', or unlimited' if option.unlimited else ''}."
    if option.kind == "flag":
        return [_parameter(option.name, Annotated[bool, typer.Option(option.flag, help=help_)], False)]
    metavar = METAVARS.get(option.kind, "TEXT")
    flag = typer.Option(option.flag, help=help_, metavar=metavar, hidden=is_argument(option))
    parameters = [_parameter(option.name, Annotated[str | None, flag], None)]
    if is_argument(option):
        argument = typer.Argument(help=help_, metavar=option.name.upper(), show_default=False)
        parameters.insert(0, _parameter(bare_name(option.name), Annotated[str | None, argument], None))
    return parameters


def is_argument(option: Option) -> bool:
    return option.bare and option.kind in ("person", "text", "style")


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


for group, verbs in ((quota, admin_commands((), ())), (styles, style_commands())):
    for verb in verbs:
        group.command(verb.name.partition(" ")[2], cls=Once)(_function(verb))
