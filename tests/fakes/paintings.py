"""Real pictures for tests that send them, and a store that reads them."""

import io
import os
from collections.abc import Awaitable, Callable

from PIL import Image


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    """Make random pixels, which compress worst."""
    return Image.frombytes(mode, size, os.urandom(size[0] * size[1] * len(mode)))


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def decode(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def reader_of(*pictures: bytes | None) -> Callable[[str], Awaitable[bytes | None]]:
    """Return a reader that picks a picture by the number in its key, such as 2 in "J-2.png"."""

    async def read(key: str) -> bytes | None:
        return pictures[int(key.split("-")[1].split(".")[0]) - 1]

    return read
