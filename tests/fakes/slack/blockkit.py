"""What Slack accepts as Block Kit, by docs.slack.dev/reference/block-kit and /reference/views.

    wrong_message({"text": …, "blocks": […]}) -> ["must be … [json-pointer:/blocks/0/text/text]", …]
    wrong_view(view) -> the same, for a modal or a home tab

`SHAPES` says which fields a block has, which it must have, and what each may hold. Kinds that this bot has
little use for are known by name alone (`OPAQUE`).
"""

from collections.abc import Iterator

from tests.fakes.slack.blockkit_elements import ELEMENTS, INPUTS
from tests.fakes.slack.blockkit_parts import (
    Check,
    Shape,
    anything,
    choice,
    flag,
    listing,
    one_of,
    pointed,
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
    must=("alt_text",),
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
    "header": Shape({"text": text(150, "plain_text")}, must=("text",)),
    "image": IMAGE,
    "context": Shape(
        {"elements": listing(one_of(ELEMENTS, {"image", "plain_text", "mrkdwn"}), most=10)},
        must=("elements",),
    ),
    "actions": Shape({"elements": listing(one_of(ELEMENTS, ACTIONS), most=25)}, must=("elements",)),
    "input": Shape(
        {
            "label": text(2000, "plain_text"),
            "element": one_of(ELEMENTS, INPUTS),
            "hint": text(2000, "plain_text"),
            "optional": flag,
            "dispatch_action": flag,
        },
        must=("label", "element"),
    ),
    "markdown": Shape({"text": string(12_000)}, must=("text",)),
    "carousel": Shape(
        {"elements": listing(shaped(CARD, type="card"), most=MESSAGE_CARDS)}, must=("elements",)
    ),
    "card": CARD,
}


def wrong_message(body: Json, *, text_limit: int = MESSAGE_TEXT) -> list[str]:
    """All that is wrong with the text, blocks and attachments of a message; [] for nothing."""
    wrong = []
    said = body.get("text") or ""
    if not isinstance(said, str):
        wrong.append(pointed("must be a string", "/text"))
    elif len(said) > text_limit:
        wrong.append(pointed(f"must be no more than {text_limit} characters", "/text"))
    wrong += _wrong_blocks(body.get("blocks") or [], MESSAGE_BLOCKS, "/blocks")
    attachments = body.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        return [*wrong, pointed("must be an array of objects", "/attachments")]
    for index, attachment in enumerate(attachments):
        wrong += _wrong_blocks(attachment.get("blocks") or [], MESSAGE_BLOCKS, f"/attachments/{index}/blocks")
    return wrong


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
    "modal": Shape(_ANY_VIEW | _MODAL, must=("title", "blocks")),
    "home": Shape(_ANY_VIEW, must=("blocks",)),
}


def wrong_view(view: Json) -> list[str]:
    """All that is wrong with a view; [] for nothing."""
    wrong = list(choice(*VIEWS)(view.get("type"), "/type"))
    if wrong:
        return wrong
    wrong = list(VIEWS[view["type"]].check({k: v for k, v in view.items() if k != "type"}, ""))
    blocks = view.get("blocks", [])
    wrong += _wrong_blocks(blocks, VIEW_BLOCKS, "/blocks")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return wrong
    kinds = [block.get("type") for block in blocks]
    if view["type"] == "modal" and "input" in kinds and not view.get("submit"):
        wrong.append(pointed("a view with an input block must have a submit", "/submit"))
    for index, kind in enumerate(kinds):
        if kind in NOT_IN_VIEWS:
            wrong.append(pointed(f"unsupported type: {kind}", f"/blocks/{index}/type"))
    return wrong


def _wrong_blocks(blocks: object, most: int, path: str) -> list[str]:
    if not isinstance(blocks, list):
        return [pointed("must be an array", path)]
    wrong = [pointed(f"no more than {most} items allowed", path)] if len(blocks) > most else []
    for index, block in enumerate(blocks):
        wrong += _wrong_block(block, f"{path}/{index}")
    wrong += _wrong_ids([block for block in blocks if isinstance(block, dict)], path)
    return wrong


def _wrong_block(block: object, path: str) -> Iterator[str]:
    if not isinstance(block, dict):
        yield pointed("must be an object", path)
        return
    kind = str(block.get("type"))
    if kind not in SHAPES and kind not in OPAQUE:
        yield pointed(f"unsupported type: {kind}", f"{path}/type")
        return
    if "block_id" in block:
        yield from string(255)(block["block_id"], f"{path}/block_id")
    if kind in SHAPES:
        held = {name: value for name, value in block.items() if name not in ("type", "block_id")}
        yield from SHAPES[kind].check(held, path)


def _wrong_ids(blocks: list[Json], path: str) -> Iterator[str]:
    """Ids that two blocks share, or two elements of one block."""
    named = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(named)) < len(named):
        yield pointed("`block_id` must be unique", path)
    for index, block in enumerate(blocks):
        held = block.get("elements")
        inner = [e for e in held if isinstance(e, dict)] if isinstance(held, list) else []
        acts = [element["action_id"] for element in inner if element.get("action_id")]
        if len(set(acts)) < len(acts):
            yield pointed("`action_id` must be unique within its block", f"{path}/{index}/elements")
