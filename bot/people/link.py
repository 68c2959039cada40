"""`/link`: join a person's identities with a one-time code that both sides agree to.

The giver gets a code; the taker types it and agrees; then the giver agrees. Therefore a code that was
guessed, stolen or passed to a stranger joins nobody by itself. Codes are kept in memory only: they expire
after ten minutes, and after a restart a person just asks for another.
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

LIFE = 600.0  # seconds until a code expires: time to switch apps and type it
TRIES = 5  # wrong codes per person within that time
BITS = 63  # an id's 13 characters hold that many; five tries cannot guess them
UNDO = "undo"


@dataclass(slots=True, kw_only=True)
class Offer:
    """One code. The giver got it, the taker typed it; their addresses are where each did so.

    `expires_at`: unix seconds.
    """

    code: str
    giver: Identity
    giver_address: Address
    expires_at: float
    taker: Identity | None = None
    taker_address: Address | None = None
    taker_agreed: bool = False


class Links:
    """Carries out `/link` and its button. One per process, because it holds the codes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._offers: dict[str, Offer] = {}  # by code
        self._wrong_times: dict[str, list[float]] = {}  # by person: when they typed wrong codes

    async def command(self, command: Command, words: str) -> Report | Notice | Refused:
        """Carry out `/link`. `words`: nothing, a code, or "undo"."""
        self._drop_expired()
        identity = _identity(command.person, command.address)
        if words.lower() == UNDO:
            return await self._undo(identity, command.id)
        allowance = await self._services.ledger.reports.allowance(
            identity.workspace, identity.person, identity.roles
        )
        if allowance.images_day.limit == 0:
            return Refused(why="policy", sentence=wording.NOTHING_TO_LINK)
        if not words:
            return await self._offer_code(identity, command.address)
        return await self._enter_code(identity, command.address, words)

    async def press(self, press: Press) -> Notice | Refused:
        """Carry out *Join*, on either side. Anybody else is told that there is no such code."""
        self._drop_expired()
        offer = self._offers.get(press.target)
        if offer is not None and offer.taker is not None and offer.taker_address is not None:
            if offer.taker_agreed and _is_pressed_by(press, offer.giver):
                return await self._join(offer, offer.taker, offer.taker_address, press.id)
            if _is_pressed_by(press, offer.taker):
                return await self._agree(offer, offer.taker)
        return Notice(sentence=wording.NO_SUCH_CODE)

    async def _offer_code(self, identity: Identity, address: Address) -> Report:
        """Show a code, the same one until it expires. Once the taker agreed, ask the giver instead."""
        offer = next((each for each in self._offers.values() if _is_same(each.giver, identity)), None)
        if offer is not None and offer.taker_agreed and offer.taker is not None:
            return _join_question(offer.taker, offer.code)
        if offer is None:
            code = id_text(secrets.randbits(BITS))
            expires_at = self._services.clock() + LIFE
            offer = self._offers[code] = Offer(
                code=code, giver=identity, giver_address=address, expires_at=expires_at
            )
        link = await self._services.ledger.people.link_of(identity.workspace, identity.person)
        others = [_label(one) for one in link.others(identity.workspace, identity.person)]
        instruction = wording.link_code(offer.code, offer.expires_at - self._services.clock())
        linked_line = [wording.linked(others)] if others else []
        return Report(title=wording.LINK, lines=(*linked_line, instruction, wording.LINK_MEANS))

    async def _enter_code(
        self, identity: Identity, address: Address, words: str
    ) -> Report | Notice | Refused:
        """Bind the code to the first person who types it, and ask that person to agree."""
        times = self._wrong_times.get(identity.person, [])
        if len(times) >= TRIES:
            return Refused(
                why="policy", sentence=wording.too_many_codes(times[0] + LIFE - self._services.clock())
            )
        offer = self._offers.get(_read_code(words))
        if offer is None or not (offer.taker is None or _is_same(offer.taker, identity)):
            self._wrong_times[identity.person] = [*times, self._services.clock()]
            return Refused(why="input", sentence=wording.NO_SUCH_CODE)
        if _is_same(offer.giver, identity):
            return Refused(why="input", sentence=wording.OWN_CODE)
        offer.taker, offer.taker_address = identity, address
        link = await self._services.ledger.people.link_of(identity.workspace, identity.person)
        if link.has(offer.giver):
            return _joined_notice(offer.giver)
        return _join_question(offer.giver, offer.code)

    async def _agree(self, offer: Offer, taker: Identity) -> Notice:
        """Record that the taker agreed, and ask the giver.

        If the post fails, the giver's next `/link` asks.
        """
        if not offer.taker_agreed:
            offer.taker_agreed = True
            question = partial(_join_question, taker, offer.code)
            await self._notify(offer.giver_address, offer.giver, question, f"{offer.code}.asked")
        return Notice(sentence=wording.agreed(_label(offer.giver)))

    async def _join(
        self, offer: Offer, taker: Identity, taker_address: Address, request: str
    ) -> Notice | Refused:
        """Join both identities, then drop the code; a second press notifies nobody again."""
        join = self._services.ledger.people.link
        try:
            link = await join(offer.giver, taker, reason=wording.LINK_REASON, request_id=request)
        except LedgerError as error:
            log.error("link.failed", reason=str(error))
            return Refused(why="unavailable", sentence=wording.BUSY)
        is_first = self._offers.pop(offer.code, None) is not None
        if link is None:
            return Notice(sentence=wording.TOO_MANY_LINKED)
        if is_first:
            await self._notify(
                taker_address, taker, partial(_joined_notice, offer.giver), f"{offer.code}.joined"
            )
        return _joined_notice(taker)

    async def _undo(self, identity: Identity, request: str) -> Notice:
        """Separate this identity from the others, and drop the codes that it got."""
        codes = [code for code, offer in self._offers.items() if _is_same(offer.giver, identity)]
        for code in codes:
            del self._offers[code]
        unlink = self._services.ledger.people.unlink
        before = await unlink(
            identity.workspace, identity.person, reason=wording.UNLINK_REASON, request_id=request
        )
        if before is not None:
            others = [_label(one) for one in before.others(identity.workspace, identity.person)]
            return Notice(sentence=wording.unlinked(others))
        return Notice(sentence=wording.CODE_ENDED if codes else wording.NOT_LINKED)

    async def _notify(
        self, address: Address, recipient: Identity, build_card: Callable[[], Card], key: str
    ) -> None:
        """Post a card to one person privately, in the language of the workspace at `address`.

        A failure is only logged, because the answers to `/link` say how to go on without the post.
        """
        private = replace(address, private_to=recipient.person)
        try:
            with wording.override(await self._services.language(address.workspace)):
                await self._services.adapters[address.platform].post(private, build_card(), key=key)
        except DeliveryError as error:
            log.info("link.not_told", reason=str(error))

    def _drop_expired(self) -> None:
        """Drop expired codes, and wrong tries that no longer count."""
        now = self._services.clock()
        self._offers = {code: offer for code, offer in self._offers.items() if offer.expires_at > now}
        recent = {who: [at for at in times if at + LIFE > now] for who, times in self._wrong_times.items()}
        self._wrong_times = {who: times for who, times in recent.items() if times}


def _join_question(other: Identity, code: str) -> Report:
    button = Button(verb="link", label=wording.JOIN, target=code, style="primary")
    return Report(title=wording.join_question(_label(other)), lines=(wording.LINK_MEANS,), buttons=(button,))


def _joined_notice(other: Identity) -> Notice:
    return Notice(sentence=wording.linked([_label(other)]))


def _identity(person: Person, address: Address) -> Identity:
    return Identity(address.workspace, person.id, person.name, person.roles)


def _is_same(one: Identity, other: Identity) -> bool:
    return (one.workspace, one.person) == (other.workspace, other.person)


def _is_pressed_by(press: Press, identity: Identity) -> bool:
    """Return whether this identity pressed: in its own workspace, or in a direct message to the person."""
    return press.person.id == identity.person and press.address.workspace in (identity.workspace, DIRECT)


def _label(identity: Identity) -> str:
    return wording.somebody(identity.name, identity.person.partition(":")[0].capitalize())


def _read_code(words: str) -> str:
    """Normalize a typed code, as keyboards of phones change it; return "" if it cannot be a code."""
    try:
        return id_text(id_number(words))
    except ValueError:
        return ""
