"""Forms as Discord modals."""

from typing import Any

import discord

from adapters.common.cards import ONE_LINE
from adapters.discord.render.custom_ids import custom_id
from adapters.discord.render.limits import (
    CHOICE_LIMIT,
    CHOICES_LIMIT,
    FIELD_HINT_LIMIT,
    FIELD_LABEL_LIMIT,
    FIELD_TEXT_LIMIT,
    FIELDS_LIMIT,
    FILES_LIMIT,
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
    for field in form.fields[:FIELDS_LIMIT]:
        label = _label(field.label, FIELD_LABEL_LIMIT)
        hint = _label(field.hint, FIELD_HINT_LIMIT) if field.hint else None
        dialog.add_item(discord.ui.Label(text=label, description=hint, component=_component(field)))
    dialog.stop()
    return dialog


def _component(field: Field) -> discord.ui.Item[Any]:
    if field.kind == "text":
        return _text(field)
    return _files(field) if field.kind == "picture" else _select(field)


def _files(field: Field) -> discord.ui.FileUpload[Any]:
    most = min(field.longest, FILES_LIMIT)
    return discord.ui.FileUpload(
        custom_id=field.name, required=field.required, min_values=int(field.required), max_values=most
    )


def _text(field: Field) -> discord.ui.TextInput[Any]:
    limit = min(field.longest or FIELD_TEXT_LIMIT, FIELD_TEXT_LIMIT)
    return discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.short if limit <= ONE_LINE else discord.TextStyle.paragraph,
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
