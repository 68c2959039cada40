"""A connection that takes from its socket only what it is asked for: what waits, waits with the sender.

An event loop's own transport takes up to 256 KiB from a socket that turns readable, and keeps what nobody
has asked for yet; times a thousand answers that wait for room, that is most of the memory there is.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from anyio.abc import ByteStream, SocketAttribute

FIRST = 4 * 1024  # bytes; after a request, enough for an answer's headers
MOST = 64 * 1024  # bytes; what httpcore asks for at a time


class BackpressureStream(ByteStream):
    """A connected socket. The first read after a write is small, and each may be twice the one before."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._most = FIRST

    async def receive(self, max_bytes: int = MOST) -> bytes:
        most, self._most = self._most, min(2 * self._most, MOST)
        await asyncio.sleep(0)  # a sender that is faster than we are must not keep the event loop
        try:
            data = await asyncio.get_running_loop().sock_recv(self._socket, min(most, max_bytes))
        except OSError as error:
            raise anyio.BrokenResourceError from error
        if not data:
            raise anyio.EndOfStream
        return data

    async def send(self, item: bytes) -> None:
        self._most = FIRST
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
    """httpcore's `trace` extension: a connection that was just made goes on as a Frugal one.

    Before TLS, and to a proxy too. Of the socket a duplicate lives on, since its transport closes its own.
    """
    if event == "connection.connect_tcp.complete":
        stream = info["return_value"]
        connected = stream.get_extra_info("socket").dup()
        await stream.aclose()
        stream._stream = BackpressureStream(
            connected
        )  # httpcore would take a backend of ours, but httpx hands it none
