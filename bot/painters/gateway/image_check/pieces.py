"""The parts that the checks of all formats share: their error, their limits, and how a picture is turned."""

from collections.abc import Iterator
from typing import TypeVar

from bot.painters.port import Drawing, Format

MAX_PIXELS = 40_000_000  # decoded at 4 bytes each, 160 MB; the largest native size on sale is 8.3 million
MAX_PIECES = 65_536  # encoders write a few thousand at most; a walk through millions would take seconds

Bytes = bytes | bytearray
Span = tuple[int, int] | bytes  # start and end of a slice of the data to keep, or bytes to put in its place
Piece = TypeVar("Piece")


class BadPicture(Exception):
    """These bytes are not a usable picture; the message is a sentence with the reason."""


def make_drawing(data: bytes, kind: Format, size: tuple[int, int], orientation: int) -> Drawing:
    """Return the drawing with its size as it is shown: orientations from 5 on lie on their side."""
    width, height = size if orientation < _ON_ITS_SIDE else size[::-1]
    return Drawing(data=data, format=kind, width=width, height=height)


def check_size(width: int, height: int) -> tuple[int, int]:
    if not width or not height:
        raise BadPicture("The picture has no size.")
    if width * height > MAX_PIXELS:
        raise BadPicture(f"The picture has {width} x {height} pixels, which is too many.")
    return width, height


def join_spans(data: Bytes, spans: list[Span]) -> bytes:
    view = memoryview(data)
    return b"".join(span if isinstance(span, bytes) else view[span[0] : span[1]] for span in spans)


def cap(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for count, piece in enumerate(pieces):
        if count == MAX_PIECES:
            raise BadPicture("The picture is in too many pieces.")
        yield piece


def read_number(data: Bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "big")


# Exif's orientation: CIPA DC-008, 4.6.5.1. It tells how the picture is turned and mirrored to be shown.

_UPRIGHT, _ON_ITS_SIDE = 1, 5
ORIENTATIONS = range(_UPRIGHT + 1, 9)
_ORIENTATION_TAG = b"\x01\x12"
_MAX_TAGS = 512  # cameras write a few dozen


def find_orientation(tiff: Bytes | memoryview) -> int:
    """Read the orientation from Exif's TIFF structure; return 1, upright, if there is none that is valid."""
    tiff = bytes(tiff).removeprefix(b"Exif\0\0")  # some encoders write JPEG's prefix elsewhere, too
    big = tiff.startswith(b"MM\0*")
    if not big and not tiff.startswith(b"II*\0"):
        return _UPRIGHT

    def read(start: int, size: int) -> int:
        return int.from_bytes(tiff[start : start + size], "big" if big else "little")

    first = read(4, 4)
    for entry in range(first + 2, first + 2 + 12 * min(read(first, 2), _MAX_TAGS), 12):
        if read(entry, 2) == int.from_bytes(_ORIENTATION_TAG, "big"):
            value = read(entry + 8, 2)
            return value if value in ORIENTATIONS else _UPRIGHT
    return _UPRIGHT


def write_tiff(orientation: int) -> bytes:
    """Write a TIFF structure that holds the orientation alone: one directory with one short number."""
    entry = _ORIENTATION_TAG + b"\0\3" + (1).to_bytes(4, "big") + orientation.to_bytes(2, "big") + b"\0\0"
    return b"MM\0*\0\0\0\x08" + b"\0\1" + entry + bytes(4)
