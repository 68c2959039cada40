"""Taking in what people send with a prompt: read within bounds, checked, and kept under the job's id."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot import wording
from bot.painters.port import Drawing
from bot.port.requests import FileUnavailable, SentFile
from bot.references import adherence
from bot.references.check import MAX_BYTES, BadReference, prepare, small
from bot.references.mask import read_mask
from bot.tasks import in_thread

T = TypeVar("T")

AT_ONCE = 3  # files in memory as they were sent: up to 25 MiB each
READ_SECONDS = 60.0  # for one file: 25 MiB at the pace of a slow connection
# One thread: a picture of 50 megapixels takes 200 MB while it is decoded.
_threads = ThreadPoolExecutor(1, thread_name_prefix="reference")


class ReferenceStore(Protocol):
    """The part of a picture store that keeps what people sent. Every method may raise OSError."""

    async def put_reference(self, job: str, name: str, drawing: Drawing) -> str:
        """Store one picture durably; return its key. `name`: "r1" to "r4", or "m" for the mask."""
        ...

    async def get(self, key: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture in the store, with what is known of it."""

    key: str
    drawing: Drawing


class Intake:
    """Reads, checks and keeps references and masks, few at a time, whoever sends how many."""

    def __init__(self, store: ReferenceStore) -> None:
        self._store = store
        self._room = asyncio.Semaphore(AT_ONCE)

    async def take(
        self, job: str, files: Sequence[SentFile], mask: SentFile | None
    ) -> tuple[list[Kept], Kept | None]:
        """Return the references and the mask; None as the mask if it lets everything change.

        Raises BadReference for a file that cannot be used, and OSError if nothing can be kept.
        """
        if mask is not None and not files:
            raise BadReference(wording.MASK_ALONE)
        kept = []
        for number, file in enumerate(files, start=1):
            drawing = await self._check(file, prepare)
            kept.append(Kept(await self._store.put_reference(job, f"r{number}", drawing), drawing))
        if mask is None:
            return kept, None
        size = kept[0].drawing.width, kept[0].drawing.height
        drawing_of_mask = await self._check(mask, lambda name, data: read_mask(name, data, size))
        if drawing_of_mask is None:
            return kept, None
        return kept, Kept(await self._store.put_reference(job, "m", drawing_of_mask), drawing_of_mask)

    async def small(self, file: SentFile) -> Drawing:
        """Return a picture to be looked at, in a bounded size. Raises BadReference."""
        return await self._check(file, small)

    async def _check(self, file: SentFile, check: Callable[[str, bytes], T]) -> T:
        async with self._room:
            data = await self._read(file)
            return await in_thread(_threads, check, file.name, data)

    async def _read(self, file: SentFile) -> bytes:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await file.read(MAX_BYTES + 1)
        except FileUnavailable as error:
            raise BadReference(str(error)) from error
        except TimeoutError as error:
            raise BadReference(wording.slow_file(file.name)) from error


async def keep_all_protected(
    drawings: Sequence[Drawing], original: Drawing, mask: Drawing
) -> tuple[tuple[Drawing, ...], float]:
    """Put the original back outside the mask where too much changed.

    Return the pictures, and the largest share of what should have stayed that was put back; 0 if none was.
    """
    checked = [
        await in_thread(_threads, adherence.keep_protected, drawing, original, mask) for drawing in drawings
    ]
    share = max((each.changed for each in checked if each.restored), default=0.0)
    return tuple(each.drawing for each in checked), share
