"""A form as a Slack modal, and what was entered in one."""

from collections.abc import Mapping
from typing import Any

from adapters.slack.render.action_ids import callback_id
from adapters.slack.render.limits import (
    CHOICE_LIMIT,
    CHOICES_LIMIT,
    FIELD_LABEL_LIMIT,
    FIELD_TEXT_LIMIT,
    TITLE_LIMIT,
)
from adapters.slack.render.text import fitted
from bot.port.cards import Choice, Field, Form


def view(form: Form, *, private_metadata: str = "") -> dict[str, Any]:
    """The form, prefilled, for views.open. Where a field's value is none of its choices, nothing is chosen.

    `private_metadata`: what comes back with its submission besides, at most METADATA_LIMIT characters.
    """
    return {
        "type": "modal",
        "callback_id": callback_id(form),
        "private_metadata": private_metadata,
        "title": _plain(form.title, TITLE_LIMIT),
        "submit": _plain(form.submit, TITLE_LIMIT),
        "blocks": [_input(field) for field in form.fields],
    }


def values(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    """What was entered, by the fields' names, from `view.state.values`; without choices that nobody made."""
    entered = {name: held for block in state.values() for name, held in block.items()}
    return {name: value for name, held in entered.items() if (value := _value(held)) is not None}


def _value(held: Mapping[str, Any]) -> str | None:
    if "selected_option" in held:
        return held["selected_option"] and str(held["selected_option"]["value"])
    return str(held.get("value") or "")


def _input(field: Field) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": field.name,
        "label": _plain(field.label, FIELD_LABEL_LIMIT),
        "element": _text(field) if field.kind == "text" else _select(field),
        "optional": not (field.required or _is_chosen(field)),
    }


def _is_chosen(field: Field) -> bool:
    """There is a choice that holds unless another is made, which nobody need be told they may leave out."""
    return field.kind == "choice" and any(choice.value == field.value for choice in field.choices)


def _text(field: Field) -> dict[str, Any]:
    most = min(field.longest or FIELD_TEXT_LIMIT, FIELD_TEXT_LIMIT)
    initial = {"initial_value": field.value[:most]} if field.value else {}
    element = {"type": "plain_text_input", "action_id": field.name, "multiline": True, "max_length": most}
    return element | initial


def _select(field: Field) -> dict[str, Any]:
    options = {choice.value: _option(choice) for choice in field.choices[:CHOICES_LIMIT]}
    element = {"type": "static_select", "action_id": field.name, "options": list(options.values())}
    return element | ({"initial_option": options[field.value]} if field.value in options else {})


def _option(choice: Choice) -> dict[str, Any]:
    return {"text": _plain(choice.label, CHOICE_LIMIT), "value": choice.value}


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": fitted(text, most) or "…", "emoji": False}
