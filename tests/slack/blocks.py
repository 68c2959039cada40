"""Blocks, checked and read as Slack would do it."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block

from tests.fakes.slack.blockkit import message_errors

Json = dict[str, Any]

# The parts of rich text that the bot uses, each with the parts that it may hold
# (block-kit/blocks/rich-text-block), and the fields of those with fields of their own.
RICH_TEXT = {
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


def errors_in(body: Json) -> list[str]:
    """List the errors in a message, by the fake's rules, the SDK's, and those of rich text."""
    errors = message_errors(body)
    for block in body["blocks"]:
        Block.parse(block).validate_json()
        if block["type"] == "rich_text":
            errors += _rich_text_errors(block)
    return errors


def _rich_text_errors(part: Json) -> Iterator[str]:
    kind = part["type"]
    if part.keys() - FIELDS.get(kind, {"type", "elements"}):
        yield f"{kind} has no such field: {part}"
    if kind not in RICH_TEXT:
        if not any(part.get(name) for name in ("text", "user_id", "channel_id")):
            yield f"an empty {kind}"
        return
    if not part["elements"]:
        yield f"an empty {kind}"
    for each in part["elements"]:
        if each["type"] not in RICH_TEXT[kind]:
            yield f"{each['type']} in a {kind}"
        yield from _rich_text_errors(each)


def walk(value: Any) -> Iterator[Json]:
    """Yield every object in a value, outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from walk(each)


def of_type(kind: str, value: Any) -> list[Json]:
    """List the objects of a type in a value."""
    return [each for each in walk(value) if each.get("type") == kind]


def text_of(part: Json) -> str:
    """Return all text in a block, or in a part of one."""
    return "".join(each["text"] for each in walk(part) if isinstance(each.get("text"), str))
