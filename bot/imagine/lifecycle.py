"""The life of one `/imagine`, read from top to bottom: accept, draw, close, tell, recover.

Every accepted request is a row in the ledger before anybody hears of it, and ends in exactly one
outcome and one message, whatever is killed in between.
"""

import asyncio
from dataclasses import replace

import structlog

from bot import wording
from bot.commands.parser import Misread
from bot.errors import trace
from bot.imagine import parse, refusals
from bot.imagine.cards import Presenter, drawn_in
from bot.imagine.delivery import Delivery
from bot.imagine.queue import Scheduler, Turn
from bot.imagine.records import Result, address_of, drawn, order_of, result_text
from bot.imagine.request import ImageRequest, cheaper, reservation_of
from bot.imagine.retry import retry_ledger
from bot.painters.port import SAMPLE_MODEL, Drawn, NotDrawn, Outcome
from bot.painters.port import Declined as ModelDeclined
from bot.port.cards import Accepted, Refused, Working
from bot.port.requests import Imagine
from bot.services import Services
from bot.tasks import Background
from bot.telemetry import metrics
from quotas.ids import id_text
from quotas.records import Close, Denied, Job, Reservation
from quotas.store.errors import LedgerError

log = structlog.get_logger()

ANOTHER = "another"  # who cancelled a job, where it was not its requester
TELLING = 60.0  # seconds kept for delivering what was drawn at its deadline


class ImagineLifecycle:
    """Takes requests for pictures through their life. One per process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.scheduler = Scheduler(
            self.carry_out,
            in_flight=services.in_flight,
            per_person=services.per_person,
            per_tier={
                tier.name: tier.in_flight for tier in services.catalog.tiers.values() if tier.in_flight
            },
        )
        self.presenter = Presenter(services.catalog, self.scheduler, services.estimates, services.in_flight)
        self.delivery = Delivery(services, self.presenter)
        self._recalls = Background()
        self.stopping = False

    # --- accept: nothing here waits for a network

    async def imagine(self, typed: Imagine) -> Accepted | Refused:
        """Read, price and reserve what was typed. Returns when the job is durable, or refused."""
        services = self._services
        preferences = await services.ledger.preferences(typed.address.workspace)  # kept in memory
        command = services.commands["imagine"]
        spec = parse.read(typed.text, typed.options, command, services.catalog, preferences=preferences)
        if isinstance(spec, Misread):
            return await refusals.refusal(self._services.ledger, typed.person, spec)
        if isinstance(spec, Refused):
            return spec
        request = ImageRequest(
            id=typed.id, person=typed.person, address=typed.address, spec=spec, origin="imagine"
        )
        return await self.accept(request)

    async def accept(self, request: ImageRequest) -> Accepted | Refused:
        """Reserve what is asked for, and queue it. The same request id is answered as before."""
        reservation = self._refusal(request) or reservation_of(request, self._services)
        now = self._services.clock()
        if isinstance(reservation, Refused):
            before = await self._services.ledger.job_of_request(request.id)
            if before is None or (request.retry_released and before.state == "released"):
                return reservation
            return self.presenter.accepted(before, now, fresh=False)
        try:
            answer = await asyncio.shield(self._reserve(reservation, now))
            if isinstance(answer, Denied) and answer.falls_back:
                answer = await self._cheaper(request, answer, now)
        except LedgerError as error:
            log.error("reserve.failed", request=request.id, reason=str(error))
            return Refused(why="unavailable", sentence=wording.BUSY)
        if isinstance(answer, Denied):
            refusal = Refused(why="allowance", sentence=wording.denied(answer, now))
            return await refusals.offered(self._services, request, answer, refusal)
        return answer

    async def _cheaper(self, request: ImageRequest, denied: Denied, now: float) -> Accepted | Denied:
        """At the end of the month's budget: the dearest cheaper tier that fits it, else the denial."""
        for spec in cheaper(request.spec, self._services):
            other = replace(request, spec=spec)
            reservation = self._refusal(other) or reservation_of(other, self._services)
            if isinstance(reservation, Reservation):
                answer = await asyncio.shield(self._reserve(reservation, now))
                if isinstance(answer, Accepted):
                    return answer
        return denied

    async def _reserve(self, reservation: Reservation, now: float) -> Accepted | Denied:
        """Reserve and queue as one step: an asker who goes away in between must not strand the job."""
        with self.scheduler.arriving():
            answer = await self._services.ledger.reserve(reservation)
            if isinstance(answer, Denied):
                return answer
            job = answer.job
            if answer.fresh:
                log.info("job.accepted", job=id_text(job.id), tier=job.tier, images=job.images)
                self._line_up(job, card_comes=True)
        accepted = self.presenter.accepted(job, now, fresh=answer.fresh)
        if answer.fresh and isinstance(accepted.card, Working):
            self.delivery.follow(job, line=accepted.card.line)
        return accepted

    def _refusal(self, request: ImageRequest) -> Refused | None:
        """What can be refused without asking the ledger."""
        if self.stopping:
            return Refused(why="unavailable", sentence=wording.STOPPING)
        checked = parse.check(request.spec, self._services.catalog)
        if isinstance(checked, Refused):
            return checked
        sentence = self._services.painter.unavailable(self._services.catalog.tiers[request.spec.tier])
        return Refused(why="unavailable", sentence=sentence) if sentence else None

    def _line_up(self, job: Job, *, card_comes: bool = False) -> None:
        last = self._last_start(job)
        if last is None or last > self._services.clock():
            self.scheduler.add(Turn(job.id, job.person, job.tier), card_comes=card_comes)
        if last is not None:
            self._recalls.start(self._recall(job.id, last))

    def _last_start(self, job: Job) -> float | None:
        """Where only what was lent reaches the person: unix seconds after which no drawing is begun."""
        try:
            if not address_of(job, 0).lent_only:
                return None
        except ValueError:  # a row that cannot be read: carrying it out says so
            return None
        return (job.reply_until or 0) - self._services.catalog.tiers[job.tier].deadline - TELLING

    async def _recall(self, number: int, last: float) -> None:
        """Give up a job that still waits when it could not be told of any more."""
        waits = last - self._services.clock()
        await asyncio.sleep(max(0.0, waits))
        if waits <= 0 or self.scheduler.withdraw(number):
            job = await self._known(number)
            await self._services.speak(job.workspace)
            result = Result(why="failed", sentence=wording.never_started(id_text(number)))
            await self._release(job, result, Close())
            self.delivery.begin(await self._known(number))

    # --- draw and close

    async def carry_out(self, number: int) -> None:
        """Draw one reserved job and close it; delivery then goes on by itself, outside the queue's slots."""
        ledger = self._services.ledger
        if not await retry_ledger(lambda: ledger.start(number)):
            return  # cancelled while it waited
        job = await self._known(number)
        await self._services.speak(job.workspace)
        self.delivery.moved(job)
        spent = Close()
        try:
            order = order_of(job, self._services.catalog, self._services.today())
            spent = self._worst(job)
            outcome = await self._services.painter.draw(order)
            spent = Close(cost_micros=outcome.cost_micros, uncertain_micros=outcome.uncertain_micros)
            result = replace(await self._kept(job, outcome), calls=outcome.calls)
            del outcome  # its pictures are in the store, and their room in memory is wanted
            await self._close(job, result, spent)
        except Exception as error:  # not being cancelled: the next start finds the job running, and says so
            log.error("job.broke", job=id_text(number), trace=trace(error))
            await self._release(job, Result(why="failed", sentence=wording.broke(id_text(number))), spent)
        closed = await self._known(number)
        if closed.state == "settled":
            self._services.estimates.record(closed.tier, closed.quality, drawn_in(closed))
        self.delivery.begin(closed)

    async def _kept(self, job: Job, outcome: Outcome) -> Result:
        """What came of the drawing, once its pictures are in the store."""
        name = id_text(job.id)
        if isinstance(outcome, Drawn):
            return drawn(outcome, await self._services.store.put(name, outcome.drawings))
        if isinstance(outcome, ModelDeclined):
            title = self._services.catalog.tiers[job.tier].title
            return Result(why="refused", sentence=wording.declined(title))
        if isinstance(outcome, NotDrawn):
            return Result(why="failed", sentence=wording.not_drawn(outcome.why, name))
        return Result(why="unknown", sentence=wording.unknown(name))

    async def _close(self, job: Job, result: Result, spent: Close) -> None:
        """Settle to what there is to deliver, or release."""
        if result.why == "drawn":
            await self._settle(job, result, spent)
        else:
            await self._release(job, result, spent)

    async def _settle(self, job: Job, result: Result, spent: Close) -> None:
        images = len(result.pictures)
        charge = images * job.unit_micros
        closed = replace(spent, images=images, charge_micros=charge, outcome=result_text(result))
        if await retry_ledger(lambda: self._services.ledger.settle(job.id, closed)):
            self._count(job, result, closed)

    async def _release(self, job: Job, result: Result, close: Close) -> None:
        closed = replace(close, outcome=result_text(result))
        if await retry_ledger(lambda: self._services.ledger.release(job.id, closed)):
            self._count(job, result, closed)
        log.info("job.released", job=id_text(job.id), why=result.why)

    def _count(self, job: Job, result: Result, close: Close) -> None:
        count, tier = self._services.metrics.count, job.tier
        count(metrics.JOBS, tier, result.why)
        count(metrics.PICTURES, tier, by=close.images)
        count(metrics.CHARGE, tier, by=min(close.charge_micros, job.hold_micros))
        count(metrics.COST, tier, by=close.cost_micros)
        count(metrics.UNCERTAIN, tier, by=close.uncertain_micros)

    def _worst(self, job: Job) -> Close:
        """What a job may have cost at most, when nobody can know. Samples cost nothing."""
        return Close(uncertain_micros=0 if job.model == SAMPLE_MODEL else job.hold_micros)

    async def _known(self, number: int) -> Job:
        job = await retry_ledger(lambda: self._services.ledger.job(number))
        if job is None:
            raise LookupError(f"job {id_text(number)} has no row")
        return job

    # --- take back, and recover

    async def cancel(self, job: Job, by: str) -> bool:
        """Release a job that has not been started. False: it is too late."""
        if not self.scheduler.withdraw(job.id):
            return False
        own = by if by == job.person else ANOTHER  # whoever else it was is nobody's business, and not kept
        cancelled = Result(why="cancelled", sentence=wording.CANCELLED, by=own)
        await self._release(job, cancelled, Close())
        self.delivery.begin(await self._known(job.id))
        return True

    async def recover(self) -> None:
        """At start, when every open job's owner is dead: run what was reserved, tell of what ran, deliver.

        Jobs of a platform that does not run here keep waiting for one that does; only a job that
        was being drawn is closed in any case, for its call is gone with the process.
        """
        ledger = self._services.ledger
        for job in await ledger.open_jobs():
            if job.state == "running":
                with wording.override(await self._services.language(job.workspace)):
                    sentence = wording.interrupted(id_text(job.id))
                await self._release(job, Result(why="unknown", sentence=sentence), self._worst(job))
            elif job.platform in self._services.adapters:
                self._line_up(job)
                self.delivery.follow(job, line=None)
        for job in await ledger.undelivered():
            if job.platform in self._services.adapters:
                self.delivery.begin(job)
        for tier, quality, seconds in reversed(await ledger.durations(limit=200)):
            self._services.estimates.record(tier, quality, seconds)

    async def stop(self, grace: float) -> None:
        """Take no more, finish what runs within `grace` seconds, and leave the rest to the next start."""
        self.stopping = True
        for recall in self._recalls:
            recall.cancel()
        late = await self.scheduler.stop(grace)
        if late:
            log.warning("stop.cut", jobs=late)
        await self.delivery.stop()
