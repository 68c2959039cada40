"""The command line: `imagine run`, `draw`, `compare`, `tiers`, `usage`, `reconcile`, `forget`, `export`,
`verify`, `check`, `quota`, `styles`, `invite`, `sync`, `manifest`.

Exit: 0 done, 1 failed or a check found something, 2 bad input, 3 refused, 4 outcome unknown.

A command waits for what it imports, so each has a module of its own, which `load` imports when the command
is called: the one place for that. LATE_IMPORTS in tests/test_house.py lists the imports inside functions that
stay besides, each with its reason.
"""

import gc
import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from bot import __version__
from bot.cli.exits import Exit, reason
from bot.cli.options import Once, Words
from bot.cli.streams import mend_streams

COMMANDS = {  # name: the module with a function or group of that name, and the line in the help
    "run": ("bot.cli.commands.run", "Serve the platforms whose tokens are set."),
    "draw": ("bot.cli.commands.draw", "Draw pictures and save them."),
    "compare": ("bot.cli.commands.compare", "Draw one prompt in several tiers, side by side."),
    "tiers": ("bot.cli.commands.tiers", "Compare tiers and their prices."),
    "usage": ("bot.cli.commands.usage", "Tell who spent what."),
    "reconcile": ("bot.cli.commands.reconcile", "Compare the gateway's bill with our costs."),
    "forget": ("bot.cli.commands.privacy", "Forget one person."),
    "export": ("bot.cli.commands.privacy", "Write all that is kept about one person, as JSON."),
    "verify": ("bot.cli.commands.verify", "Recompute every balance from the entries."),
    "check": ("bot.cli.commands.doctor", "Check settings, catalog, database, pictures and keys."),
    "quota": ("bot.cli.commands.quota", "Show and change who may draw how much."),
    "styles": ("bot.cli.commands.quota", "Keep named words to add to prompts."),
    "invite": ("bot.cli.commands.install", "Print the links that add the bot."),
    "sync": ("bot.cli.commands.install", "Put a platform's commands right."),
    "manifest": ("bot.cli.commands.install", "Print what a platform is told of the app."),
}
PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}


def load(name: str) -> Any:
    """Import the module of a command, and build the command, or the group of commands."""
    gc.disable()  # imports leave hardly any garbage, and the collector would take a tenth of their time
    try:
        command = getattr(importlib.import_module(COMMANDS[name][0]), name)
    finally:
        gc.enable()
    if isinstance(command, typer.Typer):
        return typer.main.get_group(command)  # of one command, too
    app = typer.Typer(add_completion=False, **PLAIN)
    # As in chat: only of a prompt's options does the last one count.
    app.command(name, cls=Words if name in ("draw", "compare") else Once)(command)
    return typer.main.get_command(app)


class Commands(TyperGroup):
    """The commands by name. Until a command is called, this knows only its line in the help."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {
            name: TyperCommand(name, help=line, rich_markup_mode=None) for name, (_, line) in COMMANDS.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, known, rest = super().resolve_command(ctx, args)
        return name, None if known is None or name is None else load(name), rest


app = typer.Typer(
    name="imagine",
    cls=Commands,
    help="One /imagine for team chat, and one honest ledger of who spent what.",
    no_args_is_help=True,
    **PLAIN,
)


def main() -> None:
    mend_streams()
    try:
        app(prog_name="imagine")
    except OSError as error:  # such as a full disk below standard output, or a working folder that is gone
        typer.echo(reason(error), err=True)
        sys.exit(Exit.FAILED)


def _version(is_set: bool) -> None:
    if is_set:
        typer.echo(f"imagine {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before a command."""


if __name__ == "__main__":
    main()
