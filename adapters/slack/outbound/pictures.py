"""A card's pictures as Slack shows them: PNG, JPEG or GIF, and not too large; others are encoded anew."""

from dataclasses import dataclass

from adapters.common.pictures import PictureReader, read_pictures, shrink
from adapters.slack.render.cards import alts, names
from adapters.slack.render.limits import FILE_LIMIT, GALLERY_LIMIT
from bot import wording
from bot.port.cards import Card

# What image blocks show (block-kit/composition-objects/slack-file-object), by what the bytes begin with.
SHOWN = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))


@dataclass(frozen=True, slots=True)
class File:
    """One file to upload. `alt`: what it shows, in words."""

    name: str
    data: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """A card's files, in order, and what is to be said about them: the `extra` of `render.blocks`."""

    files: tuple[File, ...]
    extra: tuple[str, ...]


async def fit(card: Card, pictures: PictureReader, *, limit: int = FILE_LIMIT) -> Fitted:
    """Fetch and fit a card's pictures. `limit`: bytes that one file may have; `pictures`: bytes by key.

    Bytes that Slack shows stay as they are. Raises DeliveryError, retryable only where the pictures could not
    be read just now.
    """
    given = await read_pictures(card, pictures, GALLERY_LIMIT)
    told = zip(names(card), given, alts(card), strict=True)
    files = [await _fitted(File(name, data, alt), limit) for name, data, alt in told]
    large = any(len(data) > limit for data in given)
    return Fitted(tuple(files), (wording.REENCODED,) if large else ())


async def _fitted(file: File, limit: int) -> File:
    if kind(file.data) and len(file.data) <= limit:
        return file
    ending, made = await shrink(file.data, limit, "PNG")
    return File(f"{file.name.rpartition('.')[0]}.{ending}", made, file.alt)


def kind(data: bytes) -> str:
    """Which of the formats that Slack shows this is, as a file's ending; "" for none."""
    return next((ending for magic, ending in SHOWN if data.startswith(magic)), "")
