"""The options of a command, from a platform's fields and from typed words. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from bot.messages import OptionValue
from bot.typed.grammar import Misread, parse
from bot.typed.options import Command
from bot.typed.values import read_value


def options(
    text: str, fields: Mapping[str, OptionValue], command: Command
) -> dict[str, OptionValue] | Misread:
    """What was typed, under what the fields say; text in a field is read as typed text is."""
    given: dict[str, OptionValue] = {}
    for option in command.options:
        value = fields.get(option.name)
        if value is None:
            continue
        meant = read_value(option, value) if isinstance(value, str) else value
        if isinstance(meant, Misread):
            return meant
        given[option.name] = meant
    rest = tuple(replace(each, required=each.required and each.name not in given) for each in command.options)
    parsed = parse(text, replace(command, options=rest))
    return parsed if isinstance(parsed, Misread) else {**parsed.options, **given}
