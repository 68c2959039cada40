"""A request for pictures, from any command, button or reaction, and its price as a reservation."""

from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter

from bot import wording
from bot.commands.values import Misread, nearest_match
from bot.imagine import parse
from bot.imagine.hints import hints
from bot.imagine.records import ImageSpec, address_text, calls_at_most, spec_text
from bot.painters.port import SAMPLE_MODEL
from bot.port.cards import Refused
from bot.port.requests import Address, Imagine, Person, SentFile
from bot.services import Services
from quotas.catalog import Catalog, Tier
from quotas.records import Reservation
from quotas.records_workspace import Preferences


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """A request for pictures with every choice made.

    `id`: the idempotency key. `origin`: the command or button. `parent`: the job that it repeats or edits.
    `retry_released`: accept the id again after a job under it was released.
    `job`: the job's id, if it was needed before the reservation.
    `references`, `mask`: files that were sent with it, yet to be checked. What the spec names is in the
    store, under another job, and is copied.
    """

    id: str
    person: Person
    address: Address
    spec: ImageSpec
    origin: str
    parent: int | None = None
    retry_released: bool = False
    job: int | None = None
    references: tuple[SentFile, ...] = ()
    mask: SentFile | None = None


def request_of(
    typed: Imagine, preferences: Preferences, services: Services
) -> ImageRequest | Refused | Misread:
    """Read what was typed. `preferences`: of the workspace in which it was typed."""
    spec = parse.read(
        typed.text,
        typed.options,
        services.commands["imagine"],
        services.catalog,
        preferences=preferences,
        references=len(typed.references),
    )
    if not isinstance(spec, ImageSpec):
        return spec
    return ImageRequest(
        id=typed.id,
        person=typed.person,
        address=typed.address,
        spec=spec,
        origin="imagine",
        references=typed.references,
        mask=typed.mask,
    )


async def styled(request: ImageRequest, services: Services) -> ImageRequest | Refused:
    """Return the request with the words that its style has in its workspace now, unless it has them already.

    So a request that repeats another one keeps the style as it was.
    """
    style = request.spec.style
    if style is None or style.words:
        return request
    styles = await services.ledger.settings.styles(request.address.workspace)
    words = styles.get(style.name)
    if words is None:
        begun = (name for name in styles if name.startswith(style.name))
        nearest = nearest_match(style.name, list(styles)) or next(begun, "")
        return Refused(why="input", sentence=wording.no_style(style.name, list(styles), nearest))
    return replace(request, spec=replace(request.spec, style=replace(style, words=words)))


def cheaper(spec: ImageSpec, services: Services) -> list[ImageSpec]:
    """Return the spec in each cheaper tier, dearest first, with a hint that names the tier it fell back from.

    Only tiers that the catalog lists before the spec's own count: it lists them from quick to fine, within
    one family of models.
    """
    catalog, day = services.catalog, services.today()
    own = catalog.tiers[spec.tier]
    price = catalog.quote(own, spec.quality, day)
    priced: list[tuple[int, ImageSpec]] = []
    tiers = list(catalog.enabled.values())
    for tier in tiers[: tiers.index(own)] if own in tiers else []:
        quality = tier.default_quality
        quote = catalog.quote(tier, quality, day)
        if price is None or quote is None or quote.unit_micros >= price.unit_micros:
            continue
        notes = (wording.fell_back(own.title, tier.title), *hints(spec.prompt, tier))
        priced.append((quote.unit_micros, replace(spec, tier=tier.name, quality=quality, hints=notes)))
    return [other for _, other in sorted(priced, key=itemgetter(0), reverse=True)]


def varied(spec: ImageSpec) -> ImageSpec:
    """Return the spec to draw a variant of one of its pictures, which is then the only reference."""
    return replace(spec, references=(), mask=None)


def available(spec: ImageSpec, catalog: Catalog) -> ImageSpec:
    """Return the spec to edit: in its own tier, or in the usual one if that was switched off since."""
    if spec.tier in catalog.enabled:
        return spec
    usual = catalog.default_tier
    name = parse.editing_tier(catalog, usual) if spec.references else usual
    return _in_tier(spec, catalog.enabled[name])


def edited_from(spec: ImageSpec, catalog: Catalog) -> ImageSpec:
    """Return the spec to edit one of its pictures: in its own tier, or else in one that can, with a note."""
    tier = catalog.enabled.get(parse.editing_tier(catalog, spec.tier))
    if tier is None or tier.name == spec.tier:
        return available(varied(spec), catalog)
    return _in_tier(varied(spec), tier, wording.edits_with(tier))


def finished(spec: ImageSpec, catalog: Catalog) -> ImageSpec | None:
    """Return the spec to draw one of its pictures for good: in the best tier that can work from it.

    If no tier can, it is drawn anew in the best one. None if neither would be better than the spec itself.
    """
    best = catalog.best_editor or catalog.best
    if best is None or best.name == spec.tier:
        return None
    if spec.transparent and "transparent" not in best.capabilities:
        return None
    return _in_tier(replace(varied(spec), images=1), best)


def final_price(spec: ImageSpec, catalog: Catalog, day: date) -> int | None:
    """Return what `finished` costs at most, its reference included, in micro-dollars; None: unknown."""
    final = finished(spec, catalog)
    if final is None:
        return None
    return _price_of_one(final, catalog, day, int(catalog.tiers[final.tier].takes_references()))


def best_of(spec: ImageSpec, catalog: Catalog) -> ImageSpec | None:
    """Return the spec to draw once in the best tier, as it is; None if that cannot, or is its own."""
    best = catalog.best
    if best is None or best.name == spec.tier:
        return None
    final = _in_tier(replace(spec, images=1), best)
    return final if parse.check(final, catalog) is None else None


def best_price(spec: ImageSpec, catalog: Catalog, day: date) -> int | None:
    """Return what `best_of` costs at most, in micro-dollars; None: unknown."""
    final = best_of(spec, catalog)
    return None if final is None else _price_of_one(final, catalog, day, len(final.references))


def _price_of_one(spec: ImageSpec, catalog: Catalog, day: date, references: int) -> int | None:
    tier = catalog.tiers[spec.tier]
    quote = catalog.quote(tier, spec.quality, day, spec.ratio)
    if quote is None:
        return None
    return quote.unit_micros + catalog.inputs(tier, day, spec.drawn_prompt, references)


def most_of(tier: Tier, prompt: str, ratio: str, images: int, catalog: Catalog, day: date) -> int | None:
    """Return what pictures in a tier's usual quality cost at most, in micro-dollars; None: unknown."""
    quote = catalog.quote(tier, tier.default_quality, day, ratio)
    if quote is None:
        return None
    return images * quote.unit_micros + calls_at_most(tier, images) * catalog.inputs(tier, day, prompt, 0)


def repeat_price(spec: ImageSpec, catalog: Catalog, day: date) -> int | None:
    """Return what drawing a spec again costs at most, in micro-dollars; None: it cannot be drawn now."""
    tier = catalog.enabled.get(spec.tier)
    quote = catalog.quote(tier, spec.quality, day, spec.ratio) if tier else None
    if tier is None or quote is None:
        return None
    return quote.unit_micros * spec.images + _inputs(spec, tier, catalog, day)


def _in_tier(spec: ImageSpec, tier: Tier, *notes: str) -> ImageSpec:
    fresh = (*notes, *hints(spec.prompt, tier))
    return replace(spec, tier=tier.name, quality=tier.default_quality, hints=fresh)


def inputs_micros(spec: ImageSpec, services: Services) -> int:
    """Return what prompt and references cost at most, in all calls, in micro-dollars."""
    return _inputs(spec, services.catalog.tiers[spec.tier], services.catalog, services.today())


def _inputs(spec: ImageSpec, tier: Tier, catalog: Catalog, day: date) -> int:
    each = catalog.inputs(tier, day, spec.drawn_prompt, len(spec.references))
    return each * calls_at_most(tier, spec.images)


def reservation_of(request: ImageRequest, services: Services) -> Reservation | Refused:
    """Price the request as of today. Refused if no price is known: an unknown price is never 0."""
    spec, person, address = request.spec, request.person, request.address
    tier = services.catalog.tiers[spec.tier]
    quote = services.catalog.quote(tier, spec.quality, services.today(), spec.ratio)
    if quote is None:
        return Refused(why="unavailable", sentence=wording.no_price(tier))
    if spec.private:
        address = replace(address, private_to=person.id)
    return Reservation(
        request_id=request.id,
        job=request.job,
        workspace=address.workspace,
        channel=address.channel,
        person=person.id,
        name=person.name,
        roles=person.roles,
        tier=tier.name,
        model=tier.model if services.painter.billed else SAMPLE_MODEL,
        quality=spec.quality,
        ratio=spec.ratio,
        images=spec.images,
        official_micros=quote.official_micros,
        unit_micros=quote.unit_micros,
        inputs_micros=inputs_micros(spec, services),
        multiplier=quote.multiplier,
        price_since=quote.since,
        origin=request.origin,
        parent=request.parent,
        request=spec_text(spec),
        words=spec.prompt,
        private=spec.private,
        platform=address.platform,
        address=address_text(address),
        reply_token=address.lent.token if address.lent else None,
        reply_until=address.lent.until if address.lent else None,
        retry_released=request.retry_released,
    )
