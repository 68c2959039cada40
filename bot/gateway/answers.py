"""An answer's body to pictures: each entry's form, its bytes, its check. Pure, and slow: for a thread."""

import binascii
from dataclasses import dataclass
from typing import Any, Literal

from bot.gateway.classify import Complaint, complaint, parsed
from bot.gateway.pictures import BadPicture, check
from bot.painter import Drawing

Source = tuple[Literal["b64", "url"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An answer's pictures. `came`: how many entries brought one, even beyond those asked for.

    `pictures`: at most as many as asked for, each checked, or a link yet to be fetched, or None: broken.
    """

    pictures: tuple[Drawing | str | None, ...]
    came: int
    quality: str
    form: str


def read(body: bytes | bytearray, prompt: str, asked: int) -> Sheet | Complaint | None:
    """A sheet of pictures, an error in disguise, or None where nobody can tell what this is."""
    answer = parsed(body)
    data = answer.get("data", "") if isinstance(answer, dict) else ""
    if isinstance(data, list) and data:
        return _sheet(data, answer.get("quality"), asked)
    if isinstance(answer, dict | list) and (said := complaint(answer, prompt)):
        return said
    return _sheet([], None, asked) if data is None or data == [] else None


def _sheet(data: list[Any], quality: Any, asked: int) -> Sheet:
    sources = [source for source in map(_source, data) if source]
    return Sheet(
        pictures=tuple(_picture(source) for source in sources[:asked]),
        came=len(sources),
        quality=quality if isinstance(quality, str) else "",
        form=sources[0][0] if sources else "",
    )


def checked(data: bytes) -> Drawing | None:
    """The picture, or None where its bytes are none."""
    try:
        return check(data)
    except BadPicture:
        return None


def _source(entry: Any) -> Source | None:
    if not isinstance(entry, dict):
        return None
    encoded, link = entry.get("b64_json"), entry.get("url")
    if isinstance(encoded, str) and encoded.strip():
        return "b64", encoded
    if isinstance(link, str) and link.strip():
        return ("b64" if link.startswith("data:") else "url"), link.strip()
    return None


def _picture(source: Source) -> Drawing | str | None:
    form, text = source
    if form == "url":
        return text
    if "," in text[:100]:  # "data:image/png;base64,": a comma is not in base64's alphabet
        text = text.partition(",")[2]
    try:
        return checked(binascii.a2b_base64(text + "=="))  # skips whitespace; padding is often left off
    except ValueError:
        return None
