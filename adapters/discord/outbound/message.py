"""A card made ready to be sent: its view, and its pictures within the size that may be uploaded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import discord

from adapters.common.pictures import PictureReader, read_pictures, read_thumbnails, shrink
from adapters.common.upload import Upload
from adapters.discord.render.cards import Json, components, mentions, names
from adapters.discord.render.limits import GALLERY_LIMIT, MIB, REQUEST_LIMIT
from bot import wording
from bot.port.cards import Card, PictureList, Report

ENVELOPE = MIB // 4  # of a request, for everything but the files: the JSON and the boundaries between parts


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """The parts of one message. It can be sent any number of times."""

    view: "CardView"
    mentions: discord.AllowedMentions
    attachments: tuple[tuple[str, bytes], ...]

    @property
    def files(self) -> list[discord.File]:
        """Make new file objects for pictures and files: discord.py can send each object only once."""
        return [_File(Upload(data), name) for name, data in self.attachments]


class CardView(discord.ui.LayoutView):
    """Components as discord.py takes them.

    The view is stopped, so discord.py keeps no message in memory to wait for presses. Presses are recognized
    by their custom ids, which outlive the process.
    """

    def __init__(self, components: list[Json]) -> None:
        super().__init__(timeout=None)
        self._components = components
        self.stop()

    def to_components(self) -> list[Json]:
        return self._components

    def has_components_v2(self) -> bool:
        return True


class _File(discord.File):
    """A file that lets go of its bytes after it was sent.

    discord.py does not close a file object that it was given, and leaves the object in a reference cycle. So
    the bytes would stay until the garbage collector runs, and in a burst that is hundreds of megabytes.
    """

    def close(self) -> None:
        super().close()
        self.fp.close()


async def prepare(card: Card, pictures: PictureReader, *, limit: int, spoiler: bool) -> OutgoingMessage:
    """Fetch a card's pictures and fit them into the limits.

    A picture that fits is sent byte for byte. A larger one is encoded again, smaller, and the card says so.
    Raises DeliveryError, retryable only if the pictures could not be read just now.
    `pictures`: returns a picture's bytes by its key.
    `limit`: bytes that one file may have.
    """
    notes: tuple[str, ...] = ()
    if isinstance(card, Report) and card.file and len(card.file.data) > limit:
        card, notes = replace(card, file=None), (wording.FILE_TOO_LARGE,)
    if isinstance(card, PictureList):
        return await _prepare_list(card, pictures, spoiler=spoiler)
    originals = await read_pictures(card, pictures, GALLERY_LIMIT)
    max_bytes = max_file_bytes([len(data) for data in originals], limit)
    attachments = []
    for name, data in zip(names(card), originals, strict=True):
        attachments.append((name, data) if len(data) <= max_bytes else await _shrink(name, data, max_bytes))
    file_names = [name for name, _ in attachments]
    if [data for _, data in attachments] != originals:
        notes = (wording.REENCODED,)
    view = CardView(components(card, files=file_names, extra=notes, spoiler=spoiler))
    if isinstance(card, Report) and card.file:
        attachments.append((card.file.name, card.file.data))
    return OutgoingMessage(view, mentions(card), tuple(attachments))


async def _prepare_list(card: PictureList, pictures: PictureReader, *, spoiler: bool) -> OutgoingMessage:
    """Fetch a list's pictures, small. One that is gone is left out: the list is worth more than it."""
    card, thumbnails = await read_thumbnails(card, pictures)
    attachments = tuple(zip(names(card), thumbnails, strict=True))
    return OutgoingMessage(CardView(components(card, spoiler=spoiler)), mentions(card), attachments)


def max_file_bytes(sizes: Iterable[int], limit: int) -> int:
    """Return the bytes that each file may have, at most `limit`, if all are to fit one request.

    Files smaller than their share leave room to larger ones.
    """
    room, ascending = REQUEST_LIMIT - ENVELOPE, sorted(sizes)
    while ascending and ascending[0] <= room // len(ascending):
        room -= ascending.pop(0)
    return min(limit, room // len(ascending)) if ascending else limit


async def _shrink(name: str, data: bytes, max_bytes: int) -> tuple[str, bytes]:
    extension, small = await shrink(data, max_bytes, "WEBP")
    return f"{name.rpartition('.')[0]}.{extension}", small
