"""Damaged pictures: refused in the declared way, soon and in little memory; the others can be shown."""

import io
import struct
import zlib
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageOps

from bot.painters.gateway.image_check import MAX_PIXELS, BadPicture, check
from tests.bot.painters.gateway.test_image_check import SAMPLES, make_picture
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged_bytes

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

MAX_SHOWN = 1_000_000  # pixels that Pillow decodes here; more would take the time of a thousand inputs
# Megabytes that the process may need beyond its first ones: pictures here are small, a bomb's are not.
MEMORY = 100
STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
HEAD = 200  # bytes; most of what can be wrong is there
INFLATED = 128 * 1024  # bytes of a PNG's pixels that the check inflates


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_colours(data: bytes) -> bytes:
    """Put in every chunk that tells of colours."""
    chunks = [
        *(chunk(b"gAMA", bytes(4)), chunk(b"cHRM", bytes(32)), chunk(b"sBIT", b"\x08\x08\x08\x08")),
        *(chunk(b"cICP", b"\x01\x0d\0\x01"), chunk(b"mDCV", bytes(24)), chunk(b"cLLI", bytes(8))),
        *(chunk(b"bKGD", bytes(6)), chunk(b"pHYs", bytes(8) + b"\x01"), chunk(b"sRGB", b"\0")),
    ]
    return data[:33] + b"".join(chunks) + data[33:]


def png(width: int, height: int, pixels: bytes, colour: int = 0) -> bytes:
    """Make a PNG of one block of deflated bytes, whatever they are."""
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


LARGE = {
    "large png": make_picture("png", (400, 300)),
    "large jpeg": make_picture("jpeg", (400, 300)),
    "large webp": make_picture("webp", (400, 300)),
}
PICTURES = {**SAMPLES, **LARGE, "png with colours": with_colours(SAMPLES["clear png"])}
NAMES = sorted(PICTURES)


def deflated_zeros(megabytes: int) -> bytes:
    deflate, zeros = zlib.compressobj(9), bytes(1 << 20)
    return b"".join(deflate.compress(zeros) for _ in range(megabytes)) + deflate.flush()


BOMB = deflated_zeros(200)  # 200 kB


MANY_COMMENTS = b"\xff\xd8" + b"\xff\xfe\0\2" * 70_000
MANY_CHUNKS = SAMPLES["png"][:33] + b"\0\0\0\0aaaa\0\0\0\0" * 70_000


def bomb(dice: Random) -> bytes:
    """Make a small file that claims, or deflates to, very much."""
    if dice.random() < 0.05:  # slow: many small pieces
        return dice.choice((MANY_COMMENTS, MANY_CHUNKS))
    side = dice.choice((1, 100, 6_324, 6_325, 40_000, 2**31 - 1))
    return dice.choice(
        (
            png(side, dice.choice((1, 6_324, 2**31 - 1)), BOMB),
            png(side, side, BOMB[: dice.randint(2, len(BOMB))]),
            png(200, 200, zlib.compress(bytes(dice.randint(0, 201 * 201)))),
            b"RIFF" + struct.pack("<I", 2**32 - 9) + SAMPLES["webp"][8:],
            SAMPLES["webp"][:24] + dice.randbytes(6) + SAMPLES["webp"][30:],
        )
    )


def with_true_checksums(data: bytes) -> bytes:
    """Write the checksums of a damaged PNG anew, so that the damage is met behind them."""
    fixed, at = bytearray(data), 8
    while at + 12 <= len(fixed):
        end = at + 12 + int.from_bytes(fixed[at : at + 4], "big")
        if end > len(fixed):
            break
        fixed[end - 4 : end] = struct.pack(">I", zlib.crc32(fixed[at + 4 : end - 4]))
        at = end
    return bytes(fixed)


def any_picture(dice: Random) -> bytes:
    if dice.random() < 0.05:
        return bomb(dice)
    name = dice.choice(NAMES)
    data = damaged_bytes(dice, PICTURES[name], first=HEAD)
    if dice.random() < 0.1:
        data = data[: dice.randint(0, len(data))] + PICTURES[dice.choice(NAMES)][dice.randint(0, HEAD) :]
    return with_true_checksums(data) if data.startswith(b"\x89PNG") and dice.random() < 0.8 else data


def check_any(data: bytes) -> None:
    try:
        drawing = check(data)
    except BadPicture as error:
        sentence = str(error)
        assert sentence.endswith(".")
        return
    assert 0 < drawing.width * drawing.height <= MAX_PIXELS
    assert check(drawing.data) == drawing  # nothing is left to strip
    assert check(bytearray(data)) == drawing
    if drawing.width * drawing.height <= MAX_SHOWN:
        check_shown(drawing.data, drawing.format, (drawing.width, drawing.height))


def check_shown(data: bytes, kind: str, size: tuple[int, int]) -> None:
    """Pillow opens it as what it is, in its size, and decodes it, but for damage that only decoding finds.

    The check does not decode a JPEG, and of a PNG it inflates the beginning; damage behind that is shown as a
    part that is missing.
    """
    with Image.open(io.BytesIO(data)) as picture:
        assert str(picture.format).lower() == kind
        assert not getattr(picture, "is_animated", False)
        try:
            picture.load()
        except OSError as error:
            why = str(error)
            assert "data stream" in why
            assert kind == "jpeg" or (kind == "png" and len(data) > INFLATED)
            return
        assert (ImageOps.exif_transpose(picture) or picture).size == size


def peak() -> int:
    """Return the most megabytes that the process had since the peak was reset."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


@pytest.mark.skipif(not PEAK.exists(), reason="memory is read from Linux's /proc")
def test_pictures(fuzzer: Fuzzer) -> None:
    for name in LARGE:
        check_any(PICTURES[name])
    PEAK.write_text("5")  # resets it
    before = peak()
    for dice in fuzzer:
        data = fuzzer.input = any_picture(dice)
        check_any(data)
    assert peak() - before < MEMORY
