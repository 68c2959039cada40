"""The check of a picture that somebody sent, which makes it anew. Slow: for a thread.

Nothing of the file goes further but its pixels: it is decoded within bounds, turned upright, brought into
sRGB and to at most MAX_SIDE pixels a side, and written without metadata.
"""

import contextlib
import io
from math import ceil

from PIL import Image, ImageCms, ImageOps

from bot import wording
from bot.painters.port import Drawing

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000
# Gateways bill a larger one for more tokens, and draw no better
# (https://github.com/pollinations/pollinations/issues/6478).
MAX_SIDE = 1536
JPEG_QUALITY = 92
SMALL_SIDE = 768  # of a picture that is only looked at: what its tokens cost grows with its area
_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_SRGB = ImageCms.createProfile("sRGB")


class BadReference(Exception):
    """The file cannot be used. The message is a sentence for the person who sent it."""


def prepare(name: str, data: bytes) -> Drawing:
    """Return the picture, made anew: JPEG, or PNG if part of it is transparent. Raises BadReference.

    `name`: as its person calls the file, for sentences. Of several frames, the first counts.
    """
    picture = upright(name, data)
    clear = "A" in picture.getbands() and picture.getchannel("A").getextrema()[0] != 255
    return write(picture if clear else picture.convert("RGB"), "png" if clear else "jpeg")


def upright(name: str, data: bytes) -> Image.Image:
    """Decode a file within the bounds, upright and in sRGB, as RGB or RGBA. Raises BadReference."""
    kind = _kind(name, data)
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise BadReference(wording.too_many_pixels(name, MAX_PIXELS))
            opened.draft(None, _fitted(opened.size))  # a large JPEG is decoded at a fraction of its size
            opened.load()
            turned = ImageOps.exif_transpose(opened)
            picture = _in_srgb(turned)
    except BadReference:
        raise
    except Image.DecompressionBombError as error:
        raise BadReference(wording.too_many_pixels(name, MAX_PIXELS)) from error
    except Exception as error:  # Pillow raises whatever its decoders stumble over
        raise BadReference(wording.unreadable_picture(name)) from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    picture.info = {}  # what is saved would take metadata from here
    return picture


def small(name: str, data: bytes) -> Drawing:
    """Return the picture to be looked at: a JPEG of SMALL_SIDE a side at most. Raises BadReference."""
    picture = upright(name, data)
    picture.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A") if "A" in picture.getbands() else None)
    return write(white, "jpeg")


def write(picture: Image.Image, form: str) -> Drawing:
    """Encode a picture as "jpeg" or "png", without metadata."""
    out = io.BytesIO()
    if form == "jpeg":
        picture.save(out, "JPEG", quality=JPEG_QUALITY)
        return Drawing(data=out.getvalue(), format="jpeg", width=picture.width, height=picture.height)
    picture.save(out, "PNG")
    return Drawing(data=out.getvalue(), format="png", width=picture.width, height=picture.height)


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size as it is brought to MAX_SIDE: a draft is no smaller than this in either direction."""
    share = min(1.0, MAX_SIDE / max(size))
    return ceil(size[0] * share), ceil(size[1] * share)


def _kind(name: str, data: bytes) -> str:
    """Tell the format by the first bytes: neither a name nor a content type proves anything."""
    if not data:
        raise BadReference(wording.empty_file(name))
    if len(data) > MAX_BYTES:
        raise BadReference(wording.too_many_bytes(name, MAX_BYTES))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    raise BadReference(wording.no_picture(name))


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Convert any mode and colour profile to RGB or RGBA in sRGB."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):  # 16 bits of grey: convert() would cut them off at 255
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):  # a broken profile: as it is
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if picture.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode=mode)
            if converted is not None:
                picture = converted
    return picture.convert("RGBA" if has_alpha else "RGB")
