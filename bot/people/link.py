"""`/link`: a person's identities become one, by a one-time code that both sides agree to.

One side gets a code, the other types it and agrees, the first agrees: so a code that was guessed, stolen or
given to a stranger joins nobody by itself. Codes are kept in memory alone: they are good for ten minutes, and
a restart costs no more than asking for another.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot import wording
from bot.port.cards import Button, Card, Notice, Refused, Report
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, Command, Person, Press
from bot.services import Services
from quotas.ids import id_number, id_text
from quotas.limits.rules import DIRECT
from quotas.records import Identity
from quotas.store.errors import LedgerError

log = structlog.get_logger()

LIFE = 600.0  # seconds a code is good for: time to switch apps and to type it
TRIES = 5  # wrong codes per person within that time
BITS = 63  # what an id's 13 characters hold: at that many tries, nothing to guess
UNDO = "undo"


@dataclass(slots=True, kw_only=True)
class Offer:
    """A code: who got it and where, who typed it and where, and whether they agreed."""

    code: str
    giver: Identity
    home: Address
    until: float
    taker: Identity | None = None
    there: Address | None = None
    agreed: bool = False


class Links:
    """Carries out `/link` and its button. One per process, since it holds the codes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._offers: dict[str, Offer] = {}  # by code
        self._wrong: dict[str, list[float]] = {}  # when each person typed a wrong one

    async def command(self, command: Command, words: str) -> Report | Notice | Refused:
        """`words`: nothing, a code, or "undo"."""
        self._forget()
        me = _identity(command.person, command.address)
        if words.lower() == UNDO:
            return await self._undo(me, command.id)
        allowance = await self._services.ledger.reports.allowance(me.workspace, me.person, me.roles)
        if allowance.images_day.limit == 0:
            return Refused(why="policy", sentence=wording.NOTHING_TO_LINK)
        if not words:
            return await self._give(me, command.address)
        return await self._take(me, command.address, words)

    async def press(self, press: Press) -> Notice | Refused:
        """*Join*, on either side. Whoever has nothing to do with the code learns nothing of it."""
        self._forget()
        offer = self._offers.get(press.target)
        if offer is not None and offer.taker is not None and offer.there is not None:
            if offer.agreed and _presses(press, offer.giver):
                return await self._join(offer, offer.taker, offer.there, press.id)
            if _presses(press, offer.taker):
                return await self._agree(offer, offer.taker)
        return Notice(sentence=wording.NO_SUCH_CODE)

    async def _give(self, me: Identity, address: Address) -> Report:
        """A code; the same one as long as it is good; or the question, once the other side agreed."""
        offer = next((each for each in self._offers.values() if _same(each.giver, me)), None)
        if offer is not None and offer.agreed and offer.taker is not None:
            return _question(offer.taker, offer.code)
        if offer is None:
            code = id_text(secrets.randbits(BITS))
            until = self._services.clock() + LIFE
            offer = self._offers[code] = Offer(code=code, giver=me, home=address, until=until)
        link = await self._services.ledger.people.link_of(me.workspace, me.person)
        others = [_named(one) for one in link.but(me.workspace, me.person)]
        told = wording.link_code(offer.code, offer.until - self._services.clock())
        already = [wording.linked(others)] if others else []
        return Report(title=wording.LINK, lines=(*already, told, wording.LINK_MEANS))

    async def _take(self, me: Identity, address: Address, words: str) -> Report | Notice | Refused:
        """A code was typed: bind it to whoever typed it first, and ask them."""
        wrong = self._wrong.get(me.person, [])
        if len(wrong) >= TRIES:
            return Refused(
                why="policy", sentence=wording.too_many_codes(wrong[0] + LIFE - self._services.clock())
            )
        offer = self._offers.get(_code(words))
        if offer is None or not (offer.taker is None or _same(offer.taker, me)):
            self._wrong[me.person] = [*wrong, self._services.clock()]
            return Refused(why="input", sentence=wording.NO_SUCH_CODE)
        if _same(offer.giver, me):
            return Refused(why="input", sentence=wording.OWN_CODE)
        offer.taker, offer.there = me, address
        link = await self._services.ledger.people.link_of(me.workspace, me.person)
        if link.has(offer.giver):
            return _joined(offer.giver)
        return _question(offer.giver, offer.code)

    async def _agree(self, offer: Offer, taker: Identity) -> Notice:
        """The other side agreed: now the first is asked, there; and should that fail, at its next `/link`."""
        if not offer.agreed:
            offer.agreed = True
            question = partial(_question, taker, offer.code)
            await self._tell(offer.home, offer.giver, question, f"{offer.code}.asked")
        return Notice(sentence=wording.agreed(_named(offer.giver)))

    async def _join(self, offer: Offer, taker: Identity, there: Address, request: str) -> Notice | Refused:
        """Both sides agreed. The code goes last: pressed twice, it joins once."""
        join = self._services.ledger.people.link
        try:
            link = await join(offer.giver, taker, reason=wording.LINK_REASON, request_id=request)
        except LedgerError as error:
            log.error("link.failed", reason=str(error))
            return Refused(why="unavailable", sentence=wording.BUSY)
        fresh = self._offers.pop(offer.code, None) is not None
        if link is None:
            return Notice(sentence=wording.TOO_MANY_LINKED)
        if fresh:
            await self._tell(there, taker, partial(_joined, offer.giver), f"{offer.code}.joined")
        return _joined(taker)

    async def _undo(self, me: Identity, request: str) -> Notice:
        """Separate this identity; a code of its own that is still good ends, too."""
        given = [code for code, offer in self._offers.items() if _same(offer.giver, me)]
        for code in given:
            del self._offers[code]
        leave = self._services.ledger.people.unlink
        before = await leave(me.workspace, me.person, reason=wording.UNLINK_REASON, request_id=request)
        if before is not None:
            others = [_named(one) for one in before.but(me.workspace, me.person)]
            return Notice(sentence=wording.unlinked(others))
        return Notice(sentence=wording.CODE_ENDED if given else wording.NOT_LINKED)

    async def _tell(self, address: Address, whom: Identity, card: Callable[[], Card], key: str) -> None:
        """Post to one person alone, where they asked, in the language spoken there.

        It is a courtesy: the answers say how to do without.
        """
        private = replace(address, private_to=whom.person)
        try:
            with wording.override(await self._services.language(address.workspace)):
                await self._services.adapters[address.platform].post(private, card(), key=key)
        except DeliveryError as error:
            log.info("link.not_told", reason=str(error))

    def _forget(self) -> None:
        """Drop the codes and the tries whose time is over."""
        now = self._services.clock()
        self._offers = {code: offer for code, offer in self._offers.items() if offer.until > now}
        recent = {who: [at for at in wrong if at + LIFE > now] for who, wrong in self._wrong.items()}
        self._wrong = {who: wrong for who, wrong in recent.items() if wrong}


def _question(whom: Identity, code: str) -> Report:
    button = Button(verb="link", label=wording.JOIN, target=code, style="primary")
    return Report(title=wording.join_question(_named(whom)), lines=(wording.LINK_MEANS,), buttons=(button,))


def _joined(whom: Identity) -> Notice:
    return Notice(sentence=wording.linked([_named(whom)]))


def _identity(person: Person, address: Address) -> Identity:
    return Identity(address.workspace, person.id, person.name, person.roles)


def _same(one: Identity, other: Identity) -> bool:
    return (one.workspace, one.person) == (other.workspace, other.person)


def _presses(press: Press, identity: Identity) -> bool:
    """Whether that is who pressed: in their workspace, or where a platform sends what is private to them."""
    return press.person.id == identity.person and press.address.workspace in (identity.workspace, DIRECT)


def _named(identity: Identity) -> str:
    return wording.somebody(identity.name, identity.person.partition(":")[0].capitalize())


def _code(words: str) -> str:
    """The code as it was given, whatever a phone made of it; "" where it cannot be one."""
    try:
        return id_text(id_number(words))
    except ValueError:
        return ""
