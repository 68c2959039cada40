"""Text from and for Slack: what people typed comes in as they meant it, and goes out harmless.

Slack's mrkdwn has no escape for `*`, `_`, `~`, backticks or `:fox:`. The bot therefore shows everything in
plain text objects and rich text elements, which know no markup. Only a notification's text, which also stands
for blocks that cannot be shown, is mrkdwn; see `notification_text`.
"""

import re
from bisect import bisect_right

from bot.text import beginning, clean

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_WEIGHTS = {'"': 2, "\\": 2} | {letter: len(entity) for letter, entity in _ENTITIES.items()}
_HEAVY = re.compile(r'["\\&<>]')
_WORD_JOINER = "\u2060"  # takes no room, breaks no line, and makes @here no mention

_TOKEN = re.compile(r"<([@#!]?)([^<>|\s][^<>|]*)(?:\|([^<>]*))?>")
_ENTITY = re.compile(r"&(amp|lt|gt);")


def weight(text: str) -> int:
    """Count a text's characters as Slack does: as JSON, with & < > as entities. Never below its length."""
    return len(text) + sum(_WEIGHTS[letter] - 1 for letter in _HEAVY.findall(text))


def shorten(text: str, limit: int) -> str:
    """Clean a text and cut it to a weight of at most `limit`; a cut text ends with "…".

    No cut goes through what people see as one character.
    """
    line = clean(text)
    if len(line) <= limit and weight(line) <= limit:
        return line
    line = line[: limit + 1]
    fits = bisect_right(range(len(line)), limit - 1, key=lambda end: weight(line[:end])) - 1
    return beginning(line, fits) + "…"


def notification_text(text: str, limit: int) -> str:
    """Make a text safe for a notification: no links, no mentions; only `*bold*` may still show as bold."""
    escaped = _HEAVY.sub(lambda match: _ENTITIES.get(match[0], match[0]), shorten(text, limit))
    return escaped.replace("@", "@" + _WORD_JOINER)


def restore_text(text: str, *, tokens: bool = False) -> str:
    """Restore what somebody typed from Slack's form of it: names in place of tokens, links as typed.

    `tokens`: keep the tokens of people, groups and channels, such as `<@U1|ann>`, for a command about them.
    """
    untagged = _TOKEN.sub(lambda match: match[0] if tokens and _is_target(match) else _spell(match), text)
    return _ENTITY.sub(lambda match: _CHARACTERS[match[1]], untagged)


def _is_target(token: re.Match[str]) -> bool:
    """Return whether a token names a person, a group or a channel, unlike <!here> and links."""
    return token[1] in ("@", "#") or (token[1] == "!" and token[2].startswith("subteam^"))


def _spell(token: re.Match[str]) -> str:
    sign, target, label = token[1], token[2], token[3]
    if not sign:  # a link: its label is what was typed, or the text that the writer shows in its place
        return label or target
    if sign == "!" and "^" not in target:  # here, channel, everyone
        return "@" + target
    name = label or target.removeprefix("subteam^")
    return name if name.startswith("@") else ("#" if sign == "#" else "@") + name
