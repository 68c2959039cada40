"""Text without invisible characters, and cut between whole characters. Pure.

A whole character is what people see as one, a grapheme cluster of Unicode's UAX 29: a letter with its
accents, a flag, an emoji with its skin tone.
"""

import regex

# Unicode's Default_Ignorable_Code_Point without joiners and the plain variation selectors; characters that
# show nothing (controls, interlinear annotation, empty Braille) or are no text (lone surrogates).
# Whitespace is left to split(), for which U+001C to U+001F are whitespace, too. The group keeps the flags of
# regions such as Scotland: a black flag with invisible tags (UTS 51, ED-14a).
_HIDDEN = regex.compile(
    r"(\U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6}\U000E007F)"
    r"|[[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\uFFF9-\uFFFB\u2800]"
    r"--[\p{Join_Control}\uFE00-\uFE0F\s\x1C-\x1F]]",
    regex.V1,
)
# Emoji, Persian and Indic scripts need one joiner between two of their letters; any other joiner only hides.
_JOINERS = regex.compile(
    r"(?<=\P{ASCII})(\p{Join_Control})\p{Join_Control}*+(?=\P{ASCII})|\p{Join_Control}+", regex.V1
)
# No script piles more than four marks on a letter; text that climbs over its neighbouring lines does.
_MARK = r"[\p{M}&&[\p{Script=Inherited}\p{Script=Cyrillic}]]"
_PILE = regex.compile(f"({_MARK}{{4}}){_MARK}+", regex.V1)
_CLUSTER = regex.compile(r"\X")
# The last place between two characters that never share a cluster. It spares most texts the walk through
# their clusters, which takes half a microsecond a character.
_ALONE = r"[\p{GCB=Other}\p{GCB=LV}\p{GCB=LVT}]"
_SURE_BOUNDARY = regex.compile(rf"(?r)(?<={_ALONE})(?={_ALONE})", regex.V1)


def clean(text: str) -> str:
    """Put the text on one line, without invisible characters; doing it twice changes nothing more."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    line = " ".join(_HIDDEN.sub(r"\1", text).split())
    return line if line.isascii() else " ".join(_PILE.sub(r"\1", _JOINERS.sub(r"\1", line)).split())


def cut(text: str, most: int) -> str:
    """Shorten the text to at most `most` code points, ending in … if anything is missing."""
    return text if len(text) <= most else beginning(text, most - 1) + "…"


def beginning(text: str, end: int) -> str:
    """Return the whole characters before index `end`, which is inside the text.

    If the first character alone is longer, it is split.
    """
    boundary = _SURE_BOUNDARY.search(text, endpos=end + 1)
    whole = boundary.end() if boundary else 0
    for cluster in _CLUSTER.finditer(text, whole):
        if cluster.end() > end:
            break
        whole = cluster.end()
    return text[: whole or max(end, 0)].rstrip()
