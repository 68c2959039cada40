"""The connections of the web server: half-sent requests, slow readers, and more than there is room for."""

import asyncio
import contextlib
import resource
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from adapters.web.connections import MOST, Bounds, Connection, usual_bounds
from adapters.web.server import WebServer
from tests.fakes.program import Program, until

SOON = 0.3  # seconds: a bound that a test waits for
LONG = 60.0  # seconds: a bound that no test reaches
PATIENCE = 20.0
BIG = 16 * 1024 * 1024  # bytes: more than all buffers between two processes hold
GET = b"GET /quick HTTP/1.1\r\nHost: x\r\n"
Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Site:
    """A server with the bounds of a test, and sockets of clients that only a test would have."""

    def __init__(self, port: int, going: asyncio.Event) -> None:
        self.port = port
        self.going = going  # lets the requests to /slow be answered
        self.url = f"http://127.0.0.1:{port}"
        self._sockets: list[Socket] = []

    async def open(self, data: bytes = b"", sender: str = "127.0.0.1") -> Socket:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(sender, 0))
        self._sockets.append((reader, writer))
        writer.write(data)
        return reader, writer

    async def close(self) -> None:
        for _, writer in self._sockets:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def serving(
    most: int = 100, *, head: float = LONG, body: float = LONG, idle: float = LONG, stall: float = LONG
) -> AsyncIterator[Site]:
    """Serve /quick, /slow, /big, /read (a body) and /upload (a body that has LONG to come) within bounds."""
    going = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await going.wait()
        return web.Response(text="ok")

    async def quick(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def big(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(BIG))

    async def read(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def upload(request: web.Request) -> web.Response:
        assert isinstance(request.protocol, Connection)
        request.protocol.await_body(LONG)
        return await read(request)

    app = web.Application()
    for handler in (slow, quick, big, read, upload):
        app.router.add_route("*", f"/{handler.__name__}", handler)
    server = WebServer("127.0.0.1", 0, Bounds(most, head, body, idle, stall))
    running = asyncio.create_task(server.serve(app))
    await server.listening.wait()
    site = Site(server.port, going)
    try:
        yield site
    finally:
        going.set()
        await site.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes; a reset is an end, too."""
    data = bytearray()
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                data += chunk
    return bytes(data)


# --- time


@pytest.mark.parametrize("data", [b"", b"G", GET, GET + b"X-Long: "], ids=str)
async def test_a_connection_without_a_whole_head_is_closed(data: bytes) -> None:
    async with serving(head=SOON) as site:
        reader, _ = await site.open(data)
        assert await read_all(reader) == b""


async def test_a_head_that_comes_in_drops_is_closed_too() -> None:
    async with serving(head=SOON) as site:
        reader, writer = await site.open(GET)
        end = asyncio.create_task(read_all(reader))
        for number in range(10_000):
            if end.done():
                break
            writer.write(b"X-%d: y\r\n" % number)
            await asyncio.sleep(SOON / 20)
        assert await end == b""


@pytest.mark.parametrize("path", [b"read", b"slow"])
async def test_half_a_body_is_closed_whether_it_is_read_or_not(path: bytes) -> None:
    async with serving(body=SOON) as site:
        reader, _ = await site.open(b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf" % path)
        assert await read_all(reader) == b""


async def test_a_body_that_was_given_more_time_is_read_while_others_are_closed() -> None:
    async with serving(body=SOON) as site:
        head = b"HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\nhalf"
        upload, writer = await site.open(b"POST /upload " + head)
        other, _ = await site.open(b"POST /read " + head)
        assert await read_all(other) == b""
        writer.write(b"half")
        assert (await read_all(upload)).endswith(b"8")


async def test_a_connection_stays_open_between_requests_but_not_for_ever() -> None:
    async with serving(head=SOON, idle=SOON * 8) as site:
        reader, writer = await site.open(GET + b"\r\n")
        assert b"200 OK" in await reader.readuntil(b"ok")
        await asyncio.sleep(SOON * 2)
        writer.write(GET + b"\r\n")
        assert b"200 OK" in await reader.readuntil(b"ok")
        assert await read_all(reader) == b""


async def test_whoever_does_not_read_an_answer_is_cut_off() -> None:
    async with serving(stall=SOON) as site:
        reader, writer = await site.open(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(SOON * 4)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await read_all(reader)) < BIG


async def test_an_answer_that_takes_its_time_is_not_cut_off() -> None:
    async with serving(head=SOON, body=SOON, idle=SOON, stall=SOON) as site:
        reader, _ = await site.open(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(SOON * 3)
        site.going.set()
        assert (await read_all(reader)).endswith(b"ok")


# --- number


@pytest.mark.parametrize(
    "data", [GET, b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf", GET + b"\r\n"], ids=str
)
async def test_a_request_is_answered_however_many_connections_only_wait(
    data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serving(most=5) as site, aiohttp.ClientSession() as http:
        waiting = [await site.open(data) for _ in range(50)]
        ends = [asyncio.create_task(read_all(reader)) for reader, _ in waiting]
        for _ in range(10):
            async with http.get(f"{site.url}/quick", headers={"Connection": "close"}) as answer:
                assert await answer.text() == "ok"
        await until(lambda: sum(end.done() for end in ends) >= 45, PATIENCE)
        assert [end.done() for end in ends[:30]] == [True] * 30  # those that waited longest
    printed = "".join(capfd.readouterr())
    assert printed.count("web.crowded") == 1


async def test_a_sender_with_many_connections_takes_no_place_of_another() -> None:
    async with serving(most=5) as site:
        reader, writer = await site.open(GET, "127.0.0.2")
        for _ in range(50):
            await site.open(GET)
        await site.open(GET, "127.0.0.3")
        writer.write(b"\r\n")
        async with asyncio.timeout(PATIENCE):
            assert b"200 OK" in await reader.readuntil(b"ok")


async def test_if_all_connections_are_being_answered_the_next_is_told_to_come_back() -> None:
    async with serving(most=3) as site:
        busy = [await site.open(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(3)]
        await asyncio.sleep(SOON)
        reader, _ = await site.open()
        text = await read_all(reader)
        assert (b"503" in text, b"Retry-After" in text) == (True, True)
        site.going.set()
        for each, _ in busy:
            async with asyncio.timeout(PATIENCE):
                assert b"200 OK" in await each.readuntil(b"ok")
        reader, _ = await site.open(GET + b"\r\n")
        async with asyncio.timeout(PATIENCE):
            assert b"200 OK" in await reader.readuntil(b"ok")


@pytest.mark.parametrize(
    ("descriptors", "most"),
    [
        (64, 16),
        (256, 64),
        (1_024, 256),
        (65_536, MOST),
        (resource.RLIM_INFINITY, MOST),
    ],
)
def test_the_web_server_takes_a_share_of_the_descriptors(
    descriptors: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (descriptors, descriptors))
    assert usual_bounds().most == most


# --- what is no HTTP


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /quick HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
        b"GET /quick HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /quick HTTP/1.1\r\nHost: x\r\nA: " + b"y" * 10_000 + b"\r\n\r\n",
        b"GET /quick HTTP/1.1\r\nHost: x\r\n" + b"A: y\r\n" * 500 + b"\r\n",
        b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nnope",
    ],
    ids=lambda data: str(data[:60]),
)
async def test_what_is_no_http_is_400_and_leaves_no_traceback(
    data: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as site:
        for _ in range(5):
            reader, _ = await site.open(data)
            assert b" 400 " in await reader.readline()
    printed = "".join(capfd.readouterr())
    assert ("Traceback" in printed, printed.count("\n") <= 1) == (False, True)
    assert caplog.records == []  # aiohttp's own line has a traceback


async def test_whoever_leaves_in_the_middle_leaves_no_line(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as site:
        for data in (GET, b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf"):
            _, writer = await site.open(data)
            await writer.drain()
            await asyncio.sleep(SOON / 3)
            writer.transport.abort()
        async with aiohttp.ClientSession() as http, http.get(f"{site.url}/quick") as answer:
            assert answer.status == 200
    assert "".join(capfd.readouterr()) == ""
    assert caplog.records == []


# --- the whole program


FEW_DESCRIPTORS = """
import dataclasses, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from adapters.web import connections, server
server.usual_bounds = lambda: dataclasses.replace(connections.usual_bounds(), head=2.0)
from bot.cli.main import main
main()
"""


async def test_drawings_go_on_while_hundreds_of_requests_are_half_sent(tmp_path: Path) -> None:
    async with Program(tmp_path, entry=("-c", FEW_DESCRIPTORS)) as program:
        await program.ready()
        port = int(program.url.rpartition(":")[2].strip("/"))
        opened = [asyncio.open_connection("127.0.0.1", port) for _ in range(600)]
        sockets = await asyncio.gather(*opened)
        for _, writer in sockets:
            writer.write(GET)
        answer = await program.say("web:member", "a red fox", str(uuid.uuid4()))
        assert (await program.wait_for_card("web:member", "delivered", answer["message"]))["pictures"]
        ends = [asyncio.create_task(read_all(reader)) for reader, _ in sockets]
        assert await asyncio.gather(*ends) == [b""] * 600
        for _, writer in sockets:
            writer.close()
    log = (tmp_path / "log.txt").read_text()
    assert log.count("web.crowded") == 1
    assert ("Traceback" in log, len(log) < 5_000) == (False, True)
