"""The form behind *Edit prompt*: the fields of `/imagine` that a person edits, prefilled."""

from bot import wording
from bot.cards import Choice, Field, Form
from bot.jobs import Ask
from bot.typed.commands import Command, Option

EDITED = ("prompt", "tier", "ratio", "variants")  # the rest stays as it was


def editing(ask: Ask, job: str, command: Command) -> Form:
    """The form that edits a job's request; `command` is `/imagine` of the registry."""
    options = {option.name: option for option in command.options}
    present = {"prompt": ask.prompt, "tier": ask.tier, "ratio": ask.ratio, "variants": str(ask.variants)}
    fields = tuple(_field(options[name], present[name]) for name in EDITED)
    return Form(title=wording.EDIT, submit=wording.DRAW, verb="edit", job=job, fields=fields)


def _field(option: Option, value: str) -> Field:
    label = option.name.capitalize()
    if option.kind == "text":
        longest = option.maximum or 0
        return Field(name=option.name, label=label, kind="text", value=value, longest=longest, required=True)
    return Field(name=option.name, label=label, kind="choice", value=value, choices=_choices(option))


def _choices(option: Option) -> tuple[Choice, ...]:
    if option.kind == "integer":
        numbers = range(option.minimum or 0, (option.maximum or 0) + 1)
        return tuple(Choice(value=str(number), label=str(number)) for number in numbers)
    titles = option.titles or option.choices
    return tuple(
        Choice(value=value, label=title) for value, title in zip(option.choices, titles, strict=True)
    )
