"""Options that several commands share. Light: help and completion need no more."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from quotas.numbers import read_whole

GROUP: dict[str, Any] = {  # of a typer.Typer with commands of its own
    "no_args_is_help": True,
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Workspace = Annotated[str | None, typer.Option(help="Only in this workspace, such as discord:1234.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def whole(low: int, high: int) -> Callable[[str | int], int]:
    """Return the parser of an option that is a whole number from `low` to `high`."""

    def read(value: str | int) -> int:
        number = value if isinstance(value, int) else read_whole(value)
        if number is None or not low <= number <= high:
            raise typer.BadParameter(f"{value!r} is not a whole number from {low:,} to {high:,}.")
        return number

    return read
