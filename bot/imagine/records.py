"""Request, address and result of a job: the JSON in its row, written and read."""

from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import from_json

from bot.painters.port import Drawn, Outcome, PaintOrder
from bot.port.cards import Header
from bot.port.requests import Address, Lent, MessageRef
from bot.storage.guard import GuardedStore
from quotas.catalog import Catalog, Tier
from quotas.ids import id_text
from quotas.prices import IMAGE
from quotas.records import Close, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """One picture of a job, in the store."""

    key: str
    width: int
    height: int
    format: Literal["jpeg", "png", "webp"]


_ENDS = (".", "!", "?", ",", ";", ":", "…")  # of a prompt, after which words follow without a comma
FEWEST_TIERS = 2  # of a comparison; one alone compares with nothing
MOST_TIERS = 9  # of one; with their sheet, as many pictures as one message shows on Discord


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTier:
    """One tier of a comparison, with its picture or the reason why there is none.

    `job`: as people read it; "" if nothing was reserved for it. `sentence`: the reason in full.
    """

    tier: str
    title: str
    job: str = ""
    why: Literal["drawn", "refused", "failed", "unknown", "cancelled", "input", "allowance", "unavailable"]
    sentence: str = ""
    picture: StoredPicture | None = None
    seconds: float = 0.0
    charge_micros: int = 0

    @property
    def explained(self) -> str:
        """Return the reason with the tier's title, unless it names that itself."""
        return self.sentence if self.title in self.sentence else f"{self.title}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style of a workspace, with the words that it had at the request; "" until they are looked up."""

    name: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSpec:
    """The picture that somebody wants, with every choice made."""

    prompt: str
    tier: str
    ratio: str
    images: Annotated[int, Field(alias="variants")]  # "variants" in the JSON of a row
    quality: str
    transparent: bool = False
    private: bool = False
    references: tuple[StoredPicture, ...] = ()
    mask: StoredPicture | None = None
    style: Style | None = None
    hints: tuple[str, ...] = ()  # shown on the card; nothing else depends on them
    left_out: tuple[ComparedTier, ...] = ()  # of a comparison: tiers for which nothing was reserved

    @property
    def drawn_prompt(self) -> str:
        """Return the prompt that is sent to be drawn: with the words of its style."""
        words = self.style.words if self.style else ""
        joint = " " if self.prompt.endswith(_ENDS) else ", "
        return f"{self.prompt}{joint}{words}" if words else self.prompt

    @property
    def style_name(self) -> str:
        return self.style.name if self.style else ""


ELSEWHERE = "elsewhere"  # cancelled a job: another process answers its request


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of a drawing. `why`: "drawn", or the reason why there is no picture.

    Of help with a prompt, "drawn" means that there was a text.

    `put_back`: the share of what a mask protects that was changed, and put back.
    `filtered`, `broken`, `failed`: as in Drawn. `by`: who cancelled. `calls`: the provider's answer ids.
    `kept`: False if the store did not take the pictures; it may have taken them since.
    `compared`: on the job that carries a comparison, every tier. `sheet`: their contact sheet, if kept.
    `waited`: of a comparison, seconds from its request until the last of it was closed.
    """

    why: Literal["drawn", "refused", "failed", "unknown", "cancelled"]
    pictures: tuple[StoredPicture, ...] = ()
    filtered: int = 0
    broken: int = 0
    failed: int = 0
    sentence: str = ""
    put_back: float = 0.0
    by: str = ""
    calls: tuple[str, ...] = ()
    kept: bool = True
    compared: tuple[ComparedTier, ...] = ()
    sheet: StoredPicture | None = None
    waited: float = 0.0

    @property
    def originals(self) -> tuple[StoredPicture, ...]:
        """Return the pictures as they were drawn: of a comparison, those of every tier."""
        if not self.compared:
            return self.pictures
        return tuple(each.picture for each in self.compared if each.picture is not None)


_SPEC = TypeAdapter(ImageSpec)
_ADDRESS = TypeAdapter(Address)
_MESSAGE = TypeAdapter(MessageRef)
_RESULT = TypeAdapter(Result)


def spec_text(spec: ImageSpec) -> str:
    return _SPEC.dump_json(spec, by_alias=True).decode()


def spec_of(job: Job) -> ImageSpec:
    return _SPEC.validate_json(job.request)


def order_of(job: Job, catalog: Catalog, day: date) -> PaintOrder:
    """Return the painter's order. Costs are that day's, but the job's own quality costs what was reserved.

    So do tokens: their prices are those of the day since which the job's price holds.
    """
    spec, tier = spec_of(job), catalog.tiers[job.tier]
    quotes = {
        quality or IMAGE: catalog.quote(tier, quality, day, job.ratio) for quality in tier.qualities or ("",)
    }
    known = {quality: quote.unit_micros for quality, quote in quotes.items() if quote is not None}
    return PaintOrder(
        job=id_text(job.id),
        prompt=spec.drawn_prompt,
        tier=tier,
        quality=spec.quality,
        ratio=spec.ratio,
        images=spec.images,
        transparent=spec.transparent,
        costs={**known, job.quality or IMAGE: job.unit_micros},
        rates=catalog.rates(tier, date.fromisoformat(job.price_since)),
        inputs_micros=job.inputs_micros // calls_at_most(tier, spec.images),
    )


def calls_at_most(tier: Tier, images: int) -> int:
    """Return the number of calls that draw so many images. Each is billed its prompt and references."""
    return ceil(images / tier.per_call)


def address_text(address: Address) -> str:
    """Write the durable part of an address. The reply token has columns of its own, which can be erased."""
    return _ADDRESS.dump_json(replace(address, lent=None)).decode()


def read_address(text: str) -> Address:
    return _ADDRESS.validate_json(text)


def address_of(job: Job, now: float) -> Address:
    """Read the job's address, with its reply token if that has not expired at `now` (unix seconds)."""
    return replace(read_address(job.address), lent=_lent(job, now))


def message_text(message: MessageRef) -> str:
    return _MESSAGE.dump_json(replace(message, address=replace(message.address, lent=None))).decode()


def message_of(text: str) -> MessageRef:
    return _MESSAGE.validate_json(text)


def card_of(job: Job, now: float) -> MessageRef | None:
    """Read the message that announced the job or, once delivered, the message that shows its pictures."""
    if job.card is None:
        return None
    message = message_of(job.card)
    return replace(message, address=replace(message.address, lent=_lent(job, now)))


def _lent(job: Job, now: float) -> Lent | None:
    if job.reply_token is None or job.reply_until is None or job.reply_until <= now:
        return None
    return Lent(token=job.reply_token, until=job.reply_until)


def drawn(outcome: Drawn, keys: list[str]) -> Result:
    """Return the result of a drawing whose pictures are in the store under `keys`."""
    pictures = tuple(
        StoredPicture(key=key, width=drawing.width, height=drawing.height, format=drawing.format)
        for key, drawing in zip(keys, outcome.drawings, strict=True)
    )
    return Result(
        why="drawn",
        pictures=pictures,
        filtered=outcome.filtered,
        broken=outcome.broken,
        failed=outcome.failed,
    )


def spent_on(job: Job, outcome: Outcome) -> Close:
    """Return the money of an outcome. Nobody is charged more than was held, nor for what is not usable."""
    spent = Close(cost_micros=outcome.cost_micros, uncertain_micros=outcome.uncertain_micros)
    if not isinstance(outcome, Drawn):
        return spent
    charge = outcome.charge_micros
    if charge is None:
        charge = len(outcome.drawings) * job.unit_micros + job.inputs_micros
    return replace(spent, charge_micros=charge)


async def is_stored(job: Job, store: GuardedStore) -> bool:
    """Return False if the job's pictures are in no store, because it did not take them."""
    result = result_of(job)
    return result.kept or any([await store.has(picture.key) for picture in result.pictures])


def result_text(result: Result) -> str:
    return _RESULT.dump_json(result).decode()


def result_of(job: Job) -> Result:
    return _RESULT.validate_json(job.outcome or '{"why":"unknown"}')


def known_as(job: Job) -> str:
    """Return the name by which a job's card is known: of a comparison, that of its first job."""
    compared = result_of(job).compared
    return compared[0].job if compared else id_text(job.id)


def whole(job: Job) -> Job:
    """Return a job as people count it: what carries a comparison has every tier and all that was charged."""
    if job.comparison is None:
        return job
    tiers = [each for each in result_of(job).compared if each.picture is not None]
    return replace(
        job,
        tier=", ".join(each.tier for each in tiers),
        charge_images=len(tiers),
        charge_micros=sum(each.charge_micros for each in tiers),
    )


def bare(outcome: str) -> str:
    """Strip an outcome of everything but what the provider's bill is compared by, to forget its person."""
    result = _RESULT.validate_json(outcome)
    return result_text(Result(why=result.why, calls=result.calls))


def emptied(job: Job) -> str:
    """Return the job's request without its prompt, to keep when the prompt has expired."""
    return spec_text(replace(spec_of(job), prompt="", style=None, hints=()))


def calls_of(outcome: str) -> tuple[str, ...]:
    """Read the provider's ids of its answers from a job's outcome."""
    return tuple(from_json(outcome).get("calls", ()))


def header_of(job: Job, catalog: Catalog) -> Header:
    spec = spec_of(job)
    entry = catalog.tiers.get(job.tier)
    return Header(
        job=id_text(job.id),
        prompt=spec.prompt,
        person=job.person,
        name=job.name,
        tier=job.tier,
        tier_title=entry.title if entry else job.tier,
        ratio=job.ratio,
        quality=job.quality,
        images=job.images,
        private=spec.private,
    )
