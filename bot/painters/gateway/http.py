"""One HTTP exchange with the gateway: a request and its answer, bounded in bytes and time, never repeated."""

import asyncio
import os
import ssl
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import httpx2  # openai is built on it; while a body is read, its errors come through
from openai import APIConnectionError, AsyncAPIResponse, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

from bot.painters.gateway.body import Body
from bot.painters.gateway.memory_budget import STEP_BYTES, Lease, MemoryBudget
from bot.painters.gateway.sockets import SocketBackend
from bot.painters.port import NotDrawn, Unknown

MAX_BODY = 64 * 1024 * 1024  # bytes; four 4K PNGs in base64 are about 60 MB
MAX_TEXT_BODY = 1024 * 1024  # bytes of an answer without pictures; a prompt takes some thousand
MAX_FRAME = 4 * 1024 * 1024  # bytes around the pictures; parsed, they take many times as much
MAX_ERROR_BODY = 64 * 1024  # bytes; a longer body is not an error's JSON
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 30.0  # between two pieces of a body; before the first, the model is drawing
RENEWAL = 1 / 30  # of it, after which it begins anew: doing so for each piece costs more than reading it
KEEP_SECONDS = 2.0  # an idle connection is dropped sooner than servers do, or a request could die with it

_BREAKS = (httpx2.HTTPError, OSError)
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer. An error's body may be cut, since its status is what counts.

    `body`: JSON, with a name in place of each long string.
    `pictures`: the long strings by these names, as in `Body`.
    `received_bytes`: the length of the body as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    pictures: dict[str, bytearray | None]
    received_bytes: int
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


@lru_cache(maxsize=1)
def _trust(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Return the client's usual trust, read once: it has hundreds of certificates.

    `file`, `folder`: the environment's own, which it reads.
    """
    return httpx2.create_ssl_context()


class HttpExchange:
    """A client of one gateway, with one key. `connections`: exchanges that may be under way at once."""

    def __init__(self, base_url: str, api_key: str, *, connections: int) -> None:
        http = DefaultAsyncHttpxClient(
            verify=_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            follow_redirects=False,  # a 307 would send the prompt on, and pay, elsewhere
            limits=httpx2.Limits(max_connections=connections, keepalive_expiry=KEEP_SECONDS),
            event_hooks={"response": [_raise_error_reply]},
        )
        # httpcore takes a network backend, but httpx passes none on. A proxy of the environment has a pool of
        # its own, and keeps httpcore's backend, which can speak TLS within TLS.
        transport: Any = http._transport
        transport._pool._network_backend = SocketBackend()
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
        self, fields: Mapping[str, Any], lease: Lease, *, key: str, deadline: float
    ) -> Reply | NotDrawn | Unknown:
        """Ask for pictures; with "image" among the fields, for an edit of these.

        Return NotDrawn if the request never left, Unknown if it may have been carried out; without costs.

        `lease`: an answer that began waits until the lease has room; this wait is added to the deadline.
        `key`: the idempotency key.
        `deadline`: the event loop's time at which to give up.
        """
        images = self._client.images.with_streaming_response
        send = images.edit if "image" in fields else images.generate
        request = send(**fields, extra_headers={"Idempotency-Key": key}, timeout=_timeout(deadline))
        return await _exchange(request, lease, deadline)

    async def write(
        self, fields: Mapping[str, Any], *, key: str, deadline: float
    ) -> Reply | NotDrawn | Unknown:
        """Ask a language model for a text; return what `generate` returns."""
        completions: Any = self._client.chat.completions.with_streaming_response
        headers = {"Idempotency-Key": key}
        request = completions.create(**fields, extra_headers=headers, timeout=_timeout(deadline))
        with MemoryBudget(MAX_TEXT_BODY).lease(0) as lease:
            return await _exchange(request, lease, deadline, MAX_TEXT_BODY)

    async def models(self, deadline: float) -> Reply | NotDrawn | Unknown:
        """Ask for the list of models; return what `generate` returns."""
        request = self._client.models.with_streaming_response.list(timeout=_timeout(deadline))
        with MemoryBudget(MAX_FRAME).lease(0) as lease:
            return await _exchange(request, lease, deadline)

    async def close(self) -> None:
        await self._client.close()


def _timeout(deadline: float) -> Timeout:
    left = max(0.0, deadline - asyncio.get_running_loop().time())
    return Timeout(left + CONNECT_SECONDS, connect=CONNECT_SECONDS)


async def _exchange(
    request: AbstractAsyncContextManager[AsyncAPIResponse[Any]],
    lease: Lease,
    deadline: float,
    most: int = MAX_BODY,
) -> Reply | NotDrawn | Unknown:
    began = time.monotonic()
    try:
        async with asyncio.timeout_at(deadline) as timeout, request as response:
            reply = await _read(response, lease, timeout, deadline, most)
    except _ErrorReply as error:
        reply = _reply(error.response, error.body, {}, len(error.body))
    except _TooLarge:
        return Unknown(why="unreadable answer", words="the answer is too large")
    except TimeoutError:
        return Unknown(why="deadline", words="no whole answer in time")
    except httpx2.DecodingError as error:  # an answer came, packed in a way that nobody can unpack
        return Unknown(why="unreadable answer", words=type(error).__name__)
    except (APIConnectionError, *_BREAKS) as error:
        return _outcome_of_break(error)
    return replace(reply, seconds=time.monotonic() - began)


async def _read(
    response: AsyncAPIResponse[Any], lease: Lease, timeout: asyncio.Timeout, deadline: float, most: int
) -> Reply:
    now = asyncio.get_running_loop().time
    body, received, renewed = Body(), 0, float("-inf")
    deadline += await _wait_for_room(lease, _decoded_size(response.headers) or lease.expected, timeout)
    timeout.reschedule(deadline)
    async for piece in response.iter_bytes():
        received += len(piece)
        body.feed(piece)
        if received > most or len(body.frame) > MAX_FRAME:
            raise _TooLarge
        if body.size > lease.size:
            deadline += await _wait_for_room(lease, body.size + STEP_BYTES, timeout)
            renewed = float("-inf")
        if (moment := now()) - renewed > IDLE_SECONDS * RENEWAL:
            renewed = moment
            timeout.reschedule(min(deadline, moment + IDLE_SECONDS))
    return _reply(response, body.frame, body.pictures, received)


async def _wait_for_room(lease: Lease, size: int, timeout: asyncio.Timeout) -> float:
    """Wait without a timeout, because the answer is paid for; return the seconds that it took."""
    began = time.monotonic()
    timeout.reschedule(None)
    await lease.reach(size)
    return time.monotonic() - began


def _decoded_size(headers: Mapping[str, str]) -> int:
    """Return the bytes of an answer with its base64 decoded; 0 if the headers do not hold its length."""
    length = headers.get("content-length", "")
    return min(int(length), MAX_BODY) * 3 // 4 if length.isdecimal() else 0


def _reply(
    response: AsyncAPIResponse[Any] | httpx2.Response,
    body: bytes | bytearray,
    pictures: dict[str, bytearray | None],
    received_bytes: int,
) -> Reply:
    return Reply(
        status=response.status_code,
        headers=response.headers,
        body=body,
        pictures=pictures,
        received_bytes=received_bytes,
        seconds=0.0,
    )


async def _raise_error_reply(response: httpx2.Response) -> None:
    """Read an error's body, and raise it as _ErrorReply.

    The client would read the body after this hook, to its end, however far away that is.
    """
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


def _outcome_of_break(error: Exception) -> NotDrawn | Unknown:
    """Tell what a broken exchange means. The client wraps errors only until an answer has begun."""
    is_unanswered = isinstance(error, APIConnectionError)
    cause = error.__cause__ if is_unanswered else error
    if is_unanswered and isinstance(cause, _NEVER_SENT):
        return NotDrawn(why="unreachable", words=type(cause).__name__)
    if isinstance(cause, httpx2.TimeoutException):
        return Unknown(why="deadline", words=type(cause).__name__)
    return Unknown(why="cut off", words=type(cause).__name__)
