"""The check of a WebP: https://developers.google.com/speed/webp/docs/riff_container and RFC 9649."""

import io
import threading
from collections.abc import Iterator

from PIL import Image

from bot.painters.gateway.image_check.pieces import (
    ORIENTATIONS,
    BadPicture,
    Bytes,
    cap,
    check_size,
    find_orientation,
    make_drawing,
    write_tiff,
)
from bot.painters.port import Drawing

_ANIMATED, _EXIF, _XMP = 0x02, 0x08, 0x04  # the flags of VP8X
_WEBP_KEEP = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"}
# Pixels. Decoding takes 12 bytes each, one picture at a time: 54 MB. Of a larger one, only the structure is
# checked.
_MAX_DECODED = 4_500_000
_decoding = threading.Lock()


def check(data: Bytes) -> Drawing:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise BadPicture("The picture is cut short.")
    size: tuple[int, int] | None = None
    canvas: tuple[int, int] | None = None
    orientation = 0
    chunks: list[tuple[bytes, bytes | memoryview]] = []
    for name, body in cap(_webp_chunks(data, end)):
        if name in {b"ANIM", b"ANMF"} or (name == b"VP8X" and body[:1] and body[0] & _ANIMATED):
            raise BadPicture("The picture is animated.")
        if name == b"EXIF" and not orientation:
            orientation = find_orientation(body)
        if name not in _WEBP_KEEP:
            continue
        if name == b"VP8X":
            canvas = check_size(*_webp_canvas(body))
            body = memoryview(bytes([body[0] & ~(_EXIF | _XMP), *body[1:]]))
        elif name in {b"VP8 ", b"VP8L"}:
            if size is not None:
                break
            size = check_size(*(_vp8(body) if name == b"VP8 " else _vp8l(body)))
        chunks.append((name, body))
    if size is None or canvas not in (None, size):
        raise BadPicture("The picture is a damaged WebP.")
    return _webp_drawing(chunks, size, orientation if canvas else 0)


def _webp_drawing(
    chunks: list[tuple[bytes, bytes | memoryview]], size: tuple[int, int], orientation: int
) -> Drawing:
    """Put the chunks together again, with the orientation if there is one to keep, and try to decode them."""
    if orientation in ORIENTATIONS and chunks[0][0] == b"VP8X":
        head = chunks[0][1]
        chunks = [
            (b"VP8X", bytes([head[0] | _EXIF, *head[1:]])),
            *chunks[1:],
            (b"EXIF", write_tiff(orientation)),
        ]
    whole = _riff(chunks)
    if size[0] * size[1] <= _MAX_DECODED:
        _decode(whole)
    return make_drawing(whole, "webp", size, orientation)


def _riff(chunks: list[tuple[bytes, bytes | memoryview]]) -> bytes:
    parts: list[bytes | memoryview] = []
    for name, body in chunks:
        parts += [name, len(body).to_bytes(4, "little"), body, bytes(len(body) % 2)]
    whole = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole


def _decode(whole: bytes) -> None:
    """Decode the picture, and forget its pixels. Raises BadPicture if nobody can."""
    try:
        with _decoding, Image.open(io.BytesIO(whole), formats=("WEBP",)) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError, RuntimeError) as error:  # Pillow raises these
        raise BadPicture("The picture is a damaged WebP.") from error


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
    first_part = int.from_bytes(body[:3], "little") >> 5  # bytes; the pixels of a picture come after it
    if len(body) <= 10 + first_part or body[0] & 1 or bytes(body[3:6]) != b"\x9d\x01\x2a":
        raise BadPicture("The picture is a damaged WebP.")
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _vp8l(body: memoryview) -> tuple[int, int]:
    if len(body) <= 5 or body[0] != 0x2F:
        raise BadPicture("The picture is a damaged WebP.")
    bits = int.from_bytes(body[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
