"""Retries of what the ledger must record sooner or later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.tasks import backoff
from quotas.store.errors import LedgerBusy, LedgerUnavailable

T = TypeVar("T")
log = structlog.get_logger()
PAUSES = (0.2, 1.0, 5.0, 15.0)  # seconds between tries; the last repeats: somebody may free a full disk


async def retry_ledger(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat `work` until the database can do it. Raises every error that repeating cannot mend."""
    tries = 0
    while True:
        try:
            return await work()
        except (LedgerBusy, LedgerUnavailable) as error:
            pause = backoff(PAUSES, tries)
            log.error("ledger.stumbled", reason=str(error), again_in=pause)
            tries += 1
            await asyncio.sleep(pause)
