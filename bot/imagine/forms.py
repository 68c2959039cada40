"""Forms of `/imagine`: the blank one, and the one behind *Edit prompt*, prefilled; and what comes back."""

from collections.abc import Mapping

from bot import wording
from bot.commands.parser import Misread
from bot.commands.registry import Command, Option
from bot.commands.values import read_value
from bot.imagine import parse, refusals
from bot.imagine.lifecycle import Imagining
from bot.imagine.records import Ask
from bot.port.cards import Accepted, Choice, Field, Form, Refused
from bot.port.requests import Imagine, OptionValue, Press
from bot.services import Parts
from quotas.catalog import Catalog
from quotas.records_workspace import Preferences

EDITED = ("prompt", "tier", "ratio", "variants")  # the rest stays as it was


def usual(catalog: Catalog, preferences: Preferences) -> dict[str, OptionValue]:
    """What the blank form shows, and what is drawn where nothing is chosen."""
    return {"prompt": "", **parse.usual(catalog, preferences), "private": False}


def present(ask: Ask) -> dict[str, OptionValue]:
    """What the form shows that edits this request."""
    return {name: getattr(ask, name) for name in EDITED}


def blank(catalog: Catalog, preferences: Preferences, command: Command) -> Form:
    """The form of a new request; `command` is `/imagine` of the registry."""
    fields = _fields(usual(catalog, preferences), command)
    return Form(title=wording.IMAGINE, submit=wording.DRAW, verb="imagine", job="", fields=fields)


def editing(ask: Ask, job: str, command: Command) -> Form:
    """The form that edits a job's request."""
    return Form(
        title=wording.EDIT,
        submit=wording.DRAW,
        verb="edit",
        job=job,
        fields=_fields(present(ask), command),
    )


def chosen(
    options: Mapping[str, OptionValue], shown: Mapping[str, OptionValue], command: Command
) -> dict[str, OptionValue] | Misread:
    """What was chosen in a form, but for the prompt. A field left as it was shown is none: flags count."""
    read: dict[str, OptionValue] = {}
    for option in command.options:
        value = options.get(option.name)
        if value is None or option.name == "prompt":
            continue
        meant = read_value(option, value) if isinstance(value, str) else value
        if isinstance(meant, Misread):
            return meant
        if option.name not in shown or meant != shown[option.name]:
            read[option.name] = meant
    return read


def _fields(shown: Mapping[str, OptionValue], command: Command) -> tuple[Field, ...]:
    options = {option.name: option for option in command.options}
    return tuple(_field(options[name], value) for name, value in shown.items())


def _field(option: Option, value: OptionValue) -> Field:
    label = wording.field_label(option.name)
    if option.kind == "text":
        longest = option.maximum or 0
        return Field(
            name=option.name, label=label, kind="text", value=str(value), longest=longest, required=True
        )
    return Field(name=option.name, label=label, kind="choice", value=_typed(value), choices=_choices(option))


def _choices(option: Option) -> tuple[Choice, ...]:
    if option.kind == "flag":
        return tuple(
            Choice(value=_typed(on), label=wording.field_choice(option.name, on)) for on in (False, True)
        )
    if option.kind == "integer":
        numbers = range(option.minimum or 0, (option.maximum or 0) + 1)
        return tuple(Choice(value=str(number), label=str(number)) for number in numbers)
    titles = option.titles or option.choices
    return tuple(
        Choice(value=value, label=title) for value, title in zip(option.choices, titles, strict=True)
    )


def _typed(value: OptionValue) -> str:
    """A value as it would be typed."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


async def imagined(press: Press, imagining: Imagining, parts: Parts) -> Accepted | Refused:
    """Draw what the blank form asks for."""
    preferences = await parts.ledger.preferences(press.address.workspace)
    options = chosen(press.options, usual(parts.catalog, preferences), parts.commands["imagine"])
    if isinstance(options, Misread):
        return await refusals.refusal(parts.ledger, press.person, options)
    text = str(press.options.get("prompt", ""))
    return await imagining.imagine(
        Imagine(id=press.id, person=press.person, address=press.address, text=text, options=options)
    )


def edited(press: Press, before: Ask, parts: Parts) -> Ask | Refused | Misread:
    """The request `before` as the form behind *Edit prompt* changes it."""
    command = parts.commands["imagine"]
    options = chosen(press.options, present(before), command)
    if isinstance(options, Misread):
        return options
    prompt = str(press.options.get("prompt", before.prompt))
    return parse.read(prompt, options, command, parts.catalog, before)
