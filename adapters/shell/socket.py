"""The control socket: while one process owns the data folder, others ask it to write, a JSON line at a time.

It lies in that folder with mode 600, so who may reach it is who may read the ledger.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import structlog

from adapters.shell.requests import AnyRequest, Events, Problem, ShellEvents, ShellRequest
from bot.errors import trace
from quotas.store.errors import LedgerError

log = structlog.get_logger()

SOCKET = "imagine.sock"
MAX_LINE = 256 * 1024  # bytes of one request or event: prompts are short, pictures travel as file names
LONGEST_PATH = 100  # bytes that a socket's address holds, less a margin (sun_path is 104 to 108)

GONE = "The running process went away before it answered; `imagine usage` tells what was charged."

CarryOut = Callable[[AnyRequest], Events]


class OwnerUnreachable(Exception):
    """Nobody answers on the folder's socket; nothing was asked."""


class OwnerGone(Exception):
    """The process that owns the folder went away after it was asked: nobody here knows what it still did."""


@contextlib.contextmanager
def _reachable(folder: Path) -> Iterator[str]:
    """The socket's path, short enough for the kernel: through an open folder handle where it is not."""
    path = str((folder / SOCKET).absolute())
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield path
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET}"
    finally:
        os.close(handle)


@contextlib.asynccontextmanager
async def serve(folder: Path, carry_out: CarryOut) -> AsyncIterator[None]:
    """Carry out requests that come over the folder's socket, until the context ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with aclosing(_events(reader, carry_out)) as events:
                async for event in events:
                    writer.write(event.model_dump_json().encode() + b"\n")
                    await writer.drain()
        except ConnectionError:
            pass  # whoever asked is gone; what was asked goes on
        finally:
            writer.close()

    (folder / SOCKET).unlink(missing_ok=True)
    with _reachable(folder) as path:
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(answer, path, limit=MAX_LINE)
        finally:
            os.umask(before)
        try:
            yield
        finally:
            server.close()
            (folder / SOCKET).unlink(missing_ok=True)


async def _events(reader: asyncio.StreamReader, carry_out: CarryOut) -> Events:
    try:
        request = ShellRequest.validate_json(await reader.readline())
    except ValueError:
        yield Problem(sentence="The request could not be read; is the running process of the same version?")
        return
    try:
        async with aclosing(carry_out(request)) as events:
            async for event in events:
                yield event
    except LedgerError as error:
        yield Problem(sentence=str(error))
    except Exception as error:
        log.error("control.broke", trace=trace(error))
        yield Problem(sentence="Something broke on the side of the running process; its log says what.")


async def ask(folder: Path, request: AnyRequest) -> Events:
    """Have the owner carry out a request. Raises OwnerUnreachable, or OwnerGone once it was asked."""
    with _reachable(folder) as path:
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE)
        except OSError as error:
            raise OwnerUnreachable(f"its control socket cannot be reached ({error.strerror})") from error
    answered = False
    try:
        writer.write(request.model_dump_json().encode() + b"\n")
        await writer.drain()
        while line := await reader.readline():
            event = ShellEvents.validate_json(line)
            answered = event.event != "progress"
            yield event
    except ConnectionError as error:
        if not answered:
            raise OwnerGone(GONE) from error
    finally:
        writer.close()
    if not answered:
        raise OwnerGone(GONE)
