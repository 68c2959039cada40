"""Forms as Discord modals."""

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
    """Make a modal of a form, with its values filled in.

    If a field's value is none of its choices, nothing is chosen. The modal has a custom id like a button, so
    it can be submitted to a later process. It is stopped, so discord.py does not wait for it: Discord tells
    nobody when a person closes a modal.
    """
    form_id = custom_id(Button(verb=form.verb, target=form.target, index=form.index, label=form.submit))
    dialog = discord.ui.Modal(title=_label(form.title, TITLE_LIMIT), custom_id=form_id)
    # Files come by the command's options, or are known before the form opens.
    fields = [field for field in form.fields if field.kind != "picture"]
    for field in fields[:FIELDS_LIMIT]:
        label = _label(field.label, FIELD_LABEL_LIMIT)
        component = _text(field) if field.kind == "text" else _select(field)
        dialog.add_item(discord.ui.Label(text=label, component=component))
    dialog.stop()
    return dialog


def _text(field: Field) -> discord.ui.TextInput[Any]:
    limit = min(field.longest or FIELD_TEXT_LIMIT, FIELD_TEXT_LIMIT)
    return discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph,
        default=field.value[:limit] or None,
        max_length=limit,
        required=field.required,
    )


def _select(field: Field) -> discord.ui.Select[Any]:
    chosen = field.value.split(",") if field.kind == "choices" else [field.value]
    options = [
        discord.SelectOption(
            label=_label(choice.label, CHOICE_LIMIT),
            value=choice.value,
            default=choice.value in chosen,
        )
        for choice in field.choices[:CHOICES_LIMIT]
    ]
    most = len(options) if field.kind == "choices" else 1
    return discord.ui.Select(custom_id=field.name, options=options, required=field.required, max_values=most)


def _label(text: str, limit: int) -> str:
    return cut(clean(text), limit) or "…"
