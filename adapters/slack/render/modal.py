"""A form as a Slack modal, and the values that somebody entered in one."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.common.cards import ONE_LINE
from adapters.slack.render.action_ids import callback_id
from adapters.slack.render.blocks import Json, plain
from adapters.slack.render.cards import blocks
from adapters.slack.render.limits import (
    CHOICE_LIMIT,
    CHOICES_LIMIT,
    FIELD_LABEL_LIMIT,
    FIELD_TEXT_LIMIT,
    TITLE_LIMIT,
)
from adapters.slack.render.text import weight
from bot import wording
from bot.port.cards import Card, Choice, Field, Form, Panel


def view(form: Form, *, private_metadata: str = "") -> Json:
    """Render a form, prefilled, for views.open. A value that is none of its field's choices is left out.

    `private_metadata`: comes back with the submission; at most METADATA_LIMIT characters.
    """
    return {
        "type": "modal",
        "callback_id": callback_id(form),
        "private_metadata": private_metadata,
        "title": plain(form.title, TITLE_LIMIT),
        "submit": plain(form.submit, TITLE_LIMIT),
        "blocks": [_input(field) for field in form.fields],
    }


def panel_view(panel: Panel, file: str, *, private_metadata: str = "") -> Json:
    """Render a picture by itself, for views.open. `file`: Slack's id of the picture."""
    title = panel.caption if weight(panel.caption) <= TITLE_LIMIT else wording.ANSWER
    return _plain_view(title, blocks(panel, files=(file,)), private_metadata)


def answer_view(title: str, card: Card, extra: Sequence[str] = (), *, private_metadata: str = "") -> Json:
    """Render what a button of a panel has led to, for views.update. The chat has the whole card."""
    above = [block for block in blocks(card, extra=extra) if block["type"] != "actions"]
    return _plain_view(title, above, private_metadata)


def _plain_view(title: str, body: list[Json], private_metadata: str) -> Json:
    return {
        "type": "modal",
        "private_metadata": private_metadata,
        "title": plain(title, TITLE_LIMIT),
        "blocks": body,
    }


def values(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Read the entered values by field name from `view.state.values`; leave out choices that nobody made."""
    elements = {name: element for block in state.values() for name, element in block.items()}
    return {name: value for name, element in elements.items() if (value := _value(element)) is not None}


def uploads(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Sequence[Json]]:
    """Return the file objects that were entered, by field name."""
    elements = {name: element for block in state.values() for name, element in block.items()}
    return {name: element["files"] for name, element in elements.items() if element.get("files")}


def _value(element: Mapping[str, Any]) -> str | None:
    if "files" in element:
        return None
    if "selected_option" in element:
        return element["selected_option"] and str(element["selected_option"]["value"])
    if "selected_options" in element:
        return ",".join(str(option["value"]) for option in element["selected_options"])
    return str(element.get("value") or "")


def _input(field: Field) -> Json:
    hint = {"hint": plain(field.hint, FIELD_LABEL_LIMIT)} if field.hint else {}
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label, FIELD_LABEL_LIMIT),
        "element": _ELEMENTS[field.kind](field),
        "optional": not (field.required or _has_default(field)),
        **hint,
    }


def _has_default(field: Field) -> bool:
    """Return whether a choice is preselected; Slack then need not mark the field as optional."""
    return bool(set(field.value.split(",")) & {choice.value for choice in field.choices})


def _text(field: Field) -> Json:
    limit = min(field.longest or FIELD_TEXT_LIMIT, FIELD_TEXT_LIMIT)
    initial = {"initial_value": field.value[:limit]} if field.value else {}
    element = {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": limit > ONE_LINE,
        "max_length": limit,
    }
    return element | initial


def _select(field: Field) -> Json:
    options = {choice.value: _option(choice) for choice in field.choices[:CHOICES_LIMIT]}
    element = {"type": "static_select", "action_id": field.name, "options": list(options.values())}
    return element | ({"initial_option": options[field.value]} if field.value in options else {})


def _selects(field: Field) -> Json:
    options = {choice.value: _option(choice) for choice in field.choices[:CHOICES_LIMIT]}
    chosen = [options[value] for value in field.value.split(",") if value in options]
    element = {
        "type": "multi_static_select",
        "action_id": field.name,
        "options": list(options.values()),
    }
    return element | ({"initial_options": chosen} if chosen else {})


def _files(field: Field) -> Json:
    """Ask for files, of 10 MB each at most (block-kit/block-elements/file-input-element)."""
    return {
        "type": "file_input",
        "action_id": field.name,
        "filetypes": ["png", "jpg", "jpeg", "webp", "gif"],
        "max_files": field.longest,
    }


_ELEMENTS = {"text": _text, "choice": _select, "choices": _selects, "picture": _files}


def _option(choice: Choice) -> Json:
    return {"text": plain(choice.label, CHOICE_LIMIT), "value": choice.value}
