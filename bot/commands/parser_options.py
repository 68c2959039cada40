"""The options of a command, from a platform's fields and from typed words. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from bot.commands.parser import parse
from bot.commands.spec import Command
from bot.commands.values import Misread, read_value
from bot.port.requests import OptionValue


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
