"""Pictures as people send them, good and bad."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

from bot.port.requests import SentFile


def encode(picture: Image.Image, form: str = "png", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def sent(data: bytes, name: str = "fox.png") -> SentFile:
    """Send a file, as a platform hands it to the core."""

    async def read(limit: int) -> bytes:
        return data[:limit]

    return SentFile(name=name, read=read)


def photo(width: int = 96, height: int = 64) -> Image.Image:
    """Draw a picture whose corners differ, so that a turned one is told from an upright one."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2, height // 2), fill="red")
    draw.rectangle((width // 2, height // 2, width, height), fill="blue")
    return picture


def gps(picture: Image.Image) -> Image.Exif:
    """Make Exif with an orientation and a place."""
    exif = picture.getexif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET-PLACE"
    exif.get_ifd(0x8825)[1] = "N"
    return exif


def png_claiming(width: int, height: int, body: bytes = b"") -> bytes:
    """Write a PNG whose header claims any size; `body`: its compressed rows."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def gif_of(frames: int) -> bytes:
    first = encode(Image.new("P", (16, 16), 3), "gif")
    tail = first.index(b",")
    return first[:tail] + first[tail:-1] * frames + b";"
