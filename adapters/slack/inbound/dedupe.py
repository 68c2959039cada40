"""The memory of handled events: Slack sends an event again until it is acknowledged.

A request's id in the ledger keeps one request from drawing twice. This module guards everything else, over
restarts, too.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.errors import trace
from bot.port.protocols import KeyValue

log = structlog.get_logger()

# The newest events that are remembered. Slack repeats for up to six minutes (docs.slack.dev/apis/events-api,
# "Error handling"): this is enough for ten events a second.
REMEMBERED_EVENTS = 4_000
_PREFIX = "seen:"


class Dedupe:
    """The ids of handled events: in the adapter's store, and all of them in memory."""

    def __init__(self, store: KeyValue) -> None:
        self._store = store
        self._ids: dict[str, None] | None = None
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def once(self, id_: str) -> AsyncIterator[bool]:
        """Yield True if the event is new, and remember it when the block ends.

        A cancelled event is not remembered: Slack repeats it, and the next process handles it.
        """
        ids = await self._load()
        if id_ in ids:
            yield False
            return
        ids[id_] = None
        try:
            yield True
        except asyncio.CancelledError:
            del ids[id_]
            raise
        await self._remember(ids, id_)

    async def _load(self) -> dict[str, None]:
        async with self._loading:
            if self._ids is None:
                pairs = await self._store.items(_PREFIX, REMEMBERED_EVENTS)
                self._ids = dict.fromkeys(key.removeprefix(_PREFIX) for key, _ in pairs)
        return self._ids

    async def _remember(self, ids: dict[str, None], id_: str) -> None:
        """Store an id, and drop the oldest ones. A failure is only logged: memory holds the id meanwhile."""
        try:
            await self._store.put(_PREFIX + id_, "")
            while len(ids) > REMEMBERED_EVENTS:
                oldest = next(iter(ids))
                del ids[oldest]
                await self._store.delete(_PREFIX + oldest)
        except Exception as error:
            log.error("slack.not_kept", trace=trace(error))
