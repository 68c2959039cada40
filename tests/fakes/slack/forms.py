"""Filling in a modal as a person's client lets them; the values of its inputs, by block id and action id."""

from typing import Any

from tests.fakes.slack.errors import Json, NotOffered
from tests.fakes.slack.messages import View, elements
from tests.fakes.slack.places import Channel, User

ONE_OPTION = {"static_select", "external_select", "radio_buttons", "overflow"}
MANY_OPTIONS = {"multi_static_select", "multi_external_select", "checkboxes"}
TEXTS = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
# Other selects: the name of the field with their value.
SINGLE = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
PLURAL = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "file_input": "files",
}
NO_VALUE = {"button", "image", "overflow", "workflow_button"}
TEXT_LIMIT = 3000  # characters; block-kit/block-elements/plain-text-input-element


def fill(view: View, values: dict[str, Any]) -> Json:
    """Return the state.values of a view that a person filled in. Raises NotOffered.

    `values`: by label, block_id or action_id; an option by its value or its text.
    """
    rest = dict(values)
    state: Json = {}
    for block, element in elements(view.blocks):
        if element["type"] in NO_VALUE:
            continue
        label = block["label"]["text"] if block["type"] == "input" else ""
        key = next((name for name in (label, block["block_id"], element["action_id"]) if name in rest), None)
        entry = enter_value(element, rest.pop(key)) if key is not None else _initial(element)
        if block["type"] == "input" and not block.get("optional") and _is_empty(entry):
            raise NotOffered(f"{label or block['block_id']}: please complete this required field")
        state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    if rest:
        raise NotOffered(f"this view has no such field: {', '.join(rest)}; it has {', '.join(view.fields)}")
    return state


def initial_state(view: View) -> Json:
    """Return the state.values of a view in which nobody has entered anything."""
    state: Json = {}
    for block, element in elements(view.blocks):
        if element["type"] not in NO_VALUE:
            state.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return state


def enter_value(element: Json, value: Any) -> Json:
    """Return an element's state after a person entered a value. Raises NotOffered."""
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, "value": _check_text(element, "" if value is None else str(value))}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": None if value is None else option(element, value)}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": [option(element, each) for each in value]}
    if kind in SINGLE:
        return {"type": kind, SINGLE[kind]: _id(value)}
    if kind in PLURAL:
        return {"type": kind, PLURAL[kind]: [_id(each) for each in value]}
    raise NotOffered(f"nothing can be entered in a {kind}")


def _check_text(element: Json, text: str) -> str | None:
    most, least = element.get("max_length", TEXT_LIMIT), element.get("min_length", 0)
    if len(text) > most:
        raise NotOffered(f"no more than {most} characters fit in")
    if text and len(text) < least:
        raise NotOffered(f"at least {least} characters are wanted")
    if "\n" in text and not element.get("multiline"):
        raise NotOffered("this field has one line")
    return text or None


def option(element: Json, name: object) -> Json:
    """Return the option with this value or text. Raises NotOffered."""
    options = list(element.get("options") or [])
    options += [each for group in element.get("option_groups") or [] for each in group["options"]]
    for each in options:
        if str(name) in (each["value"], each["text"]["text"]):
            return dict(each)
    raise NotOffered(f"{name!r} is not offered; there is {[each['text']['text'] for each in options]}")


def _id(value: Any) -> Any:
    return value.id if isinstance(value, User | Channel) else value


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, "value": element.get("initial_value") or None}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    name = SINGLE.get(kind) or PLURAL.get(kind, "value")
    initial = element.get(name.replace("selected", "initial"))
    return {"type": kind, name: initial if kind in SINGLE else initial or []}


def _is_empty(entry: Json) -> bool:
    return not any(value for name, value in entry.items() if name != "type")
