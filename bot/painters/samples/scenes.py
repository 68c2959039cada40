"""Scenes for sample pictures. Each is a function that draws on a canvas with a palette and dice."""

import colorsys
import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw

Colour = tuple[int, int, int]
Palette = Sequence[Colour]  # from the sky's top to the nearest ground, then an accent
Scene = Callable[[Image.Image, Palette, Random], None]

PALETTES: dict[str, tuple[str, ...]] = {
    "dawn": ("#2e3267", "#b35c8c", "#f7a072", "#ffd9a0", "#6b4b7a", "#3b2a55", "#fff1cf"),
    "noon": ("#3a86c8", "#8cc6ea", "#dff3fb", "#9ecf8b", "#4f9d69", "#24614b", "#fff4c2"),
    "dusk": ("#1d1e4b", "#5b3a8c", "#d95d7a", "#f9a66c", "#43305f", "#1f1838", "#ffe0a3"),
    "night": ("#070b1f", "#14214d", "#2f4a86", "#3e5c8f", "#16254d", "#0a1129", "#f4f1d6"),
    "sea": ("#0f4c75", "#3fa7c4", "#bfe9e3", "#2f8fa8", "#176b87", "#0b3b54", "#ffe9b8"),
    "snow": ("#8fa9c9", "#c7d8ea", "#eef4fa", "#dfe9f3", "#b7cbe0", "#7f9dbf", "#fff7ea"),
    "wood": ("#c9d8b6", "#a3bf8f", "#7fa276", "#57805f", "#345c49", "#173a33", "#f7e7b0"),
    "clay": ("#f3d9b1", "#e8b27c", "#d98656", "#b85c48", "#7d3c44", "#43243a", "#fbf3e4"),
    "mint": ("#e8f6ef", "#b8e0d2", "#7cc6b4", "#4f9c97", "#2f6f7a", "#1f4558", "#ff9f80"),
    "plum": ("#f6e3ec", "#e2a9c6", "#b96fa5", "#7d4a8d", "#4a2f6b", "#281b47", "#ffd27f"),
}


def get_palette(name: str) -> tuple[Colour, ...]:
    return tuple((int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)) for text in PALETTES[name])


def turn_hues(palette: Palette, by: float) -> tuple[Colour, ...]:
    """Turn every hue of the palette by a part of the full circle."""
    colours = []
    for red, green, blue in palette:
        hue, light, full = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
        bright = colorsys.hls_to_rgb((hue + by) % 1, light, full)
        colours.append((round(bright[0] * 255), round(bright[1] * 255), round(bright[2] * 255)))
    return tuple(colours)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def sky(canvas: Image.Image, stops: Palette) -> None:
    """Fill the canvas with a vertical gradient through the stops."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    canvas.paste(column.resize(canvas.size, Image.Resampling.BICUBIC))


def glow(
    canvas: Image.Image, at: tuple[float, float], radius: float, colour: Colour, strength: float
) -> None:
    """Lighten the canvas softly around a point."""
    side = max(2, round(radius * 2))
    halo = ImageChops.invert(Image.radial_gradient("L")).resize((side, side))
    light = halo.point(lambda value: max(0, (value - 75) / 180) ** 1.7 * strength * 255)  # 75: at the rim
    canvas.paste(colour, (round(at[0] - radius), round(at[1] - radius)), light)


def disc(draw: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, colour: Colour) -> None:
    draw.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=colour)


def ridge(size: tuple[int, int], level: float, swing: float, dice: Random) -> list[tuple[float, float]]:
    """Return a rolling line across the canvas, a sum of sines, closed below the canvas."""
    width, height = size
    waves = [(dice.uniform(0.5, 1.2) * 1.9**step, dice.uniform(0, math.tau), 0.5**step) for step in range(5)]
    line = []
    for x in range(-4, width + 8, 4):
        rise = sum(part * math.sin(pace * x / width * math.tau + phase) for pace, phase, part in waves)
        line.append((float(x), height * (level - swing * rise)))
    return [*line, (width + 8.0, height + 2.0), (-8.0, height + 2.0)]


def is_dark(palette: Palette) -> bool:
    return sum(palette[0]) < 150


def stars(canvas: Image.Image, colour: Colour, dice: Random, until: float) -> None:
    draw = ImageDraw.Draw(canvas)
    width, height = canvas.size
    for _ in range(150):
        x, y, size = dice.uniform(0, width), dice.uniform(0, height * until), dice.choice((0.5, 0.7, 1.4))
        disc(draw, (x, y), size * height / 560, mix(canvas.getpixel((int(x), int(y))), colour, 0.75))  # type: ignore[arg-type]


def hills(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    width, height = canvas.size
    sky(canvas, palette[:3])
    sun = (width * dice.uniform(0.2, 0.8), height * dice.uniform(0.2, 0.42))
    if is_dark(palette):
        stars(canvas, palette[6], dice, 0.55)
    glow(canvas, sun, height * 0.75, palette[6], 0.95)
    disc(ImageDraw.Draw(canvas), sun, min(width, height) * 0.075, palette[6])
    layers = 5
    for layer in range(layers):
        near = layer / (layers - 1)
        colour = mix(palette[3], palette[5], near)
        line = ridge(canvas.size, 0.52 + 0.1 * layer, 0.05, dice)
        ImageDraw.Draw(canvas).polygon(line, fill=colour)
        if layer >= layers - 2:
            _firs(canvas, line[:-2], mix(colour, palette[5], 0.6), dice)
        _mist(canvas, line, mix(palette[2], palette[6], 0.4), 0.2 * (1 - near))


def _mist(canvas: Image.Image, line: list[tuple[float, float]], colour: Colour, strength: float) -> None:
    top = min(y for _, y in line)
    band = Image.linear_gradient("L").resize((canvas.width, max(1, canvas.height - round(top))))
    shape = Image.new("L", canvas.size)
    shape.paste(band.point(lambda value: value * strength), (0, round(top)))
    inside = Image.new("L", canvas.size)
    ImageDraw.Draw(inside).polygon(line, fill=255)
    canvas.paste(colour, (0, 0), ImageChops.multiply(shape, inside))


def _firs(canvas: Image.Image, line: list[tuple[float, float]], colour: Colour, dice: Random) -> None:
    draw = ImageDraw.Draw(canvas)
    for x, y in line:
        if dice.random() < 0.3:
            tall = canvas.height * dice.uniform(0.03, 0.085)
            for tier in range(3):
                low, wide = y + 3 - tall * 0.28 * tier, tall * (0.26 - 0.06 * tier)
                draw.polygon([(x - wide, low), (x + wide, low), (x, low - tall * 0.48)], fill=colour)


def sea(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    width, height = canvas.size
    sky(canvas, palette[:3])
    horizon = height * dice.uniform(0.42, 0.52)
    sun = (width * dice.uniform(0.25, 0.75), horizon - height * dice.uniform(0.03, 0.2))
    if is_dark(palette):
        stars(canvas, palette[6], dice, 0.45)
    glow(canvas, sun, height * 0.7, palette[6], 0.95)
    draw = ImageDraw.Draw(canvas)
    disc(draw, sun, min(width, height) * 0.085, palette[6])
    water = Image.new("RGB", (width, round(height - horizon)))
    sky(water, (mix(palette[3], palette[2], 0.5), palette[4], palette[5]))
    canvas.paste(water, (0, round(horizon)))
    y = horizon + 3
    while y < height:
        near = (y - horizon) / (height - horizon)
        for _ in range(5):
            reach = width * (0.03 + 0.12 * near)
            x = dice.gauss(sun[0], width * (0.03 + 0.07 * near))
            size = dice.uniform(0.2, 1) * reach
            draw.ellipse(
                (x - size, y, x + size, y + 1 + 3 * near),
                fill=mix(palette[4], palette[6], 0.85 - 0.6 * near),
            )
        y += 3 + 13 * near
    for layer in range(3):
        line = ridge(canvas.size, 0.8 + 0.07 * layer, 0.016, dice)
        draw.polygon(line, fill=mix(palette[4], palette[5], 0.4 + 0.3 * layer))
        draw.line(line[:-2], fill=mix(palette[5], palette[2], 0.5), width=2)
    _boat(draw, (width * dice.uniform(0.15, 0.85), horizon + height * 0.14), height * 0.16, palette)


def _boat(draw: ImageDraw.ImageDraw, at: tuple[float, float], size: float, palette: Palette) -> None:
    x, y = at
    hull = [
        (x - size * 0.5, y),
        (x + size * 0.5, y),
        (x + size * 0.32, y + size * 0.2),
        (x - size * 0.32, y + size * 0.2),
    ]
    draw.polygon(hull, fill=palette[5])
    draw.polygon(
        [(x + 1, y - 3), (x + 1, y - size), (x + size * 0.48, y - 3)],
        fill=mix(palette[6], (255, 255, 255), 0.5),
    )
    draw.polygon([(x - 2, y - 3), (x - 2, y - size * 0.8), (x - size * 0.36, y - 3)], fill=palette[6])


def forest(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    """Draw trunks in mist, one row before the other, under a canopy."""
    width, height = canvas.size
    sky(canvas, (mix(palette[0], palette[2], 0.4), palette[2], palette[1]))
    glow(canvas, (width * dice.uniform(0.25, 0.75), height * 0.32), height * 0.9, palette[6], 1)
    for layer in range(4):
        near = layer / 3
        colour = mix(palette[2], palette[5], 0.3 + 0.7 * near)
        draw = ImageDraw.Draw(canvas)
        foot = height * (0.66 + 0.09 * layer)
        for _ in range(13 - 3 * layer):
            x = dice.uniform(-0.02, 1.02) * width
            thick = height * (0.008 + 0.013 * near) * dice.uniform(0.7, 1.4)
            lean = dice.uniform(-1, 1) * thick
            draw.polygon([(x - thick + lean, -2), (x + thick + lean, -2), (x + thick * 1.6, foot + 9),
                          (x - thick * 1.6, foot + 9)], fill=colour)  # fmt: skip
            top = (x + lean, height * dice.uniform(-0.02, 0.16))
            _crown(draw, top, height * (0.07 + 0.07 * near), colour, dice)
        line = ridge(canvas.size, 0.7 + 0.09 * layer, 0.02, dice)
        draw.polygon(line, fill=mix(colour, palette[4], 0.25))
        _firs(canvas, line[:-2], mix(colour, palette[3], 0.2), dice)


def _crown(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], size: float, colour: Colour, dice: Random
) -> None:
    for _ in range(7):
        around = (at[0] + dice.gauss(0, size * 0.8), at[1] + dice.gauss(0, size * 0.35))
        disc(draw, around, size * dice.uniform(0.35, 0.75), colour)


def fox(canvas: Image.Image, dice: Random) -> None:
    """Draw a seated fox in the foreground, for the prompt that everybody tries first."""
    size = min(canvas.size) * 0.34
    foot = (canvas.width * dice.uniform(0.25, 0.75), canvas.height * 0.89)
    red, white, dark = (214, 94, 38), (252, 244, 232), (52, 30, 28)
    draw = ImageDraw.Draw(canvas)

    def part(colour: Colour, *outline: tuple[float, float]) -> None:
        draw.polygon([(foot[0] + size * x, foot[1] - size * y) for x, y in outline], fill=colour)

    part(mix(red, dark, 0.18), (0.1, 0), (0.5, 0.01), (0.66, 0.16), (0.66, 0.36), (0.52, 0.24), (0.2, 0.2))
    part(white, (0.66, 0.36), (0.66, 0.2), (0.57, 0.28))
    part(red, (-0.27, 0), (-0.21, 0.3), (-0.13, 0.56), (0.13, 0.56), (0.21, 0.3), (0.27, 0))
    part(white, (-0.12, 0.55), (0.12, 0.55), (0.07, 0.3), (0, 0.2), (-0.07, 0.3))
    part(mix(red, dark, 0.35), (-0.015, 0.2), (0.015, 0.2), (0.02, 0), (-0.02, 0))
    part(red, (-0.31, 0.7), (-0.27, 1.02), (-0.1, 0.86), (0.1, 0.86), (0.27, 1.02), (0.31, 0.7), (0, 0.46))
    for side in (-1, 1):
        part(dark, (side * 0.25, 0.96), (side * 0.26, 0.81), (side * 0.15, 0.86))
        part(white, (side * 0.31, 0.7), (side * 0.07, 0.64), (0, 0.46))
        disc(draw, (foot[0] + side * size * 0.12, foot[1] - size * 0.71), size * 0.024, dark)
    disc(draw, (foot[0], foot[1] - size * 0.48), size * 0.032, dark)
