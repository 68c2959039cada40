"""A card's pictures in a format and size that Slack shows; others are encoded again."""

from dataclasses import dataclass

from adapters.common.pictures import PictureReader, read_pictures, shrink
from adapters.slack.render.cards import alt_texts, file_names
from adapters.slack.render.limits import FILE_LIMIT, GALLERY_LIMIT
from bot import wording
from bot.port.cards import Card

# First bytes of a file, and its ending, of the formats that image blocks show
# (block-kit/composition-objects/slack-file-object).
SHOWN_FORMATS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))


@dataclass(frozen=True, slots=True)
class File:
    """One file to upload. `alt`: its picture in words."""

    name: str
    data: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """A card's files, in order. `extra`: remarks about them, for the `extra` of `render.cards.blocks`."""

    files: tuple[File, ...]
    extra: tuple[str, ...]


async def prepare(card: Card, read: PictureReader, *, limit: int = FILE_LIMIT) -> PreparedFiles:
    """Fetch a card's pictures, and encode those again that Slack would not show or that are too large.

    Raises DeliveryError; it is retryable only if the pictures could not be read just now.

    `read`: returns a picture's bytes by its key. `limit`: the most bytes of one file.
    """
    contents = await read_pictures(card, read, GALLERY_LIMIT)
    rows = zip(file_names(card), contents, alt_texts(card), strict=True)
    files = [await _prepare_file(File(name, data, alt), limit) for name, data, alt in rows]
    is_any_large = any(len(data) > limit for data in contents)
    return PreparedFiles(tuple(files), (wording.REENCODED,) if is_any_large else ())


async def _prepare_file(file: File, limit: int) -> File:
    if shown_format(file.data) and len(file.data) <= limit:
        return file
    ending, data = await shrink(file.data, limit, "PNG")
    return File(f"{file.name.rpartition('.')[0]}.{ending}", data, file.alt)


def shown_format(data: bytes) -> str:
    """Return the file ending of a format that Slack shows; "" for any other format."""
    return next((ending for magic, ending in SHOWN_FORMATS if data.startswith(magic)), "")
