"""The life of one `/imagine`, to be read from top to bottom: accept, draw, close, deliver, recover.

Every accepted request is a row in the ledger before anybody hears of it. It ends in exactly one outcome
and one message, whatever process is killed in between.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import wording
from bot.commands.values import Misread
from bot.errors import trace
from bot.imagine import parse, refusals
from bot.imagine.card_tracker import CardTracker
from bot.imagine.cards import Presenter, drawn_in
from bot.imagine.delivery import Delivery
from bot.imagine.queue import Scheduler, Turn
from bot.imagine.records import (
    ELSEWHERE,
    Result,
    address_of,
    drawn,
    order_of,
    result_text,
    spec_of,
    spent_on,
)
from bot.imagine.request import ImageRequest, cheaper, request_of, reservation_of, styled
from bot.imagine.retry import retry_ledger
from bot.imagine.slowdown import Slowdown
from bot.imagine.waiting import Waiting
from bot.imagine.with_pictures import MissingReference, discard, load, put_back, take_in
from bot.painters.port import SAMPLE_MODEL, Drawing, Drawn, NotDrawn, Outcome
from bot.painters.port import Declined as ModelDeclined
from bot.port.cards import Accepted, Refused, Working
from bot.port.requests import Imagine, Press, SentFile
from bot.references.intake import Intake
from bot.services import Services
from bot.tasks import Background
from bot.telemetry import metrics
from quotas.ids import id_text
from quotas.records import Close, Denied, Job, Reservation, Reserved
from quotas.records_workspace import Preferences
from quotas.store.errors import LedgerError

log = structlog.get_logger()

ANOTHER = "another"  # who cancelled a job, if it was not its requester
DELIVERY_RESERVE = 60.0  # seconds of a reply token's life kept for delivering what its deadline allows


class ImagineLifecycle:
    """Takes requests for pictures through their life. One per process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.scheduler = Scheduler(
            self.take_turn,
            in_flight=services.in_flight,
            per_person=services.per_person,
            per_tier={
                tier.name: tier.in_flight for tier in services.catalog.tiers.values() if tier.in_flight
            },
        )
        self._slowdown = Slowdown()
        self.presenter = Presenter(services, self.scheduler, self._slowdown)
        self.tracker = CardTracker(services, self.presenter)
        self.waiting = Waiting(services, self.presenter, self.tracker)
        self.delivery = Delivery(services, self.presenter, self.tracker, self.waiting)
        self._expiries = Background()
        self._intake = Intake(services.store)
        self.stopping = False
        services.store.changed = self._store_changed

    # --- accept: nothing here waits for a network

    async def imagine(self, typed: Imagine, preferences: Preferences) -> Accepted | Refused:
        """Parse, price and reserve what was typed. Returns when the job is durable, or refused.

        `preferences`: of the workspace in which it was typed.
        """
        request = request_of(typed, preferences, self._services)
        if isinstance(request, Misread):
            return await self._misread(typed, request, preferences)
        if isinstance(request, Refused):
            return request
        return await self.accept(request)

    async def _misread(self, typed: Imagine, misread: Misread, preferences: Preferences) -> Refused:
        """Refuse misread words, with a button that draws the others, from the pictures that were sent."""
        services = self._services
        if not typed.references or misread.plain is None:
            return await refusals.refusal(services.ledger, typed.person, misread)
        request = request_of(replace(typed, text=misread.plain, options={}), preferences, services)
        refused = Refused(why="input", sentence=misread.sentence)
        if isinstance(request, ImageRequest):
            request = await styled(request, services)
        if not isinstance(request, ImageRequest) or self.refusal(request):
            return refused
        return await refusals.otherwise(services, self._intake, request, refused, wording.PLAIN)

    async def offer(self, request: ImageRequest, refused: Refused, label: str = "") -> Refused:
        """Return a refusal with a button that draws `request`, if that would not be refused, too.

        `label`: as for `refusals.otherwise`.
        """
        if self.refusal(request) or not self._services.adapters[request.address.platform].has_buttons:
            return refused
        return await refusals.otherwise(self._services, self._intake, request, refused, label)

    async def kept(self, press: Press) -> Accepted | Refused | None:
        """Draw a refused request as its button says. None: expired, or another person's button."""
        request = await refusals.kept_request(self._services, press)
        return await self.accept(request) if request and request.spec.prompt else None

    async def accept(self, request: ImageRequest) -> Accepted | Refused:
        """Reserve and queue a request. The same request id gets the same answer again.

        The pictures that it draws from are taken in first, which may take a while.
        """
        known = await styled(request, self._services)
        if not isinstance(known, Refused):
            return await self._accept_styled(known)
        if before := await self._before(request):
            return self.presenter.accepted(before, self._services.clock(), fresh=False)
        plain = replace(request, spec=replace(request.spec, style=None))
        return await self.offer(plain, known, wording.WITHOUT_STYLE)

    async def _accept_styled(self, request: ImageRequest) -> Accepted | Refused:
        has_pictures = request.references or request.spec.references or request.mask
        if self.refusal(request):
            return await self._refused(request)
        if not has_pictures or await self._before(request):
            return await self._accept(request)
        taken = await take_in(request, self._services, self._intake)
        if isinstance(taken, Refused):
            return taken
        answer = await self._accept(taken)
        if taken.job is not None:
            name = id_text(taken.job)
            if not isinstance(answer, Accepted) or answer.job != name:
                await discard(self._services, name)
        return answer

    async def take_in(self, request: ImageRequest) -> ImageRequest | Refused:
        """Check and keep the pictures of a request under a new job's id, without accepting it."""
        return await take_in(request, self._services, self._intake)

    async def small(self, file: SentFile) -> Drawing:
        """Return a picture as a language model is sent it. Raises BadReference."""
        return await self._intake.small(file)

    async def _refused(self, request: ImageRequest) -> Accepted | Refused:
        """Answer a request that is refused, with a button for a tier that can draw it, if its own cannot."""
        answer, catalog = await self._accept(request), self._services.catalog
        sent = len(request.references)
        if isinstance(answer, Accepted) or parse.check(request.spec, catalog, references=sent) is None:
            return answer
        spec = parse.instead(request.spec, catalog, references=sent)
        if spec is None or self.refusal(other := replace(request, spec=spec)):
            return answer
        return await refusals.otherwise(self._services, self._intake, other, answer)

    async def _before(self, request: ImageRequest) -> Job | None:
        """Return the job that this request was accepted as before."""
        before = await self._services.ledger.jobs.of_request(request.id)
        if before is not None and request.retry_released and before.state == "released":
            return None
        return before

    async def _accept(self, request: ImageRequest) -> Accepted | Refused:
        reservation = self.refusal(request) or reservation_of(request, self._services)
        now = self._services.clock()
        if isinstance(reservation, Refused):
            before = await self._before(request)
            return self.presenter.accepted(before, now, fresh=False) if before else reservation
        try:
            answer = await asyncio.shield(self._reserve(reservation, now))
            if isinstance(answer, Denied) and answer.falls_back:
                answer = await self._reserve_cheaper(request, answer, now)
        except LedgerError as error:
            log.error("reserve.failed", request=request.id, reason=str(error))
            return Refused(why="unavailable", sentence=wording.not_noted(error))
        if isinstance(answer, Denied):
            refusal = Refused(why="allowance", sentence=wording.denied(answer, now))
            return await refusals.offered(self._services, request, answer, refusal)
        return answer

    async def _reserve_cheaper(self, request: ImageRequest, denied: Denied, now: float) -> Accepted | Denied:
        """Reserve the dearest cheaper tier that the rest of the month's budget pays for, else stay denied."""
        for spec in cheaper(request.spec, self._services):
            other = replace(request, spec=spec)
            reservation = self.refusal(other) or reservation_of(other, self._services)
            if isinstance(reservation, Reservation):
                answer = await asyncio.shield(self._reserve(reservation, now))
                if isinstance(answer, Accepted):
                    return answer
        return denied

    async def _reserve(self, reservation: Reservation, now: float) -> Accepted | Denied:
        """Reserve and queue as one step: a requester who disconnects in between must not strand the job."""
        with self.scheduler.arriving():
            answer = await self._services.ledger.jobs.reserve(reservation)
            if isinstance(answer, Denied):
                return answer
            job = answer.job
            if answer.fresh:
                log.info("job.accepted", job=id_text(job.id), tier=job.tier, images=job.images)
                self._enqueue(job, card_comes=True)
        accepted = self.presenter.accepted(job, now, fresh=answer.fresh)
        if answer.fresh and isinstance(accepted.card, Working):
            self.tracker.track(job, line=accepted.card.line)
        return accepted

    async def reserve_together(self, reservations: Sequence[Reservation]) -> Reserved | Denied:
        """Reserve and queue a comparison as one step, as `_reserve` does one job.

        Return the first of them, which stands for the card of all.
        """
        with self.scheduler.arriving():
            answer = await self._services.ledger.jobs.reserve_together(reservations)
            if isinstance(answer, Denied):
                return answer
            for number, reserved in enumerate(answer):
                if reserved.fresh:
                    job = reserved.job
                    log.info("job.accepted", job=id_text(job.id), tier=job.tier, images=job.images)
                    self._enqueue(job, card_comes=number == 0)
        jobs = [reserved.job for reserved in answer]
        if answer[0].fresh:
            card = self.presenter.working(jobs[0], self._services.clock(), jobs)
            self.tracker.track_comparison(jobs, line=card.line)
        return answer[0]

    def refusal(self, request: ImageRequest) -> Refused | None:
        """Refuse what needs no ledger to be refused."""
        if self.stopping:
            return Refused(why="unavailable", sentence=wording.STOPPING)
        refused = parse.check(request.spec, self._services.catalog, references=len(request.references))
        if refused is not None:
            return refused
        if self._services.store.off is not None:
            self._services.store.refused.add(request.address.workspace)
            return Refused(why="unavailable", sentence=wording.DRAWING_OFF)
        sentence = self._services.painter.unavailable(self._services.catalog.tiers[request.spec.tier])
        return Refused(why="unavailable", sentence=sentence) if sentence else None

    def _enqueue(self, job: Job, *, card_comes: bool = False) -> None:
        last = self._latest_start(job)
        if last is None or last > self._services.clock():
            self.scheduler.add(Turn(job.id, job.person, job.tier), card_comes=card_comes)
        if last is not None:
            self._expiries.start(self._expire(job, last))

    def _latest_start(self, job: Job) -> float | None:
        """Latest start (unix seconds) of a job that only its reply token can deliver; None: no limit."""
        try:
            if not address_of(job, 0).lent_only:
                return None
        except ValueError:  # an unreadable row: carrying it out reports the error
            return None
        deadline = self._services.catalog.tiers[job.tier].deadline
        return (job.reply_until or 0) - deadline - DELIVERY_RESERVE

    async def _expire(self, job: Job, last: float) -> None:
        """Release a job that still waits when its result could no longer be delivered."""
        seconds = last - self._services.clock()
        await asyncio.sleep(max(0.0, seconds))
        if seconds <= 0 or self.scheduler.withdraw(job.id):
            await self._services.activate_language(job.workspace)
            is_off = self._services.store.off is not None
            sentence = wording.never_resumed if is_off else wording.never_started
            result = Result(why="failed", sentence=sentence(id_text(job.id)))
            self.delivery.begin(await self._release(job, result, Close()))

    # --- draw and close

    async def take_turn(self, number: int) -> None:
        """Draw one reserved job if its pictures can be kept; else let it wait until they can."""
        store = self._services.store
        if not await store.admit(number):
            self.scheduler.put_back(number)
            return
        try:
            await self._carry_out(number)
        finally:
            store.leave(number)

    def _store_changed(self) -> None:
        if self._services.store.off is None:
            self.scheduler.resume()
        else:
            self.scheduler.pause()

    async def _carry_out(self, number: int) -> None:
        """Draw a job, close it and begin its delivery, which needs no slot of the queue."""
        ledger = self._services.ledger
        job = await retry_ledger(lambda: ledger.jobs.start(number))
        if job is None:
            return  # cancelled while it waited
        await self._services.activate_language(job.workspace)
        self.tracker.started(job)
        spent = Close()
        try:
            order = order_of(job, self._services.catalog, self._services.today())
            order = await load(order, spec_of(job), self._services)
            spent = self._worst_case(job)
            outcome = await self._services.painter.draw(order)
            self.tracker.drawn(number)
            spent = spent_on(job, outcome)
            outcome, changed = await put_back(order, outcome, billed=self._services.painter.billed)
            result = replace(await self._store(job, outcome), calls=outcome.calls, put_back=changed)
            del order, outcome  # their pictures are with the store, and other jobs want their memory
            closed = await self._close(job, result, spent)
        except MissingReference:
            closed = await self._release(job, Result(why="failed", sentence=wording.REFERENCES_GONE), Close())
        except Exception as error:  # not a cancellation: then the next start finds the job running
            log.error("job.broke", job=id_text(number), trace=trace(error))
            result = Result(why="failed", sentence=wording.broke(id_text(number)))
            closed = await self._release(job, result, spent)
        if pause := self._slowdown.pause_after(closed):
            log.warning("person.slowed", job=id_text(number), seconds=pause)
            self.scheduler.hold_back(closed.person, pause)
        if closed.state == "settled":
            self._services.estimates.record(closed.tier, closed.quality, drawn_in(closed))
        self.delivery.begin(closed)

    async def _store(self, job: Job, outcome: Outcome) -> Result:
        """Put what was drawn into the store, and return the result."""
        name, store = id_text(job.id), self._services.store
        if isinstance(outcome, Drawn):
            result = drawn(outcome, await store.put(name, outcome.drawings))
            return replace(result, kept=not store.holds(name))
        if isinstance(outcome, ModelDeclined):
            title = self._services.catalog.tiers[job.tier].title
            return Result(why="refused", sentence=wording.declined(title))
        if isinstance(outcome, NotDrawn):
            return Result(why="failed", sentence=wording.not_drawn(outcome.why, name))
        return Result(why="unknown", sentence=wording.unknown(outcome.why, name))

    async def _close(self, job: Job, result: Result, spent: Close) -> Job:
        """Settle a job that has pictures to deliver, or release it. Returns the closed job."""
        if result.why == "drawn":
            return await self._settle(job, result, spent)
        return await self._release(job, result, spent)

    async def _settle(self, job: Job, result: Result, spent: Close) -> Job:
        close = replace(spent, images=len(result.pictures), outcome=result_text(result))
        closed = await retry_ledger(lambda: self._services.ledger.jobs.settle(job.id, close))
        if closed is None:
            return await self._job(job.id)
        self._count(job, result, close)
        return closed

    async def _release(self, job: Job, result: Result, spent: Close) -> Job:
        close = replace(spent, images=0, charge_micros=0, outcome=result_text(result))
        closed = await retry_ledger(lambda: self._services.ledger.jobs.release(job.id, close))
        log.info("job.released", job=id_text(job.id), why=result.why)
        if closed is None:  # closed before, by a try whose answer was lost
            return await self._job(job.id)
        self._count(job, result, close)
        return closed

    def _count(self, job: Job, result: Result, close: Close) -> None:
        count, tier = self._services.metrics.count, job.tier
        count(metrics.JOBS, tier, result.why)
        count(metrics.PICTURES, tier, by=close.images)
        count(metrics.CHARGE, tier, by=min(close.charge_micros, job.hold_micros))
        count(metrics.COST, tier, by=close.cost_micros)
        count(metrics.UNCERTAIN, tier, by=close.uncertain_micros)
        spent = close.cost_micros + close.uncertain_micros
        count(metrics.OVERRUN, tier, by=max(0, spent - job.hold_micros))

    def _worst_case(self, job: Job) -> Close:
        """Return the whole hold as uncertain cost, for an unknown outcome. Samples cost nothing."""
        return Close(uncertain_micros=0 if job.model == SAMPLE_MODEL else job.hold_micros)

    async def _job(self, number: int) -> Job:
        job = await retry_ledger(lambda: self._services.ledger.jobs.get(number))
        if job is None:
            raise LookupError(f"job {id_text(number)} has no row")
        return job

    # --- cancel, recover, stop

    async def cancel(self, job: Job, by: str) -> bool:
        """Release a job that has not been started; of a comparison, every such job. False: all have been."""
        canceller = by if by == job.person else ANOTHER  # nobody else needs to know which admin it was
        return await self._cancel(job, canceller)

    async def withdraw(self, number: int) -> None:
        """Release a job whose request another process answers, unless it is being drawn. Nobody is told."""
        job = await self._job(number)
        if not await self._cancel(job, ELSEWHERE):
            log.warning("job.answered_elsewhere", job=id_text(number))

    async def _cancel(self, job: Job, by: str) -> bool:
        result = Result(why="cancelled", sentence=wording.CANCELLED, by=by)
        siblings = await self._services.ledger.jobs.of_comparison(job.comparison) if job.comparison else [job]
        waiting = [each for each in siblings if self.scheduler.withdraw(each.id)]
        if waiting and by == ELSEWHERE:
            self.tracker.track(siblings[0], line=None)  # the delivery waits for no card
        for each in waiting:
            self.delivery.begin(await self._release(each, result, Close()))
        return bool(waiting)

    async def recover(self) -> None:
        """Take over every open job at start: draw what was reserved, explain what ran, deliver what closed.

        Jobs of a platform that does not run here keep waiting for one that does. Only a job that was being
        drawn is closed in any case, because its call died with its process.
        """
        ledger = self._services.ledger
        await self.waiting.load()
        for job in await ledger.jobs.list_open():
            if job.state == "running":
                with wording.override(await self._services.language(job.workspace)):
                    sentence = wording.interrupted(id_text(job.id))
                await self._release(job, Result(why="unknown", sentence=sentence), self._worst_case(job))
            elif job.platform in self._services.adapters:
                self._enqueue(job)
                if job.comparison is None:
                    self.tracker.track(job, line=None)
                else:
                    self.tracker.track_comparison(await ledger.jobs.of_comparison(job.comparison), line=None)
        for job in await ledger.jobs.list_undelivered():
            if job.platform in self._services.adapters:
                self.delivery.begin(job)
        for tier, quality, seconds in reversed(await ledger.jobs.durations(limit=200)):
            self._services.estimates.record(tier, quality, seconds)

    async def stop(self, grace: float) -> None:
        """Accept nothing more, finish what runs within `grace` seconds, leave the rest to the next start."""
        self.stopping = True
        await self._expiries.drain(0)
        late = await self.scheduler.stop(grace)
        if late:
            log.warning("stop.cut", jobs=late)
        await self.delivery.stop()
