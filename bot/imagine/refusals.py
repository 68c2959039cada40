"""Refusals with a button: *Draw with …* for a tier that cannot, *Draw without them* for unknown flags, and
*Ask for more* for a limit.

A button carries an id alone; the ledger keeps what it stands for. Pictures that were sent are kept as they
were checked: where they came from, they may be gone or closed to the bot by the time of the press.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot import wording
from bot.commands.values import Misread
from bot.imagine.records import ImageSpec, address_text
from bot.imagine.request import ImageRequest, reservation_of
from bot.imagine.with_pictures import discard, take_in
from bot.port.cards import Button, Refused
from bot.port.requests import Address, Person, Press
from bot.references.intake import Intake
from bot.services import Services
from quotas.ids import id_text, new_id
from quotas.ledger import Ledger
from quotas.limits.rules import DIRECT
from quotas.people.pending import PendingAction
from quotas.records import Denied
from quotas.settings.raise_requests import RaiseRequest
from quotas.store.errors import LedgerError

LONGEST_WORDS = 32_000  # characters; no model takes a longer prompt
REQUEST_SECONDS = 24 * 3600.0  # that a refused request, and its pictures, can be drawn otherwise
FOR_ONE = frozenset(("person", "role", "everyone"))  # limits that a grant lifts; caps hold on top of it


async def refusal(ledger: Ledger, person: Person, misread: Misread) -> Refused:
    """Return the refusal of misread words, with a button that draws the other words, if there are any.

    Words that are too long to draw have no button, and are not kept.
    """
    if misread.wants_file:
        platform = person.id.partition(":")[0]
        return Refused(why="input", sentence=misread.sentence, hint=wording.send_pictures(platform))
    if not misread.plain or len(misread.plain) > LONGEST_WORDS:
        return Refused(why="input", sentence=misread.sentence)
    try:
        name = await ledger.pending.put("words", PendingAction(person=person.id, payload=misread.plain))
    except LedgerError:  # a convenience, not worth a failure of its own
        return Refused(why="input", sentence=misread.sentence)
    button = Button(verb="plain", label=wording.PLAIN, target=name)
    return Refused(why="input", sentence=misread.sentence, buttons=(button,))


async def words(ledger: Ledger, person: Person, name: str) -> str | None:
    """Return the words that a person's button draws. None: expired, or another person's button."""
    action = await ledger.pending.get("words", person.id, name)
    return action.payload if action else None


async def offered(services: Services, request: ImageRequest, denied: Denied, refusal: Refused) -> Refused:
    """Return the refusal, with a button to ask for more if a grant would help and admins have a channel."""
    lifts = (denied.kind in FOR_ONE or denied.joined) and denied.what in ("images", "money")
    workspace = request.address.workspace
    name = id_text(new_id())
    try:
        if not lifts or not (await services.ledger.settings.preferences(workspace)).admin_channel:
            return refusal
        raised = RaiseRequest(
            id=name,
            workspace=workspace,
            person=request.person.id,
            name=request.person.name,
            address=address_text(replace(request.address, private_to=request.person.id)),
            what=denied.what,
            stopped_by="joined" if denied.joined else denied.kind,
            period=denied.period,
            maximum=denied.limit,
            used=denied.used,
            amount=denied.asked,
        )
        await services.ledger.raise_requests.put(raised)
    except LedgerError:  # a convenience, not worth a failure of its own
        return refusal
    more = Button(verb="more", label=wording.MORE, target=name)
    return replace(refusal, buttons=(*refusal.buttons, more))


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptRequest:
    """A refused request as its button draws it. `address`: without a reply token."""

    spec: ImageSpec
    address: Address
    origin: str
    parent: int | None = None


_KEPT = TypeAdapter(_KeptRequest)


async def otherwise(
    services: Services, intake: Intake, request: ImageRequest, refusal: Refused, label: str = ""
) -> Refused:
    """Return the refusal of a request, with a button that draws it as `request` says.

    Its pictures are checked and kept for that; one that cannot be used is named in the hint instead.
    `label`: of the button, before the price; "": it names the tier.
    """
    taken = await take_in(request, services, intake)
    if isinstance(taken, Refused):
        return replace(refusal, hint=taken.sentence)
    name = id_text(taken.job or new_id())
    tier, reservation = services.catalog.tiers[taken.spec.tier], reservation_of(taken, services)
    if isinstance(reservation, Refused):  # its price is unknown
        await discard(services, name)
        return refusal
    price = reservation.hold_micros
    if not services.adapters[request.address.platform].has_buttons:
        await discard(services, name)
        return refusal if label else replace(refusal, hint=wording.add_tier(tier, price))
    if not await keep(services, taken, name):
        return refusal
    text = wording.priced(label, price) if label else wording.draw_with(tier, price)
    return replace(refusal, buttons=(Button(verb="instead", label=text, target=name),))


async def keep(services: Services, request: ImageRequest, name: str) -> bool:
    """Keep a request with its pictures, instead of its person's oldest. False: the ledger does not."""
    kept = _KeptRequest(
        spec=request.spec,
        address=replace(request.address, lent=None),
        origin=request.origin,
        parent=request.parent,
    )
    action = PendingAction(
        person=request.person.id,
        payload=_KEPT.dump_json(kept, by_alias=True).decode(),
        until=services.clock() + REQUEST_SECONDS,
    )
    try:
        replaced = await services.ledger.pending.put_request(name, action)
    except LedgerError:  # a convenience, not worth a failure of its own
        await discard(services, name)
        return False
    await discard(services, *replaced)
    return True


async def kept_request(services: Services, press: Press) -> ImageRequest | None:
    """Return the request that a person's button draws. None: expired, or another person's button."""
    action = await services.ledger.pending.get("request", press.person.id, press.target)
    if action is None:
        return None
    kept = _KEPT.validate_json(action.payload)
    place = press.address
    if place.workspace == DIRECT != kept.address.workspace:  # the refusal was sent on by direct message
        place = replace(kept.address, private_to=press.person.id, lent=place.lent)
    return ImageRequest(
        id=press.id,
        person=press.person,
        address=place,
        spec=kept.spec,
        origin=kept.origin,
        parent=kept.parent,
    )
