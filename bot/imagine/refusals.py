"""Refusals with a button: *Draw without them* for unknown flags, *Ask for more* for a limit.

A button carries an id alone; the ledger keeps what it stands for.
"""

from dataclasses import replace

from bot import wording
from bot.commands.values import Misread
from bot.imagine.records import address_text
from bot.imagine.request import ImageRequest
from bot.port.cards import Button, Refused
from bot.port.requests import Person
from bot.services import Services
from quotas.ids import id_text, new_id
from quotas.ledger import Ledger
from quotas.people.pending import PendingAction
from quotas.records import Denied
from quotas.settings.raise_requests import RaiseRequest
from quotas.store.errors import LedgerError

LONGEST_WORDS = 32_000  # characters; no model takes a longer prompt
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
    return replace(refusal, buttons=(Button(verb="more", label=wording.MORE, target=name),))
