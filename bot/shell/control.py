"""The control socket: while one process owns the data folder, others ask it to write, one JSON line at a time.

It lies in that folder with mode 600, so who may reach it is who may read the ledger.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import structlog
from pydantic import ValidationError

from bot.shell.requests import DrawRequest, Problem, QuotaRequest, ShellEvent, ShellEvents, ShellRequest

log = structlog.get_logger()

SOCKET = "imagine.sock"
MAX_LINE = 256 * 1024  # bytes of one request or event: prompts are short, pictures travel as file names
CONNECT_TRIES = 50  # tenths of a second to wait for an owner that is just starting
LONGEST_PATH = 100  # bytes that a socket's address holds, less a margin (sun_path is 104 to 108)

CarryOut = Callable[[DrawRequest | QuotaRequest], AsyncIterator[ShellEvent]]


class OwnerSilent(Exception):
    """The process that owns the data folder does not answer on its socket."""


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
        with contextlib.suppress(ConnectionError):
            async for event in _events(reader, carry_out):
                writer.write(event.model_dump_json().encode() + b"\n")
                await writer.drain()
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


async def _events(reader: asyncio.StreamReader, carry_out: CarryOut) -> AsyncIterator[ShellEvent]:
    try:
        request = ShellRequest.validate_json(await reader.readline())
        async for event in carry_out(request):
            yield event
    except (ValidationError, ValueError):
        yield Problem(sentence="The request could not be read; is the running process of the same version?")
    except Exception as error:
        log.error("control.broke", exc_info=error)
        yield Problem(sentence="Something broke on the side of the running process; its log says what.")


async def ask(folder: Path, request: DrawRequest | QuotaRequest) -> AsyncIterator[ShellEvent]:
    """Have the owner carry out a request. Raises OwnerSilent when it cannot be reached or goes away."""
    with _reachable(folder) as path:
        reader, writer = await _connect(path)
    try:
        writer.write(request.model_dump_json().encode() + b"\n")
        await writer.drain()
        answered = False
        while line := await reader.readline():
            event = ShellEvents.validate_json(line)
            answered = event.event != "progress"
            yield event
        if not answered:
            raise OwnerSilent(
                "The running process went away before it answered; `imagine usage` tells what was charged."
            )
    except ConnectionError as error:
        raise OwnerSilent("The running process broke the connection.") from error
    finally:
        writer.close()


async def _connect(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(CONNECT_TRIES):
        try:
            return await asyncio.open_unix_connection(path, limit=MAX_LINE)
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.sleep(0.1)
        except OSError as error:
            raise OwnerSilent(f"The running process cannot be reached: {error}") from error
    raise OwnerSilent("Another process holds the data folder, but does not answer on its control socket.")
