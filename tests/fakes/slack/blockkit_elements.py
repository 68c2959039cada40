"""The elements of blocks: docs.slack.dev/reference/block-kit/block-elements and /composition-objects."""

from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.blockkit_parts import (
    Check,
    Shape,
    anything,
    choice,
    complaint,
    flag,
    listing,
    number,
    shaped,
    string,
    text,
)

ACTION_ID, VALUE, URL, PLACEHOLDER = 255, 2000, 3000, 150
OPTIONS, OPTION_TEXT, OPTION_VALUE = 100, 75, 150
INPUT_LENGTH = 3000
OVERFLOW_OPTIONS, BOX_OPTIONS = 5, 10

CONFIRM = shaped(
    Shape(
        {
            "title": text(100, "plain_text"),
            "text": text(300),
            "confirm": text(30, "plain_text"),
            "deny": text(30, "plain_text"),
            "style": choice("primary", "danger"),
        },
        required=("title", "text", "confirm", "deny"),
    )
)


def option(*kinds: str) -> Check:
    fields: dict[str, Check] = {
        "text": text(OPTION_TEXT, *kinds),
        "value": string(OPTION_VALUE),
        "description": text(75, *kinds),
        "url": string(URL),
    }
    return shaped(Shape(fields, required=("text", "value")))


_PLAIN = option("plain_text")
_GROUP = shaped(
    Shape(
        {"label": text(75, "plain_text"), "options": listing(_PLAIN, OPTIONS)}, required=("label", "options")
    )
)
_ACTION: dict[str, Check] = {"action_id": string(ACTION_ID), "confirm": CONFIRM, "focus_on_load": flag}
_SELECT = _ACTION | {"placeholder": text(PLACEHOLDER, "plain_text")}
_INPUT = {
    "action_id": string(ACTION_ID),
    "placeholder": text(PLACEHOLDER, "plain_text"),
    "focus_on_load": flag,
    "dispatch_action_config": anything,
}


def _initial(value: Any, path: str) -> Iterator[str]:
    """Check that the initial options are among the options, in the same words, and that values differ."""
    options, groups = value.get("options") or [], value.get("option_groups") or []
    if not isinstance(options, list) or not isinstance(groups, list):
        return  # another check complains about it
    choices = [
        *options,
        *(item for group in groups if isinstance(group, dict) for item in group.get("options", [])),
    ]
    initial = value.get("initial_options") or ([value["initial_option"]] if "initial_option" in value else [])
    if any(each not in choices for each in initial):
        yield complaint("the initial option must be one of the options", path)
    values = [item.get("value") for item in choices if isinstance(item, dict)]
    if len(set(values)) < len(values):
        yield complaint("option values must be unique", path)


def _lengths(value: Any, path: str) -> Iterator[str]:
    most = value.get("max_length", INPUT_LENGTH)
    if len(str(value.get("initial_value", ""))) > most:
        yield complaint(f"initial_value must be no more than {most} characters", path)
    if value.get("min_length", 0) > most:
        yield complaint("min_length must not be more than max_length", path)


def _options(initial: str, kinds: tuple[str, ...], most: int) -> Shape:
    fields: dict[str, Check] = {"options": listing(option(*kinds), most), initial: anything}
    return Shape(_ACTION | fields, required=("options",), extra=_initial)


def _static(initial: str, **more: Check) -> Shape:
    fields: dict[str, Check] = {
        "options": listing(_PLAIN, OPTIONS),
        "option_groups": listing(_GROUP, OPTIONS),
        initial: anything,
    }
    return Shape(_SELECT | fields | more, exactly_one=("options", "option_groups"), extra=_initial)


def _picker(*initial: str) -> Shape:
    return Shape(_SELECT | dict.fromkeys(initial, anything))


_CONVERSATION = {"response_url_enabled": flag, "default_to_current_conversation": flag, "filter": anything}
_COUNT = {"max_selected_items": number(1, 100)}

INPUT_SHAPES: dict[str, Shape] = {
    "plain_text_input": Shape(
        _INPUT
        | {
            "initial_value": string(INPUT_LENGTH, least=0),
            "multiline": flag,
            "min_length": number(0, INPUT_LENGTH),
            "max_length": number(1, INPUT_LENGTH),
        },
        extra=_lengths,
    ),
    "number_input": Shape(
        _INPUT
        | {"is_decimal_allowed": flag}
        | dict.fromkeys(("initial_value", "min_value", "max_value"), string(50)),
        required=("is_decimal_allowed",),
    ),
    "email_text_input": Shape(_INPUT | {"initial_value": string(INPUT_LENGTH)}),
    "url_text_input": Shape(_INPUT | {"initial_value": string(INPUT_LENGTH)}),
    "rich_text_input": Shape(_INPUT | {"initial_value": anything}),
    "file_input": Shape(
        {
            "action_id": string(ACTION_ID),
            "filetypes": listing(string(20), most=100),
            "max_files": number(1, 10),
        }
    ),
    "static_select": _static("initial_option"),
    "multi_static_select": _static("initial_options", **_COUNT),
    "external_select": _picker("initial_option", "min_query_length"),
    "multi_external_select": _picker("initial_options", "min_query_length", "max_selected_items"),
    "users_select": _picker("initial_user"),
    "multi_users_select": _picker("initial_users", "max_selected_items"),
    "conversations_select": Shape(_SELECT | _CONVERSATION | {"initial_conversation": anything}),
    "multi_conversations_select": Shape(
        _SELECT | _CONVERSATION | _COUNT | {"initial_conversations": anything}
    ),
    "channels_select": Shape(_SELECT | {"initial_channel": anything, "response_url_enabled": flag}),
    "multi_channels_select": Shape(_SELECT | _COUNT | {"initial_channels": anything}),
    "datepicker": _picker("initial_date"),
    "timepicker": _picker("initial_time", "timezone"),
    "datetimepicker": Shape(_ACTION | {"initial_date_time": anything}),
    "checkboxes": _options("initial_options", (), BOX_OPTIONS),
    "radio_buttons": _options("initial_option", (), BOX_OPTIONS),
}
INPUTS = frozenset(INPUT_SHAPES)

ELEMENTS: dict[str, Shape] = INPUT_SHAPES | {
    "button": Shape(
        {
            "text": text(75, "plain_text"),
            "action_id": string(ACTION_ID),
            "url": string(URL),
            "value": string(VALUE),
            "style": choice("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
        required=("text",),
    ),
    "overflow": Shape(
        {
            "action_id": string(ACTION_ID),
            "options": listing(_PLAIN, OVERFLOW_OPTIONS),
            "confirm": CONFIRM,
        },
        required=("options",),
        extra=_initial,
    ),
    "workflow_button": Shape(
        {"text": text(75, "plain_text"), "workflow": anything, "action_id": string(ACTION_ID)}
        | {"style": choice("primary", "danger"), "accessibility_label": string(75)},
        required=("text", "workflow"),
    ),
    "image": Shape(
        {"image_url": string(URL), "slack_file": anything, "alt_text": string(2000)},
        required=("alt_text",),
        exactly_one=("image_url", "slack_file"),
    ),
    "mrkdwn": Shape({"text": string(3000), "verbatim": flag}, required=("text",)),
    "plain_text": Shape({"text": string(3000), "emoji": flag}, required=("text",)),
}
