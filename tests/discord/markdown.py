"""Reading a line of text as Discord does: an escaped character is itself, and no markup may be left."""

import re

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_MARKUP = re.compile(r"[\\*_~|`\[\]<>@]|\w+://|:[\w+~-]+:")
_LINE_START = re.compile(r"#{1,3} |-# |[-+*] |\d+\. ")


def read(line: str) -> str:
    """Return the characters that a person sees. Raises ValueError if Discord would see any markup."""
    bare = _ESCAPED.sub("\0", line)
    if match := _MARKUP.search(bare) or _LINE_START.match(bare):
        raise ValueError(f"{match[0]!r} in {line!r} is markup")
    return _ESCAPED.sub(r"\1", line)
