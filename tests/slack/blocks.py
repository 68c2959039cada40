"""Reading blocks as Slack would: what is wrong with them, and what a person sees of them."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block

from tests.fakes.slack.blockkit import wrong_message

Json = dict[str, Any]

# block-kit/blocks/rich-text-block: what holds what, of the kinds that are of use here.
RICH = {
    "rich_text": {"rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list"},
    "rich_text_list": {"rich_text_section"},
    "rich_text_section": {"text", "user", "channel"},
    "rich_text_quote": {"text"},
    "rich_text_preformatted": {"text"},
}
FIELDS = {
    "rich_text_list": {"type", "style", "elements"},
    "text": {"type", "text", "style"},
    "user": {"type", "user_id"},
    "channel": {"type", "channel_id"},
}


def wrong(body: Json) -> list[str]:
    """All that is wrong with a message, by the imitation's rules, the SDK's, and those of rich text."""
    found = wrong_message(body)
    for block in body["blocks"]:
        Block.parse(block).validate_json()
        if block["type"] == "rich_text":
            found += _wrong_rich(block)
    return found


def _wrong_rich(part: Json) -> Iterator[str]:
    kind = part["type"]
    if part.keys() - FIELDS.get(kind, {"type", "elements"}):
        yield f"{kind} has no such field: {part}"
    if kind not in RICH:
        if not any(part.get(name) for name in ("text", "user_id", "channel_id")):
            yield f"an empty {kind}"
        return
    if not part["elements"]:
        yield f"an empty {kind}"
    for each in part["elements"]:
        if each["type"] not in RICH[kind]:
            yield f"{each['type']} in a {kind}"
        yield from _wrong_rich(each)


def objects(value: Any) -> Iterator[Json]:
    """Every object in it, outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from objects(each)


def of(kind: str, value: Any) -> list[Json]:
    return [each for each in objects(value) if each.get("type") == kind]


def told(part: Json) -> str:
    """The text of a rich text's part, or of a text object's holder."""
    return "".join(each["text"] for each in objects(part) if isinstance(each.get("text"), str))
