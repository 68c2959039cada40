"""A card made ready to be sent: its view, and its pictures, brought under what may be uploaded here."""

from collections.abc import Iterable
from dataclasses import dataclass

import discord

from adapters.common.pictures import PictureReader, read_pictures, shrink
from adapters.common.upload import Upload
from adapters.discord.render.cards import Json, components, mentions, names
from adapters.discord.render.limits import GALLERY_LIMIT, MIB, REQUEST_LIMIT
from bot import wording
from bot.port.cards import Card, Report

ENVELOPE = MIB // 4  # of a request, for everything but the files: the JSON and the boundaries between parts


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What one message is made of. It can be sent any number of times."""

    view: "Shown"
    mentions: discord.AllowedMentions
    attachments: tuple[tuple[str, bytes], ...]

    @property
    def files(self) -> list[discord.File]:
        """Pictures and files as discord.py takes them, made anew, since a file can be sent only once."""
        return [_File(Upload(data), name) for name, data in self.attachments]


class Shown(discord.ui.LayoutView):
    """Components as discord.py takes them.

    It hears nothing: presses are told by their custom ids, which outlive the process, so that no message has
    to be remembered.
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
    """Lets go of its bytes once it was sent.

    discord.py leaves a file that it was given open, and its `close` refers to itself: the bytes would stay
    until the garbage collector comes by, and in a burst that is hundreds of megabytes.
    """

    def close(self) -> None:
        super().close()
        self.fp.close()


async def prepare(card: Card, pictures: PictureReader, *, limit: int, spoiler: bool) -> Outgoing:
    """Fetch and fit a card's pictures. `limit`: bytes that one file may have; `pictures`: bytes by key.

    Bytes that fit stay as they are. What does not is encoded anew, and the card says so. Raises
    DeliveryError, retryable only where the pictures could not be read just now.
    """
    given = await read_pictures(card, pictures, GALLERY_LIMIT)
    most = share([len(data) for data in given], limit)
    attachments = []
    for name, data in zip(names(card), given, strict=True):
        attachments.append((name, data) if len(data) <= most else await _fitted(name, data, most))
    fitted = [name for name, _ in attachments]
    same = [data for _, data in attachments] == given
    notes = () if same else (wording.REENCODED,)
    shown = Shown(components(card, files=fitted, extra=notes, spoiler=spoiler))
    if isinstance(card, Report) and card.file:
        attachments.append((card.file.name, card.file.data))
    return Outgoing(shown, mentions(card), tuple(attachments))


def share(sizes: Iterable[int], limit: int) -> int:
    """Bytes that each file may have, so that all of them fit one request and small ones leave room."""
    room, left = REQUEST_LIMIT - ENVELOPE, sorted(sizes)
    while left and left[0] <= room // len(left):
        room -= left.pop(0)
    return min(limit, room // len(left)) if left else limit


async def _fitted(name: str, data: bytes, most: int) -> tuple[str, bytes]:
    ending, fitted = await shrink(data, most, "WEBP")
    return f"{name.rpartition('.')[0]}.{ending}", fitted
