"""What was asked for, written down before it is acknowledged, until the core has taken it.

Slack does not repeat a command. Whoever it was acknowledged to hears no more if the process is killed while
the core, or Slack, is still asked about it; so the next process asks again. To write down what was said costs
a tenth of what the core does to take it, which is what a burst of acknowledgements would else wait for.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from adapters.slack.inbound.convert import Event
from bot.errors import trace
from bot.port.protocols import KeyValue
from bot.port.requests import Lent

log = structlog.get_logger()

MOST = 1_000  # that are read at a start: more than a second of anybody's commands
_PREFIX = "asked:"


class Journal:
    """In the adapter's KeyValue. Nothing is raised: what cannot be written down is asked for all the same."""

    def __init__(self, store: KeyValue, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def kept(self, heard: Event, text: str) -> AsyncIterator[bool]:
        """A command is written down until this is over; whether that is durable. What is cancelled stays."""
        durable = await self._put(heard, text)
        try:
            yield durable
        except Exception:
            await self._drop(heard)
            raise
        await self._drop(heard)

    async def left(self) -> list[tuple[Event, str]]:
        """What an earlier process did not get to, and whoever asked can still be answered."""
        try:
            found = [_read(text) for _, text in await self._store.items(_PREFIX, MOST)]
        except Exception as error:
            log.error("slack.not_read", trace=trace(error))
            return []
        for heard, _ in found:
            if self._is_over(heard):
                await self._drop(heard)
        return [(heard, text) for heard, text in found if not self._is_over(heard)]

    def _is_over(self, heard: Event) -> bool:
        return heard.lent is None or heard.lent.until <= self._clock()

    async def _put(self, heard: Event, text: str) -> bool:
        try:
            await self._store.put(_PREFIX + heard.id, _written(heard, text))
        except Exception as error:
            log.error("slack.not_noted", trace=trace(error))
            return False
        return True

    async def _drop(self, heard: Event) -> None:
        try:
            await self._store.delete(_PREFIX + heard.id)
        except Exception as error:
            log.error("slack.not_dropped", trace=trace(error))


def _written(heard: Event, text: str) -> str:
    """All that a command tells but its trigger, which is over by then."""
    lent = (heard.lent.token, heard.lent.until) if heard.lent else ()
    return json.dumps((text, heard.id, heard.team, heard.user, heard.channel, *lent))


def _read(written: str) -> tuple[Event, str]:
    text, id_, team, user, channel, *lent = json.loads(written)
    url = Lent(token=lent[0], until=lent[1]) if lent else None
    return Event(id=id_, team=team, user=user, channel=channel, lent=url), text
