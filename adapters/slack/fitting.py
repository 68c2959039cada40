"""A card's pictures as Slack shows them: PNG, JPEG or GIF, and not too large; others are encoded anew."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image

from adapters.slack.limits import FILE_LIMIT, GALLERY_LIMIT
from adapters.slack.render import alts, names
from bot import wording
from bot.cards import Card, Delivered, Report
from bot.port import DeliveryError

# (scale of the width and height, quality): first what nobody sees, at last what everybody does.
STEPS = ((1.0, 92), (1.0, 85), (1.0, 75), (0.75, 80), (0.5, 80), (0.35, 75), (0.25, 70), (0.15, 60))
# What image blocks show (block-kit/composition-objects/slack-file-object), by what the bytes begin with.
SHOWN = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))

# Of its own, and one thread wide: a decoded picture is many times its file, and the pool that everything
# else shares is not to fill up with pictures that wait for their turn.
_encoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode")

Pictures = Callable[[str], Awaitable[bytes | None]]


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


async def fit(card: Card, pictures: Pictures, *, limit: int = FILE_LIMIT) -> Fitted:
    """Fetch and fit a card's pictures. `limit`: bytes that one file may have; `pictures`: bytes by key.

    Bytes that Slack shows stay as they are. Raises DeliveryError, retryable only where the pictures could not
    be read just now.
    """
    given = await _fetch(card, pictures)
    told = zip(names(card), given, alts(card), strict=True)
    files = [await _fitted(File(name, data, alt), limit) for name, data, alt in told]
    large = any(len(data) > limit for data in given)
    return Fitted(tuple(files), (wording.REENCODED,) if large else ())


async def _fetch(card: Card, pictures: Pictures) -> list[bytes]:
    if isinstance(card, Report):
        return [card.chart.png] if card.chart else []
    keys = [picture.key for picture in card.pictures[:GALLERY_LIMIT]] if isinstance(card, Delivered) else []
    try:
        given = [await pictures(key) for key in keys]
    except OSError as error:
        raise DeliveryError(f"the pictures could not be read: {error}", retryable=True) from error
    there = [data for data in given if data is not None]
    if len(there) < len(keys):
        raise DeliveryError("the pictures are no longer kept", retryable=False)
    return there


async def _fitted(file: File, limit: int) -> File:
    if kind(file.data) and len(file.data) <= limit:
        return file
    loop = asyncio.get_running_loop()
    try:
        made = await loop.run_in_executor(_encoder, encoded, file.data, limit)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # as Pillow raises them
        raise DeliveryError(f"a picture could not be decoded: {error}", retryable=False) from error
    if made is None:
        raise DeliveryError(f"a picture cannot be made smaller than {limit:,} bytes", retryable=False)
    return File(f"{file.name.rpartition('.')[0]}.{kind(made)}", made, file.alt)


def kind(data: bytes) -> str:
    """Which of the formats that Slack shows this is, as a file's ending; "" for none."""
    return next((ending for magic, ending in SHOWN if data.startswith(magic)), "")


def encoded(data: bytes, most: int) -> bytes | None:
    """The picture as JPEG, or as PNG where something shines through; None where no step is small enough."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as opened:
        profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    jpeg = image.mode == "RGB"
    for scale, quality in STEPS if jpeg else dict(STEPS).items():  # the quality is nothing to a PNG
        made = io.BytesIO()
        _scaled(image, scale).save(made, "JPEG" if jpeg else "PNG", quality=quality, icc_profile=profile)
        if made.tell() <= most:
            return made.getvalue()
    return None


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)
