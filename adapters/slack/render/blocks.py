"""The building blocks of messages and views: blocks, their elements, and their weight."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from adapters.common.cards import even_rows
from adapters.slack.render.action_ids import MENU, action_id, action_value, menu_value
from adapters.slack.render.limits import (
    BLOCK_WEIGHT,
    CHOICE_LIMIT,
    HEADER_LIMIT,
    LABEL_LIMIT,
    MENU_LABEL_LIMIT,
)
from adapters.slack.render.text import shorten, weight
from bot.port.cards import Button, ListedJob

Json = dict[str, Any]

MESSAGE_BUTTONS = 15  # of one message
ROW_BUTTONS = 5  # side by side; Slack folds away any more
LINE_LIMIT = 500  # weight of one line of small text
LISTED_LIMIT = 200  # weight of a listed prompt, of the line below it, and of its picture's alt text
SMALL_LIMIT = 1_500  # weight of all small text in one place
# Channels of one text that are shown by name: each is an element of its own, and weighs four times its id.
SHOWN_CHANNELS = 8
_CHANNEL = re.compile(r"\bslack:([CG][A-Z0-9]{8,20})\b")


def plain(text: str, limit: int) -> Json:
    """Make a text object without markup, in which `:fox:` stays as it is."""
    return {"type": "plain_text", "text": shorten(text, limit) or "…", "emoji": False}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def small(*lines: str) -> list[Json]:
    """Make one block of small grey text from as many of these lines as fit; no block if all are empty."""
    fitting = take_lines(
        [line for line in (shorten(line, LINE_LIMIT) for line in lines) if line], SMALL_LIMIT
    )
    element = {"type": "plain_text", "text": "\n".join(fitting), "emoji": False}
    return [{"type": "context", "elements": [element]}] if fitting else []


def rich(*parts: Json) -> list[Json]:
    """Make one block of sections, quotes and lists, with little space between; no block if all are empty."""
    filled = [part for part in parts if part["elements"]]
    return [{"type": "rich_text", "elements": filled}] if filled else []


def section(*elements: Json | None) -> Json:
    return {"type": "rich_text_section", "elements": [each for each in elements if each]}


def quote(text: str) -> Json:
    return section(word(text)) | {"type": "rich_text_quote"}


def code(text: str) -> Json:
    """Make a part that shows a text in a monospaced font."""
    return section(word(text)) | {"type": "rich_text_preformatted"}


def bullets(lines: Iterable[str]) -> Json:
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [section(*words(line)) for line in lines],
    }


def word(text: str, *, bold: bool = False) -> Json | None:
    """Make an element that shows a text exactly as it stands; None for an empty text."""
    style = {"style": {"bold": True}} if bold else {}
    return {"type": "text", "text": text} | style if text else None


def words(text: str, *, bold: bool = False) -> list[Json]:
    """Make elements that show a text as it stands, but with channel ids as links.

    Slack shows each link by the channel's name, which the bot does not know.
    """
    parts = _CHANNEL.split(text, SHOWN_CHANNELS)
    elements = [
        {"type": "channel", "channel_id": part} if place % 2 else word(part, bold=bold)
        for place, part in enumerate(parts)
    ]
    return [each for each in elements if each]


def names_channels(text: str) -> bool:
    """Return whether `words` would show a channel by its name."""
    return bool(_CHANNEL.search(text))


def image(file: str, alt: str) -> Json:
    """Make a block that shows a picture stored at Slack. `file`: its id there."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": alt or "…"}


def listed(job: ListedJob, file: str) -> Json:
    """Make a block of one job of a list. `file`: Slack's id of its picture; "" if there is none to show."""
    lines = (shorten(line, LISTED_LIMIT) for line in (job.prompt, job.facts))
    body = {"type": "plain_text", "text": "\n".join(filter(None, lines)) or "…", "emoji": False}
    return {"type": "section", "text": body} | ({"accessory": _thumbnail(job, file)} if file else {})


def _thumbnail(job: ListedJob, file: str) -> Json:
    alt = shorten(job.picture.alt if job.picture else job.prompt, LISTED_LIMIT)
    return {"type": "image", "slack_file": {"id": file}, "alt_text": alt or "…"}


def menu(label: str, jobs: Sequence[ListedJob]) -> list[Json]:
    """Make a menu of the jobs of a list; no block if there is none."""
    options = {menu_value(job.choose): _choice(job) for job in jobs}
    if not options:
        return []
    element: Json = {"type": "static_select", "action_id": MENU, "options": list(options.values())}
    element |= {"placeholder": plain(label, MENU_LABEL_LIMIT)} if label else {}
    return [{"type": "actions", "elements": [element]}]


def _choice(job: ListedJob) -> Json:
    facts = {"description": plain(job.facts, CHOICE_LIMIT)} if job.facts else {}
    label = plain(job.prompt or job.choose.label, CHOICE_LIMIT)
    return {"text": label, "value": menu_value(job.choose), **facts}


def rows(*groups: Iterable[Button]) -> list[Json]:
    """Arrange each group of buttons in rows of about the same length.

    A button that occurs twice is shown once.
    """
    shown: dict[tuple[str, str], Button] = {}
    lines: list[list[Json]] = []
    for group in groups:
        elements = []
        for each in group:
            key = each.verb, action_value(each)
            if key not in shown and len(shown) < MESSAGE_BUTTONS:
                elements.append(_button(each, [other.verb for other in shown.values()]))
                shown[key] = each
        lines += even_rows(elements, ROW_BUTTONS)
    return [{"type": "actions", "elements": row} for row in lines]


def _button(button: Button, verbs_before: Sequence[str]) -> Json:
    style = {} if button.style == "normal" else {"style": button.style}
    return {
        "type": "button",
        "text": plain(button.label or button.verb, LABEL_LIMIT),
        "action_id": action_id(button, verbs_before.count(button.verb)),
        "value": action_value(button),
        **style,
    }


def take_lines(lines: Sequence[str], limit: int) -> list[str]:
    """Return the first lines that together weigh at most `limit`, line ends included."""
    room, count = limit, 0
    while count < len(lines) and (room := room - weight(lines[count]) - 2) >= -2:
        count += 1
    return list(lines[:count])


def total_weight(blocks: Iterable[Json]) -> int:
    """Return the characters that Slack counts for these blocks, or a little more; see BODY_LIMIT."""
    texts = [json.dumps(block, ensure_ascii=False) for block in blocks]
    return sum(
        len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">")) for text in texts
    ) + (BLOCK_WEIGHT * len(texts))
