"""The offline painter: scenes that are plainly labelled as samples. The same order gives the same bytes."""

import asyncio
import io
import re
from hashlib import sha256
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bot.painters.port import Drawing, Drawn, Format, PaintOrder
from bot.painters.samples import edits, motifs, scenes
from bot.tasks import in_drawing_thread
from quotas.catalog import Tier

_JPEG_QUALITY = 88
_PNG_EFFORT = 3  # of 9: larger files, a third of the time
_QUICKEST, _LONGEST = 0.8, 2.5  # seconds at speed 1; real drawing takes up to minutes
_SLOWEST_TIER = 60  # seconds; a tier this slow or slower takes _LONGEST

_SCENES: dict[str, scenes.Scene] = {
    "hills": scenes.hills,
    "sea": scenes.sea,
    "forest": scenes.forest,
    "town": motifs.town,
    "planet": motifs.planet,
    "circles": motifs.circles,
    "ribbons": motifs.ribbons,
    "petals": motifs.petals,
}
# The first scene with a word of the prompt is drawn. Hills are last, for their animals live anywhere.
_SCENE_WORDS = {
    "sea": "sea ocean beach boat ship sail lake river island harbour harbor wave waves whale lighthouse",
    "forest": "forest wood woods tree trees jungle owl moss woodland",
    "town": "town city street house houses skyline tower castle village office",
    "planet": "planet space moon galaxy star stars rocket astronaut saturn robot alien",
    "circles": "circle circles bubble bubbles logo icon abstract coffee cup poster",
    "ribbons": "ribbon wind music silk line lines weave woven smoke pattern",
    "petals": "flower flowers rose petal petals garden tulip sunflower bouquet spring",
    "hills": "hill hills mountain mountains fox deer wolf bear valley desert snow alps landscape field",
}
_PALETTE_WORDS = {
    "dawn": "dawn sunrise morning",
    "noon": "noon day spring summer field sunny",
    "dusk": "dusk sunset evening autumn",
    "night": "night midnight moon dark space stars planet",
    "sea": "sea ocean lake whale beach river",
    "snow": "snow winter ice frost polar alps",
    "wood": "forest wood woods jungle green moss tree trees",
    "clay": "desert fox coffee clay brown red orange castle",
    "mint": "mint fresh turquoise",
    "plum": "plum rose violet purple pink",
}


class SamplePainter:
    """A Painter without a model, at no cost. `speed`: 0 answers at once, 1 at a lively pace."""

    billed = False

    def __init__(self, speed: float = 1) -> None:
        self._speed = speed

    async def draw(self, order: PaintOrder) -> Drawn:
        drawings, _ = await asyncio.gather(
            in_drawing_thread(_drawings, order), asyncio.sleep(self._speed * _seconds(order.tier))
        )
        return Drawn(drawings=drawings)

    def unavailable(self, tier: Tier) -> str | None:
        return None

    async def close(self) -> None:
        return None


def _seconds(tier: Tier) -> float:
    share = min(1, sum(tier.speed) / 2 / _SLOWEST_TIER)
    return _QUICKEST + (_LONGEST - _QUICKEST) * share


def _drawings(order: PaintOrder) -> tuple[Drawing, ...]:
    return tuple(_drawing(order, index) for index in range(order.images))


def _drawing(order: PaintOrder, index: int) -> Drawing:
    width, height = order.tier.sizes[order.ratio]
    picture = _scene(order, index, (width, height))
    if order.references:
        picture = edits.over_references(picture, order)
    kind: Format = "png" if order.transparent else "jpeg"
    if order.transparent:
        picture.putalpha(_vignette(picture.size))
    _label(
        picture,
        f"sample{' edit' if order.references else ''} · {order.tier.title} · {index + 1} of {order.images}",
    )
    data = io.BytesIO()
    if order.transparent:
        picture.save(data, "png", compress_level=_PNG_EFFORT)
    else:
        picture.save(data, "jpeg", quality=_JPEG_QUALITY)
    return Drawing(data=data.getvalue(), format=kind, width=width, height=height)


def _scene(order: PaintOrder, index: int, size: tuple[int, int]) -> Image.Image:
    """Draw a scene. The prompt alone chooses scene and palette, so that variants and tiers look alike."""
    words = set(re.findall(r"\w+", order.prompt.lower()))
    theme = _dice(order.prompt)
    scene = _SCENES[_choose_theme(words, _SCENE_WORDS, theme)]
    palette = scenes.get_palette(_choose_theme(words, _PALETTE_WORDS, theme))
    dice = _dice(order.prompt, order.tier.name, order.quality, order.ratio, str(index))
    picture = Image.new("RGB", size)
    scene(picture, scenes.turn_hues(palette, theme.uniform(-0.02, 0.02) + dice.uniform(-0.025, 0.025)), dice)
    if "fox" in words:
        scenes.fox(picture, dice)
    return picture.filter(ImageFilter.SMOOTH)  # edges are drawn hard


def _dice(*parts: str) -> Random:
    """Seed dice with these texts. Python's hash() would differ from process to process."""
    return Random(sha256("\0".join(parts).encode("utf-8", "replace")).digest())


def _choose_theme(words: set[str], themes: dict[str, str], dice: Random) -> str:
    """Return the first theme that a word of the prompt names, else a random one."""
    random_theme = dice.choice(list(themes))
    return next((name for name, text in themes.items() if words & set(text.split())), random_theme)


def _vignette(size: tuple[int, int]) -> Image.Image:
    """Return the mask that makes a scene a sticker: opaque in a rounded shape, clear around it."""
    width, height = size
    inset = min(size) * 0.07
    shape = Image.new("L", size)
    box = (inset, inset, width - inset, height - inset)
    ImageDraw.Draw(shape).rounded_rectangle(box, min(size) * 0.24, fill=255)
    return shape.filter(ImageFilter.GaussianBlur(1.2))


def _label(picture: Image.Image, text: str) -> None:
    """Write the text on a strip at the foot, in the middle, where every shape of picture shows it."""
    width, height = picture.size
    font = ImageFont.load_default(max(16, min(width, height) // 32))
    left, top, right, bottom = font.getbbox(text)
    pad = (bottom - top) * 0.75
    wide, high = right - left + pad * 3, bottom - top + pad * 1.6
    box = ((width - wide) / 2, height - high * 1.5, (width + wide) / 2, height - high * 0.5)
    strip = Image.new("L", picture.size)
    ImageDraw.Draw(strip).rounded_rectangle(box, high / 2, fill=205)
    solid = (18, 20, 28, 255)[: len(picture.getbands())]
    picture.paste(solid, (0, 0), strip)
    white = (255, 255, 255, 255)[: len(solid)]
    ImageDraw.Draw(picture).text((width / 2, (box[1] + box[3]) / 2), text, white, font, anchor="mm")
