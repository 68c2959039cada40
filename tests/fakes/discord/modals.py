"""Modals: Discord's rules for them, and the data that a person submits. components/reference, "Modal"."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.discord.errors import Json, NotOffered, invalid
from tests.fakes.discord.messages import LABEL, ROW, SELECTS, TEXT_DISPLAY, TEXT_INPUT, walk
from tests.fakes.discord.rules import CUSTOM_ID_LIMIT

TITLE_LIMIT = 45
COMPONENTS_LIMIT = 5
LABEL_LIMIT = 45
DESCRIPTION_LIMIT = 100
VALUE_LIMIT = 4_000
FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 19, 21, 22, 23
FIELDS = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX}
OPTIONS = frozenset({3, RADIO, CHECKBOXES})


def check_modal(data: Json) -> None:
    """Raise ApiError if Discord would not open this modal."""
    if not 1 <= len(data.get("title") or "") <= TITLE_LIMIT:
        raise invalid("title", f"Must be between 1 and {TITLE_LIMIT} in length.", "BASE_TYPE_BAD_LENGTH")
    if not 1 <= len(data.get("custom_id") or "") <= CUSTOM_ID_LIMIT:
        raise invalid("custom_id", f"Must be between 1 and {CUSTOM_ID_LIMIT} in length.")
    components = data.get("components") or []
    if not 1 <= len(components) <= COMPONENTS_LIMIT:
        raise invalid("components", f"Must be between 1 and {COMPONENTS_LIMIT} in length.")
    ids = [field["custom_id"] for _, field in fields(components)]
    if len(set(ids)) < len(ids):
        raise invalid(
            "components", "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED"
        )
    for index, component in enumerate(components):
        for problem in _problems(component):
            raise invalid(f"components.{index}", problem)


def _problems(component: Json) -> Iterator[str]:
    kind = component["type"]
    if kind not in (ROW, LABEL, TEXT_DISPLAY):
        yield "Value of field 'type' must be one of (1, 10, 18)."
    if kind == LABEL and not 1 <= len(component["label"]) <= LABEL_LIMIT:
        yield f"label: must be between 1 and {LABEL_LIMIT} in length."
    if kind == LABEL and len(component.get("description") or "") > DESCRIPTION_LIMIT:
        yield f"description: must be {DESCRIPTION_LIMIT} or fewer in length."
    for inner in walk([component]):
        value = inner.get("value") if inner["type"] == TEXT_INPUT else None
        if kind == LABEL and inner["type"] == TEXT_INPUT and inner.get("label"):
            yield "label: a text input in a label has none of its own."
        if kind == ROW and inner["type"] == TEXT_INPUT and not inner.get("label"):
            yield "label: this field is required."
        if value and not (inner.get("min_length") or 0) <= len(value) <= (
            inner.get("max_length") or VALUE_LIMIT
        ):
            yield "value: is shorter or longer than the field allows."


def fields(components: list[Json]) -> Iterator[tuple[str, Json]]:
    """Iterate over the fields that a person fills in, as (label, field)."""
    for component in components:
        for inner in walk([component]):
            if inner["type"] in FIELDS:
                yield component.get("label") or inner.get("label") or "", inner


def submitted_data(components: list[Json], values: Mapping[str, Any]) -> list[Json]:
    """Make the components that a submission sends.

    Raises NotOffered if there is no such field, or if Discord's client would not let the value be sent.
    `values`: by label or custom_id; other fields keep their prefilled values.
    """
    names = {name for label, field in fields(components) for name in (label, field["custom_id"])}
    if unknown := set(values) - names:
        raise NotOffered(f"no such field: {sorted(unknown)}; there are {sorted(names)}")
    return [_submitted_component(component, values) for component in components]


def _submitted_component(component: Json, values: Mapping[str, Any]) -> Json:
    if component["type"] == TEXT_DISPLAY:
        return {"type": TEXT_DISPLAY, "id": 0}
    [(label, field)] = fields([component])
    value = values.get(label, values.get(field["custom_id"], _prefilled_value(field)))
    _check_value(label, field, value)
    is_single = field["type"] in (TEXT_INPUT, RADIO, CHECKBOX)
    data = {"type": field["type"], "custom_id": field["custom_id"], "id": 0}
    if field["type"] == FILE_UPLOAD:
        value = [str(file.id) for file in value]
    data |= {"value": value} if is_single else {"values": list(value)}
    return (
        {"type": ROW, "components": [data]}
        if component["type"] == ROW
        else {"type": LABEL, "component": data}
    )


def _prefilled_value(field: Json) -> Any:
    defaults = [option["value"] for option in field.get("options", []) if option.get("default")]
    if field["type"] == TEXT_INPUT:
        return field.get("value") or ""
    if field["type"] == RADIO:
        return defaults[0] if defaults else None
    return bool(field.get("default")) if field["type"] == CHECKBOX else defaults


def _check_value(label: str, field: Json, value: Any) -> None:
    kind = field["type"]
    if field.get("required", True) and kind != CHECKBOX and not value:
        raise NotOffered(f"{label!r} must be filled in")
    if kind == TEXT_INPUT and value:
        least, most = field.get("min_length") or 0, field.get("max_length") or VALUE_LIMIT
        if not least <= len(value) <= most:
            raise NotOffered(f"{label!r} takes {least} to {most} characters")
    if kind == FILE_UPLOAD and len(value) > (field.get("max_values") or 1):
        raise NotOffered(f"{label!r} takes fewer files")
    if kind in OPTIONS:
        choices = {option["value"] for option in field["options"]}
        if not set([value] if kind == RADIO and value else value or []) <= choices:
            raise NotOffered(f"{label!r} offers {sorted(choices)}")
