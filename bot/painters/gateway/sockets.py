"""A connection that takes from its socket only what is asked for, so the rest waits with the sender.

An event loop's own transport takes up to 256 KiB from a readable socket, and keeps what nobody has asked for
yet. With a thousand answers that wait for room, that is most of the memory there is.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from anyio.abc import ByteStream, SocketAttribute

FIRST_READ = 4 * 1024  # bytes; after a request, enough for an answer's headers
LARGEST_READ = 64 * 1024  # bytes; httpcore asks for so much at a time


class BackpressureStream(ByteStream):
    """A connected socket. The first read after a write is small, and each may be twice the one before."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._next_read = FIRST_READ

    async def receive(self, max_bytes: int = LARGEST_READ) -> bytes:
        size, self._next_read = self._next_read, min(2 * self._next_read, LARGEST_READ)
        await asyncio.sleep(0)  # a sender that is faster than we are must not keep the event loop
        try:
            data = await asyncio.get_running_loop().sock_recv(self._socket, min(size, max_bytes))
        except OSError as error:
            raise anyio.BrokenResourceError from error
        if not data:
            raise anyio.EndOfStream
        return data

    async def send(self, item: bytes) -> None:
        self._next_read = FIRST_READ
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, item)
        except OSError as error:
            raise anyio.BrokenResourceError from error

    async def send_eof(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        self._socket.close()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {SocketAttribute.raw_socket: lambda: self._socket}


async def on_trace(event: str, info: Mapping[str, Any]) -> None:
    """Replace a new connection's stream by a BackpressureStream. It is httpcore's `trace` extension.

    This happens before TLS, and for connections to a proxy, too. The new stream uses a duplicate of the
    socket, because the old transport closes its own.
    """
    if event == "connection.connect_tcp.complete":
        stream = info["return_value"]
        connected = stream.get_extra_info("socket").dup()
        await stream.aclose()
        # httpcore would take a network backend of ours, but httpx does not pass one on.
        stream._stream = BackpressureStream(connected)
