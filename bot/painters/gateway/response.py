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
class Usage:
    """Tokens that an answer counts. `image_in`: None if it does not tell text and pictures apart."""

    text_in: int
    image_in: int | None
    image_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResponse:
    """An answer with pictures.

    `pictures`: at most as many as the call asked for; each is checked, or a link yet to be downloaded, or
    broken.
    `count`: entries that brought a picture, even beyond those that the call asked for.
    `form`: how the pictures came, "b64" or "url"; "" without any.
    `usage`: the tokens that it counts, or None.
    """

    pictures: tuple[Drawing | Broken | str, ...]
    count: int
    quality: str
    form: str
    usage: Usage | None = None


MOST_TOKENS = 10_000_000  # more in one answer is no count of tokens
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
        return _response(data, pictures, answer, images)
    if isinstance(answer, dict | list) and (error := find_error(answer, prompt)):
        return error
    if not isinstance(answer, dict | list):
        text = read_error(body, prompt)  # a welcome page, say, or a verdict on the prompt in plain words
        return text if text and classify(200, text) == "policy" else None
    if data is not None and data != []:
        return None
    return _response([], pictures, answer if isinstance(answer, dict) else {}, images)


def _response(data: list[Any], pictures: Pictures, answer: dict[str, Any], images: int) -> ImageResponse:
    quality = answer.get("quality")
    sources = [source for entry in data if (source := _source(entry, pictures))]
    return ImageResponse(
        pictures=tuple(_picture(source, pictures) for source in sources[:images]),
        count=len(sources),
        quality=quality if isinstance(quality, str) else "",
        form=sources[0][0] if sources else "",
        usage=read_usage(answer.get("usage")),
    )


def read_usage(raw: Any) -> Usage | None:
    """Read the tokens that an answer counts; None if they are missing, or anything but whole numbers.

    Drawn pictures are all that the endpoint gives out, so every output token is one of a picture
    (https://platform.openai.com/docs/api-reference/images/object).
    """
    if not isinstance(raw, dict):
        return None
    image_out, details = _tokens(raw.get("output_tokens")), raw.get("input_tokens_details")
    if isinstance(details, dict):
        text_in, image_in = _tokens(details.get("text_tokens")), _tokens(details.get("image_tokens"))
        if image_in is None:
            return None
    else:
        text_in, image_in = _tokens(raw.get("input_tokens")), None
    if text_in is None or image_out is None:
        return None
    return Usage(text_in=text_in, image_in=image_in, image_out=image_out)


def _tokens(count: Any) -> int | None:
    whole = isinstance(count, int) and not isinstance(count, bool)
    return count if whole and 0 <= count <= MOST_TOKENS else None


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
