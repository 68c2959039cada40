"""An answer to pictures: each entry's form, its bytes, its check. Slow: for a thread."""

import binascii
from dataclasses import dataclass
from typing import Any, Literal

from bot.painters.gateway.errors import ApiError, complaint, parsed
from bot.painters.gateway.image_check import BadPicture, check
from bot.painters.port import Drawing

Source = tuple[Literal["b64", "url"], str]
Pictures = dict[str, bytearray | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResponse:
    """An answer's pictures. `came`: how many entries brought one, even beyond those asked for.

    `pictures`: at most as many as asked for, each checked, or a link yet to be fetched, or None: broken.
    """

    pictures: tuple[Drawing | str | None, ...]
    came: int
    quality: str
    form: str


def read(
    body: bytes | bytearray, pictures: Pictures, prompt: str, asked: int
) -> ImageResponse | ApiError | None:
    """A sheet of pictures, an error in disguise, or None where nobody can tell what this is.

    `pictures` were decoded already, and stand in the body by name. They are taken out one by one, so that
    the bytes as they came and the bytes that are kept are never held together for more than one picture.
    """
    answer = parsed(body)
    data = answer.get("data", "") if isinstance(answer, dict) else ""
    if isinstance(data, list) and data:
        return _sheet(data, pictures, answer.get("quality"), asked)
    if isinstance(answer, dict | list) and (said := complaint(answer, prompt)):
        return said
    return _sheet([], pictures, None, asked) if data is None or data == [] else None


def _sheet(data: list[Any], pictures: Pictures, quality: Any, asked: int) -> ImageResponse:
    sources = [source for entry in data if (source := _source(entry, pictures))]
    return ImageResponse(
        pictures=tuple(_picture(source, pictures) for source in sources[:asked]),
        came=len(sources),
        quality=quality if isinstance(quality, str) else "",
        form=sources[0][0] if sources else "",
    )


def checked(data: bytes | bytearray) -> Drawing | None:
    """The picture, or None where its bytes are none."""
    try:
        return check(data)
    except BadPicture:
        return None


def _source(entry: Any, pictures: Pictures) -> Source | None:
    if not isinstance(entry, dict):
        return None
    encoded, link = entry.get("b64_json"), entry.get("url")
    if isinstance(encoded, str) and encoded.strip():
        return "b64", encoded
    if isinstance(link, str) and link.strip():
        return ("b64" if link.startswith("data:") or link in pictures else "url"), link.strip()
    return None


def _picture(source: Source, pictures: Pictures) -> Drawing | str | None:
    form, text = source
    if form == "url":
        return text
    if text in pictures:
        data = pictures.pop(text)
        return None if data is None else checked(data)
    if "," in text[:100]:  # "data:image/png;base64,": a comma is not in base64's alphabet
        text = text.partition(",")[2]
    try:
        return checked(binascii.a2b_base64(text + "=="))  # skips whitespace; padding is often left off
    except ValueError:
        return None
