"""What people typed, made harmless as Discord text: it shows as it was typed, links nowhere, calls nobody.

Escaping by a backslash shows the character itself wherever Discord's markdown could take it for more.
discord.py's own escaping leaves emoji, channels, timestamps and bare links as they are, so it is not used.
"""

import re
from bisect import bisect_right

from bot.text import beginning, clean

_SPECIAL = re.compile(r"[\\*_~|`\[\]<>@]|:(?=//)|:(?=[\w+~-]+:)")
_STARTS = re.compile(r"^(?=[#+-](?!\w))|^(\d+)(?=\.(?!\w))")  # a heading, a list, small text, a numbered list


def plain(text: str, most: int) -> str:
    """As markdown that shows what was typed and nothing else: at most so many characters, with escapes."""
    line = clean(text)[: most + 1]
    shown = _escaped(line)
    if len(shown) <= most:
        return shown
    fits = bisect_right(range(len(line) + 1), most - 1, key=lambda end: len(_escaped(line[:end]))) - 1
    return _escaped(beginning(line, fits)) + "…"


def coded(text: str) -> str:
    """For within a code block, where nothing but its end is markup."""
    return clean(text).replace("`", "'")


def _escaped(line: str) -> str:
    return _STARTS.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", line))
