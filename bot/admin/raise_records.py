"""What a person asks the admins for, in drawers of the ledger: first what was refused, then what is asked.

All of it is kept under the name that the buttons carry, which says nothing by itself.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot import wording
from bot.imagine.request import Wish
from bot.port.cards import Button, Refused
from bot.port.requests import Address, MessageRef
from bot.services import Parts
from quotas.ids import id_text, new_id
from quotas.ledger import Ledger
from quotas.records import Denied
from quotas.store.sqlite import LedgerError

REFUSED = "refused"  # "person/name" -> what was refused
REQUESTS = "requests"  # name -> what is asked, and how it was answered
LATEST = "latest request"  # "workspace/person" -> the name of the latest
DRAWERS = (REFUSED, REQUESTS, LATEST)
FOR_ONE = frozenset(("person", "role", "everyone"))  # limits that a grant lifts; caps hold on top of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What stopped whom, and where to tell them. Amounts are images or micro-dollars, as `what` says.

    `stopped_by`: the kind of the limit, or "joined". `day`: on which it was asked for, "" before that.
    `card`: where the admins see it. `said`: how it was answered, in words, by `by`.
    """

    workspace: str
    person: str
    name: str
    address: Address
    what: str
    stopped_by: str
    period: str
    limit: int
    used: int
    asked: int
    day: str = ""
    card: MessageRef | None = None
    said: str = ""
    by: str = ""
    granted: bool = False


_REQUEST = TypeAdapter(Request)


async def offered(parts: Parts, wish: Wish, denied: Denied, refusal: Refused) -> Refused:
    """The refusal, with the button where a grant would help and there is somebody to ask."""
    lifts = (denied.kind in FOR_ONE or denied.joined) and denied.what in ("images", "money")
    workspace = wish.address.workspace
    name = id_text(new_id())
    try:
        if not lifts or not (await parts.ledger.preferences(workspace)).admin_channel:
            return refusal
        request = Request(
            workspace=workspace,
            person=wish.person.id,
            name=wish.person.name,
            address=replace(wish.address, private_to=wish.person.id, lent=None),
            what=denied.what,
            stopped_by="joined" if denied.joined else denied.kind,
            period=denied.period,
            limit=denied.limit,
            used=denied.used,
            asked=denied.asked,
        )
        await parts.ledger.keep(REFUSED, f"{wish.person.id}/{name}", _text(request))
    except LedgerError:  # a convenience, not worth a failure of its own
        return refusal
    return replace(refusal, buttons=(Button(verb="more", label=wording.MORE, job=name),))


async def refused(ledger: Ledger, person: str, name: str) -> Request | None:
    """What this person was refused; None where it is no longer kept, or somebody else's."""
    return _request(await ledger.kept(REFUSED, f"{person}/{name}"))


async def find(ledger: Ledger, name: str) -> Request | None:
    """What is asked under that name."""
    return _request(await ledger.kept(REQUESTS, name))


async def latest(ledger: Ledger, request: Request) -> Request | None:
    """What the same person asked for last in the same workspace."""
    name = await ledger.kept(LATEST, _whose(request))
    return await find(ledger, name) if name else None


async def begin(ledger: Ledger, name: str, request: Request) -> None:
    """From now on this is what they asked for last."""
    await keep(ledger, name, request)
    await ledger.keep(LATEST, _whose(request), name)


async def keep(ledger: Ledger, name: str, request: Request) -> None:
    await ledger.keep(REQUESTS, name, _text(request))


def _whose(request: Request) -> str:
    return f"{request.workspace}/{request.person}"


def _request(kept: str | None) -> Request | None:
    return _REQUEST.validate_json(kept) if kept else None


def _text(request: Request) -> str:
    return _REQUEST.dump_json(request).decode()
