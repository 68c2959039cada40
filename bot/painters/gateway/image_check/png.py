"""The check of a PNG: https://www.w3.org/TR/png-3/ (chunks, 5.3; pixels, 7 to 11; APNG, 11.3.6)."""

import re
import zlib
from collections.abc import Iterable, Iterator

from bot.painters.gateway.image_check.pieces import (
    ORIENTATIONS,
    BadPicture,
    Bytes,
    Span,
    cap,
    check_size,
    find_orientation,
    join_spans,
    make_drawing,
    read_number,
    write_tiff,
)
from bot.painters.port import Drawing

MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_KEEP = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
# Chunks that shape colours, kept if they are as long as they must be (11.3). Viewers ignore a damaged one at
# best, and some show no picture at all.
_COLOUR_LENGTHS = {
    b"gAMA": {4},
    b"cHRM": {32},
    b"sRGB": {1},
    b"sBIT": {1, 2, 3, 4},
    b"bKGD": {1, 2, 6},
    b"pHYs": {9},
    b"cICP": {4},
    b"mDCV": {24},
    b"cLLI": {8},
}
_PROFILE = re.compile(rb"[^\0]{1,79}\0\0", re.DOTALL)  # iCCP: a name, and the only compression that there is
_TRANSPARENCY = {0: {2}, 2: {6}, 3: range(1, 257)}  # the lengths of tRNS by colour type
_PALETTE_BYTES = range(3, 769, 3)
# The samples of a pixel by colour type, and the bits that each may have.
_PNG_COLOURS = {
    0: (1, {1, 2, 4, 8, 16}),
    2: (3, {8, 16}),
    3: (1, {1, 2, 4, 8}),
    4: (2, {8, 16}),
    6: (4, {8, 16}),
}
_PALETTE = 3
# Interlacing: the first column and row of each pass, and the distances of its columns and rows.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_LAST_FILTER = 4
_PNG_HEAD_BYTES = 13
_PNG_HEAD = slice(len(MAGIC) + 16, len(MAGIC) + 21)
_INFLATE_BYTES = 256 * 1024  # at a time, so that a small file cannot fill the memory
# Bytes of deflated pixels: damage by an encoder shows at once, and damage on the way in the checksums. To
# inflate all of a PNG of 1.2 MB takes 11 ms, this part of it 1 ms.
_MAX_INFLATED = 128 * 1024
_HIGHEST_DEFLATION = 1032  # RFC 1951: 258 bytes for two bits


def check(data: Bytes) -> Drawing:
    size: tuple[int, int] | None = None
    orientation = 0
    spans: list[Span] = [(0, len(MAGIC))]
    names: set[bytes] = set()
    pixels: list[memoryview] = []
    view = memoryview(data)
    for name, start, end in cap(_png_chunks(data)):
        if (name == b"IHDR") != (size is None):
            raise BadPicture("The picture is a damaged PNG.")
        if size is None:
            size = check_size(
                read_number(data, start + 8, start + 12), read_number(data, start + 12, start + 16)
            )
        body = view[start + 8 : end - 4]
        if name == b"IHDR" and len(body) != _PNG_HEAD_BYTES:
            raise BadPicture("The picture is a damaged PNG.")
        names.add(name)
        if _is_kept(name, body, colour=view[_PNG_HEAD][1]):
            _check_crc(data, start, end)
            spans.append((start, end))
        elif name == b"eXIf" and not orientation:
            orientation = find_orientation(body)
            spans += [_png_chunk(name, write_tiff(orientation))] if orientation in ORIENTATIONS else []
        if name == b"IDAT":
            pixels.append(body)
        elif name == b"IEND" and pixels:
            _check_pixels(pixels, size, bytes(view[_PNG_HEAD]), has_palette=b"PLTE" in names)
            return make_drawing(join_spans(data, spans), "png", size, orientation)
    raise BadPicture("The picture is cut short.")


def _is_kept(name: bytes, body: memoryview, *, colour: int) -> bool:
    """Return True for a chunk that shapes the picture. Raises BadPicture for one that we cannot pass on."""
    if name == b"acTL":
        raise BadPicture("The picture is animated.")
    if name in _COLOUR_LENGTHS:
        return len(body) in _COLOUR_LENGTHS[name]
    if name == b"iCCP":
        return _PROFILE.match(body) is not None
    if name not in _PNG_KEEP and not name[0] & 0x20:
        # Its first letter is upper-case: nobody can show the picture without this chunk.
        raise BadPicture("The picture is an unusual or damaged PNG.")
    is_damaged = name == b"PLTE" and len(body) not in _PALETTE_BYTES
    if is_damaged or (name == b"tRNS" and len(body) not in _TRANSPARENCY.get(colour, ())):
        raise BadPicture("The picture is a damaged PNG.")
    return name in _PNG_KEEP


def _check_crc(data: Bytes, start: int, end: int) -> None:
    if zlib.crc32(memoryview(data)[start + 4 : end - 4]) != read_number(data, end - 4, end):
        raise BadPicture("The picture is a damaged PNG.")


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def _png_chunks(data: Bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each whole chunk's name, start and end, with its length and checksum."""
    start = len(MAGIC)
    while start + 12 <= len(data):
        end = start + 12 + read_number(data, start, start + 4)
        if end > len(data):
            return
        yield bytes(data[start + 4 : start + 8]), start, end
        start = end


def _rows(size: tuple[int, int], head: bytes) -> list[tuple[int, int]]:
    """Return the number of rows of each pass, and the bytes of each row with its filter's."""
    depth, colour, compression, filtering, interlaced = head
    samples, depths = _PNG_COLOURS.get(colour, (0, set()))
    if depth not in depths or compression or filtering or interlaced > 1:
        raise BadPicture("The picture is an unusual or damaged PNG.")
    sides = [size]
    if interlaced:
        sides = [(-(-(size[0] - x) // dx), -(-(size[1] - y) // dy)) for x, y, dx, dy in _PASSES]
    return [(high, 1 + (wide * samples * depth + 7) // 8) for wide, high in sides if wide > 0 and high > 0]


def _check_pixels(pixels: list[memoryview], size: tuple[int, int], head: bytes, *, has_palette: bool) -> None:
    """Inflate the pixels up to a limit; refuse too few rows, and one with a filter that there is not.

    `head`: the rest of IHDR after the size.
    """
    if head[1] == _PALETTE and not has_palette:
        raise BadPicture("The picture is a PNG without its palette.")
    rows = _rows(size, head)
    starts = _row_starts(rows)
    at, row, total = 0, next(starts), sum(count * length for count, length in rows)
    deflated = sum(len(part) for part in pixels)
    if deflated * _HIGHEST_DEFLATION < total:
        raise BadPicture("The picture is a PNG with pixels missing.")
    for piece in _inflate(pixels):
        end = at + len(piece)
        while row < min(end, total):
            if piece[row - at] > _LAST_FILTER:
                raise BadPicture("The picture is a PNG with damaged pixels.")
            row = next(starts, total)
        at = end
        if at >= total:
            return
    if deflated <= _MAX_INFLATED:
        raise BadPicture("The picture is a PNG with pixels missing.")


def _row_starts(rows: list[tuple[int, int]]) -> Iterator[int]:
    start = 0
    for count, length in rows:
        yield from range(start, start + count * length, length)
        start += count * length


def _inflate(pixels: Iterable[memoryview]) -> Iterator[bytes]:
    """Yield the pixels piece by piece, those of the first _MAX_INFLATED bytes."""
    inflater, left = zlib.decompressobj(), _MAX_INFLATED
    try:
        for data in pixels:
            rest: Bytes | memoryview = data[:left]
            left -= len(rest)
            while rest and not inflater.eof:
                yield inflater.decompress(rest, _INFLATE_BYTES)
                rest = inflater.unconsumed_tail
        yield inflater.flush()  # a few bytes may be left when the last piece was just as long as it may be
    except zlib.error as error:
        raise BadPicture("The picture is a PNG with damaged pixels.") from error
