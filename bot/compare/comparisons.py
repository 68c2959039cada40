"""Comparing: one prompt in several tiers, each a job of its own, and one message for all of them.

Whether a comparison is complete is read from the ledger each time one of its jobs was closed, so that any
process can go on where another was killed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from weakref import WeakValueDictionary

import structlog

from bot import wording
from bot.commands.messages import COMPARE
from bot.compare.refusals import affordable, offered, too_few
from bot.compare.request import Comparison, read
from bot.compare.sheet import Tile, contact_sheet
from bot.errors import trace
from bot.imagine import refusals
from bot.imagine.cards import drawn_in, tile_facts
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.parse import usual
from bot.imagine.records import (
    FEWEST_TIERS,
    MOST_TIERS,
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
from bot.port.requests import Imagine, OptionValue
from bot.services import Services
from bot.storage.pictures import SHEET
from bot.tasks import in_drawing_thread
from quotas.ids import id_text, new_id
from quotas.records import Denied, Job, Reservation
from quotas.records_workspace import Preferences
from quotas.store.errors import LedgerError

log = structlog.get_logger()


class Comparisons:
    """Accepts comparisons, and joins the outcomes of their jobs."""

    def __init__(self, services: Services, lifecycle: ImagineLifecycle) -> None:
        self._services = services
        self._lifecycle = lifecycle
        # By comparison: its jobs may close at once, and two writers of one sheet are in each other's way.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        lifecycle.delivery.complete = self.complete

    # --- accept

    async def imagine(self, typed: Imagine, preferences: Preferences) -> Accepted | Refused:
        """Accept what was typed: a prompt, `tiers` joined by commas, `ratio`, `private`."""
        return await self.compare(typed, {"ratio": usual(self._services.catalog, preferences)["ratio"]})

    async def compare(self, typed: Imagine, rest: Mapping[str, OptionValue]) -> Accepted | Refused:
        """Accept what was typed, as `imagine` does. `rest`: the options that it leaves open."""
        catalog, command = self._services.catalog, self._services.commands[COMPARE]
        request = read(typed, command, catalog, rest)
        if isinstance(request, Comparison):
            return await self.accept(request)
        if isinstance(request, Refused):
            return request
        refused = Refused(why="input", sentence=request.sentence)
        if request.plain is None:
            return refused
        plain = read(replace(typed, text=request.plain), command, catalog, rest)
        return await self._offer(plain, refused, wording.PLAIN) if isinstance(plain, Comparison) else refused

    async def _offer(self, request: Comparison, refused: Refused, label: str) -> Refused:
        """Return the refusal with a button that makes another request; no button if that is refused, too."""
        asked, _ = self._ask(request)
        if len(asked) < FEWEST_TIERS or not self._has_buttons(request):
            return refused
        price = sum(one.hold_micros for one in self._price(asked, ()))
        return await offered(self._services.ledger, request, refused, wording.priced(label, price))

    def _has_buttons(self, request: Comparison) -> bool:
        return self._services.adapters[request.address.platform].has_buttons

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
                others = [*left_out, *not_allowed]
                refused = too_few(others, len(asked))
                return await self._lifecycle.offer(asked[0], refused) if asked and others else refused
            priced = self._price(asked, (*left_out, *not_allowed))
            answer = await asyncio.shield(self._lifecycle.reserve_together(priced))
            if not isinstance(answer, Denied):
                return await self._accepted(answer.job, fresh=answer.fresh)
            allowed = tuple(tier for tier in tiers if tier in answer.allowed)
            if request.named or answer.what != "tier" or len(allowed) == len(tiers):
                return await self._denied(request, asked[0], priced, answer)
            not_allowed += [
                self._left_out(tier, "allowance", wording.NOT_FOR_EVERYONE)
                for tier in tiers
                if tier not in allowed
            ]
            tiers = allowed

    def _ask(self, request: Comparison) -> tuple[list[ImageRequest], list[ComparedTier]]:
        """Return a request for each tier that can draw the prompt, and the tiers that can't, with reasons."""
        asked, left_out = list[ImageRequest](), list[ComparedTier]()
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
            if len(asked) >= MOST_TIERS:
                refused = Refused(why="input", sentence=wording.too_many_tiers(MOST_TIERS))
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

    async def _denied(
        self, request: Comparison, first: ImageRequest, priced: Sequence[Reservation], denied: Denied
    ) -> Refused:
        """Refuse what a limit does not allow, with a button for the tiers that it does."""
        refused = Refused(why="allowance", sentence=wording.denied(denied, self._services.clock()))
        if fewer := affordable(priced, denied):
            names = [wording.spoken(tier) for tier in fewer]
            less = replace(request, tiers=fewer, named=True)
            refused = await self._offer(less, refused, wording.compare_fewer(names))
            if not self._has_buttons(request):
                refused = replace(refused, hint=wording.add_tiers(fewer))
        return await refusals.offered(self._services, first, denied, refused)

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


def _is_without_picture(carrier: Job | None) -> bool:
    """Return whether a comparison has ended, and no tier drew anything."""
    return carrier is not None and carrier.state == "released" and bool(result_of(carrier).compared)


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
    reasons = [wording.tile_alt(each.title, wording.tile_reason(each.why)) for each in tiers]
    if ends == {"refused"}:
        return replace(own, sentence=wording.none_drawn(reasons))
    why: Literal["unknown", "failed"] = "unknown" if "unknown" in ends else "failed"
    return replace(own, why=why, sentence=wording.none_drawn(reasons), pictures=())
