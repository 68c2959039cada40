"""A picture that is encoded anew looks as before, turned as its Exif says."""

import io

import pytest
from PIL import Image, ImageOps

from adapters.common.pictures import THUMBNAIL_SIDE, encode, encode_thumbnail


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_stays_turned(kind: str, mode: str, orientation: int) -> None:
    if (kind, mode) == ("JPEG", "RGBA"):
        pytest.skip("a JPEG has no transparency")
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.new(mode, (80, 40), (0, 0, 255, 128)[: len(mode)])
    picture.paste((255, 0, 0, 128)[: len(mode)], (0, 0, 40, 20))  # a red corner
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    answer = encode(out.getvalue(), 1 << 20, "PNG")
    assert answer is not None
    with Image.open(io.BytesIO(out.getvalue())) as before, Image.open(io.BytesIO(answer[1])) as after:
        upright = ImageOps.exif_transpose(before)
        assert upright.size == after.size == ((80, 40) if orientation < 5 else (40, 80))
        assert not after.getexif()
        assert red_corner(upright.convert("RGB")) == red_corner(after.convert("RGB"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_thumbnail_is_small_upright_and_on_white(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    mode = "RGB" if kind == "JPEG" else "RGBA"
    picture = Image.new(mode, (2_000, 1_000), (255, 255, 255, 0)[: len(mode)])
    picture.paste((255, 0, 0, 255)[: len(mode)], (0, 0, 900, 450))
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    with Image.open(io.BytesIO(encode_thumbnail(out.getvalue()))) as small:
        assert (small.format, small.mode, small.size) == (
            "JPEG",
            "RGB",
            (THUMBNAIL_SIDE // 2, THUMBNAIL_SIDE),
        )
        red, white = small.getpixel((120, 40)), small.getpixel((20, 300))
    assert [channel > 200 for channel in (*red, *white)] == [True, False, False, True, True, True]  # type: ignore[misc]


def red_corner(picture: Image.Image) -> tuple[int, int]:
    """Return the number of the corner's column and row: 0 or 1 each."""
    wide, high = picture.size
    [corner] = [
        (column, row)
        for column in (0, 1)
        for row in (0, 1)
        if picture.getpixel((column * (wide - 8) + 4, row * (high - 8) + 4))[0] > 128  # type: ignore[index]
    ]
    return corner
