"""Names of people, roles and channels: recorded as requests bring them, looked up for logs and reports."""

import json
from collections.abc import Iterable, Mapping

import structlog
from cachetools import LRUCache

from bot.port.requests import Command, Imagine
from bot.services import Services
from quotas.ledger import Ledger
from quotas.records import Entry
from quotas.store.errors import LedgerError

log = structlog.get_logger()

MOST = 10_000  # recorded names to remember; recording one again does no harm


class SeenNames:
    """Records names. One per process, because it remembers what it has recorded."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._recorded: LRUCache[tuple[str, str], str] = LRUCache(MOST)

    async def record(self, request: Imagine | Command) -> None:
        """Record the names that a request brings, if they are new.

        If the ledger fails, the rest is skipped: the next request brings the names again.
        """
        workspace = request.address.workspace
        for named in request.names:
            if self._recorded.get((workspace, named.id)) == named.name:
                continue
            try:
                if named.kind == "person":
                    await self._services.ledger.people.record_person(
                        workspace, named.id, named.name, self._services.clock()
                    )
                else:
                    await self._services.ledger.people.record_name(workspace, named.id, named.name)
            except LedgerError as error:
                log.info("names.not_noted", reason=str(error))
                return
            self._recorded[workspace, named.id] = named.name


_CHANNELS = ("alert_channel", "admin_channel")


async def names_in(ledger: Ledger, workspace: str, entries: Iterable[Entry]) -> Mapping[str, str]:
    """Look up the display names of the people, roles and channels that log entries mention, if known."""
    return await ledger.people.names(workspace, {id_ for entry in entries for id_ in _ids(entry)})


def _ids(entry: Entry) -> set[str]:
    sides = [json.loads(side) for side in (entry.before, entry.after) if side]
    return {entry.author, entry.ref, *(side[name] for side in sides for name in _CHANNELS if side.get(name))}
