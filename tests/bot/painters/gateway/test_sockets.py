"""A connection takes little from its socket until more is asked for, and in the end everything."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import anyio
import pytest

from bot.painters.gateway.sockets import FIRST_READ, LARGEST_READ, BackpressureStream
from tests.fakes.gateway_rules import noise


@pytest.fixture
async def pair() -> AsyncIterator[tuple[BackpressureStream, socket.socket]]:
    """Return a BackpressureStream, and the socket at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        ours.setblocking(False)
        theirs, _ = listener.accept()
        theirs.setblocking(False)
        async with BackpressureStream(ours) as stream:
            with theirs:
                yield stream, theirs


async def test_reads_grow_and_start_small_again_with_each_request(
    pair: tuple[BackpressureStream, socket.socket],
) -> None:
    stream, peer = pair
    loop = asyncio.get_running_loop()
    for _ in range(2):
        await stream.send(b"ask")
        assert await loop.sock_recv(peer, 10) == b"ask"
        answer = noise(LARGEST_READ)
        sending = asyncio.create_task(loop.sock_sendall(peer, answer))
        pieces = [await stream.receive()]
        while len(b"".join(pieces)) < len(answer):
            pieces.append(await stream.receive())
        await sending
        assert b"".join(pieces) == answer
        assert len(pieces[0]) <= FIRST_READ < max(len(piece) for piece in pieces) <= LARGEST_READ


async def test_a_read_takes_no_more_than_asked_for(pair: tuple[BackpressureStream, socket.socket]) -> None:
    stream, peer = pair
    peer.send(b"answer")
    assert [await stream.receive(2), await stream.receive(2)] == [b"an", b"sw"]


async def test_a_fast_sender_lets_other_tasks_run(pair: tuple[BackpressureStream, socket.socket]) -> None:
    stream, peer = pair
    peer.send(b"answer")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    for _ in range(6):
        await stream.receive(1)
    counting.cancel()
    assert turns >= 6


async def test_the_end_and_a_break_raise_anyios_exceptions(
    pair: tuple[BackpressureStream, socket.socket],
) -> None:
    stream, peer = pair
    peer.shutdown(socket.SHUT_WR)
    with pytest.raises(anyio.EndOfStream):
        await stream.receive()
    await stream.send_eof()
    assert peer.recv(1) == b""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing is then a reset
    peer.close()
    with pytest.raises(anyio.BrokenResourceError):
        await stream.send(b"ask")


async def test_a_reset_while_reading_raises_broken_resource(
    pair: tuple[BackpressureStream, socket.socket],
) -> None:
    stream, peer = pair
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    with pytest.raises(anyio.BrokenResourceError):
        await stream.receive()
