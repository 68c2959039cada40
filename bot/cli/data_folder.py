"""Writing in the data folder: through the process that owns it, or as its owner for one request."""

import asyncio
from contextlib import aclosing

from adapters.shell import socket
from adapters.shell.errors import OwnerUnreachable
from adapters.shell.requests import AnyRequest, CommandAnswer, CompareRequest, DrawRequest, Events, Problem
from bot.app.folder import FolderHeld
from bot.cli.exits import Exit, exit_code, fail
from bot.config.settings import Settings

PAUSE = 0.1  # seconds between tries
TRIES = 50  # an owner that is just starting or stopping is there, or gone, within five seconds


async def write(settings: Settings, request: AnyRequest) -> Events:
    """Have the owner of the folder carry out a request, or do so here. The last event is the answer.

    Raises LedgerError, CatalogError, FolderHeld, OwnerGone.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with aclosing(socket.ask(settings.imagine_data, request)) as events:
                async for event in events:
                    yield event
            return
        except OwnerUnreachable as unreachable:
            try:
                async with aclosing(_here(settings, request)) as events:
                    async for event in events:
                        yield event
                return
            except FolderHeld as held:
                if attempt == TRIES:
                    raise FolderHeld(f"{held} It takes no requests: {unreachable}.") from unreachable
        await asyncio.sleep(PAUSE)


async def _here(settings: Settings, request: AnyRequest) -> Events:
    """Carry out a request in this process; jobs that wait are taken up only by one that draws."""
    # The core with all that it draws takes a third of a second to import, which an owner has done.
    from bot.app.run import open_app

    async with (
        open_app(settings, draws=isinstance(request, DrawRequest | CompareRequest)) as app,
        aclosing(app.answer(request)) as events,
    ):
        async for event in events:
            yield event


async def get_answer(settings: Settings, request: AnyRequest, *, as_json: bool) -> CommandAnswer:
    """Have a request carried out, and return its answer; exit if it was refused or not carried out."""
    async with aclosing(write(settings, request)) as events:
        async for event in events:
            if isinstance(event, Problem):
                fail(Exit.FAILED, event.sentence, as_json=as_json)
            if isinstance(event, CommandAnswer):
                if event.why:
                    fail(exit_code(event.why), event.sentence, as_json=as_json)
                return event
    raise AssertionError("The last event is the answer.")
