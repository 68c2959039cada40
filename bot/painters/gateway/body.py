"""An answer's body as it arrives: small JSON around large strings, each decoded from base64 piece by piece.

So a picture is never held as text, nothing is copied whole, and no piece keeps the event loop for long.
"""

import binascii

from pybase64 import b64decode
from pydantic_core import from_json

LONG = 8 * 1024  # characters; a longer string is a picture: prompts and signed links stay well below
_HEAD = 100  # characters; "data:image/png;base64," is over by then, and a comma is not in base64's alphabet
_ESCAPE = len(r"\u002B")
_JUNK = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


class Body:
    """Feed it the pieces. `frame`: the JSON, with a `name` in place of each long string.

    `pictures`: the long strings, by their names, decoded; None where one is not base64. `size`: bytes held.
    """

    def __init__(self) -> None:
        self.frame = bytearray()
        self.pictures: dict[str, bytearray | None] = {}
        self._decoded = 0
        self._in_string = False
        self._began = 0  # where in the frame the string began
        self._escaped = False  # the last piece ended with a backslash
        self._long: _Long | None = None

    @property
    def size(self) -> int:
        growing = len(self._long.data) if self._long else 0
        return len(self.frame) + self._decoded + growing

    def feed(self, piece: bytes) -> None:
        start = 0
        while (end := self._quote(piece, start)) >= 0:
            self._add(piece[start:end])
            self._turn()
            start = end + 1
        self._add(piece[start:] if start else piece)

    def _quote(self, piece: bytes, start: int) -> int:
        """Where the next string begins, or the present one ends; -1: not in this piece."""
        if not self._in_string:
            return piece.find(b'"', start)
        start += self._escaped
        self._escaped = False
        quote = piece.find(b'"', start)
        while (slash := piece.find(b"\\", start, quote if quote >= 0 else len(piece))) >= 0:
            start = slash + 2
            if 0 <= quote < start:
                quote = piece.find(b'"', start)
        self._escaped = start > len(piece)
        return quote

    def _turn(self) -> None:
        """A quote: a string begins, or ends."""
        if self._long is not None:
            picture = self._long.end()
            self._decoded += len(picture or b"")
            self.pictures[_name(len(self.pictures))] = picture
            self._long = None
        self._in_string = not self._in_string
        self.frame += b'"'
        self._began = len(self.frame)

    def _add(self, part: bytes) -> None:
        if self._long is not None:
            self._long.feed(part)
            return
        self.frame += part
        if self._in_string and len(self.frame) - self._began > LONG:
            self._long = _Long(bytes(self.frame[self._began :]))
            self.frame[self._began :] = _name(len(self.pictures)).encode()


def _name(number: int) -> str:
    return f"picture {number}"


class _Long:
    """One long string, decoded as it comes. Whitespace is skipped, and JSON's escapes are understood."""

    def __init__(self, text: bytes) -> None:
        self.data = bytearray()
        self._rest = b""  # not decoded yet: less than four characters, or part of an escape
        self._broken = False
        self.feed(text[text.find(b",", 0, _HEAD) + 1 :])

    def feed(self, part: bytes) -> None:
        text, held = self._rest + part, b""
        last = text.rfind(b"\\")
        if last >= 0:
            if len(text) - last < _ESCAPE:
                text, held = text[:last], text[last:]
            text = self._unescaped(text)
        self._rest = self._decoded(text) + held

    def end(self) -> bytearray | None:
        rest = self._unescaped(self._rest)
        try:
            self.data += binascii.a2b_base64(rest + b"==")  # often left off; too much of it does no harm
        except ValueError:
            self._broken = True
        return None if self._broken else self.data

    def _decoded(self, text: bytes) -> bytes:
        """Decode what makes groups of four; returns what is left over."""
        whole = len(text) & ~3
        try:
            self.data += b64decode(memoryview(text)[:whole], validate=True)
            return text[whole:]
        except ValueError:  # whitespace or too much padding, most likely
            text = text.translate(None, _JUNK)
        whole = len(text) & ~3
        try:
            self.data += binascii.a2b_base64(memoryview(text)[:whole])
        except ValueError:
            self._broken = True
        return text[whole:]

    def _unescaped(self, text: bytes) -> bytes:
        try:
            return str(from_json(b'"%b"' % text)).encode("ascii", "ignore").translate(None, _JUNK)
        except ValueError:
            self._broken = True
            return b""
