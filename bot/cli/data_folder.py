"""How a shell command reaches the data folder: reading directly, writing through whoever owns it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing

from adapters.shell import socket
from adapters.shell.adapter import change
from adapters.shell.requests import AnyRequest, DrawRequest, Events, QuotaRequest
from bot.app.run import FolderHeld, defaults, load_bench, open_house, own_ledger
from bot.app.workbench import Workbench
from bot.config.settings import Settings
from quotas.ledger import Ledger
from quotas.store.errors import LedgerUnavailable
from quotas.store.sqlite import FILE

READ_TRIES = 10  # tenths of a second in which a ledger that is just being made may not be readable yet
TRIES = 50  # tenths of a second to wait for an owner that is just starting or stopping


async def write(settings: Settings, request: AnyRequest) -> Events:
    """Carry out a request here, or by the process that owns the folder. The last event is the answer.

    Raises LedgerError, CatalogError, FolderHeld, control.OwnerGone.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with aclosing(_here(settings, request)) as events:
                async for event in events:
                    yield event
            return
        except FolderHeld as held:
            try:
                async with aclosing(socket.ask(settings.imagine_data, request)) as events:
                    async for event in events:
                        yield event
                return
            except socket.OwnerUnreachable as error:
                if attempt == TRIES:
                    raise FolderHeld(f"{held} It takes no requests: {error}.") from error
        await asyncio.sleep(0.1)


async def _here(settings: Settings, request: AnyRequest) -> Events:
    """Nobody's drawing is taken up for a change of allowances."""
    if isinstance(request, QuotaRequest):
        async with own_ledger(settings) as ledger:
            yield await change(ledger, request)
        return
    draws = isinstance(request, DrawRequest)
    async with open_house(settings, recover=draws) as house, aclosing(house.answer(request)) as events:
        async for event in events:
            yield event


@contextlib.asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Ledger]:
    """The ledger, to read beside its owner; an empty one where there is none yet. Raises LedgerError."""
    for _ in range(TRIES):
        if (settings.imagine_data / FILE).exists():
            break
        with contextlib.suppress(FolderHeld):
            async with own_ledger(settings):
                break
        await asyncio.sleep(0.1)
    bench = Workbench()
    ledger = await _open(settings, bench)
    try:
        await load_bench(settings, bench, ledger)
        yield ledger
    finally:
        await ledger.close()


async def _open(settings: Settings, bench: Workbench) -> Ledger:
    for _ in range(READ_TRIES):
        with contextlib.suppress(LedgerUnavailable):
            return await _open_once(settings, bench)
        await asyncio.sleep(0.1)
    return await _open_once(settings, bench)


async def _open_once(settings: Settings, bench: Workbench) -> Ledger:
    return await Ledger.open(settings.imagine_data, defaults(settings), clock=bench.now, read_only=True)
