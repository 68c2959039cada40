"""Changes that wait until the admin who asked for them confirms them."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.admin.change import Change
from bot.port.requests import Person
from quotas.ledger import Ledger
from quotas.people.pending import PendingAction

PATIENCE = 600.0  # seconds: enough to read the question again, too short for somebody else to find it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change that can be confirmed `until` (unix seconds).

    `asked_in`: the workspace in which it was asked for.
    """

    change: Change
    asked_in: str
    until: float


_CHANGE = TypeAdapter(Change)


async def put(ledger: Ledger, person: Person, pending: Pending) -> str:
    """Store a pending change, and return the id that its button carries."""
    change = pending.change
    action = PendingAction(
        person=person.id,
        workspace=pending.asked_in,
        subject=change.ref if change.kind == "person" else None,
        payload=_CHANGE.dump_json(change).decode(),
        until=pending.until,
    )
    return await ledger.pending.put("change", action)


async def find(ledger: Ledger, person: Person, action_id: str) -> Pending | None:
    """Find a change that this person may confirm. None: another person's, confirmed already, or too late."""
    action = await ledger.pending.get("change", person.id, action_id)
    if action is None:
        return None
    change = _CHANGE.validate_json(action.payload)
    return Pending(change=change, asked_in=action.workspace or "", until=action.until or 0.0)


async def delete(ledger: Ledger, action_id: str) -> None:
    await ledger.pending.delete(action_id)
