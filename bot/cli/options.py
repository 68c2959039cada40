"""Options that several commands share. Light: help and completion need no more."""

import os
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

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


class Words(TyperCommand):
    """A command whose words are text. A word of other bytes is refused, rather than drawn without them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            if isinstance(value, str) and (text := as_text(value)) != value:
                if text is None:
                    ctx.fail("What was typed is not UTF-8 text; type it in a terminal that uses UTF-8.")
                ctx.params[name] = text
        return rest


def as_text(word: str) -> str | None:
    """Return a word of the system's as text, in a locale without its letters, too; None if it is no text."""
    try:
        word.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(word).decode()
        except UnicodeDecodeError:
            return None
    return word


class Once(Words):
    """A command that refuses an option given twice: a shell's last value would silently replace a scope."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:  # completion, which needs no refusals
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for option, times in Counter(given).items():
                if times > 1 and isinstance(option, TyperOption) and not option.is_flag:
                    ctx.fail(f"{option.opts[0]} is given twice; keep one of them.")
        return super().parse_args(ctx, args)


def whole(low: int, high: int) -> Callable[[str | int], int]:
    """Return the parser of an option that is a whole number from `low` to `high`."""

    def read(value: str | int) -> int:
        number = value if isinstance(value, int) else read_whole(value)
        if number is None or not low <= number <= high:
            raise typer.BadParameter(f"{value!r} is not a whole number from {low:,} to {high:,}.")
        return number

    return read


def bare_name(name: str) -> str:
    """Return the parameter's name of an option that may be typed without its flag."""
    return f"bare_{name}"
