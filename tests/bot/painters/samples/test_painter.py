import asyncio
import io
import threading
from dataclasses import replace

import pytest
from PIL import Image

from bot.painters.port import Drawing, Painter, PaintOrder
from bot.painters.samples import painter as sample
from bot.painters.samples.painter import SamplePainter
from quotas.catalog import load_catalog

CATALOG = load_catalog()


def order(
    prompt: str = "a red fox in snow",
    tier: str = "fast",
    ratio: str = "16:9",
    images: int = 1,
    transparent: bool = False,
) -> PaintOrder:
    return PaintOrder(
        job="01ABC",
        prompt=prompt,
        tier=CATALOG.tiers[tier],
        quality="",
        ratio=ratio,
        images=images,
        transparent=transparent,
        costs={"image": 30_000},
    )


async def draw(order_: PaintOrder) -> tuple[Drawing, ...]:
    painter: Painter = SamplePainter(speed=0)
    outcome = await painter.draw(order_)
    assert outcome == type(outcome)(drawings=outcome.drawings)  # nothing missing, nothing billed
    return outcome.drawings


def load(drawing: Drawing) -> Image.Image:
    picture = Image.open(io.BytesIO(drawing.data))
    picture.load()
    assert picture.size == (drawing.width, drawing.height)
    return picture


@pytest.mark.parametrize(("tier", "ratio"), [("fast", ratio) for ratio in CATALOG.ratios] + [("gpt", "16:9")])
async def test_a_sample_has_the_tiers_own_size(tier: str, ratio: str) -> None:
    (drawing,) = await draw(order(tier=tier, ratio=ratio))
    picture = load(drawing)
    assert picture.size == CATALOG.tiers[tier].sizes[ratio]
    assert (picture.format, drawing.format, picture.mode) == ("JPEG", "jpeg", "RGB")
    assert len(drawing.data) < 600_000


async def test_the_same_order_gives_the_same_bytes_and_any_other_does_not() -> None:
    base = order(images=2)
    once, again = await draw(base), await draw(base)
    assert once == again
    others = [order("a blue whale"), order(tier="ultra"), order(ratio="9:16")]
    pictures = [*once, *[(await draw(other))[0] for other in others]]
    assert len({_above_the_label(picture) for picture in pictures}) == 5


async def test_another_number_of_variants_changes_only_the_label() -> None:
    (one,), (four, *_) = await draw(order()), await draw(order(images=4))
    assert _above_the_label(one) == _above_the_label(four)
    assert one.data != four.data


def _above_the_label(drawing: Drawing) -> bytes:
    picture = load(drawing)
    return picture.crop((0, 0, picture.width, picture.height // 2)).tobytes()


@pytest.mark.parametrize("scene", sample._SCENES)
async def test_each_scene_draws_in_every_direction(scene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "_SCENES", {scene: sample._SCENES[scene]})
    monkeypatch.setattr(sample, "_SCENE_WORDS", {scene: ""})
    for ratio in ("16:9", "9:16"):
        for variant in await draw(order("one two three", ratio=ratio)):
            colours = load(variant).resize((64, 64)).getcolors(4096)
            assert colours is not None
            assert len(colours) > 30


async def test_words_of_the_prompt_choose_scene_and_palette() -> None:
    night, snow = await draw(order("night over the sea")), await draw(order("a fox in snow"))
    assert _light(night[0]) < 80 < 160 < _light(snow[0])


async def test_a_prompt_about_a_fox_shows_one() -> None:
    def reds(picture: Image.Image) -> int:
        pixels = picture.convert("RGB").tobytes()
        return sum(
            red > 190 and 60 < green < 125 and blue < 75
            for red, green, blue in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)
        )

    with_fox, without = await draw(order("a fox in snow")), await draw(order("a hare in snow"))
    assert reds(load(with_fox[0])) > 5_000 > 100 > reds(load(without[0]))


def _light(drawing: Drawing) -> float:
    return sum(load(drawing).convert("L").resize((32, 32)).tobytes()) / 1024


async def test_transparent_is_a_png_with_clear_corners() -> None:
    (drawing,) = await draw(order("a sticker", tier="gpt", ratio="1:1", transparent=True))
    picture = load(drawing)
    assert (picture.format, drawing.format, picture.mode) == ("PNG", "png", "RGBA")
    alpha = picture.getchannel("A")
    assert [alpha.getpixel(at) for at in ((0, 0), (1023, 0), (0, 1023), (512, 512))] == [0, 0, 0, 255]


async def test_the_label_says_sample_in_every_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    labels: list[str] = []
    real = sample._label

    def label(picture: Image.Image, text: str) -> None:
        before = picture.copy()
        real(picture, text)
        labels.append(text)
        foot = (0, picture.height * 9 // 10, picture.width, picture.height)
        assert (
            picture.crop((0, 0, *foot[2:3], foot[1])).tobytes()
            == before.crop((0, 0, *foot[2:3], foot[1])).tobytes()
        )
        assert (255, 255, 255) in {colour[:3] for _, colour in picture.crop(foot).getcolors(1 << 20)}

    monkeypatch.setattr(sample, "_label", label)
    await draw(order(images=2))
    await draw(order(tier="gpt", ratio="2:3", transparent=True))
    assert labels == [
        "sample · Imagen 4 Fast · 1 of 2",
        "sample · Imagen 4 Fast · 2 of 2",
        "sample · GPT-Image-2 · 1 of 1",
    ]


async def test_drawing_leaves_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    real = sample._drawing
    monkeypatch.setattr(
        sample, "_drawing", lambda *args: (threads.add(threading.get_ident()), real(*args))[1]
    )
    await draw(order(images=2))
    assert threads
    assert threading.get_ident() not in threads


async def test_speed_sets_the_pace_by_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    real = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: waited.append(seconds) or real(0))
    for tier in CATALOG.enabled:
        await SamplePainter(speed=1).draw(order(tier=tier))
    await SamplePainter(speed=0).draw(order())
    assert waited == [*sorted(waited[:-1]), 0]
    assert 0.8 <= waited[0] < waited[3] == 2.5


@pytest.mark.parametrize("prompt", ["", "\ud800", "x" * 2_000, "лиса"])
async def test_any_prompt_draws(prompt: str) -> None:
    assert load((await draw(order(prompt)))[0])


async def test_the_sample_painter_is_always_available_and_free() -> None:
    painter = SamplePainter(speed=0)
    assert [painter.unavailable(tier) for tier in CATALOG.enabled.values()] == [None] * 4
    assert not painter.billed
    await painter.close()


async def test_an_edit_shows_its_references_and_keeps_to_its_mask() -> None:
    base = Image.new("RGB", (96, 54), "magenta")
    out = io.BytesIO()
    base.save(out, "png")
    first = Drawing(data=out.getvalue(), format="png", width=96, height=54)
    clear = Image.new("RGBA", (96, 54), (0, 0, 0, 255))
    clear.paste((0, 0, 0, 0), (0, 0, 48, 54))
    out = io.BytesIO()
    clear.save(out, "png")
    mask = Drawing(data=out.getvalue(), format="png", width=96, height=54)
    plain, edit, masked = [
        load((await draw(replace(order(), references=references, mask=within)))[0])
        for references, within in [((), None), ((first,), None), ((first,), mask)]
    ]
    width, height = plain.size
    left, right = (width // 8, height // 8), (width * 7 // 8, height // 8)
    assert edit.getpixel(left) not in (plain.getpixel(left), (255, 0, 255)), "both are seen"
    assert plain.getpixel(left) == masked.getpixel(left)
    red, green, blue = masked.getpixel(right)
    assert min(red, blue) > 230 > 30 > green, "what is protected stays"
