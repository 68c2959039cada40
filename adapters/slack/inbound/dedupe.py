"""Which events were dealt with. Slack tells of an event again until it hears that it arrived.

What is drawn is guarded by the request's id in the ledger; this is for all else, over restarts, too.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.errors import trace
from bot.port.protocols import KeyValue

log = structlog.get_logger()

# Newest ones that are known. Slack repeats within six minutes (docs.slack.dev/apis/events-api, "Error
# handling"): this is enough for ten a second.
MOST = 4_000
_PREFIX = "seen:"


class Dedupe:
    """The ids of what was dealt with, in the adapter's KeyValue, and all of them in memory."""

    def __init__(self, store: KeyValue) -> None:
        self._store = store
        self._known: dict[str, None] | None = None
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def once(self, name: str) -> AsyncIterator[bool]:
        """Whether this is the first time. It is remembered once it was dealt with, so that what a killed
        process leaves undone is done when Slack repeats it.
        """
        known = await self._loaded()
        if name in known:
            yield False
            return
        known[name] = None
        try:
            yield True
        except asyncio.CancelledError:
            del known[name]
            raise
        await self._remember(known, name)

    async def _loaded(self) -> dict[str, None]:
        async with self._loading:
            if self._known is None:
                pairs = await self._store.items(_PREFIX, MOST)
                self._known = dict.fromkeys(key.removeprefix(_PREFIX) for key, _ in pairs)
        return self._known

    async def _remember(self, known: dict[str, None], name: str) -> None:
        """What cannot be kept is known until the process ends, which is better than an error to a person."""
        try:
            await self._store.put(_PREFIX + name, "")
            while len(known) > MOST:
                oldest = next(iter(known))
                del known[oldest]
                await self._store.delete(_PREFIX + oldest)
        except Exception as error:
            log.error("slack.not_kept", trace=trace(error))
