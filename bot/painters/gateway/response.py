"""The gateway's answer to a request for pictures: its entries, decoded and checked. Slow: for a thread."""

import binascii
from dataclasses import dataclass
from typing import Any, Literal

from bot.painters.gateway.errors import ApiError, classify, find_error, parse_json, read_error
from bot.painters.gateway.image_check import BadPicture, check
from bot.painters.port import Drawing

Source = tuple[Literal["b64", "url"], str]
Pictures = dict[str, bytearray | None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A picture that is billed but unusable. `reason`: a few words for the operator's log."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResponse:
    """An answer with pictures.

    `pictures`: at most as many as the call asked for; each is checked, or a link yet to be downloaded, or
    broken.
    `count`: entries that brought a picture, even beyond those that the call asked for.
    `form`: how the pictures came, "b64" or "url"; "" without any.
    """

    pictures: tuple[Drawing | Broken | str, ...]
    count: int
    quality: str
    form: str


_NOT_BASE64 = Broken("a picture is not base64")


def parse_response(
    body: bytes | bytearray, pictures: Pictures, prompt: str, images: int
) -> ImageResponse | ApiError | None:
    """Parse an answer; return an error that came with status 200 as such, and None for anything else.

    `pictures`: the decoded long strings of the body, by name. They are taken out one by one, so the raw bytes
    and the checked bytes are both in memory for one picture at most.
    `images`: the pictures that the call asked for.
    """
    answer = parse_json(body)
    data = answer.get("data", "") if isinstance(answer, dict) else ""
    if isinstance(data, list) and data:
        return _response(data, pictures, answer.get("quality"), images)
    if isinstance(answer, dict | list) and (error := find_error(answer, prompt)):
        return error
    if not isinstance(answer, dict | list):
        text = read_error(body, prompt)  # a welcome page, say, or a verdict on the prompt in plain words
        return text if text and classify(200, text) == "policy" else None
    return _response([], pictures, None, images) if data is None or data == [] else None


def _response(data: list[Any], pictures: Pictures, quality: Any, images: int) -> ImageResponse:
    sources = [source for entry in data if (source := _source(entry, pictures))]
    return ImageResponse(
        pictures=tuple(_picture(source, pictures) for source in sources[:images]),
        count=len(sources),
        quality=quality if isinstance(quality, str) else "",
        form=sources[0][0] if sources else "",
    )


def check_or_broken(data: bytes | bytearray) -> Drawing | Broken:
    """Check a picture's bytes; return the reason if they are not a usable picture."""
    try:
        return check(data)
    except BadPicture as error:
        return Broken(str(error))


def _source(entry: Any, pictures: Pictures) -> Source | None:
    if not isinstance(entry, dict):
        return None
    encoded, link = entry.get("b64_json"), entry.get("url")
    if isinstance(encoded, str) and encoded.strip():
        return "b64", encoded
    if isinstance(link, str) and link.strip():
        return ("b64" if link.startswith("data:") or link in pictures else "url"), link.strip()
    return None


def _picture(source: Source, pictures: Pictures) -> Drawing | Broken | str:
    form, text = source
    if form == "url":
        return text
    if text in pictures:
        decoded = pictures.pop(text)
        return _NOT_BASE64 if decoded is None else check_or_broken(decoded)
    if "," in text[:100]:  # "data:image/png;base64,": base64 has no comma of its own
        text = text.partition(",")[2]
    try:
        data = binascii.a2b_base64(text + "==")  # skips whitespace; padding is often left off
    except ValueError:
        return _NOT_BASE64
    return check_or_broken(data)
