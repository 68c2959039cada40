"""Keeping a job's pictures beyond their time, in one collection, and letting them go again."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot import wording
from bot.commands.registry import COLLECTION_LIMIT
from bot.commands.values import unquote
from bot.port.cards import Button, Field, Form, Notice, Report
from bot.port.requests import Person, Press
from bot.services import Services
from bot.text import clean, cut
from quotas.ids import id_text
from quotas.records import Job
from quotas.text import fold

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keeps and drops jobs for the person who asked for them, and for nobody else."""

    services: Services

    async def press(self, press: Press, job: Job) -> Report | Notice:
        """Carry out *Keep*, *Keep in…* or *Don't keep*."""
        if press.person.id != job.person:
            return Notice(sentence=wording.NOT_YOURS_TO_KEEP)
        match press.verb:
            case "drop":
                return await self._drop(job)
            case "collect":
                return await self._keep(job, await self._name(job, str(press.options.get("collection", ""))))
            case _:
                return await self._keep(job, None)

    async def react(self, person: Person, job: Job) -> Notice | None:
        """Keep a job for a star of its own person. Nobody is answered: the star shows it."""
        if person.id != job.person or await self.services.ledger.finding.keep(job.id):
            return None
        return Notice(sentence=wording.GONE)

    async def form(self, press: Press, job: Job) -> Form | Notice:
        """Return the form that asks for a collection's name."""
        if press.person.id != job.person:
            return Notice(sentence=wording.NOT_YOURS_TO_KEEP)
        name = await self.services.ledger.finding.collection_of(job.id) or ""
        label = wording.COLLECTION_LABEL
        field = Field(name="collection", label=label, kind="text", value=name, longest=COLLECTION_LIMIT)
        return Form(
            title=wording.KEEP_IN_TITLE,
            submit=wording.KEEP,
            verb="collect",
            target=press.target,
            fields=(field,),
            index=press.index,
        )

    async def buttons(self, person: Person, job: Job, index: int) -> tuple[Button, ...]:
        """Make the buttons that keep a job or let it go; none for somebody else. `index`: see Button."""
        return keeping_buttons(person, job, await self.services.ledger.finding.collection_of(job.id), index)

    async def _keep(self, job: Job, collection: str | None) -> Report | Notice:
        finding = self.services.ledger.finding
        if not await finding.keep(job.id, collection):
            return Notice(sentence=wording.GONE)
        name = await finding.collection_of(job.id) or ""
        return Report(
            title=wording.KEPT,
            lines=(wording.kept(name, self.services.keep_days),),
            buttons=(_button(job, "collect", 1), _button(job, "drop", 1)),
        )

    async def _drop(self, job: Job) -> Report:
        await self.services.ledger.finding.drop(job.id)
        left = (job.closed_at or 0.0) + self.services.keep_days * DAY - self.services.clock()
        return Report(
            title=wording.NOT_KEPT,
            lines=(wording.dropped(left),),
            buttons=(_button(job, "keep", 1),),
        )

    async def _name(self, job: Job, typed: str) -> str:
        """Return a collection's name as it is spelled already, or as it was typed."""
        name = cut(unquote(clean(typed)), COLLECTION_LIMIT)  # as `/kept` reads it
        there = await self.services.ledger.finding.collections(job.workspace, job.person)
        known = collection_named(name, there)
        return name if known is None else known


def keeping_buttons(person: Person, job: Job, collection: str | None, index: int) -> tuple[Button, ...]:
    """Make the buttons for a job whose collection is known; None: it is not kept."""
    if person.id != job.person or job.delivered_at is None:
        return ()
    if collection is None:
        return (_button(job, "keep", index),)
    return _button(job, "collect", index), _button(job, "drop", index)


def collection_named(typed: str, collections: Iterable[tuple[str, int]]) -> str | None:
    """Find a collection by its name, in any case; None if there is none."""
    wanted = fold(clean(typed))
    return next((name for name, _ in collections if fold(name) == wanted), None)


def _button(job: Job, verb: str, index: int) -> Button:
    label = {"keep": wording.KEEP, "collect": wording.KEEP_IN, "drop": wording.DROP}[verb]
    return Button(verb=verb, label=label, target=id_text(job.id), index=index)  # type: ignore[arg-type]
