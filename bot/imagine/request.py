"""What somebody wants drawn, from whatever command, button or reaction; and its price, as a reservation."""

from dataclasses import dataclass, replace
from operator import itemgetter

from bot import wording
from bot.imagine.hints import hints
from bot.imagine.records import Ask, address_text, ask_text
from bot.painters.port import SAMPLE_MODEL
from bot.port.cards import Refused
from bot.port.requests import Address, Person
from bot.services import Parts
from quotas.records import Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request for pictures with every choice made. `id`: the request's id, the idempotency key.

    `origin` names the button or command, `parent` the job it repeats or edits. `retry_released`: a job
    that was released under the same id does not use it up.
    """

    id: str
    person: Person
    address: Address
    ask: Ask
    origin: str
    parent: int | None = None
    retry_released: bool = False


def cheaper(ask: Ask, parts: Parts) -> list[Ask]:
    """The same in each tier that costs less, dearest first; the card says why it is another.

    Of those that the catalog lists before it: it goes from quick to fine, within one family of models.
    """
    catalog, day = parts.catalog, parts.today()
    asked = catalog.tiers[ask.tier]
    price = catalog.quote(asked, ask.quality, day)
    found: list[tuple[int, Ask]] = []
    tiers = list(catalog.enabled.values())
    for tier in tiers[: tiers.index(asked)] if asked in tiers else []:
        quality = tier.default_quality
        quote = catalog.quote(tier, quality, day)
        if price is None or quote is None or quote.unit_micros >= price.unit_micros:
            continue
        notes = (wording.fell_back(asked.title, tier.title), *hints(ask.prompt, tier))
        found.append((quote.unit_micros, replace(ask, tier=tier.name, quality=quality, hints=notes)))
    return [other for _, other in sorted(found, key=itemgetter(0), reverse=True)]


def reservation_of(wish: Wish, parts: Parts) -> Reservation | Refused:
    """The wish at today's price. Refused where no price is known: an unknown price is never 0."""
    ask, person, address = wish.ask, wish.person, wish.address
    tier = parts.catalog.tiers[ask.tier]
    quote = parts.catalog.quote(tier, ask.quality, parts.today())
    if quote is None:
        return Refused(why="unavailable", sentence=wording.no_price(tier))
    if ask.private:
        address = replace(address, private_to=person.id)
    return Reservation(
        request_id=wish.id,
        workspace=address.workspace,
        channel=address.channel,
        person=person.id,
        name=person.name,
        roles=person.roles,
        tier=tier.name,
        model=tier.model if parts.painter.billed else SAMPLE_MODEL,
        quality=ask.quality,
        ratio=ask.ratio,
        images=ask.variants,
        official_micros=quote.official_micros,
        unit_micros=quote.unit_micros,
        multiplier=quote.multiplier,
        price_since=quote.since,
        origin=wish.origin,
        parent=wish.parent,
        request=ask_text(ask),
        platform=address.platform,
        address=address_text(address),
        reply_token=address.lent.token if address.lent else None,
        reply_until=address.lent.until if address.lent else None,
        retry_released=wish.retry_released,
    )
