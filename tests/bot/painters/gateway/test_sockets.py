"""A connection takes little from its socket until more is asked for, and in the end everything."""

import asyncio
import contextlib
import fcntl
import resource
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpcore2
import pytest

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.sockets import FIRST_READ, LARGEST_READ, SocketBackend, SocketStream
from bot.painters.port import Drawn, NotDrawn
from tests.bot.painters.gateway.orders import order
from tests.fakes.certificates import HOST, Certificates, make_certificates
from tests.fakes.gateway import FakeGateway
from tests.fakes.gateway_rules import noise

LARGEST_FD_OF_SELECT = 1023
Pair = tuple[SocketStream, asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


async def connect(port: int) -> SocketStream:
    stream = await SocketBackend().connect_tcp(HOST, port)
    assert isinstance(stream, SocketStream)
    return stream


@pytest.fixture(params=["plain", "tls"])
async def pair(request: pytest.FixtureRequest, certificates: Certificates) -> AsyncIterator[Pair]:
    """Return a SocketStream, and the other end of its connection."""
    peers: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    is_tls = request.param == "tls"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.put_nowait((reader, writer))

    server = await asyncio.start_server(serve, HOST, 0, ssl=certificates.server() if is_tls else None)
    stream = await connect(server.sockets[0].getsockname()[1])
    if is_tls:
        assert await stream.start_tls(certificates.client(), HOST, 10) is stream
        assert isinstance(stream.get_extra_info("ssl_object"), ssl.SSLSocket)
    reader, writer = await peers.get()
    yield stream, reader, writer
    await stream.aclose()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def test_reads_grow_and_start_small_again_with_each_request(pair: Pair) -> None:
    stream, reader, writer = pair
    for _ in range(2):
        await stream.write(b"ask")
        assert await reader.readexactly(3) == b"ask"
        answer = noise(20 * LARGEST_READ)
        writer.write(answer)
        pieces = [await stream.read(LARGEST_READ, 10)]
        while sum(map(len, pieces)) < len(answer):
            pieces.append(await stream.read(LARGEST_READ, 10))
        assert b"".join(pieces) == answer
        assert len(pieces[0]) <= FIRST_READ < max(map(len, pieces)) <= LARGEST_READ


async def test_a_read_takes_no_more_than_asked_for(pair: Pair) -> None:
    stream, _, writer = pair
    writer.write(b"answer")
    assert [await stream.read(2), await stream.read(2)] == [b"an", b"sw"]


async def test_what_is_large_is_written_as_the_other_side_takes_it(pair: Pair) -> None:
    stream, reader, _ = pair
    request = noise(8 << 20)
    writing = asyncio.create_task(stream.write(request, 10))
    assert await reader.readexactly(len(request)) == request
    await writing


async def test_a_fast_sender_lets_other_tasks_run(pair: Pair) -> None:
    stream, _, writer = pair
    writer.write(b"answer")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    for _ in range(6):
        await stream.read(1)
    counting.cancel()
    assert turns >= 6


async def test_a_body_that_comes_in_small_pieces_is_read_in_larger_ones(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painters.gateway.sockets.GATHER_SECONDS", 0.05)
    stream, _, writer = pair
    pieces, size = 500, 2 * 1024

    async def send() -> None:
        for _ in range(pieces):
            writer.write(bytes(size))
            await asyncio.sleep(0)

    sending, reads, left = asyncio.create_task(send()), 0, pieces * size
    while left:
        left -= len(await stream.read(LARGEST_READ, 10))
        reads += 1
    await sending
    assert reads < pieces // 5


async def test_silence_and_a_peer_that_takes_nothing_raise_timeouts(pair: Pair) -> None:
    stream, _, _ = pair
    with pytest.raises(httpcore2.ReadTimeout):
        await stream.read(1, 0.01)
    with pytest.raises(httpcore2.WriteTimeout):
        await stream.write(bytes(64 << 20), 0.01)


async def test_the_end_of_an_answer_is_an_empty_read(pair: Pair) -> None:
    stream, _, writer = pair
    writer.write(b"answer")
    writer.close()
    assert [await stream.read(6), await stream.read(6)] == [b"answer", b""]


async def test_a_reset_raises_httpcores_errors(pair: Pair) -> None:
    stream, _, writer = pair
    peer = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing is then a reset
    writer.transport.abort()
    if stream.get_extra_info("ssl_object"):  # OpenSSL tells it as an end without a farewell
        assert await stream.read(1, 10) == b""
    else:
        with pytest.raises(httpcore2.ReadError):
            await stream.read(1, 10)
    with pytest.raises(httpcore2.WriteError):
        await stream.write(b"ask", 10)


async def test_a_closed_connection_raises_httpcores_errors(pair: Pair) -> None:
    stream, _, _ = pair
    await stream.aclose()
    assert stream.get_extra_info("is_readable")
    with pytest.raises(httpcore2.ReadError):
        await stream.read(1)
    with pytest.raises(httpcore2.WriteError):
        await stream.write(b"ask")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a socket has no event for it
            await asyncio.sleep(0.001)


async def test_an_idle_connection_is_readable_when_it_has_ended(certificates: Certificates) -> None:
    """And a thousand connections make numbers of files that select(2) cannot take."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        number = fcntl.fcntl(ours.fileno(), fcntl.F_DUPFD, LARGEST_FD_OF_SELECT + 1)
        stream = SocketStream(socket.socket(fileno=number))
        assert stream.get_extra_info("is_readable") is False
        theirs.close()
        await until(lambda: stream.get_extra_info("is_readable"))
        await stream.aclose()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
async def test_a_handshake_that_fails_is_a_failure_to_connect(
    certificates: Certificates, answer: bytes | None
) -> None:
    """Nothing was sent yet, so nothing can be billed. `answer`: in place of a handshake; None for silence."""

    hung_up = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await reader.read(-1)
        else:
            writer.write(answer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        hung_up.set()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        stream = await connect(server.sockets[0].getsockname()[1])
        error = httpcore2.ConnectTimeout if answer is None else httpcore2.ConnectError
        with pytest.raises(error):
            await stream.start_tls(certificates.client(), HOST, 0.05 if answer is None else 10)
        assert stream.get_extra_info("socket").fileno() < 0
        await hung_up.wait()


async def test_a_drawing_over_tls_uses_these_connections_and_again(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    begun, start_tls = list[SocketStream](), SocketStream.start_tls

    async def noted(stream: SocketStream, *arguments: object, **options: object) -> object:
        begun.append(stream)
        return await start_tls(stream, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(SocketStream, "start_tls", noted)
    data = noise(1 << 20)
    async with FakeGateway(tls=certificates.server()) as gateway:
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=1)
        for _ in range(2):
            gateway.next("ok", data=data)
            outcome = await painter.draw(order())
            assert isinstance(outcome, Drawn)
            assert [drawing.data for drawing in outcome.drawings] == [data] * 4
        await painter.close()
        await until(lambda: not gateway.connections)
    assert len(begun) == 1


async def test_a_gateway_that_nobody_vouches_for_gets_no_prompt(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(make_certificates(tmp_path).authority))
    async with FakeGateway(tls=certificates.server()) as gateway:
        painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=1)
        outcome = await painter.draw(order())
        await painter.close()
        assert outcome == NotDrawn(why="unreachable", words="ConnectError")
        assert not gateway.requests
