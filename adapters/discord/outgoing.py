"""A card made ready to be sent: its view, and its pictures, brought under what may be uploaded here."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import discord
from PIL import Image

from adapters.discord.limits import GALLERY_LIMIT, MIB, REQUEST_LIMIT
from adapters.discord.render import mentions, names, view
from bot import wording
from bot.cards import Card, Delivered, Report
from bot.port import DeliveryError

ENVELOPE = MIB // 4  # of a request, for everything but the files: the JSON and the boundaries between parts
# (scale of the width and height, quality): first what nobody sees, at last what everybody does.
STEPS = ((1.0, 92), (1.0, 85), (1.0, 75), (0.75, 80), (0.5, 80), (0.35, 75), (0.25, 70), (0.15, 60))

# Of its own, and one thread wide: a decoded picture is many times its file, and the pool that everything
# else shares is not to fill up with pictures that wait for their turn.
_encoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode")

Pictures = Callable[[str], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What one message is made of. It can be sent any number of times."""

    view: discord.ui.LayoutView
    mentions: discord.AllowedMentions
    attachments: tuple[tuple[str, bytes], ...]

    @property
    def files(self) -> list[discord.File]:
        """The pictures as discord.py takes them, made anew, since a file can be sent only once."""
        return [_File(io.BytesIO(data), name) for name, data in self.attachments]


class _File(discord.File):
    """Lets go of its bytes once it was sent.

    discord.py leaves a file that it was given open, and its `close` refers to itself: the bytes would stay
    until the garbage collector comes by, and in a burst that is hundreds of megabytes.
    """

    def close(self) -> None:
        super().close()
        self.fp.close()


async def prepare(card: Card, pictures: Pictures, *, limit: int, spoiler: bool) -> Outgoing:
    """Fetch and fit a card's pictures. `limit`: bytes that one file may have; `pictures`: bytes by key.

    Bytes that fit stay as they are. What does not is encoded anew, and the card says so. Raises
    DeliveryError, retryable only where the pictures could not be read just now.
    """
    given = await _fetch(card, pictures)
    most = share([len(data) for data in given], limit)
    attachments = []
    for name, data in zip(names(card), given, strict=True):
        attachments.append((name, data) if len(data) <= most else await _fitted(name, data, most))
    fitted = [name for name, _ in attachments]
    same = [data for _, data in attachments] == given
    shown = view(card, files=fitted, extra=() if same else (wording.REENCODED,), spoiler=spoiler)
    return Outgoing(shown, mentions(card), tuple(attachments))


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


def share(sizes: Iterable[int], limit: int) -> int:
    """Bytes that each file may have, so that all of them fit one request and small ones leave room."""
    room, left = REQUEST_LIMIT - ENVELOPE, sorted(sizes)
    while left and left[0] <= room // len(left):
        room -= left.pop(0)
    return min(limit, room // len(left)) if left else limit


async def _fitted(name: str, data: bytes, most: int) -> tuple[str, bytes]:
    loop = asyncio.get_running_loop()
    try:
        made = await loop.run_in_executor(_encoder, smaller, data, most)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # as Pillow raises them
        raise DeliveryError(f"a picture could not be decoded: {error}", retryable=False) from error
    if made is None:
        raise DeliveryError(f"a picture cannot be made smaller than {most:,} bytes", retryable=False)
    ending, fitted = made
    return f"{name.rpartition('.')[0]}.{ending}", fitted


def smaller(data: bytes, most: int) -> tuple[str, bytes] | None:
    """The picture as JPEG, or as WebP where something shines through; None where no step is small enough."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
        profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    ending, kind = ("webp", "WEBP") if image.mode == "RGBA" else ("jpeg", "JPEG")
    for scale, quality in STEPS:
        made = io.BytesIO()
        _scaled(image, scale).save(made, kind, quality=quality, icc_profile=profile)
        if made.tell() <= most:
            return ending, made.getvalue()
    return None


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)
