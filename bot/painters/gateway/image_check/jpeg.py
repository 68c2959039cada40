"""The check of a JPEG: ITU-T T.81, annex B."""

import re
from collections.abc import Iterator

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

_SCAN, _END, _COMMENT, _EXIF_SEGMENT = 0xDA, 0xD9, 0xFE, 0xE1
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what every viewer shows
_PROGRESSIVE = 0xC2
_HUFFMAN, _QUANTISATION, _RESTART = 0xC4, 0xDB, 0xDD
_TABLES = {_HUFFMAN, _QUANTISATION, _RESTART}
_APPLICATION = range(0xE0, 0xF0)
_COLOURS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}  # application segments to keep
_EXIF_PREFIX = b"Exif\0\0"
_PADDED = re.compile(rb"\xff{1,64}[^\xff]")  # a marker, and as much padding as anybody writes
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # ends a scan: neither a stuffed byte nor a restart
_BLOCK = 8  # pixels a side


def check(data: Bytes) -> Drawing:
    tables = _Tables()
    frame: _Frame | None = None
    orientation = 0  # of the first Exif segment; 0 before it
    spans: list[Span] = [(0, 2)]
    for marker, start, body, end in cap(_segments(data)):
        if marker == _EXIF_SEGMENT and not orientation and data.startswith(_EXIF_PREFIX, body):
            orientation = find_orientation(data[body:end])
            if orientation in ORIENTATIONS:
                spans.append(_exif_segment(orientation))
            continue
        if marker == _COMMENT or marker in _APPLICATION:
            if not (marker in _COLOURS and data.startswith(_COLOURS[marker], body)):
                continue
        elif marker in _FRAMES and frame is None and end - body >= 6:
            frame = _Frame(marker, bytes(data[body:end]), tables)
        elif marker == _SCAN and frame is not None:
            frame.scan(data, body, end)
        elif marker == _END and frame is not None and frame.is_whole:
            return make_drawing(join_spans(data, [*spans, (start, end)]), "jpeg", frame.size, orientation)
        elif marker in _TABLES:
            tables.define(marker, data[body:end])
        else:
            break
        spans.append((start, end))
    raise BadPicture("The picture is a damaged or unusual JPEG, or cut short.")


def _exif_segment(orientation: int) -> bytes:
    body = _EXIF_PREFIX + write_tiff(orientation)
    return b"\xff\xe1" + (2 + len(body)).to_bytes(2, "big") + body


class _Tables:
    """The tables that a JPEG has defined so far, by number: of coefficients, and of Huffman codes."""

    def __init__(self) -> None:
        self.quantisation: set[int] = set()
        self.huffman: set[int] = set()  # class (0: DC, 1: AC) times 16 plus the number

    def define(self, marker: int, body: Bytes) -> None:
        at = 0
        while at < len(body) and marker == _QUANTISATION:
            self.quantisation.add(body[at] & 15)
            at += 1 + (128 if body[at] >> 4 else 64)
        while at < len(body) and marker == _HUFFMAN:
            codes = sum(body[at + 1 : at + 17])
            if codes:
                self.huffman.add(body[at])
            at += 17 + codes
        if marker != _RESTART and at != len(body):
            raise BadPicture("The picture is a JPEG with a damaged table.")


class _Frame:
    """A JPEG's frame header, and the components whose scans were met."""

    def __init__(self, marker: int, body: bytes, tables: _Tables) -> None:
        self.size = check_size(read_number(body, 3, 5), read_number(body, 1, 3))
        self._progressive = marker == _PROGRESSIVE
        self._tables = tables
        parts = [body[at : at + 3] for at in range(6, len(body), 3)]
        self._missing = {part[0] for part in parts}
        if body[0] != 8 or len(body) != 6 + 3 * body[5] or not 1 <= len(self._missing) == body[5] <= 4:
            raise BadPicture("The picture is an unusual JPEG.")
        sampling = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
        if not all(across in range(1, 5) and down in range(1, 5) for across, down in sampling.values()):
            raise BadPicture("The picture is an unusual JPEG.")
        most = [max(each[side] for each in sampling.values()) for side in (0, 1)]
        self._quantisation = {part[0]: part[2] for part in parts}
        self._blocks = {
            name: _blocks(self.size[0] * across, most[0]) * _blocks(self.size[1] * down, most[1])
            for name, (across, down) in sampling.items()
        }

    @property
    def is_whole(self) -> bool:
        return not self._missing

    def scan(self, data: Bytes, body: int, end: int) -> None:
        """Check one scan, its header at `body` and its data up to `end`. Raises BadPicture."""
        count = data[body]
        pixels = body + 4 + 2 * count
        parts = [data[at : at + 2] for at in range(body + 1, body + 1 + 2 * count, 2)]
        if pixels > end or any(len(part) < 2 or part[0] not in self._blocks for part in parts):
            raise BadPicture("The picture is a JPEG with a damaged scan.")
        spectral, high = data[pixels - 3], data[pixels - 1] >> 4
        needs_dc = spectral == 0 and not high
        needs_ac = not self._progressive or spectral > 0
        bits = 0
        for name, selected in parts:
            needed = {selected >> 4} if needs_dc else set()
            needed |= {16 + (selected & 15)} if needs_ac else set()
            if (
                not needed <= self._tables.huffman
                or self._quantisation[name] not in self._tables.quantisation
            ):
                raise BadPicture("The picture is a JPEG without its tables.")
            # A code is a bit at least: one for the first coefficient of each block, one for the end of the
            # rest. A progressive scan can skip many blocks with one code, but not their first coefficients.
            bits += self._blocks[name] * (needs_dc + (needs_ac and not self._progressive))
            self._missing.discard(name)
        if 8 * (end - pixels) < bits:
            raise BadPicture("The picture is a JPEG that is cut short.")


def _blocks(size: int, most: int) -> int:
    """Return the blocks that a component of this size has on one side, of which the largest has `most`."""
    return -(-size // (most * _BLOCK))


def _segments(data: Bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield each whole segment's marker, start, start of its body, and end; a scan ends after its pixels."""
    start = 2
    while padded := _PADDED.match(data, start):
        start = padded.end() - 2
        marker = data[start + 1]
        if marker == _END:
            yield marker, start, start + 2, start + 2
            return
        end = start + 2 + read_number(data, start + 2, start + 4)
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
