"""Text as people see it: without what cannot be seen, and cut between whole characters. Pure."""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point but for joiners and the plain variation selectors, with what else
# shows as nothing (controls, fillers, the empty Braille cell) or is no text (lone surrogates).
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Emoji, Persian and Indic scripts need one joiner between two of their letters; anything else only hides.
_JOINERS = re.compile("(?<=[^\x00-\x7f])([\u200c\u200d])[\u200c\u200d]*+(?=[^\x00-\x7f])|[\u200c\u200d]+")
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
_PILED = re.compile(f"({_MARKS}{{4}}){_MARKS}+")  # no script piles more; text that climbs over its lines does
_MODIFIERS = range(0x1F3FB, 0x1F400)  # an emoji's skin
_FLAGS = range(0x1F1E6, 0x1F200)  # two letters make one flag


def clean(text: str) -> str:
    """On one line, without what cannot be seen."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    line = " ".join(_HIDDEN.sub("", text).split())
    return line if line.isascii() else " ".join(_PILED.sub(r"\1", _JOINERS.sub(r"\1", line)).split())


def cut(text: str, most: int) -> str:
    """At most so many characters, the last of them … where something is missing; no character is halved."""
    return text if len(text) <= most else begun(text, most - 1) + "…"


def begun(text: str, end: int) -> str:
    """The beginning of a text, up to `end` or the end of the last whole character before it."""
    whole = end
    while whole > 0 and _within(text, whole):
        whole -= 1
    return text[: whole or end].rstrip()


def _within(text: str, place: int) -> bool:
    """Whether what people see as one character would be cut in two here."""
    before, after = text[place - 1], text[place]
    if before in "\u200c\u200d" or after in "\u200c\u200d" or ord(after) in _MODIFIERS:
        return True
    if ord(after) in _FLAGS and ord(before) in _FLAGS:
        flags = place
        while flags > 0 and ord(text[flags - 1]) in _FLAGS:
            flags -= 1
        return (place - flags) % 2 == 1
    return unicodedata.category(after).startswith("M")
