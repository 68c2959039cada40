"""The form that a button opens, as a Discord modal."""

from typing import Any

import discord

from adapters.discord.render.custom_ids import custom_id
from adapters.discord.render.limits import (
    CHOICE_LIMIT,
    CHOICES_LIMIT,
    FIELD_LABEL_LIMIT,
    FIELD_TEXT_LIMIT,
    FIELDS_LIMIT,
    TITLE_LIMIT,
)
from bot.port.cards import Button, Field, Form
from bot.text import clean, cut


def modal(form: Form) -> discord.ui.Modal:
    """The form, prefilled. Where a field's value is none of its choices, nothing is chosen.

    What it carries is what a button carries, so that it can be submitted to a process started later;
    discord.py does not wait for it: nobody is told when a person closes one.
    """
    carried = custom_id(Button(verb=form.verb, target=form.target, label=form.submit))
    made = discord.ui.Modal(title=_fitted(form.title, TITLE_LIMIT), custom_id=carried)
    for field in form.fields[:FIELDS_LIMIT]:
        label = _fitted(field.label, FIELD_LABEL_LIMIT)
        component = _text(field) if field.kind == "text" else _select(field)
        made.add_item(discord.ui.Label(text=label, component=component))
    made.stop()
    return made


def _text(field: Field) -> discord.ui.TextInput[Any]:
    most = min(field.longest or FIELD_TEXT_LIMIT, FIELD_TEXT_LIMIT)
    return discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph,
        default=field.value[:most] or None,
        max_length=most,
        required=field.required,
    )


def _select(field: Field) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=_fitted(choice.label, CHOICE_LIMIT),
            value=choice.value,
            default=choice.value == field.value,
        )
        for choice in field.choices[:CHOICES_LIMIT]
    ]
    return discord.ui.Select(custom_id=field.name, options=options, required=field.required)


def _fitted(text: str, most: int) -> str:
    return cut(clean(text), most) or "…"
