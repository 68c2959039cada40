"""What the imitated gateway is asked, insists on, takes for a picture, and draws."""

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

from quotas.catalog import IMAGE, Tier, load_catalog

FIELDS = {"model", "prompt", "n", "size", "quality", "background", "output_format", "aspect_ratio"}
RATIOS = {"1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3"}
IMAGEN_MOST = 4  # pictures in one call
PIXELS = range(655_360, 8_294_401)  # of gpt-image-2
TIERS: dict[str, Tier] = {tier.model: tier for tier in load_catalog(Decimal("1.5")).tiers.values()}


@dataclass(slots=True)
class Asked:
    """One request for pictures, as it arrived."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    billed_micros: int = 0

    @property
    def n(self) -> int:
        return int(self.body.get("n", 1))


@dataclass(slots=True)
class Picture:
    """What a link leads to."""

    data: bytes = b""
    status: int = 200
    redirects: int = 0
    to: str = ""
    failures: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Complains(Exception):
    """The strict gateway does not take this request."""

    def __init__(self, status: int, message: str, **fields: str | None) -> None:
        super().__init__(message)
        self.response = web.json_response({"error": {"message": message, **fields}}, status=status)


def unit_micros(body: dict[str, Any], quality: str = "") -> int:
    """What one picture is billed: list price x 1.5, at the quality named, else asked for; 0 for no model."""
    tier = TIERS.get(body.get("model", ""))
    if tier is None:
        return 0
    prices = tier.prices[-1].micros
    asked = body.get("quality", tier.default_quality) or IMAGE
    return prices.get(quality, prices[asked]) * 3 // 2


def insist(body: dict[str, Any], *, most: int) -> None:
    """Raise Complains where a real gateway refuses; `most`: pictures in one call."""
    model = body.get("model")
    if model not in TIERS:
        raise Complains(404, f"The model '{model}' does not exist", code="model_not_found")
    gpt = bool(TIERS[model].qualities)
    for name in body.keys() - (FIELDS - ({"aspect_ratio"} if gpt else {"quality", "background"})):
        raise Complains(400, f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
    n = body.get("n", 1)
    if not isinstance(n, int) or not 1 <= n <= (most if gpt else min(most, IMAGEN_MOST)):
        raise Complains(400, "Invalid value for 'n'.", code="invalid_value", param="n")
    if not isinstance(body.get("prompt"), str) or not body["prompt"]:
        raise Complains(400, "Missing required parameter: 'prompt'.", param="prompt")
    if body.get("background") == "transparent" and body.get("output_format") not in ("png", "webp"):
        raise Complains(400, "Transparent background needs png or webp.", param="background")
    if body.get("quality", "auto") not in ("low", "medium", "high", "auto"):
        raise Complains(400, "Invalid value for 'quality'.", param="quality")
    _shape(body, gpt)


def unauthorised() -> Complains:
    return Complains(401, "invalid x-api-key", type="authentication_error")


def _shape(body: dict[str, Any], gpt: bool) -> None:
    ratio, size = body.get("aspect_ratio"), body.get("size")
    if ratio and size:
        raise Complains(400, "'size' and 'aspect_ratio' exclude each other.", param="size")
    if ratio and ratio not in RATIOS:
        raise Complains(400, f"Invalid value: '{ratio}'.", param="aspect_ratio")
    if size and not (size in RATIOS and not gpt):
        width, _, height = size.partition("x")
        if not (width.isdigit() and height.isdigit()) or int(width) % 16 or int(height) % 16:
            raise Complains(400, f"Invalid size '{size}'.", param="size")
        if int(width) * int(height) not in PIXELS:
            raise Complains(400, f"Invalid size '{size}': too few or too many pixels.", param="size")


def drawn(body: dict[str, Any], index: int, size: tuple[int, int] | None, kind: str) -> bytes:
    """A small picture of the shape asked for, another for each prompt and index."""
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
    out = io.BytesIO()
    picture.save(out, kind or body.get("output_format", "png"))
    return out.getvalue()


def noise(size: int) -> bytes:
    """A sound PNG of about so many bytes."""
    side = max(1, int((size / 3) ** 0.5))
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "png", compress_level=0)
    return out.getvalue()
