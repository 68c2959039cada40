"""A zip of pictures, written piece by piece as they are read.

The pictures are stored as they are, since they are compressed already. One is in memory at a time.
"""

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from bot.port.views import Found

LONGEST_WORDS = 40  # letters of a prompt in a file's name: file systems take 255 bytes
_FIRST, _LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)  # that a zip can tell


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the zip. `at`: unix seconds."""

    key: str
    name: str
    at: float


class _Pieces:
    """A file to write to, whose bytes are taken away after each entry."""

    def __init__(self) -> None:
        self._taken = 0
        self._rest = io.BytesIO()

    def write(self, data: bytes, /) -> int:
        return self._rest.write(data)

    def tell(self) -> int:
        return self._taken + self._rest.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move within what was not taken: ZipFile goes back to the head of its last entry."""
        return self._taken + self._rest.seek(offset - self._taken, whence)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        piece = self._rest.getvalue()
        self._taken += len(piece)
        self._rest = io.BytesIO()
        return piece


def file_name(found: Found, number: int) -> str:
    """Name the file of a picture, by its number from 1: its day, the first words of its prompt, its job.

    The name is safe on every system: letters and digits of any script, and nothing that turns their order.
    """
    words = "-".join(re.findall(r"[^\W_]+", found.card.header.prompt))[:LONGEST_WORDS].strip("-")
    picture = found.card.pictures[number - 1]
    return (
        "-".join(filter(None, (found.day, words, found.card.header.job, str(number)))) + f".{picture.format}"
    )


def entries_of(found: Iterable[Found]) -> list[Entry]:
    return [
        Entry(picture.key, file_name(each, number), each.at)
        for each in found
        for number, picture in enumerate(each.card.pictures, start=1)
    ]


async def zip_of(
    entries: Iterable[Entry],
    read: Callable[[str], Awaitable[bytes | None]],
    in_thread: Callable[[Callable[[], bytes]], Awaitable[bytes]],
) -> AsyncIterator[bytes]:
    """Yield the pieces of a zip. A picture that is no longer kept is left out. Raises what `read` raises."""
    pieces = _Pieces()
    archive = ZipFile(pieces, "w", ZIP_STORED)
    for entry in entries:
        if (data := await read(entry.key)) is not None:
            yield await in_thread(partial(_add, archive, pieces, entry, data))
    archive.close()
    yield pieces.take()


def _add(archive: ZipFile, pieces: _Pieces, entry: Entry, data: bytes) -> bytes:
    moment = datetime.fromtimestamp(entry.at, UTC).timetuple()[:6]
    archive.writestr(ZipInfo(entry.name, min(max(moment, _FIRST), _LAST)), data)
    return pieces.take()
