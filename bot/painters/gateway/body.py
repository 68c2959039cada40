"""The body of an answer, parsed while it arrives: small JSON around large base64 strings, decoded at once.

A picture is never held as text, nothing is copied as a whole, and no piece keeps the event loop for long.
"""

import binascii

from pybase64 import b64decode
from pydantic_core import from_json

LONG_STRING = 8 * 1024  # characters; a longer string is a picture: prompts and signed links stay well below
# Characters; "data:image/png;base64," is shorter, and base64 has no comma of its own.
_PREFIX_LIMIT = 100
_ESCAPE = len(r"\u002B")
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)


class Body:
    """A body that is fed in pieces.

    `frame`: the JSON, with a name in place of each long string.
    `pictures`: the decoded long strings by these names; None for a string that is not base64.
    `size`: the bytes held so far.
    """

    def __init__(self) -> None:
        self.frame = bytearray()
        self.pictures: dict[str, bytearray | None] = {}
        self._decoded_bytes = 0
        self._in_string = False
        self._string_start = 0  # index in the frame
        self._escaped = False  # the last piece ended with a backslash
        self._long_string: _LongString | None = None

    @property
    def size(self) -> int:
        growing = len(self._long_string.data) if self._long_string else 0
        return len(self.frame) + self._decoded_bytes + growing

    def feed(self, piece: bytes) -> None:
        start = 0
        while (end := self._find_quote(piece, start)) >= 0:
            self._append(piece[start:end])
            self._enter_or_leave_string()
            start = end + 1
        self._append(piece[start:] if start else piece)

    def _find_quote(self, piece: bytes, start: int) -> int:
        """Return the index of the quote that opens or closes a string next; -1 if there is none."""
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

    def _enter_or_leave_string(self) -> None:
        if self._long_string is not None:
            picture = self._long_string.end()
            self._decoded_bytes += len(picture or b"")
            self.pictures[_name(len(self.pictures))] = picture
            self._long_string = None
        self._in_string = not self._in_string
        self.frame += b'"'
        self._string_start = len(self.frame)

    def _append(self, part: bytes) -> None:
        if self._long_string is not None:
            self._long_string.feed(part)
            return
        self.frame += part
        if self._in_string and len(self.frame) - self._string_start > LONG_STRING:
            self._long_string = _LongString(bytes(self.frame[self._string_start :]))
            self.frame[self._string_start :] = _name(len(self.pictures)).encode()


def _name(number: int) -> str:
    return f"picture {number}"


class _LongString:
    """One long string, decoded while it arrives. It may hold whitespace and JSON's escapes."""

    def __init__(self, text: bytes) -> None:
        self.data = bytearray()
        self._rest = b""  # not decoded yet: less than four characters, or part of an escape
        self._broken = False
        self.feed(text[text.find(b",", 0, _PREFIX_LIMIT) + 1 :])

    def feed(self, part: bytes) -> None:
        text, unfinished = self._rest + part, b""
        last = text.rfind(b"\\")
        if last >= 0:
            if len(text) - last < _ESCAPE:
                text, unfinished = text[:last], text[last:]
            text = self._unescape(text)
        self._rest = self._decode(text) + unfinished

    def end(self) -> bytearray | None:
        rest = self._unescape(self._rest)
        try:
            self.data += binascii.a2b_base64(rest + b"==")  # often left off; too much of it does no harm
        except ValueError:
            self._broken = True
        return None if self._broken else self.data

    def _decode(self, text: bytes) -> bytes:
        """Decode whole groups of four characters; return the characters left over."""
        whole = len(text) & ~3
        try:
            self.data += b64decode(memoryview(text)[:whole], validate=True)
            return text[whole:]
        except ValueError:  # whitespace or too much padding, most likely
            text = text.translate(None, _NOT_BASE64)
        whole = len(text) & ~3
        try:
            self.data += binascii.a2b_base64(memoryview(text)[:whole])
        except ValueError:
            self._broken = True
        return text[whole:]

    def _unescape(self, text: bytes) -> bytes:
        try:
            return str(from_json(b'"%b"' % text)).encode("ascii", "ignore").translate(None, _NOT_BASE64)
        except ValueError:
            self._broken = True
            return b""
