"""The check of a picture's bytes, which also strips metadata, without decoding or encoding the picture.

It walks through a picture piece by piece to its end, refuses one that is cut short, and cuts off whatever
follows the end. It keeps only the pieces that shape pixels or colours; comments, Exif, XMP, text, dates and
manifests go. Pillow's own checks cannot replace this walk: they accept a JPEG that is cut short.
"""

import re
import zlib
from collections.abc import Iterator
from typing import TypeVar

from bot.painters.port import Drawing, Format

MAX_PIXELS = 40_000_000  # decoded at 4 bytes each, 160 MB; the largest native size on sale is 8.3 million
MAX_PIECES = 65_536  # encoders write a few thousand at most; a walk through millions would take seconds

Bytes = bytes | bytearray
Span = tuple[int, int]  # start and end of a slice of the data to keep
Piece = TypeVar("Piece")


class BadPicture(Exception):
    """These bytes are not a usable picture; the message is a sentence with the reason."""


def check(data: Bytes) -> Drawing:
    """Check the bytes and strip their metadata; the pixels stay as they are, bit by bit.

    Accept JPEG (baseline, extended, progressive), PNG and WebP, each of one frame and at most MAX_PIXELS.
    Raises BadPicture, and nothing else, for anything else.
    """
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(_PNG_MAGIC):
        return _png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    raise BadPicture("This is not a JPEG, PNG or WebP picture.")


def _drawing(data: bytes, kind: Format, width: int, height: int) -> Drawing:
    return Drawing(data=data, format=kind, width=width, height=height)


def _check_size(width: int, height: int) -> tuple[int, int]:
    if not width or not height:
        raise BadPicture("The picture has no size.")
    if width * height > MAX_PIXELS:
        raise BadPicture(f"The picture has {width} x {height} pixels, which is too many.")
    return width, height


def _join(data: Bytes, spans: list[Span]) -> bytes:
    view = memoryview(data)
    return b"".join(view[start:end] for start, end in spans)


def _cap(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for count, piece in enumerate(pieces):
        if count == MAX_PIECES:
            raise BadPicture("The picture is in too many pieces.")
        yield piece


def _number(data: Bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "big")


# JPEG: ITU-T T.81, annex B.

_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what every viewer shows
_TABLES = {0xC4, 0xDB, 0xDD}  # Huffman, quantisation, restart interval
_APPLICATION = range(0xE0, 0xF0)
_COLOURS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}  # application segments to keep
_PADDED = re.compile(rb"\xff{1,64}[^\xff]")  # a marker, and as much padding as anybody writes
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # ends a scan: neither a stuffed byte nor a restart


def _jpeg(data: Bytes) -> Drawing:
    size: tuple[int, int] | None = None
    has_pixels = False
    spans: list[Span] = [(0, 2)]
    for marker, start, body, end in _cap(_segments(data)):
        if marker == _COMMENT or marker in _APPLICATION:
            if not (marker in _COLOURS and data.startswith(_COLOURS[marker], body)):
                continue
        elif marker in _FRAMES and size is None and end - body >= 6:
            size = _check_size(_number(data, body + 3, body + 5), _number(data, body + 1, body + 3))
        elif marker == _SCAN and size is not None:
            has_pixels = True
        elif marker == _END and has_pixels and size is not None:
            return _drawing(_join(data, [*spans, (start, end)]), "jpeg", *size)
        elif marker not in _TABLES:
            break
        spans.append((start, end))
    raise BadPicture("The picture is a damaged or unusual JPEG, or cut short.")


def _segments(data: Bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield each whole segment's marker, start, start of its body, and end; a scan ends after its pixels."""
    start = 2
    while padded := _PADDED.match(data, start):
        start = padded.end() - 2
        marker = data[start + 1]
        if marker == _END:
            yield marker, start, start + 2, start + 2
            return
        end = start + 2 + _number(data, start + 2, start + 4)
        if end < start + 4 or end > len(data):
            return
        body = start + 4
        if marker == _SCAN:
            after = _MARKER.search(data, end)
            if after is None:
                return
            end = after.start()
        yield marker, start, body, end
        start = end


# PNG: https://www.w3.org/TR/png-3/ (chunks, 5.3; APNG, 11.3.6)

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_KEEP = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"}
_PNG_KEEP |= {b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI"}


def _png(data: Bytes) -> Drawing:
    size: tuple[int, int] | None = None
    spans: list[Span] = [(0, len(_PNG_MAGIC))]
    names: set[bytes] = set()
    for name, start, end in _cap(_png_chunks(data)):
        if (name == b"IHDR") != (size is None):
            raise BadPicture("The picture is a damaged PNG.")
        if size is None:
            size = _check_size(_number(data, start + 8, start + 12), _number(data, start + 12, start + 16))
        if name == b"acTL":
            raise BadPicture("The picture is animated.")
        if name in _PNG_KEEP:
            _check_crc(data, start, end)
            spans.append((start, end))
        elif not name[0] & 0x20:
            # Its first letter is upper-case: nobody can show the picture without this chunk.
            raise BadPicture("The picture is an unusual or damaged PNG.")
        names.add(name)
        if name == b"IEND" and b"IDAT" in names:
            return _drawing(_join(data, spans), "png", *size)
    raise BadPicture("The picture is cut short.")


def _check_crc(data: Bytes, start: int, end: int) -> None:
    if zlib.crc32(memoryview(data)[start + 4 : end - 4]) != _number(data, end - 4, end):
        raise BadPicture("The picture is a damaged PNG.")


def _png_chunks(data: Bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each whole chunk's name, start and end, with its length and checksum."""
    start = len(_PNG_MAGIC)
    while start + 12 <= len(data):
        end = start + 12 + _number(data, start, start + 4)
        if end > len(data):
            return
        yield bytes(data[start + 4 : start + 8]), start, end
        start = end


# WebP: https://developers.google.com/speed/webp/docs/riff_container and RFC 9649

_ANIMATED, _EXIF, _XMP = 0x02, 0x08, 0x04  # the flags of VP8X
_WEBP_KEEP = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"}


def _webp(data: Bytes) -> Drawing:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise BadPicture("The picture is cut short.")
    size: tuple[int, int] | None = None
    canvas: tuple[int, int] | None = None
    pieces: list[bytes | memoryview] = []
    for name, body in _cap(_webp_chunks(data, end)):
        if name in {b"ANIM", b"ANMF"} or (name == b"VP8X" and body[:1] and body[0] & _ANIMATED):
            raise BadPicture("The picture is animated.")
        if name not in _WEBP_KEEP:
            continue
        if name == b"VP8X":
            canvas = _check_size(*_webp_canvas(body))
            body = memoryview(bytes([body[0] & ~(_EXIF | _XMP), *body[1:]]))
        elif name in {b"VP8 ", b"VP8L"}:
            if size is not None:
                break
            size = _check_size(*(_vp8(body) if name == b"VP8 " else _vp8l(body)))
        pieces += [name, len(body).to_bytes(4, "little"), body, bytes(len(body) % 2)]
    if size is None or canvas not in (None, size):
        raise BadPicture("The picture is a damaged WebP.")
    whole = b"WEBP" + b"".join(pieces)
    return _drawing(b"RIFF" + len(whole).to_bytes(4, "little") + whole, "webp", *size)


def _webp_chunks(data: Bytes, end: int) -> Iterator[tuple[bytes, memoryview]]:
    view = memoryview(data)
    start = 12
    while start + 8 <= end:
        body = start + 8
        length = int.from_bytes(data[start + 4 : body], "little")
        if body + length > end:
            raise BadPicture("The picture is cut short.")
        yield bytes(data[start : start + 4]), view[body : body + length]
        start = body + length + length % 2


def _webp_canvas(body: memoryview) -> tuple[int, int]:
    if len(body) < 10:
        raise BadPicture("The picture is a damaged WebP.")
    return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1


def _vp8(body: memoryview) -> tuple[int, int]:
    """Read the size in a lossy key frame's header (RFC 6386, section 9.1)."""
    if len(body) < 10 or body[0] & 1 or bytes(body[3:6]) != b"\x9d\x01\x2a":
        raise BadPicture("The picture is a damaged WebP.")
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _vp8l(body: memoryview) -> tuple[int, int]:
    if len(body) < 5 or body[0] != 0x2F:
        raise BadPicture("The picture is a damaged WebP.")
    bits = int.from_bytes(body[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
