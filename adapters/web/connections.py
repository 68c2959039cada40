"""The connections of the web server: how many there may be, and how long each may take.

aiohttp accepts as many as there are descriptors, and waits an hour for the rest of a request's headers. By
that, whoever only opens connections would take the descriptors that drawings and the ledger need.
"""

import asyncio
import resource
from collections import Counter
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.common.seldom import Seldom
from bot.errors import trace

log = structlog.get_logger()

MOST = 512  # connections, however many descriptors there are
SHARE = 4  # one descriptor of so many is for the web server
ACCEPTED_AT_ONCE = 8  # connections that the event loop takes before any of them is counted
HEADERS = 64  # of one request, each of 8 KiB at most; aiohttp takes twice as many
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of connections: their number, and times in seconds.

    `head`: for a request's headers, from its first byte, and for the first byte of a connection.
    `body`: for its body.
    `idle`: between two requests. Proxies should close first, and Caddy keeps a connection for two minutes.
    `stall`: for a reader to take 48 KiB of an answer, which asyncio's buffer holds.
    """

    most: int
    head: float = 10.0
    body: float = 30.0
    idle: float = 150.0
    stall: float = 30.0


def usual_bounds() -> Bounds:
    """Make the bounds for the descriptors that this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Bounds(most=MOST if soft < 0 else min(MOST, max(1, soft // SHARE)))


class Connections:
    """The open connections. If there are too many, the next one takes the place of one that only waits."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._open: set[Connection] = set()
        self._crowded = Seldom("web.crowded")
        self._malformed = Seldom("web.malformed")

    def admit(self, connection: "Connection") -> bool:
        """Add a connection; return False if all others are being answered."""
        if len(self._open) >= self.bounds.most:
            oldest = self._longest_waiting()
            self._crowded.warn(open=len(self._open), most=self.bounds.most, refused=oldest is None)
            if oldest is None:
                return False
            oldest.drop()
        self._open.add(connection)
        return True

    def leave(self, connection: "Connection") -> None:
        self._open.discard(connection)

    def report(self, error: object) -> None:
        """Log an error of a request, unless it is what a client can cause: that is only counted."""
        if isinstance(error, HttpProcessingError | web.RequestPayloadError):
            self._malformed.warn(error=type(error).__name__)
        elif isinstance(error, BaseException) and not isinstance(error, ConnectionError):
            log.error("web.broke", trace=trace(error))

    def _longest_waiting(self) -> "Connection | None":
        """Return, of the peer with the most waiting connections, the one that has waited longest."""
        waiting = [each for each in self._open if each.is_waiting]
        counts = Counter(each.peer for each in waiting)
        return min(waiting, key=lambda each: (-counts[each.peer], each.since), default=None)


class Connection(web.RequestHandler):
    """One connection. aiohttp calls `log_access` when an answer is written, and the server calls `begin`."""

    def __init__(self, server: web.Server, room: Connections, loop: asyncio.AbstractEventLoop) -> None:
        bounds = room.bounds
        super().__init__(
            server, loop=loop, keepalive_timeout=bounds.idle, lingering_time=bounds.head, max_headers=HEADERS
        )
        self.peer = ""
        self.since = loop.time()  # when it began to wait
        self._room = room
        self._link: asyncio.Transport | None = None  # aiohttp forgets the transport before it is closed
        self._is_idle = True  # nothing of a next request has come
        self._body: StreamReader | None = None  # of the request that is being answered
        self._limit: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """True if the client has to send something before there is anything to do."""
        return self._body is None or not self._body.is_eof()

    def drop(self) -> None:
        """Close at once, whatever is still unsent."""
        self._room.leave(self)
        if self._link is not None:
            self._link.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._link = transport
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._room.admit(self):
            transport.write(_BUSY)
            transport.close()
            return
        self._wait_at_most(self._room.bounds.head)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self.transport is None:  # refused
            return
        if self._is_idle:
            self._is_idle = False
            self._wait_at_most(self._room.bounds.head)
        super().data_received(data)

    def begin(self, request: web.Request) -> None:
        """Note that a request's head is complete."""
        self._body, self._is_idle = request.content, False
        self._wait_at_most(self._room.bounds.body)

    def await_body(self, seconds: float) -> None:
        """Give the body of the request that has begun as long as this."""
        self._wait_at_most(seconds)

    def log_access(self, request: Any, response: Any, time: float | None) -> None:
        """Note that an answer is written."""
        self._body, self._is_idle, self.since = None, True, self._loop.time()
        self._wait_at_most(self._room.bounds.idle)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self._loop.call_later(self._room.bounds.stall, self.drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()

    def connection_lost(self, exc: BaseException | None) -> None:
        for timer in (self._limit, self._stall):
            if timer is not None:
                timer.cancel()
        self._room.leave(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer an error. A body that breaks off, or is not encoded as its headers say, is the client's."""
        is_clients = isinstance(exc, HttpProcessingError | web.RequestPayloadError)
        return super().handle_error(request, 400 if is_clients else status, exc, message)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Take the place of aiohttp's line, which has a traceback for every malformed request."""
        self._room.report(kw.get("exc_info"))

    def _wait_at_most(self, seconds: float) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self._loop.call_later(seconds, self._be_late)

    def _be_late(self) -> None:
        if self.is_waiting:
            self.drop()


@web.middleware
async def track(request: web.Request, handler: Any) -> web.StreamResponse:
    """Tell the connection that a request has begun."""
    if isinstance(request.protocol, Connection):
        request.protocol.begin(request)
    response: web.StreamResponse = await handler(request)
    return response
