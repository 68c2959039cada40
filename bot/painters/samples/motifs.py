"""More scenes for sample pictures: a town, a planet, and patterns of circles, ribbons and petals."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw

from bot.painters.samples.scenes import Palette, disc, glow, is_dark, mix, ridge, sky, stars


def town(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    """Draw three rows of houses with lit windows before the sky."""
    width, height = canvas.size
    sky(canvas, palette[:3])
    moon = (width * dice.uniform(0.15, 0.85), height * dice.uniform(0.15, 0.35))
    if is_dark(palette):
        stars(canvas, palette[6], dice, 0.4)
    glow(canvas, moon, height * 0.6, palette[6], 0.9)
    disc(ImageDraw.Draw(canvas), moon, min(width, height) * 0.06, palette[6])
    draw = ImageDraw.Draw(canvas)
    for row in range(3):
        colour = mix(palette[3], palette[5], 0.25 + 0.375 * row)
        x = -dice.uniform(0, width * 0.04)
        while x < width:
            wide = height * dice.uniform(0.07, 0.15)
            top = height * (dice.uniform(0.36, 0.62) + 0.11 * row)
            _house(draw, (x, x + wide, top, height), colour, palette, dice)
            x += wide + dice.choice((0, 0, height * 0.02))


def _house(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    colour: tuple[int, int, int],
    palette: Palette,
    dice: Random,
) -> None:
    left, right, top, bottom = box
    draw.rectangle((left, top, right, bottom), fill=colour)
    if dice.random() < 0.4:
        draw.polygon(
            [(left, top), (right, top), ((left + right) / 2, top - (right - left) * 0.4)], fill=colour
        )
    pane = (right - left) / 9
    lit, dark = mix(palette[6], palette[2], 0.15), mix(colour, (0, 0, 0), 0.18)
    rows = int((bottom - top) / (pane * 2.6))
    for row in range(rows):
        for column in range(4):
            x, y = left + pane * (1 + 2 * column), top + pane * (1.2 + 2.6 * row)
            draw.rectangle((x, y, x + pane, y + pane * 1.5), fill=lit if dice.random() < 0.3 else dark)


def planet(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    """Draw a banded planet with a ring, a moon, and a ridge in front."""
    width, height = canvas.size
    deep = mix(palette[5], (6, 6, 20), 0.6)
    sky(canvas, (deep, mix(deep, palette[0], 0.5), mix(palette[1], deep, 0.35)))
    stars(canvas, palette[6], dice, 0.95)
    radius = min(width, height) * dice.uniform(0.2, 0.27)
    centre = (width * dice.uniform(0.36, 0.64), height * dice.uniform(0.38, 0.5))
    glow(canvas, centre, radius * 2.6, palette[2], 0.8)
    ball = _ball(round(radius * 2), palette, dice)
    side, tilt = round(radius * 4.4), dice.uniform(-24, 24)
    corner = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    ice = mix(palette[2], palette[6], 0.5)
    canvas.paste(ice, corner, _half_ring(side, tilt, front=False))
    canvas.paste(ball, (round(centre[0] - radius), round(centre[1] - radius)), ball)
    canvas.paste(ice, corner, _half_ring(side, tilt, front=True))
    moon = (min(width * 0.9, centre[0] + radius * 1.6), centre[1] - radius * 1.2)
    disc(ImageDraw.Draw(canvas), moon, radius * 0.16, palette[6])
    for layer in range(2):
        line = ridge(canvas.size, 0.84 + 0.07 * layer, 0.045, dice)
        ImageDraw.Draw(canvas).polygon(line, fill=mix(palette[4], deep, 0.45 + 0.4 * layer))


def _ball(side: int, palette: Palette, dice: Random) -> Image.Image:
    bands = Image.new("RGB", (1, 9))
    bands.putdata(
        [mix(palette[dice.choice((1, 2, 3, 6))], palette[2], dice.uniform(0, 0.6)) for _ in range(9)]
    )
    ball = bands.resize((side, side), Image.Resampling.BICUBIC)
    ball = ball.rotate(dice.uniform(-20, 20), Image.Resampling.BICUBIC)
    third = side * 2 // 3  # the light comes from above, on the left
    gradient = Image.radial_gradient("L").resize((side * 2, side * 2))
    shade = gradient.crop((third, third, third + side, third + side))
    shade = shade.point(lambda value: max(0, min(240, value * 1.9 - 60)))
    ball.paste(mix(palette[5], (0, 0, 20), 0.6), (0, 0), shade)
    shape = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(shape).ellipse((2, 2, side * 2 - 3, side * 2 - 3), fill=255)
    ball.putalpha(shape.resize((side, side), Image.Resampling.LANCZOS))
    return ball


def _half_ring(side: int, tilt: float, *, front: bool) -> Image.Image:
    """Return the mask of the ring's half before or behind the planet, turned by `tilt` degrees."""
    shape = Image.new("L", (side, side))
    draw, middle = ImageDraw.Draw(shape), side // 2
    for inset, strength in ((0.04, 120), (0.1, 200), (0.14, 90), (0.17, 220), (0.23, 0)):
        reach = side * (0.5 - inset)
        draw.ellipse(
            (middle - reach, middle - reach * 0.3, middle + reach, middle + reach * 0.3), fill=strength
        )
    draw.rectangle((0, 0, side, middle - 1) if front else (0, middle + 1, side, side), fill=0)
    return shape.rotate(tilt, Image.Resampling.BICUBIC)


def circles(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    """Draw translucent discs and rings over each other, as in an old print."""
    width, height = canvas.size
    sky(canvas, (mix(palette[6], (255, 255, 255), 0.4), palette[6]))
    reach = math.sqrt(width * height)
    for step in range(22):
        size = reach * dice.uniform(0.05, 0.26) * (1 - step / 44)
        at = (dice.gauss(0.5, 0.24) * width, dice.gauss(0.48, 0.22) * height)
        colour = palette[dice.randrange(6)]
        box = (round(at[0] - size), round(at[1] - size), round(at[0] + size), round(at[1] + size))
        under = canvas.crop(box)
        layer = Image.new("RGB", under.size, (255, 255, 255))
        draw, middle = ImageDraw.Draw(layer), (size, size)
        disc(draw, middle, size - 1, mix(colour, (255, 255, 255), 0.25))
        if step % 3 == 0:
            disc(draw, middle, size * 0.72, (255, 255, 255))
            disc(draw, middle, size * 0.5, mix(colour, (255, 255, 255), 0.1))
        canvas.paste(ImageChops.multiply(under, layer), box)
    draw = ImageDraw.Draw(canvas)
    for _ in range(5):
        angle = dice.uniform(0, math.tau)
        at = (dice.uniform(0.2, 0.8) * width, dice.uniform(0.2, 0.8) * height)
        far = reach * dice.uniform(0.2, 0.5)
        end = (at[0] + far * math.cos(angle), at[1] + far * math.sin(angle))
        draw.line([at, end], fill=palette[5], width=2)


def ribbons(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    """Draw flowing bands of lines, woven over each other."""
    width, height = canvas.size
    sky(canvas, (palette[5], mix(palette[5], palette[4], 0.7), palette[5]))
    glow(canvas, (width * 0.5, height * 0.5), max(width, height) * 0.6, palette[4], 0.8)
    draw = ImageDraw.Draw(canvas)
    for band in range(6):
        colour, level = palette[(0, 1, 2, 3, 6, 2)[band]], dice.uniform(0.18, 0.82)
        pace, phase, swing = dice.uniform(0.6, 1.5), dice.uniform(0, math.tau), dice.uniform(0.08, 0.22)
        twist = dice.uniform(0.6, 1.7)
        for strand in range(26):
            part = strand / 25 - 0.5
            line = []
            for x in range(-6, width + 12, 6):
                turn = x / width * math.tau
                wide = 0.17 * math.sin(twist * turn + phase * 2)
                line.append((x, height * (level + swing * math.sin(pace * turn + phase) + part * wide)))
            draw.line(line, fill=mix(colour, palette[5], 0.1 + abs(part) * 0.9), width=2)


def petals(canvas: Image.Image, palette: Palette, dice: Random) -> None:
    """Draw one great flower of turned petals, ring within ring."""
    width, height = canvas.size
    sky(canvas, (mix(palette[0], palette[6], 0.5), mix(palette[1], palette[6], 0.3)))
    centre = (width * dice.uniform(0.42, 0.58), height * dice.uniform(0.44, 0.54))
    glow(canvas, centre, max(width, height) * 0.6, palette[6], 0.8)
    draw = ImageDraw.Draw(canvas)
    reach, count = min(width, height) * dice.uniform(0.42, 0.5), dice.choice((9, 11, 13, 16))
    for ring in range(6):
        size, shift = reach * (1 - ring * 0.155), dice.uniform(0, 1)
        for petal in range(count):
            angle = (petal + shift) / count * math.tau
            colour = mix(palette[5 - ring if ring < 5 else 6], palette[2], 0.12 * (petal % 3))
            draw.polygon(_petal(centre, angle, size, size * 2.6 / count), fill=colour)
    disc(draw, centre, reach * 0.13, palette[6])
    for seed in range(34):
        far, angle = reach * 0.12 * math.sqrt(seed / 34), seed * 2.39996
        at = (centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle))
        disc(draw, at, reach * 0.009, palette[4])


def _petal(centre: tuple[float, float], angle: float, long: float, wide: float) -> list[tuple[float, float]]:
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    outline = []
    for step in range(25):
        turn = step / 24 * math.tau
        far, off = long * (0.5 - 0.5 * math.cos(turn)), wide * math.sin(turn) * (0.75 - 0.45 * math.cos(turn))
        outline.append(
            (centre[0] + along[0] * far + across[0] * off, centre[1] + along[1] * far + across[1] * off)
        )
    return outline
