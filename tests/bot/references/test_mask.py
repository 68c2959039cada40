"""Masks: what may change, in every way that people draw it; and what should have stayed, put back."""

import io
import time
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from bot.painters.port import Drawing
from bot.references.adherence import keep_protected
from bot.references.check import BadReference, prepare, write
from bot.references.mask import read_mask
from tests.bot.references.pictures import encode, photo

SIZE = (96, 64)


def opened(drawing: Drawing) -> Image.Image:
    return Image.open(io.BytesIO(drawing.data))


def hole(size: tuple[int, int] = SIZE, background: int = 255, inside: int = 0) -> Image.Image:
    """Draw the middle of a grey picture."""
    picture = Image.new("L", size, background)
    width, height = size
    ImageDraw.Draw(picture).rectangle((width // 4, height // 4, width * 3 // 4, height * 3 // 4), fill=inside)
    return picture


def with_alpha(alpha: Image.Image) -> Image.Image:
    picture = Image.new("RGBA", alpha.size, "green")
    picture.putalpha(alpha)
    return picture


@pytest.mark.parametrize(
    "sent",
    [encode(with_alpha(hole())), encode(hole(background=0, inside=255)), encode(hole((192, 128), 0, 255))],
    ids=["transparent", "white on black", "twice as large"],
)
def test_what_is_transparent_or_white_may_change(sent: bytes) -> None:
    mask = read_mask("mask.png", sent, SIZE)
    assert mask is not None
    assert (mask.format, mask.width, mask.height) == ("png", *SIZE)
    alpha = opened(mask).getchannel("A")
    assert (alpha.getpixel((48, 32)), alpha.getpixel((2, 2))) == (0, 255)


def test_a_mask_is_small_whatever_it_shows() -> None:
    noise = Image.effect_noise((1536, 1536), 200)
    mask = read_mask("mask.png", encode(noise), (1536, 1536))
    assert mask is not None
    assert len(mask.data) < 4_000_000


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (Image.new("L", SIZE, 0), "lets nothing change"),
        (Image.new("RGB", SIZE, "black"), "lets nothing change"),
        (hole((64, 64)), "64 × 64, and your picture is 96 × 64"),
    ],
)
def test_a_mask_that_cannot_be_used(sent: Image.Image, words: str) -> None:
    with pytest.raises(BadReference, match=words):
        read_mask("mask.png", encode(sent), SIZE)


@pytest.mark.parametrize("sent", [with_alpha(Image.new("L", SIZE, 0)), Image.new("L", SIZE, 255)])
def test_a_mask_that_lets_everything_change_is_none(sent: Image.Image) -> None:
    assert read_mask("mask.png", encode(sent), SIZE) is None


def original() -> Drawing:
    return prepare("fox", encode(photo(960, 640)))


def mask_of(size: tuple[int, int]) -> Drawing:
    mask = read_mask("mask.png", encode(hole(size, 0, 255)), size)
    assert mask is not None
    return mask


def drawn(picture: Image.Image) -> Drawing:
    return Drawing(
        data=encode(picture, "jpeg", quality=85), format="jpeg", width=picture.width, height=picture.height
    )


def difference(one: Drawing, other: Drawing, box: tuple[int, int, int, int]) -> float:
    """Return the mean difference of two pictures in a box, in levels of 255."""
    first, second = opened(one).convert("RGB").crop(box), opened(other).convert("RGB").crop(box)
    return max(ImageStat.Stat(ImageChops.difference(first, second)).mean)


def test_a_gateway_that_ignores_the_mask_changes_nothing_outside() -> None:
    before = original()
    ignored = drawn(Image.new("RGB", (1024, 683), "green"))
    checked = keep_protected(ignored, before, mask_of((960, 640)))
    assert checked.restored
    assert checked.changed > 0.9
    assert (checked.drawing.width, checked.drawing.height) == (960, 640)
    for box in [(0, 0, 240, 640), (720, 0, 960, 640), (0, 0, 960, 160), (0, 480, 960, 640)]:
        assert difference(checked.drawing, before, box) < 0.8
    middle = opened(checked.drawing).convert("RGB").getpixel((480, 320))
    assert middle[1] > 100 > max(middle[0], middle[2]), "what may change is as it was drawn"


def test_a_picture_that_keeps_to_the_mask_is_left_alone() -> None:
    before = original()
    picture = opened(before).convert("RGB")
    picture.paste("green", (240, 160, 721, 481))
    checked = keep_protected(drawn(picture), before, mask_of((960, 640)))
    assert not checked.restored
    assert checked.changed < 0.01


def test_the_edge_is_soft() -> None:
    before = prepare("white", encode(Image.new("RGB", (960, 640), "white")))
    checked = keep_protected(drawn(Image.new("RGB", (960, 640), "black")), before, mask_of((960, 640)))
    row = [opened(checked.drawing).convert("L").getpixel((x, 320)) for x in range(230, 270)]
    assert row[0] > 250
    assert row[-1] < 5
    assert len({value // 25 for value in row}) > 4, "no hard step"


def test_no_step_takes_long_beside_what_must_be_done() -> None:
    """A filter that holds the interpreter for seconds would stop the event loop, too."""
    size = (1536, 1024)
    before, mask = prepare("fox", encode(photo(*size))), mask_of(size)
    noise = Image.effect_noise(size, 90).convert("RGB")
    picture = drawn(noise)
    usual = _cpu(lambda: write(noise, "png"))
    assert _cpu(lambda: keep_protected(picture, before, mask)) < 2 * usual


def _cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this thread, the least of three tries."""
    seconds = []
    for _ in range(3):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return min(seconds)
