"""Real pictures made ready for Slack: as they are where it shows them, else encoded anew; never too large."""

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
    given = CARDS["delivered"]
    assert isinstance(given, Delivered)
    return replace(given, pictures=tuple(picture(n, format=each) for n, each in enumerate(formats, start=1)))


def shining(size: tuple[int, int] = SIZE) -> Image.Image:
    """Half of it lets through what is behind."""
    image = noise("RGBA", size)
    image.putalpha(255)
    image.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    return image


async def fitted(card: Card, *data: bytes | None, limit: int = FILE_LIMIT) -> PreparedFiles:
    return await prepare(card, reader_of(*data), limit=limit)


@pytest.mark.parametrize(("kind_", "ending"), [("JPEG", "jpeg"), ("PNG", "png"), ("GIF", "gif")])
async def test_what_slack_shows_goes_out_byte_for_byte(kind_: str, ending: str) -> None:
    data = encode(noise("L" if kind_ == "GIF" else "RGB", SIZE), kind_)
    out = await fitted(card(ending), data)
    ((file,), extra) = out.files, out.extra
    assert (file.name, file.data, extra) == (f"{HEAD.job}-1.{ending}", data, ())
    assert shown_format(data) == ending


async def test_webp_becomes_a_jpeg_of_the_same_size() -> None:
    webp = encode(noise("RGB", SIZE), "WEBP", quality=80)
    out = await fitted(card("webp"), webp)
    (file,) = out.files
    assert file.name == f"{HEAD.job}-1.jpeg"
    assert (decode(file.data).format, decode(file.data).size) == ("JPEG", SIZE)
    assert out.extra == ()


async def test_what_shines_through_still_does() -> None:
    (file,) = (await fitted(card("webp"), encode(shining(), "WEBP", lossless=True))).files
    shown = decode(file.data)
    assert (file.name, shown.format) == (f"{HEAD.job}-1.png", "PNG")
    assert shown.getchannel("A").crop((0, 0, 160, 180)).getextrema() == (0, 0)
    assert shown.getchannel("A").crop((160, 0, 320, 180)).getextrema() == (255, 255)


async def test_a_file_of_exactly_the_limit_fits_and_one_byte_more_does_not() -> None:
    jpeg = encode(noise("RGB", SIZE), "JPEG", quality=95)
    assert (await fitted(card("jpeg"), jpeg, limit=len(jpeg))).files[0].data == jpeg
    out = await fitted(card("jpeg"), jpeg, limit=len(jpeg) - 1)
    assert len(out.files[0].data) < len(jpeg)
    assert out.extra == (wording.REENCODED,)


async def test_only_what_slack_does_not_show_is_encoded_anew() -> None:
    webp, jpeg = encode(noise("RGB", SIZE), "WEBP"), encode(noise("RGB", SIZE), "JPEG")
    out = await fitted(card("webp", "jpeg"), webp, jpeg)
    assert [file.data == data for file, data in zip(out.files, (webp, jpeg), strict=True)] == [False, True]


async def test_what_is_large_and_shines_through_gets_fewer_pixels() -> None:
    png = encode(shining(), "PNG")
    (file,) = (await fitted(card("png"), png, limit=len(png) // 3)).files
    shown = decode(file.data)
    assert len(file.data) <= len(png) // 3
    assert (shown.format, shown.mode) == ("PNG", "RGBA")
    assert shown.width / shown.height == pytest.approx(SIZE[0] / SIZE[1], rel=0.02)


async def test_a_picture_that_is_opaque_all_over_becomes_a_jpeg() -> None:
    image = noise("RGBA", SIZE)
    image.putalpha(255)
    png = encode(image, "PNG")
    assert shown_format((await fitted(card("png"), png, limit=len(png) // 2)).files[0].data) == "jpeg"


async def test_a_picture_that_cannot_be_small_enough_is_not_tried_again() -> None:
    for given in (noise("RGB", SIZE), shining()):
        with pytest.raises(DeliveryError) as caught:
            await fitted(card("png"), encode(given, "PNG"), limit=200)
        assert not caught.value.retryable


@pytest.mark.parametrize(
    "data", [b"RIFF\0\0\0\0WEBP" + b"\0" * 99, b"<svg/>", b"", b"\0\0\0\x1cftypavif" + b"\0" * 99]
)
async def test_bytes_that_are_no_picture_are_not_tried_again(data: bytes) -> None:
    with pytest.raises(DeliveryError) as caught:
        await fitted(card("webp"), data)
    assert not caught.value.retryable


async def test_pictures_that_are_gone_are_not_tried_again() -> None:
    with pytest.raises(DeliveryError) as caught:
        await fitted(card("jpeg", "jpeg"), encode(noise("RGB", SIZE), "JPEG"), None)
    assert not caught.value.retryable


async def test_a_store_that_cannot_be_read_just_now_is_tried_again() -> None:
    async def broken(_key: str) -> bytes | None:
        raise OSError("too many open files")

    with pytest.raises(DeliveryError) as caught:
        await prepare(card("jpeg"), broken)
    assert caught.value.retryable


async def test_every_file_says_what_it_shows() -> None:
    head = replace(HEAD, prompt="fox " * 400)
    given = replace(card(), header=head, pictures=tuple(picture(n, head.prompt) for n in (1, 2)))
    jpeg = encode(noise("RGB", SIZE), "JPEG")
    alts = [file.alt for file in (await fitted(given, jpeg, jpeg)).files]
    assert [alt[-10:] for alt in alts] == ["… (1 of 4)", "… (2 of 4)"]
    assert all(len(alt) <= UPLOAD_ALT_LIMIT for alt in alts)


async def test_a_chart_goes_along() -> None:
    report = CARDS["usage"]
    assert isinstance(report, Report)
    png = encode(noise("RGB", SIZE), "PNG")
    (file,) = (await fitted(replace(report, chart=Chart(png=png, alt="$0.24")))).files
    assert (file.name, file.data, file.alt) == ("chart.png", png, "$0.24")


async def test_a_card_without_pictures_asks_for_none() -> None:
    assert await fitted(CARDS["notice"]) == PreparedFiles((), ())


async def test_pictures_are_encoded_one_at_a_time_and_never_by_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    inside, most = 0, 0
    original = pictures.encode

    def watched(data: bytes, limit: int, clear: pictures.TransparentFormat) -> tuple[str, bytes] | None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threads.append(threading.get_ident())
        try:
            return original(data, limit, clear)
        finally:
            inside -= 1

    monkeypatch.setattr(pictures, "encode", watched)
    webp = encode(noise("RGB", (64, 64)), "WEBP")
    await asyncio.gather(*(fitted(card("webp", "webp"), webp, webp) for _ in range(8)))
    assert (most, len(threads), len(set(threads))) == (1, 16, 1)
    assert threading.get_ident() not in threads
