"""The exchange with the gateway: one request, one answer, bounded in bytes and time. Nothing is repeated."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

import anyio
import httpx2  # what openai is built on; while a body is read, its errors come through, and those below it
from openai import APIConnectionError, AsyncAPIResponse, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

from bot.painters.gateway.body import Body
from bot.painters.gateway.memory_budget import STEP, Lease, MemoryBudget
from bot.painters.gateway.sockets import on_trace
from bot.painters.port import NotDrawn, Unknown

MAX_BODY = 64 * 1024 * 1024  # bytes; four 4K PNGs in base64 are about 60 MB
MAX_FRAME = 4 * 1024 * 1024  # bytes; what is around the pictures takes many times as much once it is parsed
MAX_ERROR_BODY = 64 * 1024  # bytes; what is longer is not an error's JSON
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 30.0  # between two pieces of a body; before the first, the model is drawing
KEEP_SECONDS = 2.0  # an idle connection is dropped sooner than servers do, or a request could die with it

_BREAKS = (httpx2.HTTPError, OSError, anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer. For an error, the body may be cut: its status is what counts.

    `body`: JSON, with names in place of its long strings; `pictures`: these by name, as of `Body`.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    pictures: dict[str, bytearray | None]
    received: int
    seconds: float

    @property
    def request_id(self) -> str:
        return self.headers.get("x-request-id", "")[:80]


class _ErrorReply(Exception):
    def __init__(self, response: httpx2.Response, body: bytes) -> None:
        super().__init__(response.status_code)
        self.response = response
        self.body = body


class _TooLarge(Exception):
    pass


class HttpExchange:
    """One gateway and key. `connections`: how many exchanges may be under way."""

    def __init__(self, base_url: str, api_key: str, *, connections: int) -> None:
        http = DefaultAsyncHttpxClient(
            follow_redirects=False,  # a 307 would send the prompt on, and pay, elsewhere
            limits=httpx2.Limits(max_connections=connections, keepalive_expiry=KEEP_SECONDS),
            event_hooks={"request": [_frugal], "response": [_take_error]},
        )
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=0,  # its own retries would pay up to three times
            http_client=http,
            default_headers={"Accept-Encoding": "identity"},
        )
        # The client fills these from the environment; a gateway has no business with them.
        self._client.organization = self._client.project = None

    async def generate(
        self, fields: Mapping[str, Any], lease: Lease, *, key: str, when: float
    ) -> Reply | NotDrawn | Unknown:
        """Ask for pictures; `key` is the idempotency key, `when` the event loop's time to give up at.

        An answer that began is read as `lease` has room for it; that wait of ours is added to `when`.
        NotDrawn: the request never left. Unknown: it may have been carried out. Costs are left at 0.
        """
        images = self._client.images.with_streaming_response
        headers = {"Idempotency-Key": key}
        request = images.generate(**fields, extra_headers=headers, timeout=_timeout(when))
        return await _exchange(request, lease, when)

    async def models(self, when: float) -> Reply | NotDrawn | Unknown:
        """Ask which models there are. As `generate`."""
        request = self._client.models.with_streaming_response.list(timeout=_timeout(when))
        with MemoryBudget(MAX_FRAME).share(0) as lease:
            return await _exchange(request, lease, when)

    async def close(self) -> None:
        await self._client.close()


def _timeout(when: float) -> Timeout:
    left = max(0.0, when - asyncio.get_running_loop().time())
    return Timeout(left + CONNECT_SECONDS, connect=CONNECT_SECONDS)


async def _exchange(
    request: AbstractAsyncContextManager[AsyncAPIResponse[Any]], lease: Lease, when: float
) -> Reply | NotDrawn | Unknown:
    began = time.monotonic()
    try:
        async with asyncio.timeout_at(when) as limit, request as response:
            reply = await _read(response, lease, limit, when)
    except _ErrorReply as error:
        reply = _reply(error.response, error.body, {}, len(error.body))
    except _TooLarge:
        return Unknown(why="unreadable answer", words="the answer is too large")
    except TimeoutError:
        return Unknown(why="deadline", words="no whole answer in time")
    except (APIConnectionError, *_BREAKS) as error:
        return _no_answer(error)
    return replace(reply, seconds=time.monotonic() - began)


async def _read(response: AsyncAPIResponse[Any], lease: Lease, limit: asyncio.Timeout, when: float) -> Reply:
    now = asyncio.get_running_loop().time
    body, received = Body(), 0
    when += await _room(lease, _expected(response.headers) or lease.expected, limit)
    limit.reschedule(when)
    async for piece in response.iter_bytes():
        received += len(piece)
        body.feed(piece)
        if received > MAX_BODY or len(body.frame) > MAX_FRAME:
            raise _TooLarge
        if body.size > lease.size:
            when += await _room(lease, body.size + STEP, limit)
        limit.reschedule(min(when, now() + IDLE_SECONDS))
    return _reply(response, body.frame, body.pictures, received)


async def _room(lease: Lease, size: int, limit: asyncio.Timeout) -> float:
    """Wait for it without giving up: the answer is paid for. Returns seconds."""
    began = time.monotonic()
    limit.reschedule(None)
    await lease.reach(size)
    return time.monotonic() - began


def _expected(headers: Mapping[str, str]) -> int:
    """Bytes that an answer will take, decoded; 0 where its length is not told."""
    length = headers.get("content-length", "")
    return min(int(length), MAX_BODY) * 3 // 4 if length.isdecimal() else 0


def _reply(
    response: AsyncAPIResponse[Any] | httpx2.Response,
    body: bytes | bytearray,
    pictures: dict[str, bytearray | None],
    received: int,
) -> Reply:
    return Reply(
        status=response.status_code,
        headers=response.headers,
        body=body,
        pictures=pictures,
        received=received,
        seconds=0.0,
    )


async def _frugal(request: httpx2.Request) -> None:
    request.extensions["trace"] = on_trace


async def _take_error(response: httpx2.Response) -> None:
    """Read an error's body before the client does, which would read it to its end, however far that is."""
    if response.is_success:
        return
    body = bytearray()
    try:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MAX_ERROR_BODY:
                break
    except _BREAKS as error:
        raise _ErrorReply(response, bytes(body)) from error
    raise _ErrorReply(response, bytes(body[:MAX_ERROR_BODY]))


def _no_answer(error: Exception) -> NotDrawn | Unknown:
    cause = error.__cause__ if isinstance(error, APIConnectionError) else error
    if isinstance(cause, _NEVER_SENT):
        return NotDrawn(why="unreachable", words=type(cause).__name__)
    if isinstance(cause, httpx2.TimeoutException):
        return Unknown(why="deadline", words=type(cause).__name__)
    return Unknown(why="cut off", words=type(cause).__name__)
