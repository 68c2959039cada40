"""Comparing: one prompt in several tiers, each a job of its own, and one message for all of them.

Whether a comparison is complete is read from the ledger each time one of its jobs was closed, so that any
process can go on where another was killed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from weakref import WeakValueDictionary

import structlog

from bot import wording
from bot.commands.messages import COMPARE, command_in, drop_name
from bot.commands.parser import parse
from bot.commands.spec import Command
from bot.commands.values import Misread, read_value
from bot.compare.sheet import Tile, contact_sheet
from bot.errors import trace
from bot.imagine import refusals
from bot.imagine.cards import drawn_in, tile_facts
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.parse import as_flags, usual
from bot.imagine.records import (
    FEWEST_TIERS,
    ComparedTier,
    ImageSpec,
    Result,
    StoredPicture,
    result_of,
    result_text,
    spec_of,
)
from bot.imagine.request import ImageRequest, reservation_of
from bot.imagine.retry import retry_ledger
from bot.port.cards import Accepted, Refused
from bot.port.requests import Address, Imagine, OptionValue, Person
from bot.services import Services
from bot.storage.pictures import SHEET
from bot.tasks import in_drawing_thread
from quotas.ids import id_text, new_id
from quotas.records import Denied, Job, Reservation
from quotas.records_workspace import Preferences
from quotas.store.errors import LedgerError

log = structlog.get_logger()

MOST = 9  # tiers; with their sheet, as many pictures as one message shows on Discord


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A request to compare. `named`: the person chose the tiers, so that none is left out quietly.

    `retry_released`: accept the id again after a comparison under it ended without a picture.
    """

    id: str
    person: Person
    address: Address
    prompt: str
    tiers: tuple[str, ...]
    named: bool
    ratio: str
    private: bool
    parent: int | None = None
    retry_released: bool = False


class Comparisons:
    """Accepts comparisons, and joins the outcomes of their jobs."""

    def __init__(self, services: Services, lifecycle: ImagineLifecycle) -> None:
        self._services = services
        self._lifecycle = lifecycle
        # By comparison: its jobs may close at once, and two writers of one sheet are in each other's way.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        lifecycle.delivery.complete = self.complete

    # --- accept

    async def compare(self, typed: Imagine, preferences: Preferences) -> Accepted | Refused:
        """Accept what was typed: a prompt, `tiers` joined by commas, `ratio`, `private`."""
        catalog, command = self._services.catalog, self._services.commands[COMPARE]
        if typed.references or typed.mask:
            return Refused(why="input", sentence=wording.COMPARES_WORDS)
        text = drop_name(typed.text, COMPARE)
        if name := command_in(text):
            return Refused(why="input", sentence=wording.is_command(name))
        read = _read(text, typed.options, command)
        if isinstance(read, Misread):
            return await refusals.refusal(self._services.ledger, typed.person, read)
        prompt, options = read
        named = tuple(dict.fromkeys(str(options.get("tiers") or "").split(","))) if "tiers" in options else ()
        request = Comparison(
            id=typed.id,
            person=typed.person,
            address=typed.address,
            prompt=prompt,
            tiers=named or tuple(catalog.enabled),
            named=bool(named),
            ratio=str(options.get("ratio") or usual(catalog, preferences)["ratio"]),
            private=bool(options.get("private", False)),
        )
        return await self.accept(request)

    async def again(self, carrier: Job, request: ImageRequest) -> Accepted | Refused:
        """Compare once more, as the comparison that a job carries did."""
        tiers = tuple(each.tier for each in result_of(carrier).compared)
        return await self.accept(
            Comparison(
                id=request.id,
                person=request.person,
                address=request.address,
                prompt=request.spec.prompt,
                tiers=tuple(each for each in tiers if each in self._services.catalog.enabled),
                named=False,
                ratio=request.spec.ratio,
                private=request.spec.private,
                parent=carrier.id,
                retry_released=request.retry_released,
            )
        )

    async def accept(self, request: Comparison) -> Accepted | Refused:
        """Reserve the sum of all tiers and queue them. The same request id gets the same answer again."""
        try:
            if (before := await self._before(request)) is not None:
                return await self._accepted(before, fresh=False)
            return await self._reserve(request)
        except LedgerError as error:
            log.error("reserve.failed", request=request.id, reason=str(error))
            return Refused(why="unavailable", sentence=wording.not_noted(error))

    async def _before(self, request: Comparison) -> Job | None:
        """Return the job that carries the comparison which this request was accepted as before."""
        for tier in self._services.catalog.tiers:
            job = await self._services.ledger.jobs.of_request(f"{request.id}:{tier}")
            if job is not None:
                carrier = await self._services.ledger.jobs.carrier(job.id)
                return None if request.retry_released and _is_without_picture(carrier) else carrier
        return None

    async def _reserve(self, request: Comparison) -> Accepted | Refused:
        """Leave out the tiers that the person may not use, unless they were named; then reserve the rest."""
        tiers, not_allowed = request.tiers, list[ComparedTier]()
        while True:
            asked, left_out = self._ask(replace(request, tiers=tiers))
            if len(asked) < FEWEST_TIERS:
                return _too_few([*left_out, *not_allowed], len(asked))
            answer = await asyncio.shield(
                self._lifecycle.reserve_together(self._price(asked, (*left_out, *not_allowed)))
            )
            if not isinstance(answer, Denied):
                return await self._accepted(answer[0], fresh=True)
            allowed = tuple(tier for tier in tiers if tier in answer.allowed)
            if request.named or answer.what != "tier" or len(allowed) == len(tiers):
                return await self._denied(asked[0], answer)
            not_allowed += [
                self._left_out(tier, "allowance", wording.NOT_IN_ALLOWANCE)
                for tier in tiers
                if tier not in allowed
            ]
            tiers = allowed

    def _ask(self, request: Comparison) -> tuple[list[ImageRequest], list[ComparedTier]]:
        """Return a request for each tier that can draw the prompt, and the tiers that can't, with reasons."""
        asked, left_out = [], []
        for name in request.tiers:
            tier = self._services.catalog.tiers[name]
            one = ImageRequest(
                id=f"{request.id}:{name}",
                person=request.person,
                address=request.address,
                spec=ImageSpec(
                    prompt=request.prompt,
                    tier=name,
                    ratio=request.ratio,
                    images=1,
                    quality=tier.default_quality,
                    private=request.private,
                ),
                origin="compare",
                parent=request.parent,
                retry_released=request.retry_released,
                job=new_id(),
            )
            refused = self._lifecycle.refusal(one) or reservation_of(one, self._services)
            if isinstance(refused, Refused):
                why: Literal["input", "unavailable"] = "input" if refused.why == "input" else "unavailable"
                left_out.append(self._left_out(name, why, refused.sentence))
            else:
                asked.append(one)
        return asked, left_out

    def _left_out(
        self, tier: str, why: Literal["input", "allowance", "unavailable"], sentence: str
    ) -> ComparedTier:
        return ComparedTier(
            tier=tier, title=self._services.catalog.tiers[tier].title, why=why, sentence=sentence
        )

    def _price(self, asked: Sequence[ImageRequest], left_out: tuple[ComparedTier, ...]) -> list[Reservation]:
        """Price the requests; the first remembers which tiers were left out."""
        first = replace(asked[0], spec=replace(asked[0].spec, left_out=left_out))
        priced = [reservation_of(one, self._services) for one in (first, *asked[1:])]
        return [replace(one, comparison=first.job) for one in priced if isinstance(one, Reservation)]

    async def _denied(self, request: ImageRequest, denied: Denied) -> Refused:
        refusal = Refused(why="allowance", sentence=wording.denied(denied, self._services.clock()))
        return await refusals.offered(self._services, request, denied, refusal)

    async def _accepted(self, job: Job, *, fresh: bool) -> Accepted:
        now, presenter = self._services.clock(), self._lifecycle.presenter
        if result_of(job).compared:
            return presenter.accepted(job, now, fresh=fresh)
        jobs = await self._services.ledger.jobs.of_comparison(job.comparison or job.id)
        card = presenter.working(jobs[0], now, jobs)
        return Accepted(job=card.header.job, card=card, fresh=fresh)

    # --- join

    async def complete(self, job: Job) -> Job | None:
        """Join the outcomes of a comparison once all of its jobs are closed; return the job that carries it.

        None: some are open, or it was done before. Safe to repeat, and at once from several tasks.
        """
        comparison = job.comparison or job.id
        lock = self._locks.setdefault(comparison, asyncio.Lock())
        async with lock:
            return await self._complete(comparison)

    async def _complete(self, comparison: int) -> Job | None:
        ledger = self._services.ledger
        jobs = await retry_ledger(lambda: ledger.jobs.of_comparison(comparison))
        if not jobs or any(each.closed_at is None or each.delivered_at is not None for each in jobs):
            return None
        read = [await self._read_picture(each) for each in jobs]
        jobs = [each for each, _ in read]
        carrier = next((each for each in jobs if each.state == "settled"), jobs[0])
        tiers = (*map(self._tier, jobs), *spec_of(jobs[0]).left_out)
        result = _joined(jobs, carrier, tiers)
        if carrier.state == "settled":
            pictures = {each.tier: data for each, data in read}
            result = replace(result, sheet=await self._sheet(carrier, tiers, pictures))
        text = result_text(result)
        return await retry_ledger(lambda: ledger.jobs.complete_comparison(comparison, carrier.id, text))

    async def _read_picture(self, job: Job) -> tuple[Job, bytes | None]:
        """Return a closed job and its picture; written off if that was lost with the process that drew it."""
        result = result_of(job)
        if job.state != "settled" or not result.pictures:
            return job, None
        try:
            data = await self._services.store.get(result.pictures[0].key)
        except OSError:
            return job, None  # it may be readable later
        if data is not None:
            return job, data
        log.error("pictures.lost", job=id_text(job.id))
        lost = Result(why="failed", sentence=wording.lost(id_text(job.id)), calls=result.calls)
        write_off = self._services.ledger.jobs.write_off
        return await retry_ledger(lambda: write_off(job.id, result_text(lost))) or job, None

    def _tier(self, job: Job) -> ComparedTier:
        result, entry = result_of(job), self._services.catalog.tiers.get(job.tier)
        return ComparedTier(
            tier=job.tier,
            title=entry.title if entry else job.tier,
            job=id_text(job.id),
            why=result.why,
            sentence=result.sentence,
            picture=result.pictures[0] if job.state == "settled" and result.pictures else None,
            seconds=drawn_in(job),
            charge_micros=job.charge_micros or 0,
        )

    async def _sheet(
        self, carrier: Job, tiers: Sequence[ComparedTier], pictures: Mapping[str, bytes | None]
    ) -> StoredPicture | None:
        """Draw and store the contact sheet; None if that fails, and then the originals come without it."""
        tiles = [
            Tile(
                label=each.title,
                facts=tile_facts(each) if each.picture else "",
                picture=pictures.get(each.tier) if each.picture else None,
                reason=wording.tile_reason(each.why),
            )
            for each in tiers
        ]
        across, down = (int(part) for part in carrier.ratio.split(":"))
        try:
            sheet = await in_drawing_thread(lambda: contact_sheet(tiles, (across, down)))
            key = await self._services.store.put_reference(id_text(carrier.id), SHEET, sheet)
        except Exception as error:
            log.error("sheet.broke", job=id_text(carrier.id), trace=trace(error))
            return None
        return StoredPicture(key=key, width=sheet.width, height=sheet.height, format=sheet.format)


def _read(
    text: str, fields: Mapping[str, OptionValue], command: Command
) -> tuple[str, dict[str, OptionValue]] | Misread:
    """Read the prompt and the options; a platform's own field beats a typed flag."""
    options: dict[str, OptionValue] = {}
    for option in command.options:
        field = fields.get(option.name)
        if field is not None:
            value = read_value(option, field) if isinstance(field, str) else field
            if isinstance(value, Misread):
                return value
            options[option.name] = value
    parsed = parse(text, command)
    if isinstance(parsed, Misread):
        plain = f"/{COMPARE} {parsed.plain} {as_flags(options)}".strip() if parsed.plain else None
        return replace(parsed, plain=plain)
    return parsed.prompt, {**parsed.options, **options}


def _is_without_picture(carrier: Job | None) -> bool:
    """Return whether a comparison has ended, and no tier drew anything."""
    return carrier is not None and carrier.state == "released" and bool(result_of(carrier).compared)


def _too_few(left_out: Sequence[ComparedTier], asked: int) -> Refused:
    """Refuse to compare; if nothing can be drawn for one and the same reason, tell that alone."""
    sentences = {each.sentence for each in left_out}
    why: Literal["input", "allowance", "unavailable"] = "input"
    if left_out and all(each.why == "unavailable" for each in left_out):
        why = "unavailable"
    elif any(each.why == "allowance" for each in left_out):
        why = "allowance"
    if not asked and len(sentences) == 1:
        return Refused(why=why, sentence=sentences.pop())
    reasons = [f"{each.title}: {each.sentence}" for each in left_out]
    return Refused(why=why, sentence=wording.too_few_tiers(reasons))


def _joined(jobs: Sequence[Job], carrier: Job, tiers: tuple[ComparedTier, ...]) -> Result:
    """Return the result of the whole: of its pictures, or why there is none."""
    waited = max(each.closed_at or 0.0 for each in jobs) - min(each.created_at for each in jobs)
    own = replace(result_of(carrier), compared=tiers, waited=waited)
    if carrier.state == "settled":
        drawn = [result_of(each) for each in jobs if each.state == "settled"]
        return replace(own, kept=all(each.kept for each in drawn))
    ends = {each.why for each in map(result_of, jobs)}
    if ends == {"cancelled"}:
        return own
    reasons = [f"{each.title}: {each.sentence}" for each in tiers]
    if ends == {"refused"}:
        return replace(own, sentence=wording.none_drawn(reasons))
    why: Literal["unknown", "failed"] = "unknown" if "unknown" in ends else "failed"
    return replace(own, why=why, sentence=wording.none_drawn(reasons), pictures=())
