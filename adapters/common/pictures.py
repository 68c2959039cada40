"""A card's pictures within what a platform takes: as they are where they fit, else encoded anew."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from PIL import Image

from bot.port.cards import Card, Delivered, Report
from bot.port.protocols import DeliveryError

# (scale of the width and height, quality): first what nobody sees, at last what everybody does.
STEPS = ((1.0, 92), (1.0, 85), (1.0, 75), (0.75, 80), (0.5, 80), (0.35, 75), (0.25, 70), (0.15, 60))

Pictures = Callable[[str], Awaitable[bytes | None]]  # a picture's bytes by its key; None where they are gone
Clear = Literal["PNG", "WEBP"]  # for what something shines through; all else is JPEG

# Of its own, and one thread wide for all platforms: a decoded picture is many times its file, and the pool
# that everything else shares is not to fill up with pictures that wait for their turn.
_encoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode")


async def fetched(card: Card, pictures: Pictures, most: int) -> list[bytes]:
    """The bytes of a report's chart, or of a gallery's first `most` pictures.

    Raises DeliveryError, retryable only where they could not be read just now.
    """
    if isinstance(card, Report):
        return [card.chart.png] if card.chart else []
    keys = [picture.key for picture in card.pictures[:most]] if isinstance(card, Delivered) else []
    try:
        given = [await pictures(key) for key in keys]
    except OSError as error:
        raise DeliveryError(f"the pictures could not be read: {error}", retryable=True) from error
    there = [data for data in given if data is not None]
    if len(there) < len(keys):
        raise DeliveryError("the pictures are no longer kept", retryable=False)
    return there


async def smaller(data: bytes, most: int, clear: Clear) -> tuple[str, bytes]:
    """The picture in at most so many bytes, and its file's ending. Raises DeliveryError for good."""
    loop = asyncio.get_running_loop()
    try:
        made = await loop.run_in_executor(_encoder, encoded, data, most, clear)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # as Pillow raises them
        raise DeliveryError(f"a picture could not be decoded: {error}", retryable=False) from error
    if made is None:
        raise DeliveryError(f"a picture cannot be made smaller than {most:,} bytes", retryable=False)
    return made


def encoded(data: bytes, most: int, clear: Clear) -> tuple[str, bytes] | None:
    """As `smaller`, in the thread that calls; None where no step is small enough. Raises as Pillow does."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as opened:
        profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    kind = clear if image.mode == "RGBA" else "JPEG"
    for scale, quality in dict(STEPS).items() if kind == "PNG" else STEPS:  # quality is nothing to a PNG
        made = io.BytesIO()
        _scaled(image, scale).save(made, kind, quality=quality, icc_profile=profile)
        if made.tell() <= most:
            return kind.lower(), made.getvalue()
    return None


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)
