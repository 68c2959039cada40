"""Real pictures made ready to be sent: unchanged if they fit, smaller if not, never too large."""

import asyncio
import os
import threading
from dataclasses import replace

import pytest
from PIL import Image, ImageCms

from adapters.common import pictures as fitting
from adapters.discord.outbound import message
from adapters.discord.outbound.message import ENVELOPE, OutgoingMessage, prepare
from adapters.discord.render.limits import FILE_LIMIT, MIB, REQUEST_LIMIT
from bot import wording
from bot.port.cards import Card, Chart, Delivered, PictureList, Report
from bot.port.protocols import DeliveryError
from tests.discord.cards import CARDS, picture
from tests.fakes import paintings
from tests.fakes.paintings import decode, encode, reader_of

SIZE = (640, 360)


def noise(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    return paintings.noise(mode, size)


def card(*formats: str) -> Delivered:
    gallery = CARDS["delivered"]
    assert isinstance(gallery, Delivered)
    pictures = (picture(number, format=kind) for number, kind in enumerate(formats, start=1))
    return replace(gallery, pictures=tuple(pictures))


async def prepared(card: Card, *data: bytes | None, limit: int = FILE_LIMIT) -> OutgoingMessage:
    return await prepare(card, reader_of(*data), limit=limit, spoiler=False)


def is_reencoded(out: OutgoingMessage) -> bool:
    """Return whether the card says that pictures were encoded anew."""
    return wording.REENCODED in str(out.view.to_components())


def media_urls(out: OutgoingMessage) -> list[str]:
    (frame,) = out.view.to_components()
    (gallery,) = (item for item in frame["components"] if "items" in item)
    return [item["media"]["url"] for item in gallery["items"]]


async def test_pictures_that_fit_are_sent_byte_for_byte() -> None:
    jpeg, png = encode(noise(), "JPEG"), encode(noise(), "PNG")
    out = await prepared(card("jpeg", "png"), jpeg, png)
    assert [data for _, data in out.attachments] == [jpeg, png]
    assert not is_reencoded(out)


async def test_the_bytes_of_a_file_that_was_sent_are_freed_at_once() -> None:
    out = await prepared(card("png"), b"as it is")
    (first,), (second,) = out.files, out.files
    first.close()  # as discord.py does after a call
    assert first.fp.closed
    assert second.fp.read() == b"as it is"


async def test_a_file_of_exactly_the_limit_fits_and_one_byte_more_does_not() -> None:
    jpeg = encode(noise(), "JPEG", quality=95)
    assert (await prepared(card("jpeg"), jpeg, limit=len(jpeg))).attachments[0][1] == jpeg
    smaller = (await prepared(card("jpeg"), jpeg, limit=len(jpeg) - 1)).attachments[0][1]
    assert len(smaller) < len(jpeg)


async def test_a_large_png_becomes_a_jpeg_and_the_card_says_so() -> None:
    png = encode(noise(), "PNG")
    out = await prepared(card("png"), png, limit=len(png) // 2)
    ((name, data),) = out.attachments
    assert name.endswith("-1.jpeg")
    assert media_urls(out) == [f"attachment://{name}"]
    assert (decode(data).format, decode(data).size) == ("JPEG", SIZE)
    assert is_reencoded(out)


async def test_only_pictures_that_do_not_fit_are_encoded_anew() -> None:
    png, jpeg = encode(noise(), "PNG"), encode(noise(size=(32, 32)), "JPEG")
    out = await prepared(card("png", "jpeg"), png, jpeg, limit=len(png) - 1)
    originals = (png, jpeg)
    is_same = [data == original for (_, data), original in zip(out.attachments, originals, strict=True)]
    assert is_same == [False, True]
    assert is_reencoded(out)


async def test_a_transparent_picture_stays_transparent() -> None:
    picture = noise("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 300, 360))
    png = encode(picture, "PNG")
    out = await prepared(card("png"), png, limit=len(png) // 3)
    ((name, data),) = out.attachments
    assert name.endswith(".webp")
    assert decode(data).format == "WEBP"
    width, height = decode(data).size
    alpha = decode(data).getchannel("A")
    assert alpha.crop((0, 0, width * 290 // 640, height)).getextrema() == (0, 0)
    assert alpha.crop((width * 310 // 640, 0, width, height)).getextrema()[1] > 0


@pytest.mark.parametrize("mode", ["P", "PA", "LA", "L", "I;16", "CMYK", "1"])
async def test_every_kind_of_picture_can_be_made_smaller(mode: str) -> None:
    coarse = Image.merge("RGB", [noise("L")] * 3)
    if mode in ("P", "PA", "LA"):
        image = coarse.convert("RGBA").convert(mode) if mode == "LA" else coarse.quantize(255).convert(mode)
    elif mode == "I;16":
        image = Image.frombytes(mode, SIZE, os.urandom(SIZE[0] * SIZE[1] * 2))
    else:
        image = coarse.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    how = {"transparency": 0} if mode == "P" else {"quality": 95} if mode == "CMYK" else {}
    original = encode(image if mode != "PA" else image.convert("RGBA"), kind, **how)
    out = await prepared(card("png"), original, limit=len(original) - 1)
    ((_, data),) = out.attachments
    assert len(data) < len(original)
    assert decode(data).format == ("WEBP" if mode == "P" else "JPEG")


async def test_a_picture_whose_alpha_is_opaque_everywhere_becomes_a_jpeg() -> None:
    image = noise("RGBA")
    image.putalpha(255)
    png = encode(image, "PNG")
    ((name, _),) = (await prepared(card("png"), png, limit=len(png) // 2)).attachments
    assert name.endswith(".jpeg")


async def test_colours_keep_their_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    png = encode(noise(), "PNG", icc_profile=profile)
    ((_, data),) = (await prepared(card("png"), png, limit=len(png) // 2)).attachments
    assert decode(data).info["icc_profile"] == profile


async def test_for_a_small_limit_a_picture_gets_fewer_pixels() -> None:
    png = encode(noise(), "PNG")
    ((_, data),) = (await prepared(card("png"), png, limit=20_000)).attachments
    width, height = decode(data).size
    assert len(data) <= 20_000
    assert width < SIZE[0]
    assert width / height == pytest.approx(SIZE[0] / SIZE[1], rel=0.02)


async def test_a_picture_that_cannot_be_small_enough_is_a_final_error() -> None:
    with pytest.raises(DeliveryError) as caught:
        await prepared(card("png"), encode(noise(), "PNG"), limit=200)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "data", [b"GIF89a" + b"\0" * 99, b"\xff\xd8\xff\xe0" + b"\0" * 99, b"\x89PNG\r\n\x1a\n"]
)
async def test_bytes_that_are_no_picture_are_a_final_error(data: bytes) -> None:
    with pytest.raises(DeliveryError) as caught:
        await prepared(card("png"), data, limit=5)
    assert not caught.value.retryable


async def test_a_truncated_picture_is_a_final_error() -> None:
    png = encode(noise(), "PNG")
    with pytest.raises(DeliveryError) as caught:
        await prepared(card("png"), png[: len(png) // 2], limit=5_000)
    assert not caught.value.retryable


async def test_all_files_together_fit_one_request() -> None:
    large = encode(noise(), "PNG") + b"\0" * (12 * MIB)  # Pillow stops reading at the picture's end
    small = encode(noise(size=(32, 32)), "JPEG")
    out = await prepared(card("png", "png", "jpeg", "png"), large, large, small, large, limit=100 * MIB)
    sizes = [len(data) for _, data in out.attachments]
    assert sum(sizes) <= REQUEST_LIMIT - ENVELOPE
    assert out.attachments[2][1] == small


@pytest.mark.parametrize(
    ("sizes", "limit", "most"),
    [
        ([1, 2, 3], 10, 10),
        ([], 10, 10),
        ([30 * MIB], 100 * MIB, REQUEST_LIMIT - ENVELOPE),
        ([30 * MIB, 30 * MIB], 100 * MIB, (REQUEST_LIMIT - ENVELOPE) // 2),
        ([30 * MIB, MIB], 100 * MIB, REQUEST_LIMIT - ENVELOPE - MIB),
        ([9 * MIB] * 4, 10 * MIB, (REQUEST_LIMIT - ENVELOPE) // 4),
    ],
)
def test_small_files_leave_their_room_to_large_ones(sizes: list[int], limit: int, most: int) -> None:
    assert message.max_file_bytes(sizes, limit) == most


async def test_a_deleted_picture_is_a_final_error() -> None:
    with pytest.raises(DeliveryError) as caught:
        await prepared(card("jpeg", "jpeg"), encode(noise(), "JPEG"), None)
    assert not caught.value.retryable


async def test_a_store_that_cannot_be_read_just_now_is_a_retryable_error() -> None:
    async def broken(_key: str) -> bytes | None:
        raise OSError("too many open files")

    with pytest.raises(DeliveryError) as caught:
        await prepare(card("jpeg"), broken, limit=FILE_LIMIT, spoiler=False)
    assert caught.value.retryable


async def test_a_chart_is_sent_and_made_smaller_too() -> None:
    report = CARDS["usage"]
    assert isinstance(report, Report)
    assert report.chart
    png = encode(noise(), "PNG")
    out = await prepared(replace(report, chart=Chart(png=png, alt="x")), limit=len(png) // 2)
    ((name, data),) = out.attachments
    assert (name, decode(data).format) == ("chart.jpeg", "JPEG")
    assert is_reencoded(out)


async def test_a_reports_file_is_sent_unchanged() -> None:
    report = CARDS["exported"]
    assert isinstance(report, Report)
    assert report.file
    out = await prepared(report)
    assert out.attachments[1:] == ((report.file.name, report.file.data),)
    assert [file.filename for file in out.files] == ["chart.png", report.file.name]


async def test_a_card_without_pictures_has_no_files() -> None:
    out = await prepared(CARDS["notice"])
    assert out.files == []


async def test_a_message_can_be_sent_more_than_once() -> None:
    jpeg = encode(noise(), "JPEG")
    out = await prepared(card("jpeg"), jpeg)
    for _ in range(2):
        (file,) = out.files
        assert file.fp.read() == jpeg
        file.close()


async def test_pictures_are_encoded_one_at_a_time_and_never_by_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    running, max_running = 0, 0
    original = fitting.encode

    def encode_watched(data: bytes, limit: int, clear: fitting.TransparentFormat) -> tuple[str, bytes] | None:
        nonlocal running, max_running
        running += 1
        max_running = max(max_running, running)
        threads.append(threading.get_ident())
        try:
            return original(data, limit, clear)
        finally:
            running -= 1

    monkeypatch.setattr(fitting, "encode", encode_watched)
    png = encode(noise(size=(200, 200)), "PNG")
    await asyncio.gather(*(prepared(card("png", "png"), png, png, limit=len(png) - 1) for _ in range(8)))
    assert max_running == 1
    assert len(threads) == 16
    assert threading.get_ident() not in threads


async def test_a_list_brings_small_pictures_and_leaves_out_those_that_are_gone_or_broken() -> None:
    listed = CARDS["list"]
    assert isinstance(listed, PictureList)
    photo = encode(noise(size=(2_000, 1_500)), "JPEG")
    answers = iter([photo, None, b"no picture", photo])

    async def read(_: str) -> bytes | None:
        return next(answers)

    out = await prepare(listed, read, limit=FILE_LIMIT, spoiler=True)
    jobs = [job.choose.target for job in listed.jobs]
    assert [name for name, _ in out.attachments] == [f"{jobs[0]}.jpeg", f"{jobs[4]}.jpeg"]
    assert all(len(data) < 100_000 and max(decode(data).size) == 320 for _, data in out.attachments)
    (frame,) = out.view.to_components()
    thumbnails = [part["accessory"] for part in frame["components"] if "accessory" in part]
    assert [each["media"]["url"] for each in thumbnails] == [f"attachment://{jobs[at]}.jpeg" for at in (0, 4)]
    assert {each["spoiler"] for each in thumbnails} == {True}
    assert str(frame).count("> a red fox") == 5, "each job keeps its words"


async def test_a_store_that_fails_costs_a_list_its_pictures_alone() -> None:
    async def fail(_: str) -> bytes:
        raise OSError("the disk is gone")

    out = await prepare(CARDS["list"], fail, limit=FILE_LIMIT, spoiler=False)
    assert out.attachments == ()
    assert "> a red fox" in str(out.view.to_components())
