"""Pictures scaled down for a grid."""

import asyncio
import io

import pytest
from PIL import Image

from bot.finding import thumbnails
from bot.finding.thumbnails import CACHE_BYTES, SIDE, Thumbnails, scale


def encode(image: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((width, height), 90).convert(mode)


class Store:
    """The part of a store that is read; `most` is how many pictures were read and not scaled yet."""

    def __init__(self, **pictures: bytes) -> None:
        self.pictures = pictures
        self.reads: list[str] = []

    async def get(self, key: str) -> bytes | None:
        self.reads.append(key)
        await asyncio.sleep(0)
        return self.pictures.get(key)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "small"), [((1024, 1024), (480, 480)), ((1600, 900), (480, 270)), ((900, 1600), (270, 480))]
)
def test_a_picture_is_scaled_to_the_size_of_a_tile(
    form: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    with Image.open(io.BytesIO(scale(encode(noise(*size), form)))) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", small, "RGB")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_turned_picture_stands_upright(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    out = io.BytesIO()
    noise(1600, 800).save(out, form, exif=exif)
    with Image.open(io.BytesIO(scale(out.getvalue()))) as image:
        assert image.size == (240, 480)
        assert not image.getexif()


def test_what_is_transparent_stays_so() -> None:
    picture = noise(1024, 1024, "RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 512, 1024))
    with Image.open(io.BytesIO(scale(encode(picture)))) as image:
        assert (image.format, image.size) == ("WEBP", (SIDE, SIDE))
        assert image.convert("RGBA").getchannel("A").getpixel((10, 10)) == 0


@pytest.mark.parametrize(
    "data", [b"", b"no picture", encode(noise(900, 900))[:2_000], encode(Image.new("L", (4, 3))), b"GIF89a"]
)
def test_what_cannot_be_decoded_or_made_smaller_stays_as_it_is(data: bytes) -> None:
    assert scale(data) == data


def test_a_giant_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    giant, decoded = encode(Image.new("1", (8_000, 8_000))), []
    monkeypatch.setattr(Image.Image, "convert", lambda image, _mode: decoded.append(image))
    assert scale(giant) == giant
    assert decoded == []


async def test_a_picture_is_scaled_once_and_the_last_are_kept() -> None:
    store = Store(fox=encode(noise(1024, 1024)))
    made = Thumbnails(store)  # type: ignore[arg-type]
    first = await made.get("fox")
    assert first is not None
    assert {*await asyncio.gather(*(made.get("fox") for _ in range(20)))} == {first}
    assert store.reads == ["fox"]
    assert await made.get("gone") is await made.get("gone") is None
    assert store.reads == ["fox", "gone", "gone"]


async def test_many_at_once_hold_few_originals(monkeypatch: pytest.MonkeyPatch) -> None:
    held, most = 0, 0

    class Counting(Store):
        async def get(self, key: str) -> bytes | None:
            nonlocal held, most
            held += 1
            most = max(most, held)
            return await super().get(key)

    def scaled(data: bytes) -> bytes:
        nonlocal held
        held -= 1
        return data[:1]

    monkeypatch.setattr(thumbnails, "scale", scaled)
    store = Counting(**{str(number): bytes(1_000) for number in range(100)})
    made = Thumbnails(store)  # type: ignore[arg-type]
    assert set(await asyncio.gather(*(made.get(str(number)) for number in range(100)))) == {b"\0"}
    assert most <= thumbnails.AT_ONCE


async def test_the_memory_of_what_was_scaled_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    part = CACHE_BYTES // 4
    monkeypatch.setattr(thumbnails, "scale", lambda data: data[:part])
    store = Store(**{str(number): bytes(part + 1) for number in range(9)}, giant=bytes(CACHE_BYTES * 3))
    made = Thumbnails(store)  # type: ignore[arg-type]
    for number in range(9):
        await made.get(str(number))
    assert made._made.currsize <= CACHE_BYTES
    monkeypatch.setattr(thumbnails, "scale", lambda data: data[:-1])
    assert len(await made.get("giant") or b"") == CACHE_BYTES * 3 - 1  # larger than the memory: not kept
