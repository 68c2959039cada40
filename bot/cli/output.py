"""Printing for every command: tables for people, one JSON object for programs. Money in `_micros` fields."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.streams import speaks_utf_8
from quotas.ids import id_text
from quotas.records import ANY

if TYPE_CHECKING:
    from adapters.shell.requests import ChangeMade, CommandAnswer

WIDE = 10_000  # columns off a terminal: a program that reads a table there wants whole lines


def print_json(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, ensure_ascii=not speaks_utf_8(), indent=2))


def print_file(text: str) -> None:
    """Print the text of a file, to be sent on: as UTF-8, whatever the locale."""
    typer.echo(text.removeprefix("\ufeff").encode(), nl=False)  # only spreadsheets want the mark


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> None:
    """Print rows under their columns; those named in `numbers` are set to the right."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, justify="right" if column in numbers else "left")
    for row in rows:
        grid.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(grid)


def place_name(workspace: str) -> str:
    return "everywhere" if workspace == ANY else workspace


def print_answer(answer: "CommandAnswer", as_json: bool) -> None:
    """Print the answer to a command. A file alone goes to standard output, to be sent on."""
    if as_json:
        print_json(_answer(answer))
    elif answer.file:
        print_file(answer.file[1])
    else:
        for line in filter(None, (answer.title, answer.sentence, *answer.lines)):
            typer.echo(line)
        if answer.rows:
            print_table(answer.columns, answer.rows)
        if answer.change:
            typer.echo(f"Where: {place_name(answer.change.workspace)}")


def _answer(answer: "CommandAnswer") -> dict[str, Any]:
    plain = answer.model_dump(exclude={"event", "why", "confirm", "change"}, exclude_defaults=True)
    return plain if answer.change is None else {**_change(answer.change), **plain}


def _change(change: "ChangeMade") -> dict[str, Any]:
    before, after = (json.loads(side) if side else None for side in (change.before, change.after))
    number = None if change.entry is None else id_text(change.entry)
    sides = {"before": before, "after": after, "number": number}
    return {**change.model_dump(exclude={"before", "after"}), **sides}
