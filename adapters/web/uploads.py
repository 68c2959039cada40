"""Requests with files: taken in as they come, kept on the disk until their request is answered.

The body is multipart/form-data: first a field "body" with the JSON that the route takes without files, then
files named "reference" or "mask".
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.web.bodies import MAX_BODY, AnyBody, parse_body, read_body
from adapters.web.connections import Connection
from adapters.web.guard import RequestError
from bot import wording
from bot.port.requests import SentFile

FORM = "multipart/form-data"
MAX_FILES = 5  # four references and a mask; the core words its own limit for references
MAX_FILE = 25 * 1024 * 1024  # bytes, as much as the core takes
MAX_UPLOAD = MAX_FILES * MAX_FILE + 2 * MAX_BODY  # bytes of a whole body, with the lines between its parts
IN_MEMORY = 1024 * 1024  # bytes of a file; what is larger goes to a temporary file without a name
CHUNK = 256 * 1024
AT_ONCE = 4  # uploads, so that their files take at most half a GiB, on the disk or where /tmp is in memory
SECONDS = 120.0  # for a whole upload: a large photo at the pace of a phone
_TOO_MANY = f"That is too many files: at most {MAX_FILES}."
_MALFORMED = "The upload breaks off, or is not a form as a browser sends it. Send it again."
# aiohttp asserts and unpacks what it reads, so that a malformed part may raise any of these.
_MALFORMED_ERRORS = (
    ValueError,
    AssertionError,
    LookupError,
    RuntimeError,
    HttpProcessingError,
    web.RequestPayloadError,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """The files of one request, readable while it is answered."""

    references: tuple[SentFile, ...] = ()
    mask: SentFile | None = None

    def __bool__(self) -> bool:
        return bool(self.references or self.mask)


class Uploads:
    """Receives the files of a few requests at once."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._room = asyncio.Semaphore(most)

    @asynccontextmanager
    async def receive(
        self, request: web.Request, model: type[AnyBody]
    ) -> AsyncIterator[tuple[AnyBody, Sent]]:
        """Read a body, and the files with it if there are any, for the block. Raises RequestError."""
        if request.content_type != FORM:
            yield await read_body(request, model), Sent()
            return
        _check_length(request)
        if self._room.locked():
            raise RequestError(503, "Others are sending pictures. Try again in a moment.", retry_after=5)
        async with self._room:
            with ExitStack() as files:
                yield await _receive(request, model, files)


def _check_length(request: web.Request) -> None:
    """Raise RequestError for a length that is unknown or too large, before anything is read."""
    if request.content_length is None or "Content-Encoding" in request.headers:
        raise RequestError(411, "Send the upload with its Content-Length, uncompressed.")
    if request.content_length > MAX_UPLOAD:
        raise RequestError(413, f"That is too large: at most {MAX_FILE // 2**20} MB for each picture.")


async def _receive(request: web.Request, model: type[AnyBody], files: ExitStack) -> tuple[AnyBody, Sent]:
    if isinstance(request.protocol, Connection):
        request.protocol.await_body(SECONDS)
    try:
        async with asyncio.timeout(SECONDS):
            return await _read_parts(await request.multipart(), model, files)
    except web.HTTPRequestEntityTooLarge as error:
        raise RequestError(413, f"That is too large: at most {MAX_BODY // 1024} KiB beside files.") from error
    except _MALFORMED_ERRORS as error:
        raise RequestError(400, _MALFORMED) from error
    except TimeoutError as error:
        raise RequestError(408, "The upload took too long; send smaller pictures.") from error
    except ConnectionError:
        raise
    except OSError as error:
        raise RequestError(503, "There is no room for your pictures just now. Try again later.") from error


async def _read_parts(parts: MultipartReader, model: type[AnyBody], files: ExitStack) -> tuple[AnyBody, Sent]:
    first = await parts.next()
    if not isinstance(first, BodyPartReader) or first.name != "body":
        raise RequestError(400, 'Send a field "body" before any file.')
    body = parse_body(await first.read(), model)
    references: list[SentFile] = []
    mask = None
    count = 0
    while (part := await parts.next()) is not None:
        count += 1
        if count > MAX_FILES:
            raise RequestError(400, _TOO_MANY)
        if not isinstance(part, BodyPartReader) or part.name not in ("reference", "mask"):
            raise RequestError(400, 'Name each file "reference" or "mask".')
        file = await _take(part, files)
        if part.name == "reference":
            references.append(file)
        elif mask is None:
            mask = file
        else:
            raise RequestError(400, "Send one mask.")
    return body, Sent(tuple(references), mask)


async def _take(part: BodyPartReader, files: ExitStack) -> SentFile:
    """Write one file to the disk as it comes. Raises RequestError once it is too large."""
    name = part.filename or str(part.name)
    file = files.enter_context(SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - by the stack
    size = 0
    while not part.at_eof():
        chunk = await part.read_chunk(CHUNK)
        size += len(chunk)
        if size > MAX_FILE:
            raise RequestError(413, wording.too_many_bytes(name, MAX_FILE))
        await asyncio.to_thread(file.write, chunk)

    def read_now(limit: int) -> bytes:
        file.seek(0)
        return file.read(limit)

    async def read(limit: int) -> bytes:
        return await asyncio.to_thread(read_now, limit)

    return SentFile(name=name, read=read)
