"""The control socket: while one process owns the data folder, others ask it to write, a JSON line at a time.

It lies in that folder with mode 600: only those who may read the ledger reach it.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import structlog

from adapters.shell.errors import OwnerGone, OwnerUnreachable
from adapters.shell.requests import AnyRequest, Events, Problem, ShellEvents, ShellRequest
from bot.errors import trace

log = structlog.get_logger()

SOCKET = "imagine.sock"
MAX_REQUEST = 64 * 1024 * 1024  # four references and a mask, at most 1536 pixels a side, in base64
MAX_EVENT = 64 * 1024 * 1024  # bytes: one picture of at most 32 MiB in base64, or a quoted file of 8 MiB
ENDING_SECONDS = 2.0  # at the end; requests whose jobs are left for the next start have no answer by then
LONGEST_PATH = 100  # bytes that a socket's address holds, less a margin (sun_path is 104 to 108)

GONE = "The running process went away before it answered; `imagine usage` tells what was charged."

CarryOut = Callable[[AnyRequest], Events]


@contextlib.contextmanager
def _reachable(folder: Path) -> Iterator[str]:
    """Give the socket's path; if it is too long for the kernel, a short one through an open folder handle.

    Raises OSError if there is no such folder.
    """
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
    """Carry out requests that come over the folder's socket, until the context ends.

    An answer that is being told then has ENDING_SECONDS to get out: what was drawn was charged.
    """
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answering.add(task)
        task.add_done_callback(answering.discard)
        try:
            async with aclosing(_events(reader, carry_out)) as events:
                async for event in events:
                    writer.write(event.model_dump_json().encode() + b"\n")
                    await writer.drain()
        except ConnectionError:
            pass  # the command has gone; its request is still carried out
        finally:
            writer.close()

    (folder / SOCKET).unlink(missing_ok=True)
    with _reachable(folder) as path:
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(answer, path, limit=MAX_REQUEST)
        finally:
            os.umask(before)
        try:
            yield
        finally:
            server.close()
            (folder / SOCKET).unlink(missing_ok=True)
            if answering:
                await asyncio.wait(answering, timeout=ENDING_SECONDS)


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
    except Exception as error:
        log.error("control.broke", trace=trace(error))
        yield Problem(sentence="Something broke on the side of the running process; its log says what.")


async def ask(folder: Path, request: AnyRequest) -> Events:
    """Have the owner carry out a request.

    Raises OwnerUnreachable if there is no owner, OwnerGone if it went away before it answered.
    """
    try:
        with _reachable(folder) as path:
            reader, writer = await asyncio.open_unix_connection(path, limit=MAX_EVENT)
    except OSError as error:
        raise OwnerUnreachable(f"its control socket cannot be reached ({error.strerror})") from error
    answered = False
    try:
        writer.write(request.model_dump_json().encode() + b"\n")
        await writer.drain()
        while line := await reader.readline():
            event = ShellEvents.validate_json(line)
            answered = event.event not in ("progress", "picture")
            yield event
    except ConnectionError as error:
        if not answered:
            raise OwnerGone(GONE) from error
    finally:
        writer.close()
    if not answered:
        raise OwnerGone(GONE)
