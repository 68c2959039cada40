"""How a shell command reaches the data folder: reading directly, writing through whoever owns it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from bot.app import FolderHeld, defaults, open_house
from bot.settings import Settings
from bot.shell import control
from bot.shell.requests import DrawRequest, QuotaRequest, ShellEvent
from quotas.database import FILE
from quotas.ledger import Ledger
from quotas.owner import OwnerLock

START_TRIES = 50  # tenths of a second to wait for an owner that is just making its database


async def write(settings: Settings, request: DrawRequest | QuotaRequest) -> AsyncGenerator[ShellEvent, None]:
    """Carry out a request here, or by the process that owns the folder. The last event is the answer.

    Raises LedgerError, CatalogError, control.OwnerSilent.
    """
    try:
        async with open_house(settings) as house:
            async for event in house.answer(request):
                yield event
    except FolderHeld:
        async for event in control.ask(settings.imagine_data, request):
            yield event


@contextlib.asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Ledger]:
    """The ledger, to read beside its owner. Where there is none yet, an empty one is made. Raises LedgerError."""
    for _ in range(START_TRIES):
        if (settings.imagine_data / FILE).exists():
            break
        await _make(settings)
        await asyncio.sleep(0.1)
    ledger = await Ledger.open(settings.imagine_data, defaults(settings), read_only=True)
    try:
        yield ledger
    finally:
        await ledger.close()


async def _make(settings: Settings) -> None:
    lock = OwnerLock(settings.imagine_data)
    if lock.acquire():
        try:
            await (await Ledger.open(settings.imagine_data, defaults(settings))).close()
        finally:
            lock.release()
