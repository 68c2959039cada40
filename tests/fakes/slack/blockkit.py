"""The rules of Block Kit, by docs.slack.dev/reference/block-kit and /reference/views.

    message_errors({"text": …, "blocks": […]}) -> ["must be … [json-pointer:/blocks/0/text/text]", …]
    view_errors(view) -> the same, for a modal or a home tab

`SHAPES` has the fields of each kind of block. Of the kinds in `OPAQUE`, only the name is checked: the bot
hardly uses them.
"""

from collections.abc import Iterator

from tests.fakes.slack.blockkit_elements import ELEMENTS, INPUTS
from tests.fakes.slack.blockkit_parts import (
    Check,
    Shape,
    anything,
    choice,
    complaint,
    flag,
    listing,
    one_of,
    shaped,
    string,
    text,
)
from tests.fakes.slack.errors import Json

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_TEXT, UPDATE_TEXT = 40_000, 4_000  # methods/chat.postMessage, methods/chat.update
VIEW_BYTES = 250_000  # methods/views.open, "view_too_large"
MESSAGE_CARDS = 10

OPAQUE = frozenset(
    [
        "rich_text",
        "video",
        "table",
        "task_card",
        "plan",
        "container",
        "alert",
        "call",
        "auth_provider",
        "context_actions",
    ]
)
NOT_IN_VIEWS = frozenset({"markdown", "table", "carousel", "card", "context_actions", "plan", "task_card"})

IMAGE = Shape(
    {
        "image_url": string(3000),
        "slack_file": shaped(Shape({"id": string(255), "url": string(3000)}, exactly_one=("id", "url"))),
        "alt_text": string(2000),
        "title": text(2000, "plain_text"),
    },
    required=("alt_text",),
    exactly_one=("image_url", "slack_file"),
)
SECTION_ACCESSORIES = frozenset(ELEMENTS) - {
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
    "file_input",
}
ACTIONS = SECTION_ACCESSORIES - {"image"}
CARD = Shape(
    {
        "hero_image": shaped(IMAGE, type="image"),
        "icon": anything,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "actions": listing(one_of(ELEMENTS, {"button"}), most=3),
        "slack_icon": anything,
    },
    at_least_one=("hero_image", "title", "actions", "body"),
)

SHAPES: dict[str, Shape] = {
    "section": Shape(
        {
            "text": text(3000),
            "fields": listing(text(2000), most=10),
            "accessory": one_of(ELEMENTS, SECTION_ACCESSORIES),
            "expand": flag,
        },
        at_least_one=("text", "fields"),
    ),
    "divider": Shape({}),
    "header": Shape({"text": text(150, "plain_text")}, required=("text",)),
    "image": IMAGE,
    "context": Shape(
        {"elements": listing(one_of(ELEMENTS, {"image", "plain_text", "mrkdwn"}), most=10)},
        required=("elements",),
    ),
    "actions": Shape({"elements": listing(one_of(ELEMENTS, ACTIONS), most=25)}, required=("elements",)),
    "input": Shape(
        {
            "label": text(2000, "plain_text"),
            "element": one_of(ELEMENTS, INPUTS),
            "hint": text(2000, "plain_text"),
            "optional": flag,
            "dispatch_action": flag,
        },
        required=("label", "element"),
    ),
    "markdown": Shape({"text": string(12_000)}, required=("text",)),
    "carousel": Shape(
        {"elements": listing(shaped(CARD, type="card"), most=MESSAGE_CARDS)}, required=("elements",)
    ),
    "card": CARD,
}


def message_errors(body: Json, *, text_limit: int = MESSAGE_TEXT) -> list[str]:
    """List the errors in the text, blocks and attachments of a message; [] if there are none."""
    errors = []
    message_text = body.get("text") or ""
    if not isinstance(message_text, str):
        errors.append(complaint("must be a string", "/text"))
    elif len(message_text) > text_limit:
        errors.append(complaint(f"must be no more than {text_limit} characters", "/text"))
    errors += _blocks_errors(body.get("blocks") or [], MESSAGE_BLOCKS, "/blocks")
    attachments = body.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        return [*errors, complaint("must be an array of objects", "/attachments")]
    for index, attachment in enumerate(attachments):
        errors += _blocks_errors(
            attachment.get("blocks") or [], MESSAGE_BLOCKS, f"/attachments/{index}/blocks"
        )
    return errors


_MODAL = {
    "title": text(24, "plain_text"),
    "submit": text(24, "plain_text"),
    "close": text(24, "plain_text"),
    "clear_on_close": flag,
    "notify_on_close": flag,
    "submit_disabled": flag,
}
_ANY_VIEW: dict[str, Check] = {
    "blocks": anything,
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
VIEWS = {
    "modal": Shape(_ANY_VIEW | _MODAL, required=("title", "blocks")),
    "home": Shape(_ANY_VIEW, required=("blocks",)),
}


def view_errors(view: Json) -> list[str]:
    """List the errors in a view; [] if there are none."""
    errors = list(choice(*VIEWS)(view.get("type"), "/type"))
    if errors:
        return errors
    errors = list(VIEWS[view["type"]].check({k: v for k, v in view.items() if k != "type"}, ""))
    blocks = view.get("blocks", [])
    errors += _blocks_errors(blocks, VIEW_BLOCKS, "/blocks")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return errors
    kinds = [block.get("type") for block in blocks]
    if view["type"] == "modal" and "input" in kinds and not view.get("submit"):
        errors.append(complaint("a view with an input block must have a submit", "/submit"))
    for index, kind in enumerate(kinds):
        if kind in NOT_IN_VIEWS:
            errors.append(complaint(f"unsupported type: {kind}", f"/blocks/{index}/type"))
    return errors


def _blocks_errors(blocks: object, most: int, path: str) -> list[str]:
    if not isinstance(blocks, list):
        return [complaint("must be an array", path)]
    errors = [complaint(f"no more than {most} items allowed", path)] if len(blocks) > most else []
    for index, block in enumerate(blocks):
        errors += _block_errors(block, f"{path}/{index}")
    errors += _id_errors([block for block in blocks if isinstance(block, dict)], path)
    return errors


def _block_errors(block: object, path: str) -> Iterator[str]:
    if not isinstance(block, dict):
        yield complaint("must be an object", path)
        return
    kind = str(block.get("type"))
    if kind not in SHAPES and kind not in OPAQUE:
        yield complaint(f"unsupported type: {kind}", f"{path}/type")
        return
    if "block_id" in block:
        yield from string(255)(block["block_id"], f"{path}/block_id")
    if kind in SHAPES:
        fields = {name: value for name, value in block.items() if name not in ("type", "block_id")}
        yield from SHAPES[kind].check(fields, path)


def _id_errors(blocks: list[Json], path: str) -> Iterator[str]:
    """Complain about an id that two blocks share, or two elements of one block."""
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(ids)) < len(ids):
        yield complaint("`block_id` must be unique", path)
    for index, block in enumerate(blocks):
        elements = block.get("elements")
        inner = [each for each in elements if isinstance(each, dict)] if isinstance(elements, list) else []
        action_ids = [element["action_id"] for element in inner if element.get("action_id")]
        if len(set(action_ids)) < len(action_ids):
            yield complaint("`action_id` must be unique within its block", f"{path}/{index}/elements")
