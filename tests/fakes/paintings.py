"""Real pictures for tests that send them: noise in any format, and what a store would give for a key."""

import io
import os
from collections.abc import Awaitable, Callable

from PIL import Image


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    """What compresses worst."""
    return Image.frombytes(mode, size, os.urandom(size[0] * size[1] * len(mode)))


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **how)
    return data.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def kept(*all_of_them: bytes | None) -> Callable[[str], Awaitable[bytes | None]]:
    """A store's bytes by the number in a picture's key."""

    async def get(key: str) -> bytes | None:
        return all_of_them[int(key.split("-")[1].split(".")[0]) - 1]

    return get
