"""Connections to the gateway that read only what is asked for, so that the rest waits with the sender.

An event loop's own transport takes up to 256 KiB from a readable socket, and keeps what nobody has asked for
yet; with TLS it holds another 256 KiB from the start. With a thousand answers that wait for room, that is
most of the memory there is. Here OpenSSL reads the socket itself, record by record, which takes half the CPU.
"""

import asyncio
import select
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from httpcore2 import (
    AnyIOBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
    ReadError,
    ReadTimeout,
    WriteError,
    WriteTimeout,
)

T = TypeVar("T")

GATHER_SECONDS = 0.005  # in which a body comes together; each read passes through ten layers of Python
FIRST_READ = 4 * 1024  # bytes; after a request, enough for an answer's headers
LARGEST_READ = 64 * 1024  # bytes; httpcore asks for so much at a time
RECORD = 16 * 1024  # bytes of one TLS record, at most (RFC 8446, 5.1); OpenSSL returns no more at a time

_WAITS = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SocketBackend(AnyIOBackend):
    """Connects as httpcore does by itself, and hands the socket to a SocketStream."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        connected = stream.get_extra_info("socket").dup()  # the transport of the event loop closes its own
        try:
            await stream.aclose()
        except BaseException:  # cancelled in between
            connected.close()
            raise
        return SocketStream(connected)


class SocketStream(AsyncNetworkStream):
    """A connected socket that does not block. Raises httpcore's errors.

    The first read after a write is small: only once an answer's headers are read is there room for the rest.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._next_read = FIRST_READ
        self._is_slow = False  # the sender was slower than this body's last read

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, at most `max_bytes`; b"" is the end."""
        size, self._next_read = min(self._next_read, max_bytes), LARGEST_READ
        # At the least, a sender that is faster than we are must not keep the event loop.
        await asyncio.sleep(GATHER_SECONDS if self._is_slow else 0)
        receive = _receive_records if isinstance(self._socket, ssl.SSLSocket) else socket.socket.recv
        try:
            data = await self._retry(partial(receive, self._socket, size), timeout)
        except TimeoutError as error:
            raise ReadTimeout from error
        except (OSError, ValueError) as error:
            raise ReadError(str(error)) from error
        self._is_slow = size == LARGEST_READ and len(data) <= size // 2
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._next_read, self._is_slow = FIRST_READ, False
        rest = memoryview(buffer)
        try:
            while rest:
                sent = await self._retry(partial(self._socket.send, rest), timeout, writes=True)
                rest = rest[sent:]
        except TimeoutError as error:
            raise WriteTimeout from error
        except (OSError, ValueError) as error:
            raise WriteError(str(error)) from error

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        """Shake hands, and speak TLS from now on. The socket is closed if that fails."""
        try:
            self._socket = secure = ssl_context.wrap_socket(
                self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
            )
            await self._retry(secure.do_handshake, timeout)
        except TimeoutError as error:
            self._socket.close()
            raise ConnectTimeout from error
        except (OSError, ValueError) as error:
            self._socket.close()
            raise ConnectError(str(error)) from error
        except BaseException:
            self._socket.close()
            raise
        return self

    async def aclose(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for: the socket, its TLS, or whether a read would return at once."""
        if info == "socket":
            return self._socket
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
        return _is_readable(self._socket) if info == "is_readable" else None

    async def _retry(self, operation: Callable[[], T], timeout: float | None, *, writes: bool = False) -> T:
        """Try an operation until the socket is ready for it. Raises TimeoutError, and what it raises.

        `timeout`: of each wait, since most operations need none.
        `writes`: the socket must be writable for it, if TLS does not say otherwise.
        """
        while True:
            try:
                return operation()
            except _WAITS as wait:
                is_tls = isinstance(wait, ssl.SSLError)
                writable = isinstance(wait, ssl.SSLWantWriteError) if is_tls else writes
            async with asyncio.timeout(timeout):
                await self._ready(writable)

    async def _ready(self, writable: bool) -> None:
        """Wait until the socket is writable, or else readable."""
        loop, number = asyncio.get_running_loop(), self._socket.fileno()
        ready = loop.create_future()
        add, remove = (
            (loop.add_writer, loop.remove_writer) if writable else (loop.add_reader, loop.remove_reader)
        )
        add(number, _set, ready)
        try:
            await ready
        finally:
            remove(number)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _receive_records(connected: socket.socket, size: int) -> bytes:
    """Receive the records that are there, up to `size` bytes; raise one of `_WAITS` if there is none."""
    records = [connected.recv(min(size, RECORD))]
    left = size - len(records[0])
    with suppress(OSError):  # that there are no more, or an error, which the next read meets
        while records[-1] and left >= RECORD:
            records.append(connected.recv(RECORD))
            left -= len(records[-1])
    return b"".join(records)


def _is_readable(connected: socket.socket) -> bool:
    """Return whether a read would return at once: then an idle connection has ended."""
    if connected.fileno() < 0:
        return True
    poll = select.poll()  # select(2) itself takes no number over 1,023
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))
