"""Options that several commands share. Light: help and completion need no more."""

from typing import Annotated, Any

import typer

GROUP: dict[str, Any] = {  # of a typer.Typer with commands of its own
    "no_args_is_help": True,
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Workspace = Annotated[str | None, typer.Option(help="Only in this workspace, such as discord:1234.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
