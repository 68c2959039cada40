"""Commands written down before they are acknowledged, until the core has taken them.

Slack does not repeat a command. If the process is killed after the acknowledgement, while it still waits for
the core or for Slack, the person would hear nothing more; the next process therefore asks the core again.
To write a command down takes a tenth of the core's time for it: in a burst, acknowledgements come sooner.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from adapters.slack.ids import qualified_id
from adapters.slack.inbound.convert import Event
from bot.commands.messages import IMAGINE
from bot.errors import trace
from bot.port.protocols import KeyValue
from bot.port.requests import Drawing, Lent

log = structlog.get_logger()

MOST_ENTRIES = 1_000  # that a start reads: more than a second of anybody's commands
_PREFIX = "asked:"


class Journal:
    """The commands in the adapter's store. It raises nothing: a command runs even if it cannot be stored."""

    def __init__(self, store: KeyValue, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def hold(self, event: Event, name: Drawing, text: str) -> AsyncIterator[bool]:
        """Store a command until the block ends; yield True if it is durable. A cancelled one stays stored."""
        is_durable = await self._put(event, name, text)
        try:
            yield is_durable
        except Exception:
            await self._delete(event)
            raise
        await self._delete(event)

    async def pending(self) -> list[tuple[Event, str, str]]:
        """Return an earlier process's commands that can still be answered, and drop the others.

        Each is an event, the command's name, and its text.
        """
        try:
            entries = [_read(text) for _, text in await self._store.items(_PREFIX, MOST_ENTRIES)]
        except Exception as error:
            log.error("slack.not_read", trace=trace(error))
            return []
        for event, *_ in entries:
            if self._is_over(event):
                await self._delete(event)
        return [entry for entry in entries if not self._is_over(entry[0])]

    def _is_over(self, event: Event) -> bool:
        return event.lent is None or event.lent.until <= self._clock()

    async def _put(self, event: Event, name: Drawing, text: str) -> bool:
        try:
            person = qualified_id(event.team, event.user)
            await self._store.put(_PREFIX + event.id, _write(event, name, text), (person,))
        except Exception as error:
            log.error("slack.not_noted", trace=trace(error))
            return False
        return True

    async def _delete(self, event: Event) -> None:
        try:
            await self._store.delete(_PREFIX + event.id)
        except Exception as error:
            log.error("slack.not_dropped", trace=trace(error))


def _write(event: Event, name: Drawing, text: str) -> str:
    """Write everything about a command but its trigger, which expires within seconds."""
    lent = (event.lent.token, event.lent.until) if event.lent else ()
    return json.dumps((text, event.id, event.team, event.user, event.channel, name, *lent))


def _read(entry: str) -> tuple[Event, str, str]:
    text, id_, team, user, channel, *rest = json.loads(entry)
    name = rest.pop(0) if len(rest) % 2 else IMAGINE  # an earlier version wrote none
    response_url = Lent(token=rest[0], until=rest[1]) if rest else None
    return Event(id=id_, team=team, user=user, channel=channel, lent=response_url), name, text
