"""The pictures of a card, made small enough for a platform."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

from PIL import Image, ImageOps

from bot.port.cards import Card, Delivered, ListedJob, Panel, PictureList, Report
from bot.port.protocols import DeliveryError

# (scale of the width and height, quality), from losses that nobody sees to losses that everybody sees.
STEPS = ((1.0, 92), (1.0, 85), (1.0, 75), (0.75, 80), (0.5, 80), (0.35, 75), (0.25, 70), (0.15, 60))

THUMBNAIL_SIDE = 320  # pixels: a list shows it at a third of that, on screens of up to three pixels a point
THUMBNAIL_QUALITY = 80

PictureReader = Callable[[str], Awaitable[bytes | None]]  # key to bytes; None if the picture was deleted
TransparentFormat = Literal["PNG", "WEBP"]  # for pictures with transparency; all others become JPEG

# One thread for all platforms, because a decoded picture takes many times the memory of its file. The pool is
# its own, so that waiting pictures do not fill the one that everything else shares.
_encoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode")


async def read_pictures(card: Card, read: PictureReader, limit: int) -> list[bytes]:
    """Return the bytes of a report's chart, of the first `limit` pictures of a gallery, or of a panel.

    Raises DeliveryError: retryable after a read error, final if a picture was deleted.
    """
    if isinstance(card, Report):
        return [card.chart.png] if card.chart else []
    pictures_of_card = card.pictures[:limit] if isinstance(card, Delivered) else ()
    if isinstance(card, Panel):
        pictures_of_card = (card.picture,)
    keys = [picture.key for picture in pictures_of_card]
    try:
        files = [await read(key) for key in keys]
    except OSError as error:
        raise DeliveryError(f"the pictures could not be read: {error}", retryable=True) from error
    pictures = [data for data in files if data is not None]
    if len(pictures) < len(keys):
        raise DeliveryError("the pictures are no longer kept", retryable=False)
    return pictures


async def shrink(data: bytes, max_bytes: int, transparent: TransparentFormat) -> tuple[str, bytes]:
    """Encode a picture in at most `max_bytes`; return its file extension and bytes.

    `transparent`: the format for a picture with transparency. Raises a final DeliveryError.
    """
    loop = asyncio.get_running_loop()
    try:
        file = await loop.run_in_executor(_encoder, encode, data, max_bytes, transparent)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # Pillow raises these
        raise DeliveryError(f"a picture could not be decoded: {error}", retryable=False) from error
    if file is None:
        raise DeliveryError(f"a picture cannot be made smaller than {max_bytes:,} bytes", retryable=False)
    return file


async def read_thumbnails(card: PictureList, read: PictureReader) -> tuple[PictureList, list[bytes]]:
    """Return a list's first pictures as small JPEGs, and the list without those that cannot be shown."""
    jobs, thumbnails = [], []
    for job in card.jobs:
        small = await _read_thumbnail(job, read)
        jobs.append(replace(job, picture=job.picture if small else None))
        thumbnails += [small] if small else []
    return replace(card, jobs=tuple(jobs)), thumbnails


async def _read_thumbnail(job: ListedJob, read: PictureReader) -> bytes:
    """Return a job's first picture, small; b"" if there is none, or it cannot be read."""
    try:
        data = await read(job.picture.key) if job.picture else None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_encoder, encode_thumbnail, data) if data else b""
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # Pillow raises these
        return b""


def encode_thumbnail(data: bytes) -> bytes:
    """Encode a picture as a JPEG of at most THUMBNAIL_SIDE a side, on white. Raises what Pillow raises."""
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as source:
        source.draft("RGB", side)  # a JPEG is decoded at a fraction of its size
        profile = source.info.get("icc_profile") if source.mode in ("RGB", "RGBA") else None
        upright = ImageOps.exif_transpose(source)
        image = upright.convert("RGBA" if source.has_transparency_data else "RGB")
    image.thumbnail(side, Image.Resampling.LANCZOS)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=THUMBNAIL_QUALITY, icc_profile=profile)
    return file.getvalue()


def encode(data: bytes, max_bytes: int, transparent: TransparentFormat) -> tuple[str, bytes] | None:
    """Do the work of `shrink` in the calling thread; return None if no step is small enough.

    Raises what Pillow raises.
    """
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as source:
        profile = source.info.get("icc_profile") if source.mode in ("RGB", "RGBA") else None
        upright = ImageOps.exif_transpose(source)  # what is encoded anew has no Exif that says how to turn it
        image = upright.convert("RGBA" if source.has_transparency_data else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    format_ = transparent if image.mode == "RGBA" else "JPEG"
    steps = dict(STEPS).items() if format_ == "PNG" else STEPS  # PNG has no quality: one step for each scale
    for scale, quality in steps:
        file = io.BytesIO()
        _scale(image, scale).save(file, format_, quality=quality, icc_profile=profile)
        if file.tell() <= max_bytes:
            return format_.lower(), file.getvalue()
    return None


def _scale(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)
