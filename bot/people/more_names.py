"""What those are called of whom an entry speaks."""

import json
from collections.abc import Iterable, Mapping

from quotas.ledger import Ledger
from quotas.records import Entry

_CHANNELS = ("alert_channel", "admin_channel")


async def names_in(ledger: Ledger, workspace: str, entries: Iterable[Entry]) -> Mapping[str, str]:
    """The names of their persons, roles and channels, as far as they are known."""
    return await ledger.names(workspace, {id_ for entry in entries for id_ in _ids(entry)})


def _ids(entry: Entry) -> set[str]:
    sides = [json.loads(side) for side in (entry.before, entry.after) if side]
    return {entry.author, entry.ref, *(side[name] for side in sides for name in _CHANNELS if side.get(name))}
