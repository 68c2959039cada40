"""Real pictures for Slack: unchanged if it shows them, else encoded again; never too large."""

import asyncio
import threading
from dataclasses import replace

import pytest
from PIL import Image

from adapters.common import pictures
from adapters.slack.outbound.pictures import PreparedFiles, prepare, shown_format
from adapters.slack.render.limits import FILE_LIMIT, UPLOAD_ALT_LIMIT
from bot import wording
from bot.port.cards import Card, Chart, Delivered, Report
from bot.port.protocols import DeliveryError
from tests.discord.cards import picture
from tests.fakes.paintings import decode, encode, noise, reader_of
from tests.slack.cards import CARDS, HEAD

SIZE = (320, 180)


def card(*formats: str) -> Delivered:
    delivered = CARDS["delivered"]
    assert isinstance(delivered, Delivered)
    return replace(
        delivered, pictures=tuple(picture(n, format=each) for n, each in enumerate(formats, start=1))
    )


def half_transparent(size: tuple[int, int] = SIZE) -> Image.Image:
    """Make noise whose left half is transparent."""
    image = noise("RGBA", size)
    image.putalpha(255)
    image.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    return image


async def prepare_all(card: Card, *data: bytes | None, limit: int = FILE_LIMIT) -> PreparedFiles:
    return await prepare(card, reader_of(*data), limit=limit)


@pytest.mark.parametrize(("format_", "ending"), [("JPEG", "jpeg"), ("PNG", "png"), ("GIF", "gif")])
async def test_a_picture_that_slack_shows_is_not_changed(format_: str, ending: str) -> None:
    data = encode(noise("L" if format_ == "GIF" else "RGB", SIZE), format_)
    out = await prepare_all(card(ending), data)
    ((file,), extra) = out.files, out.extra
    assert (file.name, file.data, extra) == (f"{HEAD.job}-1.{ending}", data, ())
    assert shown_format(data) == ending


async def test_webp_becomes_a_jpeg_of_the_same_size() -> None:
    webp = encode(noise("RGB", SIZE), "WEBP", quality=80)
    out = await prepare_all(card("webp"), webp)
    (file,) = out.files
    assert file.name == f"{HEAD.job}-1.jpeg"
    assert (decode(file.data).format, decode(file.data).size) == ("JPEG", SIZE)
    assert out.extra == ()


async def test_transparency_is_kept() -> None:
    (file,) = (await prepare_all(card("webp"), encode(half_transparent(), "WEBP", lossless=True))).files
    image = decode(file.data)
    assert (file.name, image.format) == (f"{HEAD.job}-1.png", "PNG")
    assert image.getchannel("A").crop((0, 0, 160, 180)).getextrema() == (0, 0)
    assert image.getchannel("A").crop((160, 0, 320, 180)).getextrema() == (255, 255)


async def test_a_file_of_the_limits_size_is_not_changed_and_one_byte_more_is() -> None:
    jpeg = encode(noise("RGB", SIZE), "JPEG", quality=95)
    assert (await prepare_all(card("jpeg"), jpeg, limit=len(jpeg))).files[0].data == jpeg
    out = await prepare_all(card("jpeg"), jpeg, limit=len(jpeg) - 1)
    assert len(out.files[0].data) < len(jpeg)
    assert out.extra == (wording.REENCODED,)


async def test_only_pictures_that_slack_does_not_show_are_encoded_anew() -> None:
    webp, jpeg = encode(noise("RGB", SIZE), "WEBP"), encode(noise("RGB", SIZE), "JPEG")
    out = await prepare_all(card("webp", "jpeg"), webp, jpeg)
    assert [file.data == data for file, data in zip(out.files, (webp, jpeg), strict=True)] == [False, True]


async def test_a_large_transparent_picture_gets_fewer_pixels() -> None:
    png = encode(half_transparent(), "PNG")
    (file,) = (await prepare_all(card("png"), png, limit=len(png) // 3)).files
    image = decode(file.data)
    assert len(file.data) <= len(png) // 3
    assert (image.format, image.mode) == ("PNG", "RGBA")
    assert image.width / image.height == pytest.approx(SIZE[0] / SIZE[1], rel=0.02)


async def test_an_opaque_picture_with_an_alpha_channel_becomes_a_jpeg() -> None:
    image = noise("RGBA", SIZE)
    image.putalpha(255)
    png = encode(image, "PNG")
    assert shown_format((await prepare_all(card("png"), png, limit=len(png) // 2)).files[0].data) == "jpeg"


async def test_a_picture_that_cannot_be_made_small_enough_gives_a_final_error() -> None:
    for image in (noise("RGB", SIZE), half_transparent()):
        with pytest.raises(DeliveryError) as caught:
            await prepare_all(card("png"), encode(image, "PNG"), limit=200)
        assert not caught.value.retryable


@pytest.mark.parametrize(
    "data", [b"RIFF\0\0\0\0WEBP" + b"\0" * 99, b"<svg/>", b"", b"\0\0\0\x1cftypavif" + b"\0" * 99]
)
async def test_bytes_that_are_no_picture_give_a_final_error(data: bytes) -> None:
    with pytest.raises(DeliveryError) as caught:
        await prepare_all(card("webp"), data)
    assert not caught.value.retryable


async def test_deleted_pictures_give_a_final_error() -> None:
    with pytest.raises(DeliveryError) as caught:
        await prepare_all(card("jpeg", "jpeg"), encode(noise("RGB", SIZE), "JPEG"), None)
    assert not caught.value.retryable


async def test_a_read_error_gives_a_retryable_error() -> None:
    async def broken(_key: str) -> bytes | None:
        raise OSError("too many open files")

    with pytest.raises(DeliveryError) as caught:
        await prepare(card("jpeg"), broken)
    assert caught.value.retryable


async def test_every_file_has_an_alt_text_that_names_its_number() -> None:
    head = replace(HEAD, prompt="fox " * 400)
    delivered = replace(card(), header=head, pictures=tuple(picture(n, head.prompt) for n in (1, 2)))
    jpeg = encode(noise("RGB", SIZE), "JPEG")
    alts = [file.alt for file in (await prepare_all(delivered, jpeg, jpeg)).files]
    assert [alt[-10:] for alt in alts] == ["… (1 of 4)", "… (2 of 4)"]
    assert all(len(alt) <= UPLOAD_ALT_LIMIT for alt in alts)


async def test_a_reports_chart_is_a_file() -> None:
    report = CARDS["usage"]
    assert isinstance(report, Report)
    png = encode(noise("RGB", SIZE), "PNG")
    (file,) = (await prepare_all(replace(report, chart=Chart(png=png, alt="$0.24")))).files
    assert (file.name, file.data, file.alt) == ("chart.png", png, "$0.24")


async def test_a_card_without_pictures_reads_none() -> None:
    assert await prepare_all(CARDS["notice"]) == PreparedFiles((), ())


async def test_pictures_are_encoded_one_at_a_time_and_not_in_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    active, highest = 0, 0
    original = pictures.encode

    def watch(data: bytes, limit: int, clear: pictures.TransparentFormat) -> tuple[str, bytes] | None:
        nonlocal active, highest
        active += 1
        highest = max(highest, active)
        threads.append(threading.get_ident())
        try:
            return original(data, limit, clear)
        finally:
            active -= 1

    monkeypatch.setattr(pictures, "encode", watch)
    webp = encode(noise("RGB", (64, 64)), "WEBP")
    await asyncio.gather(*(prepare_all(card("webp", "webp"), webp, webp) for _ in range(8)))
    assert (highest, len(threads), len(set(threads))) == (1, 16, 1)
    assert threading.get_ident() not in threads
