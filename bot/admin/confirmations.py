"""Changes that wait to be confirmed: in a drawer of the ledger, for whoever asked for them."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.admin.change import Change
from bot.port.requests import Person
from quotas.ids import id_text, new_id
from quotas.ledger import Ledger

DRAWER = "to confirm"  # "person/id" -> the change
PATIENCE = 600.0  # seconds: long enough to read it again, too short to be found by somebody else later


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change, the workspace in which it was asked for, and until when it can be confirmed."""

    change: Change
    asked_in: str
    until: float


_PENDING = TypeAdapter(Pending)


async def put(ledger: Ledger, person: Person, pending: Pending) -> str:
    """Keep it; returns the name that its button carries."""
    name = id_text(new_id())
    await ledger.kept.put(DRAWER, f"{person.id}/{name}", _PENDING.dump_json(pending).decode())
    return name


async def find(ledger: Ledger, person: Person, name: str, now: float) -> Pending | None:
    """What this person may confirm under that name; None where it is somebody else's, done or too old."""
    kept = await ledger.kept.get(DRAWER, f"{person.id}/{name}")
    pending = _PENDING.validate_json(kept) if kept else None
    return pending if pending is not None and now < pending.until else None


async def drop(ledger: Ledger, person: Person, name: str) -> None:
    await ledger.kept.delete(DRAWER, f"{person.id}/{name}")
