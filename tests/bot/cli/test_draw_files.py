"""Files of `imagine draw`: checked before anything else, and refused in a sentence that names them."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot import wording
from bot.cli.commands.draw import sent_pictures
from bot.commands.registry import MAX_REFERENCES
from bot.references.check import MAX_BYTES, MAX_SIDE, BadReference
from tests.bot.references.pictures import encode, gps, photo, png_claiming

FOX = encode(photo(90, 60))


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.svg", b"<svg/>", "isn't a picture I can use"),
        ("a.html", b"<!DOCTYPE html>", "isn't a picture I can use"),
        ("a.pdf", b"%PDF-1.7", "isn't a picture I can use"),
        ("a.tiff", encode(photo(), "tiff"), "isn't a picture I can use"),
        ("a.png", png_claiming(10_000, 6_000), "up to 50 megapixels"),
        ("a.png", FOX[:80], "damaged or cut short"),
        ("a.png", b"", "is empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_named_with_its_limit(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    with pytest.raises(BadReference, match=words) as error:
        sent_pictures([write(tmp_path, "fox.png", FOX), write(tmp_path, name, data)], None)
    assert str(error.value).startswith(name)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.write(FOX)
        file.truncate(30 * MAX_BYTES)
    with pytest.raises(BadReference, match=r"large\.png is too large\. A picture can have up to 25 MB\."):
        sent_pictures([path], None)


def test_a_file_that_cannot_be_read_and_too_many_files(tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    with pytest.raises(BadReference, match=r"gone\.png cannot be read"):
        sent_pictures([gone], None)
    fox = write(tmp_path, "fox.png", FOX)
    with pytest.raises(BadReference, match=f"up to {MAX_REFERENCES}"):
        sent_pictures([fox] * 5, None)
    with pytest.raises(BadReference) as error:
        sent_pictures([], fox)
    assert str(error.value) == wording.MASK_ALONE


def test_masks(tmp_path: Path) -> None:
    fox = write(tmp_path, "fox.png", FOX)
    for picture, words in (
        (Image.new("L", (60, 60), 0), "another shape"),
        (Image.new("L", (90, 60), 0), "lets nothing change"),
    ):
        with pytest.raises(BadReference, match=words):
            sent_pictures([fox], write(tmp_path, "mask.png", encode(picture)))
    clear = write(tmp_path, "clear.png", encode(Image.new("RGBA", (90, 60), (0, 0, 0, 0))))
    assert sent_pictures([fox], clear)[1] is None


def test_what_is_sent_says_nothing_of_its_person(tmp_path: Path) -> None:
    large = photo(3_000, 2_000)
    path = write(tmp_path, "photo.jpg", encode(large, "jpeg", exif=gps(large)))
    ((sent,), _) = sent_pictures([path], None)
    data = sent.data
    assert b"SECRET" not in data
    with Image.open(path) as before:
        assert b"SECRET" in path.read_bytes()
        assert before.size == (3_000, 2_000)
    assert max(Image.open(io.BytesIO(data)).size) == MAX_SIDE
