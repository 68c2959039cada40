"""The rules of the fake gateway: what it rejects, what it bills, and the pictures it draws."""

import colorsys
import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aiohttp import web
from PIL import Image

from quotas.catalog import Tier, load_catalog
from quotas.prices import IMAGE

FIELDS = {"model", "prompt", "n", "size", "quality", "background", "output_format", "aspect_ratio"}
RATIOS = {"1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3"}
IMAGEN_LIMIT = 4  # pictures in one call
OUT_TOKENS = {"low": 196, "medium": 1_584, "high": 6_208}  # of a drawn picture, by quality
PIXELS = range(655_360, 8_294_401)  # of gpt-image-2
TIERS: dict[str, Tier] = {tier.model: tier for tier in load_catalog(Decimal("1.5")).tiers.values()}


@dataclass(frozen=True, slots=True)
class UploadedPicture:
    """A file of an edit, as it arrived. `part`: the name of its form field."""

    part: str
    name: str
    type: str
    data: bytes

    @property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.data))


@dataclass(slots=True)
class ImageCall:
    """One call for pictures, as it arrived, with the amount billed for it."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    billed_micros: int = 0
    references: list[UploadedPicture] = field(default_factory=list)
    mask: UploadedPicture | None = None

    @property
    def n(self) -> int:
        return int(self.body.get("n", 1))


@dataclass(slots=True)
class Picture:
    """A picture behind a link. It answers `failures` errors first, then `redirects` redirects."""

    data: bytes = b""
    status: int = 200
    redirects: int = 0
    to: str = ""
    failures: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Rejection(Exception):
    """The gateway rejects the call with this response."""

    def __init__(self, status: int, message: str, **fields: str | None) -> None:
        super().__init__(message)
        self.response = web.json_response({"error": {"message": message, **fields}}, status=status)


def unit_micros(body: dict[str, Any], quality: str = "") -> int:
    """Return the price of one picture: the list price x 1.5; 0 for an unknown model.

    `quality`: the quality drawn, if it differs from the one in the body.
    """
    tier = TIERS.get(body.get("model", ""))
    if tier is None or tier.prices[-1].image_out is not None:
        return 0
    prices = tier.prices[-1].micros
    default = body.get("quality", tier.default_quality) or IMAGE
    return prices.get(quality, prices[default]) * 3 // 2


def usage_of(call: ImageCall, count: int, quality: str = "") -> dict[str, Any]:
    """Count the tokens of an answer with so many pictures, as the API counts them."""
    text = len(call.body["prompt"].split()) + 7
    gpt = TIERS[call.body["model"]].ratio == "pixels"
    areas = [each.image.width * each.image.height for each in call.references]
    pictures = sum(65 + area // 1_000 if gpt else 560 for area in areas)
    out = count * OUT_TOKENS.get(quality or call.body.get("quality", ""), 1_120)
    return {
        "input_tokens": text + pictures,
        "input_tokens_details": {"text_tokens": text, "image_tokens": pictures},
        "output_tokens": out,
        "total_tokens": text + pictures + out,
    }


def token_micros(call: ImageCall, usage: dict[str, Any]) -> int:
    """Return what these tokens are billed, x 1.5 and rounded half up; 0 if they have no price."""
    tier = TIERS.get(call.body.get("model", ""))
    if tier is None:
        return 0
    price, details = tier.prices[-1], usage["input_tokens_details"]
    halves = 3 * (
        (price.text_in or 0) * details["text_tokens"]
        + (price.image_in or 0) * details["image_tokens"]
        + (price.image_out or 0) * usage["output_tokens"]
    )
    return (halves + 1_000_000) // 2_000_000


def check_edit(call: ImageCall) -> None:
    """Raise Rejection for what a real gateway rejects in an edit, besides what `check_call` does."""
    if not call.references:
        raise Rejection(400, "Missing required parameter: 'image'.", param="image")
    if "edit" not in TIERS[call.body["model"]].capabilities:
        raise Rejection(400, "This model does not support image edits.", param="model")
    for number, each in enumerate(call.references):
        if each.type not in ("image/png", "image/jpeg", "image/webp"):
            raise Rejection(400, f"Unsupported file mimetype ('{each.type}').", param=f"image[{number}]")
        if len(each.data) > 50_000_000:
            raise Rejection(400, "The image is too large.", param=f"image[{number}]")
    if len({each.part for each in call.references}) != 1 or (
        (call.references[0].part == "image[]") != (len(call.references) > 1)
    ):
        raise Rejection(400, "One image is 'image', several are 'image[]'.", param="image")
    mask = call.mask
    if mask is None:
        return
    if mask.type != "image/png" or len(mask.data) >= 4_000_000:
        raise Rejection(400, "The mask must be a PNG of less than 4 MB.", param="mask")
    if mask.image.size != call.references[0].image.size or "A" not in mask.image.getbands():
        raise Rejection(400, "The mask must have an alpha channel, and the size of the image.", param="mask")


def check_call(body: dict[str, Any], *, limit: int) -> None:
    """Raise Rejection for what a real gateway rejects. `limit`: pictures in one call."""
    model = body.get("model")
    if model not in TIERS:
        raise Rejection(404, f"The model '{model}' does not exist", code="model_not_found")
    gpt = TIERS[model].ratio == "pixels"
    for name in body.keys() - (FIELDS - ({"aspect_ratio"} if gpt else {"quality", "background"})):
        raise Rejection(400, f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
    n = body.get("n", 1)
    if not isinstance(n, int) or not 1 <= n <= (limit if gpt else min(limit, IMAGEN_LIMIT)):
        raise Rejection(400, "Invalid value for 'n'.", code="invalid_value", param="n")
    if not isinstance(body.get("prompt"), str) or not body["prompt"]:
        raise Rejection(400, "Missing required parameter: 'prompt'.", param="prompt")
    if body.get("background") == "transparent" and body.get("output_format") not in ("png", "webp"):
        raise Rejection(400, "Transparent background needs png or webp.", param="background")
    if body.get("quality", "auto") not in ("low", "medium", "high", "auto"):
        raise Rejection(400, "Invalid value for 'quality'.", param="quality")
    _check_shape(body, gpt)


def unauthorised() -> Rejection:
    return Rejection(401, "invalid x-api-key", type="authentication_error")


def _check_shape(body: dict[str, Any], gpt: bool) -> None:
    ratio, size = body.get("aspect_ratio"), body.get("size")
    if ratio and size:
        raise Rejection(400, "'size' and 'aspect_ratio' exclude each other.", param="size")
    if ratio and ratio not in RATIOS:
        raise Rejection(400, f"Invalid value: '{ratio}'.", param="aspect_ratio")
    if size and not (size in RATIOS and not gpt):
        width, _, height = size.partition("x")
        if not (width.isdigit() and height.isdigit()) or int(width) % 16 or int(height) % 16:
            raise Rejection(400, f"Invalid size '{size}'.", param="size")
        if int(width) * int(height) not in PIXELS:
            raise Rejection(400, f"Invalid size '{size}': too few or too many pixels.", param="size")


def draw(
    call: ImageCall, index: int, size: tuple[int, int] | None, kind: str, *, heeds_mask: bool = True
) -> bytes:
    """Draw a small picture in the shape of the body; prompt and index choose its colour.

    With a mask that is heeded, the first reference shows where the mask is opaque.
    """
    body = call.body
    if size is None:
        across, _, down = (
            (body.get("size") or body.get("aspect_ratio") or "1:1").replace("x", ":").partition(":")
        )
        scale = 160 / max(int(across), int(down))
        size = round(int(across) * scale), round(int(down) * scale)
    hue = hashlib.sha256(f"{body['prompt']}{index}".encode()).digest()[0] / 255
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.6, 0.9))
    clear = body.get("background") == "transparent"
    picture = Image.new(
        "RGBA" if clear else "RGB", size, (red, green, blue, 0) if clear else (red, green, blue)
    )
    if call.mask is not None and heeds_mask:
        kept = call.mask.image.convert("RGBA").getchannel("A").resize(size)
        picture.paste(call.references[0].image.convert(picture.mode).resize(size), (0, 0), kept)
    out = io.BytesIO()
    picture.save(out, kind or body.get("output_format", "png"))
    return out.getvalue()


def noise(size: int) -> bytes:
    """Make a valid PNG of about `size` bytes."""
    side = max(1, int((size / 3) ** 0.5))
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "png", compress_level=0)
    return out.getvalue()
