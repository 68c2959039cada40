"""How Discord reads a line of text: what is escaped is itself, what is left may not be markup."""

import re

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_MARKUP = re.compile(r"[\\*_~|`\[\]<>@]|\w+://|:[\w+~-]+:")
_STARTS = re.compile(r"#{1,3} |-# |[-+*] |\d+\. ")


def read(line: str) -> str:
    """What a person sees of it. Raises ValueError where it would be seen as more than its characters."""
    bare = _ESCAPED.sub("\0", line)
    if found := _MARKUP.search(bare) or _STARTS.match(bare):
        raise ValueError(f"{found[0]!r} in {line!r} is markup")
    return _ESCAPED.sub(r"\1", line)
