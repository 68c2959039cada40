"""People's text escaped for Discord: it shows as it was typed, links nowhere, and mentions nobody.

A backslash makes Discord show a character that its markdown could take for more. discord.py's own escaping
leaves emoji, channels, timestamps and bare links as they are, so it is not used. This module stands
alone because it is the one place that makes people's text harmless, and is tested by itself.
"""

import re
from bisect import bisect_right

from bot.text import beginning, clean

_SPECIAL = re.compile(r"[\\*_~|`\[\]<>@]|:(?=//)|:(?=[\w+~-]+:)")
# The start of a heading, a list, small text or a numbered list.
_LINE_START = re.compile(r"^(?=[#+-](?!\w))|^(\d+)(?=\.(?!\w))")


def escape(text: str, limit: int) -> str:
    """Put a text on one line of markdown that shows it as typed, cut to `limit` characters with escapes."""
    line = clean(text)[: limit + 1]
    escaped = _escape(line)
    if len(escaped) <= limit:
        return escaped
    end = bisect_right(range(len(line) + 1), limit - 1, key=lambda end: len(_escape(line[:end]))) - 1
    return _escape(beginning(line, end)) + "…"


def _escape(line: str) -> str:
    return _LINE_START.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", line))
