"""The contact sheet of a comparison: a tile a tier, each with its picture or the reason why there is none.

Slow: for a thread.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.painters.port import Drawing

TILE = 640  # pixels of a tile's longer side: two beside each other are still sharp on a phone
_GAP = 16
_LABEL = 34  # the font's size: 5 % of a tile, which is read at a phone's width
_QUALITY = 90
# Readable on a light and on a dark page alike: the sheet brings its own ground.
_GROUND, _CARD, _WORDS, _FAINT = "#17191f", "#23262e", "#f4f5f7", "#aab0bb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tier's tile. `label`: "Imagen 4 Fast"; `facts`: "4 s · $0.03"; `picture`: its bytes, or None.

    `reason`: a sentence to show if there is no picture.
    """

    label: str
    facts: str
    picture: bytes | None = None
    reason: str = ""


def contact_sheet(tiles: Sequence[Tile], ratio: tuple[int, int]) -> Drawing:
    """Lay the tiles out in two columns.

    `ratio`: the shape that was asked for; every picture is shown whole within it.
    """
    width, height = _tile_size(ratio)
    columns = min(len(tiles), 2)
    rows = ceil(len(tiles) / columns)
    cell_height = height + _label_height()
    sheet = Image.new("RGB", (_GAP + columns * (width + _GAP), _GAP + rows * (cell_height + _GAP)), _GROUND)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        corner = _GAP + column * (width + _GAP), _GAP + row * (cell_height + _GAP)
        sheet.paste(_draw_tile(tile, (width, height)), corner)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=_QUALITY)
    return Drawing(data=out.getvalue(), format="jpeg", width=sheet.width, height=sheet.height)


def _tile_size(ratio: tuple[int, int]) -> tuple[int, int]:
    scale = TILE / max(ratio)
    return round(ratio[0] * scale), round(ratio[1] * scale)


def _label_height() -> int:
    return round(_LABEL * 3.1)


def _draw_tile(tile: Tile, size: tuple[int, int]) -> Image.Image:
    width, height = size
    image = Image.new("RGB", (width, height + _label_height()), _CARD)
    if tile.picture is not None:
        with Image.open(io.BytesIO(tile.picture)) as opened:
            opened.draft("RGB", size)
            picture = ImageOps.contain(_over_ground(opened), size, Image.Resampling.LANCZOS)
        image.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
    draw = ImageDraw.Draw(image)
    if tile.picture is None:
        lines = _wrap(draw, tile.reason, width * 0.84)
        text = "\n".join(lines)
        draw.multiline_text((width / 2, height / 2), text, _FAINT, _font(_LABEL), "mm", 8, "center")
    top = height + _LABEL * 0.4
    draw.text((_LABEL * 0.5, top), _fit(draw, tile.label, width - _LABEL), _WORDS, _font(_LABEL))
    facts = _fit(draw, tile.facts, width - _LABEL)
    draw.text((_LABEL * 0.5, top + _LABEL * 1.25), facts, _FAINT, _font(_LABEL))
    return image


def _over_ground(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB; what is transparent shows the tile."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGBA", clear.size, _CARD)
    return Image.alpha_composite(ground, clear).convert("RGB")


def _wrap(draw: ImageDraw.ImageDraw, text: str, room: float) -> list[str]:
    """Break a text into lines that fit, between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, _font(_LABEL)) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_fit(draw, line, room) for line in lines]


def _fit(draw: ImageDraw.ImageDraw, text: str, room: float) -> str:
    """Cut a text that is too long for its line, and end it in an ellipsis."""
    if draw.textlength(text, _font(_LABEL)) <= room:
        return text
    while text and draw.textlength(text + "…", _font(_LABEL)) > room:
        text = text[:-1]
    return text.rstrip() + "…"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
