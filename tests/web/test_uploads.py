"""Pictures sent to the playground: what comes through whole, and what is refused before it can do harm."""

import asyncio
import contextlib
import gzip
import io
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.web import uploads
from bot.port.requests import Imagine
from bot.references.check import MAX_BYTES
from tests.bot.references.pictures import encode, photo
from tests.web.conftest import Page
from tests.web.replay import open_playground

FOX = encode(photo())
MB = 1024 * 1024
BOUNDARY = "kerfuffle"
Part = tuple[str, str, bytes]  # field, name of the file, contents


def body(text: str = "make it snow", **more: Any) -> dict[str, Any]:
    return {"persona": "web:member", "id": str(uuid.uuid4()), "text": text, **more}


def reference(data: bytes = FOX, name: str = "fox.png") -> Part:
    return "reference", name, data


def mask(data: bytes = FOX, name: str = "mask.png") -> Part:
    return "mask", name, data


def form(*parts: Part, fields: Any = None) -> aiohttp.FormData:
    """Make the form that the page sends."""
    data = aiohttp.FormData(quote_fields=False)  # as a browser writes names
    data.add_field("body", json.dumps(fields or body()))
    for field, name, content in parts:
        data.add_field(field, io.BytesIO(content), filename=name, content_type="image/png")
    return data


async def send(page: Page, data: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    url = page.adapter.url
    async with page.http.post(f"{url}/api/say", data=data, headers={"Origin": url, **headers}) as answer:
        return answer.status, await answer.json()


async def send_raw(page: Page, data: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    return await send(page, data, **{"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **headers})


def raw(*parts: tuple[str, bytes], end: str = "--") -> bytes:
    """Write a multipart body by hand; each part is its headers and its contents."""
    text = b"".join(
        f"--{BOUNDARY}\r\n{headers}\r\n\r\n".encode() + content + b"\r\n" for headers, content in parts
    )
    return text + f"--{BOUNDARY}{end}\r\n".encode()


def field(name: str, filename: str = "", extra: str = "") -> str:
    file = f'; filename="{filename}"' if filename else ""
    return f'Content-Disposition: form-data; name="{name}"{file}{extra}'


async def test_pictures_and_a_mask_reach_the_core_whole_and_are_gone_afterwards(page: Page) -> None:
    large = bytes(range(256)) * 12 * 1024  # 3 MiB: on the disk, in several chunks
    parts = (reference(), reference(large, "Füchse «groß».png"), mask(b"mask"))
    status, answer = await send(page, form(*parts, fields=body("snow", options={"tier": "fast"})))
    assert (status, page.core.files) == (
        200,
        [("fox.png", FOX), ("Füchse «groß».png", large), ("mask.png", b"mask")],
    )
    (request,) = page.core.requests
    assert isinstance(request, Imagine)
    assert (request.text, request.options) == ("snow", {"tier": "fast"})
    assert answer == {"message": "JOB0000000000"}
    with pytest.raises(ValueError, match="closed file"):
        await request.references[1].read(1)
    [step] = page.adapter.transcript.steps()
    assert (step["references"], step["mask"]) == (["fox.png", "Füchse «groß».png"], "mask.png")


def test_a_file_may_be_as_large_as_the_core_takes() -> None:
    assert uploads.MAX_FILE == MAX_BYTES


async def test_a_file_can_be_read_twice_and_only_as_far_as_asked(page: Page) -> None:
    read: list[bytes] = []

    async def read_again() -> None:
        request = page.core.requests[-1]
        assert isinstance(request, Imagine)
        read.append(await request.references[0].read(4))

    page.core.accepting = read_again
    await send(page, form(reference()))
    assert read == [b"\x89PNG"]


@pytest.mark.parametrize("size", [0, uploads.MAX_FILE])
async def test_the_smallest_and_the_largest_file_are_the_cores_to_judge(page: Page, size: int) -> None:
    status, _ = await send(page, form(reference(bytes(size))))
    assert (status, [len(data) for _, data in page.core.files]) == (200, [size])


@pytest.mark.parametrize(
    ("parts", "status", "words"),
    [
        (
            (reference(bytes(30 * MB), "big.png"),),
            413,
            "big.png is too large. A picture can have up to 25 MB.",
        ),
        ((reference(), mask(bytes(25 * MB + 1))), 413, "mask.png is too large."),
        ((reference(),) * 6, 400, "at most 5"),
        ((reference(), mask(), mask()), 400, "one mask"),
        ((reference(), ("evil", "x.png", FOX)), 400, "reference"),
    ],
    ids=["30 MiB", "a mask of one byte too many", "six files", "two masks", "another field"],
)
async def test_too_much_is_refused_with_a_sentence(
    page: Page, parts: tuple[Part, ...], status: int, words: str
) -> None:
    answer = await send(page, form(*parts))
    assert answer[0] == status
    assert words in answer[1]["error"]
    assert page.core.requests == []


BODY = (field("body"), json.dumps(body()).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        raw(BODY, (field("reference", "fox.png"), FOX))[:-60],
        raw(BODY, end=""),
        raw((field("reference", "fox.png"), FOX), BODY),
        raw(BODY, ("no headers at all", FOX)),
        raw(BODY, (field("reference", "fox.png") + "\r\nContent-Type: multipart/mixed; boundary=x", FOX)),
        raw(BODY, (field("reference", "fox.png") + "\r\nContent-Type: multipart/mixed", FOX)),
        raw(BODY, ("X: " + "x" * 20_000, FOX)),
        raw(BODY, ("\r\n".join(f"X{number}: x" for number in range(500)), FOX)),
        raw((field("body"), b"{")),
        raw((field("body"), b"\xff")),
        raw((field("body"), b"[" * 50_000)),
        raw((field("body"), json.dumps({**body(), "persona": "web:nobody"}).encode())),
        raw((field("body"), json.dumps({**body(), "text": " "}).encode()), (field("reference", "f"), FOX)),
        b"--" + BOUNDARY.encode() + b"\r\n" * 20_000,
        b"x" * 300_000,
    ],
)
async def test_a_malformed_upload_is_400_and_says_so(
    page: Page, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    status, answer = await send_raw(page, data)
    assert (status, page.core.requests) == (400, [])
    assert answer["error"].endswith(".")
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 100])
async def test_an_upload_without_a_usable_boundary_is_400(page: Page, kind: str) -> None:
    assert (await send(page, raw(BODY), **{"Content-Type": kind}))[0] == 400


async def test_a_length_that_is_too_large_or_unknown_is_refused_before_anything_is_read(page: Page) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(MB)

    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert (await send(page, endless(), **kind))[0] == 411
    bomb = gzip.compress(raw(BODY, (field("reference", "fox.png"), bytes(MB))))
    assert (await send_raw(page, bomb, **{"Content-Encoding": "gzip"}))[0] == 411
    reader, writer = await asyncio.open_connection("127.0.0.1", page.adapter.port)
    length = uploads.MAX_UPLOAD + 1
    head = f"POST /api/say HTTP/1.1\r\nHost: 127.0.0.1:{page.adapter.port}\r\nOrigin: {page.adapter.url}\r\n"
    writer.write(f"{head}Content-Type: {kind['Content-Type']}\r\nContent-Length: {length}\r\n\r\n".encode())
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_another_origin_sends_nothing(page: Page, headers: dict[str, str]) -> None:
    assert (await send(page, form(reference()), **headers))[0] == 403
    assert page.core.requests == []


@pytest.mark.parametrize("line", ["/quota", "thanks!"])
async def test_pictures_without_a_prompt_are_refused(page: Page, line: str) -> None:
    status, answer = await send(page, form(reference(), fields=body(line)))
    assert (status, answer["error"]) == (400, "Pictures go with a prompt. Say what to draw from them.")


async def test_only_a_few_uploads_are_taken_at_once(page: Page) -> None:
    waiting, go = asyncio.Semaphore(0), asyncio.Event()

    async def hold() -> None:
        waiting.release()
        await go.wait()

    page.core.accepting = hold
    held = [asyncio.create_task(send(page, form(reference()))) for _ in range(uploads.AT_ONCE)]
    for _ in held:
        await asyncio.wait_for(waiting.acquire(), 10)
    async with asyncio.timeout(10):
        status, answer = await send(page, form(reference()))
    assert (status, answer["error"]) == (503, "Others are sending pictures. Try again in a moment.")
    go.set()
    assert [status for status, _ in await asyncio.gather(*held)] == [200] * uploads.AT_ONCE
    assert (await send(page, form(reference())))[0] == 200


async def test_a_full_disk_is_a_sentence(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(uploads, "SpooledTemporaryFile", full)
    status, answer = await send(page, form(reference()))
    assert (status, answer["error"]) == (503, "There is no room for your pictures just now. Try again later.")


async def test_an_upload_that_does_not_arrive_in_time_is_408(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", page.adapter.port)
    head = f"POST /api/say HTTP/1.1\r\nHost: 127.0.0.1:{page.adapter.port}\r\nOrigin: {page.adapter.url}\r\n"
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    writer.write(f"{head}Content-Type: {kind}\r\nContent-Length: 9999\r\n\r\n".encode() + raw(BODY)[:40])
    line = await asyncio.wait_for(reader.readline(), 10)
    assert line == b"" or b" 408 " in line
    writer.close()


# --- with the real core


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            (reference(), reference(b"<html>Sign in</html>", "bad.png")),
            "bad.png isn't a picture I can use.",
        ),
        ((reference(b"", "void.png"),), "void.png is empty."),
        ((reference(),) * 5, "You sent 5 pictures to work from. I can take up to 4."),
        ((mask(),), "mask"),
    ],
    ids=["HTML", "no bytes", "five references", "a mask alone"],
)
async def test_a_bad_picture_is_a_refusal_and_nothing_is_kept(
    tmp_path: Path, parts: tuple[Part, ...], words: str
) -> None:
    async with real(tmp_path) as page:
        status, answer = await send(page, form(*parts))
        assert (status, answer["reply"]["kind"]) == (200, "refused")
        assert words in answer["reply"]["sentence"]
    assert [path.name for path in (tmp_path / "pictures").rglob("*.*")] == []


@contextlib.asynccontextmanager
async def real(folder: Path) -> AsyncIterator[Any]:
    environment = {"IMAGINE_DATA": str(folder), "IMAGINE_WEB_PORT": "0"}
    async with open_playground(environment, folder) as (adapter, http):
        yield type("RealPage", (), {"adapter": adapter, "http": http})
