"""Typed words that were not understood: the refusal, and what the button *Draw without them* draws.

A button carries no words: they wait in a drawer of the ledger, for the person who typed them.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot import wording
from bot.commands.values import Misread
from bot.imagine.request import ImageRequest
from bot.port.cards import Button, Refused
from bot.port.requests import Address, MessageRef, Person
from bot.services import Services
from quotas.ids import id_text, new_id
from quotas.ledger import Ledger
from quotas.records import Denied
from quotas.store.errors import LedgerError

REFUSED = "refused"  # "person/name" -> what was refused
FOR_ONE = frozenset(("person", "role", "everyone"))  # limits that a grant lifts; caps hold on top of it
DRAWER = "typed"  # "person/id" -> the words without what was misread
DRAWERS = (DRAWER, REFUSED)


async def refusal(ledger: Ledger, person: Person, misread: Misread) -> Refused:
    """The refusal, with a button where the rest of the words can be drawn."""
    if not misread.plain:
        return Refused(why="input", sentence=misread.sentence)
    name = id_text(new_id())
    try:
        await ledger.kept.put(DRAWER, f"{person.id}/{name}", misread.plain)
    except LedgerError:  # a convenience, not worth a failure of its own
        return Refused(why="input", sentence=misread.sentence)
    button = Button(verb="plain", label=wording.PLAIN, target=name)
    return Refused(why="input", sentence=misread.sentence, buttons=(button,))


async def words(ledger: Ledger, person: Person, name: str) -> str | None:
    """What this person's button stands for; None where it is no longer kept, or somebody else's."""
    return await ledger.kept.get(DRAWER, f"{person.id}/{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseRequest:
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


_REQUEST = TypeAdapter(RaiseRequest)


async def offered(services: Services, request: ImageRequest, denied: Denied, refusal: Refused) -> Refused:
    """The refusal, with the button where a grant would help and there is somebody to ask."""
    lifts = (denied.kind in FOR_ONE or denied.joined) and denied.what in ("images", "money")
    workspace = request.address.workspace
    name = id_text(new_id())
    try:
        if not lifts or not (await services.ledger.settings.preferences(workspace)).admin_channel:
            return refusal
        raised = RaiseRequest(
            workspace=workspace,
            person=request.person.id,
            name=request.person.name,
            address=replace(request.address, private_to=request.person.id, lent=None),
            what=denied.what,
            stopped_by="joined" if denied.joined else denied.kind,
            period=denied.period,
            limit=denied.limit,
            used=denied.used,
            asked=denied.asked,
        )
        await services.ledger.kept.put(REFUSED, f"{request.person.id}/{name}", request_text(raised))
    except LedgerError:  # a convenience, not worth a failure of its own
        return refusal
    return replace(refusal, buttons=(Button(verb="more", label=wording.MORE, target=name),))


async def refused(ledger: Ledger, person: str, name: str) -> RaiseRequest | None:
    """What this person was refused; None where it is no longer kept, or somebody else's."""
    return read_request(await ledger.kept.get(REFUSED, f"{person}/{name}"))


def read_request(kept: str | None) -> RaiseRequest | None:
    return _REQUEST.validate_json(kept) if kept else None


def request_text(request: RaiseRequest) -> str:
    return _REQUEST.dump_json(request).decode()
