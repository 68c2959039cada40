"""Filling in a modal, as far as a person's client lets them: what its inputs hold, by block and action id."""

from typing import Any

from tests.fakes.slack.errors import Json, NotOffered
from tests.fakes.slack.messages import View, elements
from tests.fakes.slack.places import Channel, User

ONE_OPTION = {"static_select", "external_select", "radio_buttons", "overflow"}
MANY_OPTIONS = {"multi_static_select", "multi_external_select", "checkboxes"}
TEXTS = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
# What else can be chosen, and under which name its value is told.
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
MOST_TYPED = 3000  # block-kit/block-elements/plain-text-input-element


def fill(view: View, values: dict[str, Any]) -> Json:
    """state.values of a view: what stood there, and what was entered. Raises NotOffered.

    `values`: by label, block_id or action_id. An option: by its value, or as it reads.
    """
    left = dict(values)
    state: Json = {}
    for block, element in elements(view.blocks):
        if element["type"] in NO_VALUE:
            continue
        label = block["label"]["text"] if block["type"] == "input" else ""
        key = next((name for name in (label, block["block_id"], element["action_id"]) if name in left), None)
        held = entered(element, left.pop(key)) if key is not None else _initial(element)
        if block["type"] == "input" and not block.get("optional") and _empty(held):
            raise NotOffered(f"{label or block['block_id']}: please complete this required field")
        state.setdefault(block["block_id"], {})[element["action_id"]] = held
    if left:
        raise NotOffered(f"this view has no such field: {', '.join(left)}; it has {', '.join(view.fields)}")
    return state


def standing(view: View) -> Json:
    """state.values of a view that nobody has typed in yet."""
    state: Json = {}
    for block, element in elements(view.blocks):
        if element["type"] not in NO_VALUE:
            state.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return state


def entered(element: Json, value: Any) -> Json:
    """What an element holds once this was typed or chosen. Raises NotOffered."""
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, "value": _typed(element, "" if value is None else str(value))}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": None if value is None else option(element, value)}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": [option(element, one) for one in value]}
    if kind in SINGLE:
        return {"type": kind, SINGLE[kind]: _id(value)}
    if kind in PLURAL:
        return {"type": kind, PLURAL[kind]: [_id(one) for one in value]}
    raise NotOffered(f"nothing can be entered in a {kind}")


def _typed(element: Json, text: str) -> str | None:
    most, least = element.get("max_length", MOST_TYPED), element.get("min_length", 0)
    if len(text) > most:
        raise NotOffered(f"no more than {most} characters fit in")
    if text and len(text) < least:
        raise NotOffered(f"at least {least} characters are wanted")
    if "\n" in text and not element.get("multiline"):
        raise NotOffered("this field has one line")
    return text or None


def option(element: Json, wanted: object) -> Json:
    """The option of this value, or that reads so. Raises NotOffered."""
    offered = list(element.get("options") or [])
    offered += [one for group in element.get("option_groups") or [] for one in group["options"]]
    for one in offered:
        if str(wanted) in (one["value"], one["text"]["text"]):
            return dict(one)
    raise NotOffered(f"{wanted!r} is not offered; there is {[one['text']['text'] for one in offered]}")


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


def _empty(held: Json) -> bool:
    return not any(value for name, value in held.items() if name != "type")
