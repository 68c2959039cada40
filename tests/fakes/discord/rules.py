"""Discord's rules for messages: by discord-api-docs, components/reference and resources/message."""

from collections.abc import Iterator

from tests.fakes.discord.errors import Json, invalid, refusal
from tests.fakes.discord.messages import (
    BUTTON,
    CONTAINER,
    GALLERY,
    ROW,
    SECTION,
    SELECTS,
    TEXT_DISPLAY,
    V2,
    Attachment,
    find_attachment,
    media,
    walk,
)

COMPONENTS_LIMIT = 40
TEXT_LIMIT = 4_000
CONTENT_LIMIT = 2_000
ROWS_LIMIT = 5  # without the V2 flag
ROW_BUTTONS_LIMIT = 5
GALLERY_LIMIT = 10
CUSTOM_ID_LIMIT = 100
LABEL_LIMIT = 80
ALT_LIMIT = 1_024
FILES_LIMIT = 10
SECTION_TEXTS_LIMIT = 3
LINK_STYLE, PREMIUM_STYLE = 5, 6
LEGACY = ("content", "embeds", "poll", "sticker_ids")


def check_message(body: Json, flags: int, attachments: list[Attachment]) -> None:
    """Raise ApiError if Discord refuses a message with this body, these flags and these files."""
    components = body.get("components") or []
    if len(attachments) > FILES_LIMIT:
        raise refusal(30015)
    if flags & V2:
        _check_v2(body)
    else:
        _check_legacy(body.get("content") or "", components)
    check_components(components)
    for _, url in media(components):
        if url.startswith("attachment://") and find_attachment(url, attachments) is None:
            raise invalid("components", f"no attachment is named {url!r}", "ATTACHMENT_NOT_FOUND")
    check_mentions(body.get("allowed_mentions") or {})


def _check_v2(body: Json) -> None:
    for field in LEGACY:
        if body.get(field):
            text = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            raise invalid(field, text, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")


def _check_legacy(content: str, components: list[Json]) -> None:
    if len(content) > CONTENT_LIMIT:
        raise invalid("content", f"Must be {CONTENT_LIMIT} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    if len(components) > ROWS_LIMIT:
        raise invalid("components", f"Must be {ROWS_LIMIT} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    for index, component in enumerate(components):
        if component["type"] != ROW:
            raise invalid(f"components.{index}.type", "Value of field 'type' must be one of (1,).")


def check_components(components: list[Json]) -> None:
    """Raise ApiError if components exceed a limit, one by one or together."""
    everything = list(walk(components))
    if len(everything) > COMPONENTS_LIMIT:
        raise invalid("components", f"Must be {COMPONENTS_LIMIT} or fewer components in all.")
    if sum(len(c["content"]) for c in everything if c["type"] == TEXT_DISPLAY) > TEXT_LIMIT:
        raise invalid("components", f"Must be {TEXT_LIMIT} or fewer characters of text in all.")
    ids = [c["custom_id"] for c in everything if c.get("custom_id") is not None]
    if len(set(ids)) < len(ids):
        raise invalid(
            "components", "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED"
        )
    for component in everything:
        for problem in _problems(component):
            raise invalid("components", problem)
    for component in components:
        if component["type"] in (BUTTON, *SELECTS):
            raise invalid("components", "a button or menu must be in a row")


def _problems(component: Json) -> Iterator[str]:
    kind, inner = component["type"], component.get("components", [])
    custom_id = component.get("custom_id")
    if custom_id is not None and not 1 <= len(custom_id) <= CUSTOM_ID_LIMIT:
        yield f"custom_id: must be between 1 and {CUSTOM_ID_LIMIT} in length."
    if kind == TEXT_DISPLAY and not component["content"]:
        yield "content: this field is required."
    if kind == CONTAINER and (not inner or any(c["type"] in (CONTAINER, BUTTON, *SELECTS) for c in inner)):
        yield "a container must hold something, but no container, and no button or menu outside a row"
    if kind == ROW:
        yield from _row_problems(inner)
    elif kind == BUTTON:
        yield from _button_problems(component)
    elif kind == GALLERY:
        yield from _gallery_problems(component["items"])
    elif kind == SECTION and not 1 <= len(inner) <= SECTION_TEXTS_LIMIT:
        yield f"a section must hold between 1 and {SECTION_TEXTS_LIMIT} texts"


def _row_problems(inner: list[Json]) -> Iterator[str]:
    kinds = {component["type"] for component in inner}
    if not 1 <= len(inner) <= ROW_BUTTONS_LIMIT:
        yield f"components: must be between 1 and {ROW_BUTTONS_LIMIT} in length."
    if kinds & SELECTS and len(inner) > 1:
        yield "a menu must be alone in its row"
    if not kinds <= {BUTTON, *SELECTS}:
        yield "a row must hold buttons, or one menu"


def _button_problems(button: Json) -> Iterator[str]:
    style, label = button.get("style"), button.get("label") or ""
    if len(label) > LABEL_LIMIT:
        yield f"label: must be {LABEL_LIMIT} or fewer in length."
    if not label and not button.get("emoji") and style != PREMIUM_STYLE:
        yield "a button must have a label or an emoji"
    if (style == LINK_STYLE) != bool(button.get("url")):
        yield "a button has a url exactly if it is a link"
    if style not in (LINK_STYLE, PREMIUM_STYLE) and button.get("custom_id") is None:
        yield "custom_id: this field is required."


def _gallery_problems(items: list[Json]) -> Iterator[str]:
    if not 1 <= len(items) <= GALLERY_LIMIT:
        yield f"items: must be between 1 and {GALLERY_LIMIT} in length."
    if any(len(item.get("description") or "") > ALT_LIMIT for item in items):
        yield f"description: must be {ALT_LIMIT} or fewer in length."


def check_mentions(allowed: Json) -> None:
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            raise invalid(f"allowed_mentions.{kind}", f"parse:[{kind}] and {kind}: [ids...] are exclusive.")
