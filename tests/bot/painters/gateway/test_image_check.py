"""Good pictures keep their pixels and lose their metadata; all other bytes raise BadPicture."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from bot.painters.gateway.image_check import MAX_PIECES, MAX_PIXELS, BadPicture, check
from bot.painters.port import Drawing

SECRET = b"a-secret-in-the-metadata"
FORMATS = ["jpeg", "png", "webp"]


def make_picture(kind: str, size: tuple[int, int] = (37, 23), mode: str = "RGB", **options: Any) -> bytes:
    picture = Image.effect_noise(size, 80).convert(mode)
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def with_metadata(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    text = PngInfo()
    text.add_text("prompt", SECRET.decode())
    text.add_text("zipped", SECRET.decode() * 9, zip=True)
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, dict[str, Any]] = {"jpeg": {"comment": SECRET}, "png": {"pnginfo": text}, "webp": {}}
    return make_picture(kind, mode=mode, exif=exif, xmp=SECRET, icc_profile=profile, **more[kind], **options)


SAMPLES = {
    "jpeg": make_picture("jpeg"),
    "progressive": make_picture("jpeg", progressive=True, restart_marker_rows=1),
    "grey": make_picture("jpeg", mode="L"),
    "cmyk": make_picture("jpeg", mode="CMYK"),
    "png": make_picture("png"),
    "palette": make_picture("png", mode="P"),
    "clear png": make_picture("png", mode="RGBA"),
    "webp": make_picture("webp"),
    "lossless": make_picture("webp", lossless=True),
    "clear webp": make_picture("webp", mode="RGBA"),
    "jpeg with all": with_metadata("jpeg"),
    "png with all": with_metadata("png"),
    "webp with all": with_metadata("webp"),
    "clear webp with all": with_metadata("webp", mode="RGBA"),
    "lossless with all": with_metadata("webp", lossless=True),
}


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.mode, picture.size, picture.tobytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_pixels_stay_and_the_metadata_goes(name: str) -> None:
    drawing = check(SAMPLES[name])
    assert pixels(drawing.data) == pixels(SAMPLES[name])
    assert SECRET not in drawing.data
    with Image.open(io.BytesIO(drawing.data)) as picture:
        assert (drawing.width, drawing.height) == picture.size
        assert drawing.format == str(picture.format).lower()
        assert not picture.getexif()
        assert not {"comment", "exif", "xmp", "prompt", "zipped"} & picture.info.keys()
        assert ("icc_profile" in picture.info) == ("with all" in name)


@pytest.mark.parametrize("name", SAMPLES)
def test_bytes_after_the_end_are_cut_off(name: str) -> None:
    plain = check(SAMPLES[name])
    assert check(SAMPLES[name] + b"<script>" * 9) == plain
    assert check(plain.data) == plain


@pytest.mark.parametrize("name", SAMPLES)
def test_a_picture_cut_short_anywhere_is_refused(name: str) -> None:
    data = SAMPLES[name]
    for end in range(len(data)):
        with pytest.raises(BadPicture):
            check(data[:end])


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=6))
def test_damage_is_refused_or_harmless(name: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray(SAMPLES[name])
    for place, value in flips:
        data[place % min(len(data), 4096)] ^= value
    try:
        drawing = check(bytes(data))
    except BadPicture:
        return
    assert isinstance(drawing, Drawing)
    assert 0 < drawing.width * drawing.height <= MAX_PIXELS


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBP"]),
    st.binary(max_size=300),
)
def test_noise_is_refused(magic: bytes, noise: bytes) -> None:
    with pytest.raises(BadPicture):
        check(magic + noise)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(FORMATS), st.integers(1, 60), st.integers(1, 60), st.sampled_from(["RGB", "L", "RGBA"])
)
def test_any_size_and_mode(kind: str, width: int, height: int, mode: str) -> None:
    data = make_picture(kind, (width, height), "RGB" if (kind, mode) == ("jpeg", "RGBA") else mode)
    drawing = check(data)
    assert (drawing.width, drawing.height) == (width, height)
    assert pixels(drawing.data) == pixels(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>",
        make_picture("gif"),
        make_picture("bmp"),
        make_picture("tiff"),
    ],
    ids=["nothing", "svg", "html", "gif", "bmp", "tiff"],
)
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(BadPicture, match="not a JPEG, PNG or WebP"):
        check(data)


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_animations_are_refused(kind: str) -> None:
    with pytest.raises(BadPicture, match="animated"):
        check(make_picture(kind, save_all=True, append_images=[Image.new("RGB", (37, 23), "red")]))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"".join([b"\x89PNG\r\n\x1a\n", head, *chunks, chunk(b"IEND", b"")])


PIXELS = chunk(b"IDAT", zlib.compress(b"\0\0"))


def test_too_many_pixels_are_refused_from_the_header() -> None:
    with pytest.raises(BadPicture, match="50000 x 50000"):
        check(png(50_000, 50_000, PIXELS))
    frame = struct.pack(">BHHB", 8, 65_535, 65_535, 0)
    jpeg = b"\xff\xd8\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame
    with pytest.raises(BadPicture, match="too many"):
        check(jpeg)
    with pytest.raises(BadPicture, match="too many"):
        check(b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff\xff\xff" * 2)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png(0, 1, PIXELS), "no size"),
        (png(1, 1), "cut short"),
        (png(1, 1, chunk(b"EVIL", b""), PIXELS), "unusual"),
        (png(1, 1, chunk(b"IHDR", bytes(13)), PIXELS), "damaged"),
        (png(1, 1, PIXELS[:-1] + b"?"), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + PIXELS, "damaged"),
    ],
    ids=["no width", "no pixels", "unknown chunk", "two heads", "bad checksum", "no head"],
)
def test_damaged_pngs_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        check(data)


def test_only_harmless_chunks_pass() -> None:
    manifest, moment = chunk(b"caBX", SECRET), chunk(b"tIME", bytes(7))
    assert check(png(1, 1, manifest, moment, PIXELS)).data == png(1, 1, PIXELS)


def test_thumbnails_and_manifests_in_a_jpeg_go() -> None:
    data = make_picture("jpeg")
    extras = [(0xE0, b"JFXX\0" + SECRET), (0xE2, b"MPF\0" + SECRET), (0xEB, b"JP" + SECRET), (0xED, SECRET)]
    segments = b"".join(b"\xff" + bytes([m]) + struct.pack(">H", 2 + len(body)) + body for m, body in extras)
    assert check(data[:2] + segments + data[2:]).data == data


def test_padding_before_a_marker_goes() -> None:
    data = make_picture("jpeg")
    assert check(data[:2] + b"\xff" * 9 + data[2:]).data == data


@pytest.mark.parametrize(
    "data",
    [
        png(1, 1, chunk(b"teXt", b"") * MAX_PIECES, PIXELS),
        b"\xff\xd8" + b"\xff\xfe\0\2" * MAX_PIECES + make_picture("jpeg")[2:],
        b"RIFF"
        + (4 + 8 * (MAX_PIECES + 1)).to_bytes(4, "little")
        + b"WEBP"
        + b"what\0\0\0\0" * (MAX_PIECES + 1),
    ],
    ids=["png", "jpeg", "webp"],
)
def test_a_picture_in_too_many_pieces_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture, match="too many pieces"):
        check(data)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


FRAME = b"\x10\0\0\x9d\x01\x2a\x01\0\x01\0"  # a key frame of 1 x 1
CANVAS = b"\x0c\0\0\0" + bytes(6)  # with the flags of Exif and XMP


def test_the_flags_of_stripped_metadata_are_cleared() -> None:
    whole = riff((b"VP8X", CANVAS), (b"VP8 ", FRAME), (b"EXIF", SECRET), (b"XMP ", SECRET))
    assert check(whole).data == riff((b"VP8X", bytes(10)), (b"VP8 ", FRAME))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (riff((b"VP8X", CANVAS[:-1] + b"\1"), (b"VP8 ", FRAME)), "damaged"),
        (riff((b"VP8 ", b"\x11" + FRAME[1:])), "damaged"),
        (riff((b"VP8 ", FRAME), (b"EXIF", b""))[:-4] + b"\xff\0\0\0", "cut short"),
        (riff((b"VP8X", CANVAS)), "damaged"),
        (make_picture("png")[:-20], "cut short"),
    ],
    ids=["two sizes", "no key frame", "a chunk past the end", "no frame", "half a png"],
)
def test_pictures_that_contradict_themselves_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        check(data)
