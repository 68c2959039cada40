"""The contact sheet of a comparison, by its pixels."""

import io

import pytest
from PIL import Image

from bot.compare.sheet import TILE, Tile, contact_sheet
from tests.bot.references.pictures import encode


def tile(colour: str | None, size: tuple[int, int] = (160, 90), **changes: str) -> Tile:
    picture = None if colour is None else encode(Image.new("RGB", size, colour))
    return Tile(**{"label": "Imagen 4 Fast", "facts": "4 s · $0.03", "picture": picture, **changes})


def opened(tiles: list[Tile], ratio: tuple[int, int] = (16, 9)) -> Image.Image:
    drawing = contact_sheet(tiles, ratio)
    picture = Image.open(io.BytesIO(drawing.data)).convert("RGB")
    assert picture.size == (drawing.width, drawing.height)
    return picture


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2), (8, 2, 4)]
)
@pytest.mark.parametrize("ratio", [(1, 1), (16, 9), (9, 16), (2, 3)])
def test_every_tile_stands_in_two_columns(
    count: int, columns: int, rows: int, ratio: tuple[int, int]
) -> None:
    picture = opened([tile("red")] * count, ratio)
    width = round(ratio[0] * TILE / max(ratio))
    assert picture.width == 16 + columns * (width + 16)
    assert picture.height > rows * round(ratio[1] * TILE / max(ratio))


def test_tiles_are_in_order_and_whole() -> None:
    picture = opened([tile("red"), tile("lime"), tile("blue")])
    width, height = picture.size
    places = [(width // 4, height // 5), (width * 3 // 4, height // 5), (width // 4, height * 7 // 10)]
    assert [picture.getpixel(place).index(max(picture.getpixel(place))) for place in places] == [0, 1, 2]


def test_a_picture_of_another_shape_is_shown_whole() -> None:
    picture = opened([tile("red", (90, 90))])
    middle, edge = picture.getpixel((picture.width // 2, 200)), picture.getpixel((30, 200))
    assert middle[0] > 200 > 60 > max(edge)


def test_what_is_transparent_shows_the_tile() -> None:
    clear = encode(Image.new("RGBA", (160, 90), (255, 0, 0, 0)))
    picture = opened([Tile(label="a", facts="b", picture=clear)])
    assert max(picture.getpixel((picture.width // 2, 200))) < 80


def test_a_tier_without_a_picture_shows_its_reason_within_the_tile() -> None:
    blank = opened([tile(None, reason="")])
    reason = "The safety filter rejected this prompt. " * 3 + "x" * 300
    written = opened([tile(None, label="long " * 60, reason=reason)])
    blank_words, words = (brightest(each, (0, 100, each.width, 300)) for each in (blank, written))
    assert (blank_words < 60, words > 120) == (True, True)
    margins = [(x, 0, x + 16, written.height) for x in (0, written.width - 16)]
    assert all(brightest(written, box) < 60 for box in margins)


def brightest(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return the brightest level of any colour in a box."""
    return max(top for _, top in picture.crop(box).getextrema())
