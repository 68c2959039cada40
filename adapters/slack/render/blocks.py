"""What messages and views are made of: blocks, their elements, and what they weigh."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from adapters.common.cards import even_rows
from adapters.slack.render.action_ids import action_id, value
from adapters.slack.render.limits import BLOCK_WEIGHT, HEADER_LIMIT, LABEL_LIMIT
from adapters.slack.render.text import fitted, weight
from bot.port.cards import Button

Json = dict[str, Any]

BUTTONS, ROW = 15, 5  # of a message; side by side: Slack folds away what is more
LINE = 500  # characters of a line that is small
SMALL = 1_500  # of all that is small in one place
CHANNELS = 8  # of one text that are shown by name: each is a block's element, and weighs four times its id
_CHANNEL = re.compile(r"\bslack:([CG][A-Z0-9]{8,20})\b")


def plain(text: str, most: int) -> Json:
    """A text without markup: `:fox:` stays as it is, too."""
    return {"type": "plain_text", "text": fitted(text, most) or "…", "emoji": False}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def small(*lines: str) -> list[Json]:
    """One block of as many of these lines as fit, in small grey letters; none where nothing is said."""
    shown = taken([line for line in (fitted(line, LINE) for line in lines) if line], SMALL)
    element = {"type": "plain_text", "text": "\n".join(shown), "emoji": False}
    return [{"type": "context", "elements": [element]}] if shown else []


def rich(*parts: Json) -> list[Json]:
    """One block of sections, quotes and lists, close together; none where all of them are empty."""
    filled = [part for part in parts if part["elements"]]
    return [{"type": "rich_text", "elements": filled}] if filled else []


def section(*elements: Json | None) -> Json:
    return {"type": "rich_text_section", "elements": [each for each in elements if each]}


def quote(text: str) -> Json:
    return section(word(text)) | {"type": "rich_text_quote"}


def code(text: str) -> Json:
    """In letters of one width."""
    return section(word(text)) | {"type": "rich_text_preformatted"}


def bullets(lines: Iterable[str]) -> Json:
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [section(*words(line)) for line in lines],
    }


def word(text: str, *, bold: bool = False) -> Json | None:
    """Some text, exactly as it stands."""
    style = {"style": {"bold": True}} if bold else {}
    return {"type": "text", "text": text} | style if text else None


def words(text: str, *, bold: bool = False) -> list[Json]:
    """The same, but that channels are shown by their names, which nobody here knows, and link to them."""
    parts = _CHANNEL.split(text, CHANNELS)
    shown = [
        {"type": "channel", "channel_id": part} if place % 2 else word(part, bold=bold)
        for place, part in enumerate(parts)
    ]
    return [each for each in shown if each]


def names_channels(text: str) -> bool:
    return bool(_CHANNEL.search(text))


def image(file: str, alt: str) -> Json:
    """A picture that Slack keeps. `file`: its id there."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": alt or "…"}


def rows(buttons: Iterable[Button]) -> list[Json]:
    """Buttons, in rows of about the same length; what would be the same button twice is there once."""
    once = list({(each.verb, value(each)): each for each in buttons}.values())[:BUTTONS]
    made = [_button(each, [other.verb for other in once[:place]]) for place, each in enumerate(once)]
    return [{"type": "actions", "elements": row} for row in even_rows(made, ROW)]


def _button(button: Button, before: Sequence[str]) -> Json:
    label = plain(button.label or button.verb, LABEL_LIMIT)
    carried = {"action_id": action_id(button, before.count(button.verb)), "value": value(button)}
    style = {} if button.style == "normal" else {"style": button.style}
    return {"type": "button", "text": label, **carried, **style}


def taken(lines: Sequence[str], most: int) -> list[str]:
    """As many of the first lines as weigh no more together, each with its end of line."""
    room, shown = most, 0
    while shown < len(lines) and (room := room - weight(lines[shown]) - 2) >= -2:
        shown += 1
    return list(lines[:shown])


def weighed(blocks: Iterable[Json]) -> int:
    """What Slack counts of blocks, or a little more: see BODY_LIMIT."""
    told = [json.dumps(block, ensure_ascii=False) for block in blocks]
    return sum(len(each) + 4 * each.count("&") + 3 * (each.count("<") + each.count(">")) for each in told) + (
        BLOCK_WEIGHT * len(told)
    )
