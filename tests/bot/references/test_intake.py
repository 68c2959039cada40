"""Taking files in: few at a time, bounded, and each in one clear sentence if it cannot be used."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from PIL import Image

from bot.painters.port import Drawing
from bot.port.requests import FileUnavailable, SentFile
from bot.references import intake
from bot.references.check import MAX_BYTES, BadReference
from bot.references.intake import AT_ONCE, Intake
from tests.bot.references.pictures import encode, photo, sent

JOB = "0000000000001"


@dataclass
class Shelf:
    """A store in memory."""

    kept: dict[str, Drawing] = field(default_factory=dict)

    async def put_reference(self, job: str, name: str, drawing: Drawing) -> str:
        key = f"{job}-{name}.{drawing.format}"
        self.kept[key] = drawing
        return key

    async def get(self, key: str) -> bytes | None:
        return self.kept[key].data


def failing(read: Callable[[int], Awaitable[bytes]]) -> SentFile:
    return SentFile(name="fox.png", read=read)


async def test_references_and_mask_are_kept_under_the_job() -> None:
    shelf = Shelf()
    mask = Image.new("L", (96, 64), 0)
    mask.paste(255, (0, 0, 48, 64))
    files = [sent(encode(photo())), sent(encode(photo(64, 64), "webp"))]
    references, kept_mask = await Intake(shelf).take(JOB, files, sent(encode(mask), "mask.png"))
    assert [each.key for each in references] == [f"{JOB}-r1.jpeg", f"{JOB}-r2.jpeg"]
    assert kept_mask is not None
    assert kept_mask.key == f"{JOB}-m.png"
    assert shelf.kept[kept_mask.key].width == 96


async def test_a_mask_that_lets_everything_change_is_not_kept() -> None:
    shelf = Shelf()
    _, mask = await Intake(shelf).take(
        JOB, [sent(encode(photo()))], sent(encode(Image.new("L", (96, 64), 255)))
    )
    assert mask is None
    assert list(shelf.kept) == [f"{JOB}-r1.jpeg"]


async def test_a_mask_alone_is_refused_before_it_is_read() -> None:
    async def read(_: int) -> bytes:
        raise AssertionError

    with pytest.raises(BadReference, match="Send the picture with it"):
        await Intake(Shelf()).take(JOB, [], failing(read))


async def test_no_more_than_the_limit_is_read_of_a_file() -> None:
    limits: list[int] = []

    async def read(limit: int) -> bytes:
        limits.append(limit)
        return b"\x89PNG\r\n\x1a\n" + bytes(limit - 8)

    with pytest.raises(BadReference, match="up to 25 MB"):
        await Intake(Shelf()).take(JOB, [failing(read)], None)
    assert limits == [MAX_BYTES + 1]


async def test_few_files_are_in_memory_at_once() -> None:
    at_once = most = 0

    async def read(_: int) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return encode(photo())

    taking = Intake(Shelf())
    await asyncio.gather(*(taking.take(JOB, [failing(read)] * 4, None) for _ in range(8)))
    assert most == AT_ONCE


async def test_a_file_that_is_gone_or_slow_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(_: int) -> bytes:
        raise FileUnavailable("fox.png was deleted. Send it again.")

    with pytest.raises(BadReference, match="was deleted"):
        await Intake(Shelf()).take(JOB, [failing(gone)], None)
    monkeypatch.setattr(intake, "READ_SECONDS", 0.01)

    async def slow(_: int) -> bytes:
        await asyncio.sleep(60)
        return b""

    with pytest.raises(BadReference, match="took too long"):
        await Intake(Shelf()).take(JOB, [failing(slow)], None)
