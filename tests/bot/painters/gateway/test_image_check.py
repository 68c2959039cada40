"""Good pictures keep their pixels and lose their metadata; all other bytes raise BadPicture."""

import io
import os
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps
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


def turned(kind: str, orientation: int, mode: str = "RGB") -> bytes:
    """Make a picture of 37 x 23 whose Exif tells how to turn it, and a secret."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = orientation
    return make_picture(kind, mode=mode, exif=exif)


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
    "turned jpeg": turned("jpeg", 6),
    "turned png": turned("png", 6),
    "turned webp": turned("webp", 6),
    "16-bit png": make_picture("png", mode="I;16"),
    "grey png with alpha": make_picture("png", mode="LA"),
    "bits": make_picture("png", mode="1"),
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
        assert (drawing.width, drawing.height) == (ImageOps.exif_transpose(picture) or picture).size
        assert drawing.format == str(picture.format).lower()
        assert dict(picture.getexif()) == ({0x0112: 6} if name.startswith("turned") else {})
        assert not {"comment", "xmp", "prompt", "zipped"} & picture.info.keys()
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


@pytest.mark.parametrize(
    "damaged",
    [
        *(chunk(b"iCCP", b"a name without an end"), chunk(b"iCCP", b"name\0\7"), chunk(b"iCCP", b"\0\0")),
        *(chunk(b"pHYs", b"\0"), chunk(b"gAMA", b""), chunk(b"cHRM", bytes(5)), chunk(b"cICP", bytes(9))),
    ],
)
def test_damaged_colours_of_a_png_go_and_its_pixels_stay(damaged: bytes) -> None:
    """Some viewers show nothing for their sake; the picture is paid for."""
    data = check(png(1, 1, damaged, PIXELS)).data
    assert data == png(1, 1, PIXELS)
    assert pixels(data)[1] == (1, 1)


@pytest.mark.parametrize(
    "damaged",
    [chunk(b"tRNS", b"\0"), chunk(b"tRNS", bytes(6)), chunk(b"PLTE", b""), chunk(b"PLTE", bytes(4))],
)
def test_a_png_with_damaged_transparency_or_palette_is_refused(damaged: bytes) -> None:
    with pytest.raises(BadPicture, match="damaged"):
        check(png(1, 1, damaged, PIXELS))


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


FRAME = make_picture("webp", (1, 1))[20:]  # a key frame of 1 x 1, after "RIFF", "WEBP" and its chunk's head
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
        (riff((b"VP8 ", FRAME[:10])), "damaged"),
        (riff((b"VP8L", b"\x2f" + bytes(4))), "damaged"),
        (riff((b"VP8L", b"\x2f" + bytes(4) + b"\xff" * 90)), "damaged"),
        (riff((b"VP8X", CANVAS)), "damaged"),
        (make_picture("png")[:-20], "cut short"),
    ],
    ids=[
        "two sizes",
        "no key frame",
        "a chunk past the end",
        "a head alone",
        "a lossless head alone",
        "lossless noise",
        "no frame",
        "half a png",
    ],
)
def test_pictures_that_contradict_themselves_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        check(data)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_measured_and_shown_as_it_is_turned(kind: str, orientation: int) -> None:
    data = turned(kind, orientation)
    drawing = check(data)
    assert (drawing.width, drawing.height) == ((37, 23) if orientation < 5 else (23, 37))
    assert shown(drawing.data) == shown(data)
    assert SECRET not in drawing.data
    assert check(drawing.data) == drawing


def shown(data: bytes) -> tuple[tuple[int, int], bytes]:
    """Return the size and pixels as a viewer shows them that heeds Exif."""
    with Image.open(io.BytesIO(data)) as picture:
        upright = ImageOps.exif_transpose(picture)
        return upright.size, upright.tobytes()


def tiff(order: str, *entries: tuple[int, int, int], first: int = 8) -> bytes:
    """Write a TIFF structure with these tags, types and values."""
    big = ">" if order == "MM" else "<"
    body = b"".join(struct.pack(f"{big}HHIHH", tag, kind, 1, value, 0) for tag, kind, value in entries)
    mark = order.encode() + struct.pack(f"{big}HI", 42, first)
    return mark.ljust(first, b"\0") + struct.pack(f"{big}H", len(entries)) + body + bytes(4)


def with_exif(data: bytes, *exifs: bytes) -> bytes:
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", 8 + len(exif)) + b"Exif\0\0" + exif for exif in exifs)
    return data[:2] + segments + data[2:]


@pytest.mark.parametrize(
    ("exifs", "on_its_side"),
    [
        ([tiff("MM", (0x0112, 3, 8))], True),
        ([tiff("II", (0x010E, 2, 5), (0x0112, 3, 5))], True),
        ([tiff("II", (0x0112, 3, 6), first=90)], True),
        ([tiff("II", (0x0112, 3, 6)), tiff("II", (0x0112, 3, 1))], True),
        ([tiff("II", (0x0112, 3, 1)), tiff("II", (0x0112, 3, 6))], False),
        ([tiff("II", (0x0112, 3, 0))], False),
        ([tiff("II", (0x0112, 3, 9))], False),
        ([tiff("II", (0x0112, 3, 65_535))], False),
        ([tiff("II")], False),
        ([b"II*\0" + b"\xff" * 60], False),
        ([b"II*\0\x08\0\0\0\xff\xff"], False),
        ([b"junk" * 9], False),
        ([b""], False),
    ],
)
def test_exif_of_any_kind_is_read_or_left_out(exifs: list[bytes], on_its_side: bool) -> None:
    drawing = check(with_exif(make_picture("jpeg"), *exifs))
    assert (drawing.width, drawing.height) == ((23, 37) if on_its_side else (37, 23))
    assert drawing.data.count(b"Exif\0\0") == on_its_side


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0MM\0*"]))
def test_damaged_exif_never_breaks_the_check(noise: bytes, start: bytes) -> None:
    drawing = check(with_exif(make_picture("jpeg"), start + noise))
    assert {drawing.width, drawing.height} == {37, 23}


def segments_of(data: bytes) -> list[bytes]:
    """Split a JPEG into its segments; the last holds the scan and all that follows."""
    parts, at = [data[:2]], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:]]


def without(data: bytes, *markers: int) -> bytes:
    return b"".join(part for part in segments_of(data) if part[1] not in markers)


def with_scan(data: bytes, pixels: bytes) -> bytes:
    """Replace the pixels of a JPEG's only scan."""
    *heads, scan = segments_of(data)
    end = 2 + int.from_bytes(scan[2:4], "big")
    return b"".join([*heads, scan[:end], pixels, b"\xff\xd9"])


BIG = make_picture("jpeg", (320, 200))


@pytest.mark.parametrize(
    "data",
    [
        without(BIG, 0xC4),
        without(BIG, 0xDB),
        without(BIG, 0xC4, 0xDB),
        without(make_picture("jpeg", (320, 200), progressive=True), 0xC4),
        without(make_picture("jpeg", (320, 200), progressive=True), 0xDB),
        with_scan(BIG, b""),
        with_scan(BIG, b"\x12\x34"),
        BIG.replace(b"\xff\xda\x00\x0c\x03\x01", b"\xff\xda\x00\x0c\x03\x07"),
        BIG.replace(b"\xff\xda\x00\x0c\x03", b"\xff\xda\x00\x0c\xff"),
        BIG.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"),
        BIG.replace(b"\xff\xc0\x00\x11\x08\x00\xc8", b"\xff\xc0\x00\x11\x08\xff\xff"),
        BIG.replace(b"\x03\x01\x22\x00", b"\x03\x01\x02\x00"),
    ],
    ids=[
        "no Huffman tables",
        "no quantisation tables",
        "no tables",
        "progressive without Huffman tables",
        "progressive without quantisation tables",
        "no pixels",
        "two bytes of pixels",
        "a scan of an unknown component",
        "a scan of too many components",
        "twelve bits",
        "a height that the pixels do not fill",
        "no sampling",
    ],
)
def test_a_jpeg_that_nobody_can_decode_is_refused(data: bytes) -> None:
    assert data != BIG
    with pytest.raises(BadPicture):
        check(data)


def rgb(width: int, height: int, pixels: bytes, **head: int) -> bytes:
    """Make a PNG of these deflated pixels."""
    fields = {"depth": 8, "colour": 2, "compression": 0, "filtering": 0, "interlaced": 0, **head}
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *fields.values()))
    return b"".join([b"\x89PNG\r\n\x1a\n", ihdr, chunk(b"IDAT", pixels), chunk(b"IEND", b"")])


ROWS = b"".join(b"\0" + bytes(3 * 40) for _ in range(30))


@pytest.mark.parametrize(
    "data",
    [
        rgb(40, 30, SECRET * 50),
        rgb(40, 30, b""),
        rgb(40, 30, zlib.compress(ROWS[:-1])),
        rgb(40, 30, zlib.compress(ROWS)[:-8]),
        rgb(40, 30, zlib.compress(ROWS.replace(b"\0", b"\7", 1))),
        rgb(40, 30, zlib.compress(ROWS[:-121] + b"\5" + ROWS[-120:])),
        rgb(4000, 4000, zlib.compress(ROWS)),
        rgb(40, 30, zlib.compress(ROWS), colour=5),
        rgb(40, 30, zlib.compress(ROWS), depth=4),
        rgb(40, 30, zlib.compress(ROWS), colour=3),
        rgb(40, 30, zlib.compress(ROWS), compression=1),
        rgb(40, 30, zlib.compress(ROWS), filtering=1),
        rgb(40, 30, zlib.compress(ROWS), interlaced=2),
        rgb(40, 30, zlib.compress(ROWS), interlaced=1),
        rgb(900, 900, os.urandom(900_000)),
    ],
    ids=[
        "noise",
        "nothing",
        "a byte is missing",
        "the end of the stream is missing",
        "no such filter",
        "no such filter in the last row",
        "too few for the size",
        "no such colour",
        "no such depth",
        "no palette",
        "no such compression",
        "no such filtering",
        "no such interlacing",
        "too few for interlacing",
        "much noise",
    ],
)
def test_a_png_that_nobody_can_decode_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        check(data)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 3), (5, 5), (8, 8), (9, 17), (37, 23)])
def test_an_interlaced_png_passes(width: int, height: int) -> None:
    """Pillow cannot write one, so the pixels are all black: the sizes of the passes are what counts."""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    rows = b""
    for x, y, dx, dy in passes:
        wide, high = len(range(x, width, dx)), len(range(y, height, dy))
        rows += (b"\0" + bytes(3 * wide)) * high if wide else b""
    data = rgb(width, height, zlib.compress(rows), interlaced=1)
    assert pixels(check(data).data) == ("RGB", (width, height), bytes(3 * width * height))
    with pytest.raises(BadPicture):
        check(rgb(width, height, zlib.compress(rows[:-1]), interlaced=1))


@pytest.mark.parametrize("side", [293, 294, 295, 296, 362, 512, 1024, 3000])
def test_a_png_whose_pixels_take_few_bytes_passes(side: int) -> None:
    """A black picture inflates to many times its size, around each limit of a piece."""
    out = io.BytesIO()
    Image.new("RGB", (side, side)).save(out, "png", optimize=True)
    assert check(out.getvalue()).width == side


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.sampled_from(["RGB", "L", "CMYK"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 1, 2]),
    st.integers(0, 255),
    st.integers(1, 95),
)
def test_a_jpeg_of_one_colour_is_never_called_too_short(
    size: tuple[int, int],
    mode: str,
    optimize: bool,
    progressive: bool,
    subsampling: int,
    grey: int,
    quality: int,
) -> None:
    """Nothing takes fewer bits than such a picture."""
    out = io.BytesIO()
    picture = Image.new("L", size, grey).convert(mode)
    options = {"optimize": optimize, "progressive": progressive, "quality": quality}
    picture.save(out, "jpeg", subsampling=subsampling, **options)
    assert (check(out.getvalue()).width, check(out.getvalue()).height) == size


def test_a_large_png_passes_without_being_inflated_to_its_end() -> None:
    assert check(make_picture("png", (900, 900))).width == 900
    assert check(make_picture("png", (900, 900), compress_level=0)).width == 900


@pytest.mark.parametrize("name", SAMPLES)
def test_what_passes_can_be_decoded(name: str) -> None:
    with Image.open(io.BytesIO(check(SAMPLES[name]).data)) as picture:
        picture.load()
