"""What people typed, on its way in and out: as they meant it, and made harmless as Slack text.

Slack's mrkdwn has no escape for `*`, `_`, `~`, backticks or `:fox:`. So everything is shown as plain text
objects and rich text elements, which know no markup at all: there is nothing to break out of. Only the text
of notifications, which stands for the blocks where they cannot be shown, is mrkdwn; see `notified`.
"""

import re
from bisect import bisect_right

from bot.text import beginning, clean

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WEIGHTS = {'"': 2, "\\": 2} | {letter: len(entity) for letter, entity in _ENTITIES.items()}
_HEAVY = re.compile(r'["\\&<>]')
_UNJOINED = "\u2060"  # takes no room, breaks no line, and makes @here no mention

_TOKEN = re.compile(r"<([@#!]?)([^<>|\s][^<>|]*)(?:\|([^<>]*))?>")
_NAMED = re.compile(r"&(amp|lt|gt);")


def weight(text: str) -> int:
    """How many characters Slack counts: as JSON, with & < > as entities. Never fewer than there are."""
    return len(text) + sum(_WEIGHTS[letter] - 1 for letter in _HEAVY.findall(text))


def fitted(text: str, most: int) -> str:
    """Clean, of at most this weight, with … at its end where something is missing; no character is halved."""
    line = clean(text)
    if len(line) <= most and weight(line) <= most:
        return line
    line = line[: most + 1]
    fits = bisect_right(range(len(line)), most - 1, key=lambda end: weight(line[:end])) - 1
    return beginning(line, fits) + "…"


def notified(text: str, most: int) -> str:
    """For a notification: links nowhere, calls nobody. What looks like bold may be shown so; no more."""
    shown = fitted(text, most)
    return _HEAVY.sub(lambda found: _ENTITIES.get(found[0], found[0]), shown).replace("@", "@" + _UNJOINED)


def typed(text: str, *, tokens: bool = False) -> str:
    """What somebody typed, from what Slack made of it: names instead of tokens, links as they were.

    `tokens`: people, groups and channels stay as they came, `<@U1|ann>`, for commands that are about them.
    """
    read = _TOKEN.sub(lambda found: found[0] if tokens and found[1] else _read(found), text)
    return _NAMED.sub(lambda found: {"amp": "&", "lt": "<", "gt": ">"}[found[1]], read)


def _read(token: re.Match[str]) -> str:
    sign, target, label = token[1], token[2], token[3]
    if not sign:  # a link: its label is what was typed, or what the writer shows in its place
        return label or target
    if sign == "!" and "^" not in target:  # here, channel, everyone
        return "@" + target
    name = label or target.removeprefix("subteam^")
    return name if name.startswith("@") else ("#" if sign == "#" else "@") + name
