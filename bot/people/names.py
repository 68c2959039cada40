"""Names that requests bring with them, kept where they are new: logs and reports are read by people."""

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

MOST = 10_000  # names that are remembered as noted; beyond it, noting them again does no harm


class SeenNames:
    """Notes names. One per process, since it remembers what it has noted."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noted: LRUCache[tuple[str, str], str] = LRUCache(MOST)

    async def note(self, request: Imagine | Command) -> None:
        """A name that cannot be kept now will be brought again."""
        workspace = request.address.workspace
        for named in request.names:
            if self._noted.get((workspace, named.id)) == named.name:
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
            self._noted[workspace, named.id] = named.name


_CHANNELS = ("alert_channel", "admin_channel")


async def names_in(ledger: Ledger, workspace: str, entries: Iterable[Entry]) -> Mapping[str, str]:
    """The names of their persons, roles and channels, as far as they are known."""
    return await ledger.people.names(workspace, {id_ for entry in entries for id_ in _ids(entry)})


def _ids(entry: Entry) -> set[str]:
    sides = [json.loads(side) for side in (entry.before, entry.after) if side]
    return {entry.author, entry.ref, *(side[name] for side in sides for name in _CHANNELS if side.get(name))}
