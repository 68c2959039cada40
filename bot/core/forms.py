"""Forms of `/imagine` and `/compare`: the blank ones and *Edit prompt*, opened and submitted."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from bot import wording
from bot.commands.parser import Parsed
from bot.commands.spec import Command, Option
from bot.commands.styles import NO_STYLE
from bot.commands.values import Misread, read_value
from bot.compare.comparisons import Comparisons
from bot.imagine import parse, refusals
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.records import ImageSpec
from bot.port.cards import Accepted, Choice, Field, Form, Refused
from bot.port.requests import Imagine, OptionValue, Press
from bot.services import Services
from quotas.catalog import Catalog
from quotas.records_workspace import Preferences

IMPROVE = "improve"  # a field of the edit form that is no option of a command


def usual(catalog: Catalog, preferences: Preferences) -> dict[str, OptionValue]:
    """List the values of the blank form: what is drawn if nothing is chosen."""
    return {"prompt": "", **parse.usual(catalog, preferences), "private": False}


def present(spec: ImageSpec) -> dict[str, OptionValue]:
    """List what the edit form shows of a request; the rest stays as it was."""
    return {"prompt": spec.prompt, "tier": spec.tier, "ratio": spec.ratio, "variants": spec.images}


def blank(catalog: Catalog, preferences: Preferences, command: Command) -> Form:
    """Return the form of a new request. `command`: `/imagine` of the registry."""
    pictures = {option.name: "" for option in command.options if option.kind == "picture"}
    fields = _fields({**usual(catalog, preferences), **pictures}, command)
    return Form(title=wording.IMAGINE, submit=wording.DRAW, verb="imagine", target="", fields=fields)


def blank_comparison(catalog: Catalog, preferences: Preferences, command: Command) -> Form:
    """Return the form of a new comparison. `command`: `/compare` of the registry."""
    fields = _fields(usual_comparison(catalog, preferences), command)
    return Form(title=wording.COMPARE, submit=wording.DRAW, verb="compare", target="", fields=fields)


def edited_comparison(shown: Mapping[str, OptionValue], job: str, command: Command) -> Form:
    """Return the form that edits a comparison. `command`: `/compare` of the registry."""
    fields = _fields(shown, command)
    return Form(title=wording.EDIT, submit=wording.DRAW, verb="compare", target=job, fields=fields)


def usual_comparison(catalog: Catalog, preferences: Preferences) -> dict[str, OptionValue]:
    ratio = parse.usual(catalog, preferences)["ratio"]
    return {"prompt": "", "tiers": ",".join(catalog.enabled), "ratio": ratio, "private": False}


def from_pictures(
    catalog: Catalog, preferences: Preferences, command: Command, options: Mapping[str, OptionValue]
) -> Form:
    """Return the form of a new request for pictures that are known already; the first gives the ratio.

    It offers only the tiers that can draw from them. `options`: some of its values.
    """
    shown = {**usual(catalog, preferences), **options}
    del shown["ratio"]
    shown["tier"] = parse.editing_tier(catalog, str(shown["tier"]))
    able = {name for name, tier in catalog.enabled.items() if tier.takes_references()}
    fields = tuple(
        replace(field, choices=tuple(choice for choice in field.choices if choice.value in able))
        if field.name == "tier" and able
        else field
        for field in _fields({**shown, "mask": ""}, command)
    )
    return Form(title=wording.EDIT_THIS, submit=wording.DRAW, verb="imagine", target="", fields=fields)


def offering(form: Form, styles: Iterable[str], spec: ImageSpec | None = None) -> Form:
    """Return the form with a field for a style, if the workspace or the request has any."""
    own = spec.style_name if spec else ""
    names = sorted({*styles, *([own] if own else [])})
    if not names:
        return form
    choices = (
        Choice(value=NO_STYLE, label=wording.NO_STYLE_LABEL),
        *(Choice(value=name, label=name) for name in names),
    )
    field = Field(name="style", label=wording.STYLE, kind="choice", value=own or NO_STYLE, choices=choices)
    return replace(form, fields=(*form.fields, field))


def editing(spec: ImageSpec, job: str, command: Command, number: int = 0, improve: int | None = None) -> Form:
    """Return the form that edits a job's request. `number`: of the picture to work from; 0: none.

    `improve`: what better words cost, in micro-dollars; None: they cannot be had.
    Pictures that are sent with it come after that one, or else replace those of the request.
    """
    reference, mask = _fields({"reference": "", "mask": ""}, command)
    if number:
        reference = replace(reference, longest=reference.longest - 1)
    elif spec.references:
        reference = replace(reference, hint=wording.REPLACES_PICTURES)
    help_ = () if improve is None else (_improving(improve),)
    pictures = (mask, *help_, reference) if number else (*help_, reference, mask)
    return Form(
        title=wording.EDIT,
        submit=wording.DRAW,
        verb="edit",
        target=job,
        fields=(*_fields(present(spec), command), *pictures),
        index=number,
    )


def _improving(price: int) -> Field:
    return Field(
        name=IMPROVE,
        label=wording.improve_label(),
        kind="choice",
        value=_typed(False),
        choices=tuple(
            Choice(value=_typed(on), label=wording.improve_choice(on, price)) for on in (False, True)
        ),
    )


def wants_improvement(press: Press) -> bool:
    """Return whether a submitted form asks for better words first."""
    return press.options.get(IMPROVE) == _typed(True)


def chosen(
    options: Mapping[str, OptionValue], shown: Mapping[str, OptionValue], command: Command
) -> dict[str, OptionValue] | Misread:
    """Read the fields of a form but prompt and files. Unchanged ones are left out, so that flags count."""
    read: dict[str, OptionValue] = {}
    for option in command.options:
        value = options.get(option.name)
        if value is None or option.name == "prompt" or option.kind == "picture":
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
    if option.kind == "picture":
        return Field(
            name=option.name,
            label=label,
            kind="picture",
            value="",
            longest=option.maximum or 1,
            hint=wording.field_hint(option.name),
        )
    kind: Literal["choice", "choices"] = "choices" if option.kind == "choices" else "choice"
    return Field(name=option.name, label=label, kind=kind, value=_typed(value), choices=_choices(option))


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
    """Write a value as it would be typed."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


async def imagine(
    press: Press, preferences: Preferences, lifecycle: ImagineLifecycle, services: Services
) -> Accepted | Refused:
    """Draw what the blank form asks for. `preferences`: of the press's workspace."""
    options = chosen(press.options, usual(services.catalog, preferences), services.commands["imagine"])
    if isinstance(options, Misread):
        return await refusals.refusal(services.ledger, press.person, options)
    text = str(press.options.get("prompt", ""))
    typed = Imagine(
        id=press.id,
        person=press.person,
        address=press.address,
        text=text,
        options=options,
        references=press.references,
        mask=press.mask,
    )
    return await lifecycle.imagine(typed, preferences)


async def compare(
    press: Press, preferences: Preferences, comparisons: Comparisons, services: Services
) -> Accepted | Refused:
    """Compare as the blank form asks for. `preferences`: of the press's workspace."""
    usual_values = usual_comparison(services.catalog, preferences)
    options = chosen(press.options, usual_values, services.commands["compare"])
    if isinstance(options, Misread):
        return await refusals.refusal(services.ledger, press.person, options)
    text = str(press.options.get("prompt", ""))
    typed = Imagine(
        id=press.id, person=press.person, address=press.address, text=text, options=options, command="compare"
    )
    return await comparisons.imagine(typed, preferences)


def edited(press: Press, before: ImageSpec, services: Services) -> ImageSpec | Refused | Misread:
    """Return the spec `before` as the *Edit prompt* form changes it. Sent pictures replace its own."""
    command = services.commands["imagine"]
    options = chosen(press.options, present(before), command)
    if isinstance(options, Misread):
        return options
    sent = len(press.references)
    if sent:
        before = replace(before, references=(), mask=None)
    prompt = str(press.options.get("prompt", before.prompt))
    if prompt == before.prompt:  # it may hold what looks like a flag, or quotes, and was parsed already
        return parse.complete(Parsed(prompt, {}), options, services.catalog, before, references=sent)
    return parse.read(prompt, options, command, services.catalog, before, references=sent)
