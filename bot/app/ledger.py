"""The ledger of the data folder, opened to write by its owner, or to read beside one."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from bot.app.folder import FolderHeld
from bot.app.workbench import Workbench
from bot.config.settings import Settings
from bot.storage.key_value import LedgerKeyValue
from quotas.ledger import Ledger
from quotas.records import Defaults
from quotas.store.errors import LedgerUnavailable
from quotas.store.lock import OwnerLock
from quotas.store.sqlite import FILE

PAUSE = 0.1  # seconds between tries
READ_TRIES = 10  # a ledger that is just being made may not be readable for a second
OWN_TRIES = 50  # an owner that is just starting makes the ledger within five seconds


def defaults(settings: Settings) -> Defaults:
    """Return the limits that hold where nothing is set in the ledger."""
    return Defaults(
        images_per_day=settings.imagine_images_per_day,
        money_per_day=settings.imagine_money_per_day,
        dm_images_per_day=settings.imagine_dm_images_per_day,
        guest_images_per_day=settings.imagine_guest_images_per_day,
        bot_money_per_day=settings.imagine_bot_money_per_day,
        bot_money_per_month=settings.imagine_bot_money_per_month,
        zone=settings.imagine_timezone,
    )


@contextlib.asynccontextmanager
async def own_ledger(
    settings: Settings, clock: Callable[[], float] = time.time, *, serves: bool = False
) -> AsyncIterator[Ledger]:
    """Own the data folder, and open its ledger to write. Raises FolderHeld, LedgerError.

    `serves`: only then does IMAGINE_TIMEZONE change the zone of a ledger that there is. A command in another
    environment than the bot's would change everybody's days.
    """
    lock = OwnerLock(settings.imagine_data)
    if not lock.acquire():
        raise FolderHeld(
            f"Another imagine process is using {settings.imagine_data}; "
            "stop it, or set IMAGINE_DATA to another folder."
        )
    try:
        ledger = await Ledger.open(settings.imagine_data, defaults(settings), clock=clock, moves_zone=serves)
        try:
            yield ledger
        finally:
            await ledger.close()
    finally:
        lock.release()


@contextlib.asynccontextmanager
async def read_ledger(settings: Settings) -> AsyncIterator[Ledger]:
    """Open the ledger to read beside its owner; make an empty one if there is none. Raises LedgerError."""
    for _ in range(OWN_TRIES):
        if (settings.imagine_data / FILE).exists():
            break
        with contextlib.suppress(FolderHeld):
            async with own_ledger(settings):
                break
        await asyncio.sleep(PAUSE)
    bench = Workbench()
    ledger = await _open(settings, bench)
    try:
        await load_bench(settings, bench, ledger)
        yield ledger
    finally:
        await ledger.close()


async def load_bench(settings: Settings, bench: Workbench, ledger: Ledger) -> None:
    """Load the workbench's clock if no chat platform is served: then the playground decides what today is."""
    if not settings.platforms:
        await bench.load(LedgerKeyValue(ledger, "workbench"))


async def _open(settings: Settings, bench: Workbench) -> Ledger:
    for _ in range(READ_TRIES):
        with contextlib.suppress(LedgerUnavailable):
            return await _open_once(settings, bench)
        await asyncio.sleep(PAUSE)
    return await _open_once(settings, bench)


async def _open_once(settings: Settings, bench: Workbench) -> Ledger:
    return await Ledger.open(settings.imagine_data, defaults(settings), clock=bench.now, read_only=True)
