"""*Improve* and *Describe*: a language model is asked once; its text is shown, with a button that draws it.

Each call is a job without images, held at its worst case before it is made and settled from what the answer
counts. Its text is data: nothing that a prompt or a picture says does more than change these words.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from bot import wording
from bot.commands.values import unquote
from bot.errors import trace
from bot.imagine import refusals
from bot.imagine.hints import hints
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.records import ImageSpec, Result, address_text, result_text, spec_text
from bot.imagine.request import ImageRequest, reservation_of
from bot.imagine.retry import retry_ledger
from bot.imagine.with_pictures import discard
from bot.painters.port import SAMPLE_MODEL, Declined, Drawing, NotDrawn
from bot.painters.prompt_length import excess
from bot.port.cards import Button, Notice, Refused, Report
from bot.port.requests import Press
from bot.services import Services
from bot.telemetry import metrics
from bot.text import beginning, clean
from bot.writers.port import DESCRIBE, IMPROVE, Outcome, WriteOrder, Written
from quotas.catalog import Tier
from quotas.ids import id_text, new_id
from quotas.prompt_models import HELP_TIER, PromptModel
from quotas.records import Close, Denied, Job, Reservation

log = structlog.get_logger()

MOST_CHARACTERS = 1_200  # of a text that is shown: about 300 tokens, more than any prompt gains from
Kind = Literal["improve", "describe"]
Answer = Report | Refused | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One call to make. `request`: what its text is to be drawn as; its pictures are kept under its job."""

    kind: Kind
    request: ImageRequest
    model: PromptModel
    text: str = ""
    picture: Drawing | None = None

    @property
    def instructions(self) -> str:
        return IMPROVE if self.kind == "improve" else DESCRIBE


class PromptHelp:
    """Asks the language model, for one text a person at a time. One per process."""

    def __init__(self, services: Services, lifecycle: ImagineLifecycle) -> None:
        self._services = services
        self._lifecycle = lifecycle
        self._tasks: set[asyncio.Task[Answer]] = set()
        self._busy: set[str] = set()  # people

    def improve_price(self, prompt: str) -> int | None:
        """Return what *Improve* costs at most, in micro-dollars; None: it is off."""
        return self._price(self._model(), IMPROVE + prompt, 0)

    def describe_price(self) -> int | None:
        """Return what *Describe* costs at most, in micro-dollars; None: it is off."""
        model = self._model()
        return self._price(model, DESCRIBE, 1) if model is not None and model.sees else None

    async def improve(self, request: ImageRequest) -> Answer:
        """Ask for better words of a request that would be accepted, and show them."""
        model = self._model()
        if model is None:
            return self._off()
        if refused := self._lifecycle.refusal(request):
            return refused
        taken = await self._lifecycle.take_in(request)
        if isinstance(taken, Refused):
            return taken
        question = _Question(kind="improve", request=taken, model=model, text=taken.spec.prompt)
        return await self._answer(question)

    async def describe(self, request: ImageRequest, picture: Drawing) -> Answer:
        """Ask what a picture shows, and show the words. `request`: what they would be drawn as."""
        model = self._model()
        if model is None or not model.sees:
            return self._off()
        if self._lifecycle.stopping:
            return Refused(why="unavailable", sentence=wording.STOPPING)
        return await self._answer(_Question(kind="describe", request=request, model=model, picture=picture))

    async def offer_description(self, request: ImageRequest) -> Answer:
        """Check and keep a picture that somebody chose, and name the price of describing it."""
        price = self.describe_price()
        if price is None:
            return self._off()
        taken = await self._lifecycle.take_in(request)
        if isinstance(taken, Refused):
            return taken
        name = id_text(taken.job or new_id())
        if not await refusals.keep(self._services, taken, name):
            return Refused(why="unavailable", sentence=wording.NOT_NOTED)
        button = Button(verb="describe", label=wording.describe(price), target=name)
        return Report(title=wording.DESCRIBE_TITLE, lines=(wording.DESCRIBE_LINE,), buttons=(button,))

    async def kept(self, press: Press) -> ImageRequest | None:
        """Return the request that a person's button stands for. None: expired, or another's."""
        return await refusals.kept_request(self._services, press)

    async def recover(self) -> None:
        """Close what the last process left: a call under way may be billed, and is never made again."""
        for job in await self._services.ledger.jobs.list_open_help():
            uncertain = job.hold_micros if job.state == "running" and job.model != SAMPLE_MODEL else 0
            await self._close(job, Close(uncertain_micros=uncertain, outcome=_result("unknown")))

    async def stop(self, grace: float) -> None:
        """Wait up to `grace` seconds for calls under way. The next start closes those that are left."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()

    # ---

    def _model(self) -> PromptModel | None:
        """Return the language model; None if there is none, or the gateway refuses it at present."""
        services = self._services
        model = services.catalog.prompt_models.get(services.prompt_model)
        if model is None or not model.enabled or services.writer is None:
            return None
        return None if services.writer.is_off(services.prompt_model) else model

    def _price(self, model: PromptModel | None, text: str, pictures: int) -> int | None:
        return None if model is None else model.at_most(text, pictures, self._services.catalog.multiplier)

    def _off(self) -> Refused:
        return Refused(why="unavailable", sentence=wording.HELP_OFF)

    async def _answer(self, question: _Question) -> Answer:
        """Carry a question out, although whoever asked may leave: what is billed must be entered."""
        person = question.request.person.id
        if person in self._busy:
            await self._drop(question)
            return Refused(why="unavailable", sentence=wording.HELP_BUSY)
        self._busy.add(person)
        task = asyncio.create_task(self._carry_out(question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._busy.discard(person))
        return await asyncio.shield(task)

    async def _carry_out(self, question: _Question) -> Answer:
        request = question.request
        reserved = await self._services.ledger.jobs.reserve(self._reservation(question))
        if isinstance(reserved, Denied):
            await self._drop(question)
            sentence = wording.denied(reserved, self._services.clock())
            if reserved.what == "images":
                sentence = wording.MAY_NOT_DRAW
            return Refused(why="allowance", sentence=sentence)
        job = reserved.job
        if not reserved.fresh:
            if request.job != job.id:
                await self._drop(question)
            return await self._repeat(question.kind, request, job)
        spent = Close(outcome=_result("failed"))
        try:
            await retry_ledger(lambda: self._services.ledger.jobs.start(job.id))
            spent = replace(spent, uncertain_micros=0 if job.model == SAMPLE_MODEL else job.hold_micros)
            outcome = await self._write(question, job)
            spent = Close(cost_micros=outcome.cost_micros, uncertain_micros=outcome.uncertain_micros)
            return await self._finish(question, job, outcome, spent)
        except Exception as error:  # not a cancellation: then the next start finds the job running
            log.error("help.broke", job=id_text(job.id), trace=trace(error))
            await self._close(job, replace(spent, outcome=_result("failed")))
            await self._drop(question)
            return Refused(why="unavailable", sentence=wording.broke(id_text(job.id)))

    async def _write(self, question: _Question, job: Job) -> Outcome:
        services = self._services
        assert services.writer is not None, "a model is asked only with a writer"
        order = WriteOrder(
            job=id_text(job.id),
            name=services.prompt_model,
            model=question.model,
            multiplier=services.catalog.multiplier,
            held_micros=job.hold_micros,
            instructions=question.instructions,
            text=question.text,
            picture=question.picture,
        )
        return await services.writer.write(order)

    async def _finish(self, question: _Question, job: Job, outcome: Outcome, spent: Close) -> Answer:
        """Close the job, and show the text, or say why there is none."""
        request, calls = question.request, outcome.calls
        text = self._words(outcome.text, request.spec) if isinstance(outcome, Written) else ""
        if isinstance(outcome, Written) and text:
            charge = min(outcome.charge_micros, job.hold_micros)
            spent = replace(spent, charge_micros=charge, outcome=_result("drawn", calls))
            await self._close(job, spent, settles=True)
            spec = replace(request.spec, prompt=text, hints=self._hints(text, request.spec))
            request = replace(request, spec=spec)
            kept = await refusals.keep(self._services, request, id_text(job.id))
            return self._shown(question.kind, request, job, charge, kept=kept)
        why: Literal["refused", "failed", "unknown"] = "unknown"
        if isinstance(outcome, Declined):
            why, sentence = "refused", wording.HELP_DECLINED
        elif isinstance(outcome, NotDrawn | Written):
            cause = outcome.why if isinstance(outcome, NotDrawn) else "broken"
            why, sentence = "failed", wording.no_text(cause)
        else:
            sentence = wording.HELP_UNKNOWN
        await self._close(job, replace(spent, outcome=_result(why, calls)))
        await self._drop(question)
        return Refused(why="unavailable", sentence=sentence)

    def _shown(self, kind: Kind, request: ImageRequest, job: Job, charge: int, *, kept: bool) -> Report:
        """Show a text, with what drawing it costs. `kept`: its buttons have something to stand for."""
        priced, name = reservation_of(request, self._services), id_text(job.id)
        buttons = [Button(verb="edit", label=wording.EDIT, target=name)]
        if isinstance(priced, Reservation):
            label = wording.priced(wording.DRAW_THIS, priced.hold_micros)
            buttons.insert(0, Button(verb="instead", label=label, target=name, style="primary"))
        sample = job.model == SAMPLE_MODEL
        return Report(
            title=wording.IMPROVED if kind == "improve" else wording.DESCRIBED,
            quote=request.spec.prompt,
            lines=(wording.help_cost(charge, sample=sample),),
            buttons=tuple(buttons) if kept else (),
        )

    async def _repeat(self, kind: Kind, request: ImageRequest, job: Job) -> Answer:
        """Answer a request that was answered before, without another call."""
        press = Press(
            id=request.id, person=request.person, address=request.address, verb="", target=id_text(job.id)
        )
        before = await self.kept(press)
        if before is None or job.state != "settled":
            return Notice(sentence=wording.HELP_ANSWERED)
        return self._shown(kind, before, job, job.charge_micros or 0, kept=True)

    def _reservation(self, question: _Question) -> Reservation:
        services, request = self._services, question.request
        hold = question.model.at_most(
            question.instructions + question.text,
            int(question.picture is not None),
            services.catalog.multiplier,
        )
        address = replace(request.address, private_to=request.person.id)
        asked = ImageSpec(prompt=question.text, tier=HELP_TIER, ratio="", images=0, quality="", private=True)
        is_billed = services.writer is not None and services.writer.billed
        return Reservation(
            request_id=request.id,
            job=request.job,
            workspace=address.workspace,
            channel=address.channel,
            person=request.person.id,
            name=request.person.name,
            roles=request.person.roles,
            tier=HELP_TIER,
            model=services.prompt_model if is_billed else SAMPLE_MODEL,
            quality="",
            ratio="",
            images=0,
            official_micros=0,
            unit_micros=0,
            inputs_micros=hold,
            multiplier=str(services.catalog.multiplier),
            price_since=question.model.since.isoformat(),
            origin=question.kind,
            parent=request.parent,
            request=spec_text(asked),
            private=True,
            platform=address.platform,
            address=address_text(address),
        )

    async def _close(self, job: Job, close: Close, *, settles: bool = False) -> None:
        jobs = self._services.ledger.jobs
        end: Callable[[int, Close], Awaitable[Job | None]] = jobs.settle if settles else jobs.release
        await retry_ledger(lambda: end(job.id, close))
        count = self._services.metrics.count
        count(metrics.CHARGE, HELP_TIER, by=close.charge_micros)
        count(metrics.COST, HELP_TIER, by=close.cost_micros)
        count(metrics.UNCERTAIN, HELP_TIER, by=close.uncertain_micros)

    async def _drop(self, question: _Question) -> None:
        """Delete the pictures that were kept for an answer that does not come."""
        if question.request.job is not None:
            await discard(self._services, id_text(question.request.job))

    def _words(self, text: str, spec: ImageSpec) -> str:
        """Return a model's text as a prompt: one line, no quotes around it, no longer than its tier takes."""
        line = unquote(clean(text).strip("` "))
        line = beginning(line, MOST_CHARACTERS) if len(line) > MOST_CHARACTERS else line
        tier = self._tier(spec)
        while tier is not None and line and (share := excess(line, tier)):
            line = beginning(line, int(len(line) * (1 - share)))
        return line

    def _hints(self, text: str, spec: ImageSpec) -> tuple[str, ...]:
        tier = self._tier(spec)
        return () if tier is None else hints(text, tier)

    def _tier(self, spec: ImageSpec) -> Tier | None:
        return self._services.catalog.tiers.get(spec.tier)


def _result(why: Literal["drawn", "refused", "failed", "unknown"], calls: tuple[str, ...] = ()) -> str:
    return result_text(Result(why=why, calls=calls))
