"""Drawing again from a job: as it was, changed, in another tier, or from one of its pictures.

The presser pays, with their own rights.
"""

from dataclasses import dataclass, replace

from bot import wording
from bot.commands.messages import COMPARE
from bot.commands.values import Misread
from bot.compare.comparisons import Comparisons
from bot.core import forms
from bot.imagine import refusals
from bot.imagine.hints import hints
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.records import ImageSpec, StoredPicture, address_of, result_of, spec_of
from bot.imagine.request import ImageRequest, available, edited_from, finished, varied
from bot.imagine.with_pictures import as_sent
from bot.port.cards import Accepted, Form, Notice, Refused, Report
from bot.port.requests import Address, Imagine, OptionValue, Person, Press, Reaction, SentFile
from bot.prompts.help import PromptHelp
from bot.services import Services
from quotas.catalog import Catalog
from quotas.ids import id_text
from quotas.limits.rules import DIRECT
from quotas.records import Job


@dataclass(frozen=True, slots=True)
class Redraw:
    """Turns presses and reactions on a job into requests of their own."""

    services: Services
    lifecycle: ImagineLifecycle
    comparisons: Comparisons
    help: PromptHelp

    async def react(self, reaction: Reaction, job: Job) -> Accepted | Refused | Notice:
        """Draw a job again for whoever reacted: one request for each person and message."""
        if not spec_of(job).prompt:
            return Notice(sentence=wording.WORDS_OVER)
        place = reaction.message.address
        request = ImageRequest(
            id=f"react:{place.platform}:{place.channel}:{reaction.message.id}:{reaction.person.id}",
            person=reaction.person,
            address=paying_address(job, place, reaction.person),
            spec=_spec_for(job, place, self.services.catalog),
            origin="reaction",
            parent=job.id,
            retry_released=True,
        )
        return await self._repeat(job, request, whole=True)

    async def press(self, press: Press, job: Job) -> Accepted | Refused | Notice | Report:
        """Draw what a button of a job asks for."""
        if press.verb == "compare":
            return await self._compare(press, job)
        spec = _spec_for(job, press.address, self.services.catalog)
        if press.verb == "vary" or (press.index and press.verb in ("edit", "final")):
            return await self._draw_from(press, job, spec)
        changed = await self._changed(press, job, spec)
        return await self._request(press, job, changed) if isinstance(changed, ImageSpec) else changed

    async def _changed(self, press: Press, job: Job, spec: ImageSpec) -> ImageSpec | Refused | Notice:
        """Return the spec as a button of its job changes it."""
        spec = replace(spec, images=press.index or spec.images)  # as many as the button of a comparison says
        match press.verb:
            case "edit":
                edited = forms.edited(press, available(spec, self.services.catalog), self.services)
                if isinstance(edited, Misread):
                    if spec.references or press.references:  # its words alone would forget them
                        edited = replace(edited, plain=None)
                    return await refusals.refusal(self.services.ledger, press.person, edited)
                return edited
            case "final":
                best = self.services.catalog.best
                if best is None:
                    return Notice(sentence=wording.NO_SUCH_JOB)
                fresh = hints(spec.prompt, best)
                spec = replace(spec, tier=best.name, quality=best.default_quality, images=1, hints=fresh)
            case "missing":
                missing = job.images - len(result_of(job).pictures)
                if missing <= 0 or job.state != "settled":
                    return Notice(sentence=wording.NOTHING_MISSING)
                spec = replace(spec, images=missing)
        return spec

    def comparison_form(self, press: Press, job: Job) -> Form | Notice:
        """Return the form that edits the comparison that a job carries."""
        shown = self._shown_comparison(job)
        if shown is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        return forms.edited_comparison(shown, press.target, self.services.commands[COMPARE])

    async def _compare(self, press: Press, job: Job) -> Accepted | Refused | Notice:
        """Compare as the form of a comparison asks for. What it leaves as it was, a typed flag changes."""
        shown, command = self._shown_comparison(job), self.services.commands[COMPARE]
        if shown is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        changed = forms.chosen(press.options, shown, command)
        if isinstance(changed, Misread):
            return await refusals.refusal(self.services.ledger, press.person, changed)
        spec = _spec_for(job, press.address, self.services.catalog)
        typed = Imagine(
            id=press.id,
            person=press.person,
            address=paying_address(job, press.address, press.person),
            text=str(press.options.get("prompt", spec.prompt)),
            options=changed,
            command=COMPARE,
        )
        return await self.comparisons.compare(typed, {**shown, "private": spec.private})

    def _shown_comparison(self, job: Job) -> dict[str, OptionValue] | None:
        """List what the edit form shows of a comparison; None if a job carries none."""
        compared = result_of(job).compared
        tiers = ",".join(each.tier for each in compared if each.tier in self.services.catalog.enabled)
        return {"prompt": spec_of(job).prompt, "tiers": tiers, "ratio": job.ratio} if compared else None

    async def edit_kept(self, press: Press, kept: ImageRequest) -> Accepted | Refused | Notice | Report:
        """Draw what waits under a button's id as its *Edit prompt* form changes it."""
        edited = forms.edited(press, available(kept.spec, self.services.catalog), self.services)
        if isinstance(edited, Misread):
            return await refusals.refusal(self.services.ledger, press.person, edited)
        if isinstance(edited, Refused):
            return edited
        request = replace(kept, spec=edited, origin="edit", references=press.references, mask=press.mask)
        return await self._improve_or_accept(press, request)

    async def _improve_or_accept(
        self, press: Press, request: ImageRequest
    ) -> Accepted | Refused | Notice | Report:
        if press.verb == "edit" and forms.wants_improvement(press):
            return await self.help.improve(request)
        return await self.lifecycle.accept(request)

    async def _draw_from(
        self, press: Press, job: Job, spec: ImageSpec
    ) -> Accepted | Refused | Notice | Report:
        """Draw from one picture of a job, in a tier that can; else its prompt alone."""
        catalog, picture = self.services.catalog, picture_of(job, press.index)
        if picture is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        changed: ImageSpec | Refused | Misread | None = None
        match press.verb:
            case "edit":
                changed = forms.edited(press, edited_from(spec, catalog), self.services)
            case "final":
                changed = finished(spec, catalog)
            case "vary":
                changed = varied(spec)
        if isinstance(changed, Misread):  # its words alone would be drawn without the picture
            return await refusals.refusal(self.services.ledger, press.person, replace(changed, plain=None))
        if isinstance(changed, Refused):
            return changed
        if changed is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        if press.verb == "edit":  # a tier may have been chosen that cannot
            changed = edited_from(changed, catalog)
        tier = catalog.enabled.get(changed.tier)
        name = f"{id_text(job.id)}-{press.index}.{picture.format}"
        can = tier is not None and tier.takes_references()
        return await self._request(
            press, job, changed, (as_sent(picture, name, self.services),) if can else ()
        )

    async def _request(
        self, press: Press, job: Job, spec: ImageSpec, references: tuple[SentFile, ...] = ()
    ) -> Accepted | Refused | Notice | Report:
        if not spec.prompt:
            return Notice(sentence=wording.WORDS_OVER)
        request = ImageRequest(
            id=press.id,
            person=press.person,
            address=paying_address(job, press.address, press.person),
            spec=spec,
            origin=press.verb,
            parent=job.id,
            references=(*references, *press.references),
            mask=press.mask,
        )
        if press.verb == "edit":
            return await self._improve_or_accept(press, request)
        return await self._repeat(job, request, whole=press.verb == "again" and not press.index)

    async def _repeat(self, job: Job, request: ImageRequest, *, whole: bool) -> Accepted | Refused:
        """Accept a request that follows a job. `whole`: if that carries a comparison, compare again."""
        if whole and result_of(job).compared:
            return await self.comparisons.again(job, request)
        return await self.lifecycle.accept(request)


def picture_of(job: Job, number: int) -> StoredPicture | None:
    """Return one picture of a settled job by its number from 1."""
    pictures = result_of(job).pictures if job.state == "settled" else ()
    return pictures[number - 1] if 1 <= number <= len(pictures) else None


def is_sent_on(job: Job, place: Address) -> bool:
    """Return whether `place` is a direct message to which a workspace's result was sent on."""
    return place.workspace == DIRECT != job.workspace


def paying_address(job: Job, place: Address, person: Person) -> Address:
    """Return the address whose workspace pays: the job's own, if its result was sent on by direct message."""
    own = address_of(job, 0)
    if is_sent_on(job, place):
        return replace(own, private_to=person.id, lent=place.lent)
    if place.channel == own.channel and not place.thread:
        return replace(place, thread=own.thread)  # not every platform names the thread of a reaction
    return place


def _spec_for(job: Job, place: Address, catalog: Catalog) -> ImageSpec:
    """Return the job's spec to repeat: private if its result was a direct message, with fresh hints."""
    spec = spec_of(job)
    fresh = hints(spec.prompt, catalog.tiers[spec.tier]) if spec.tier in catalog.tiers else ()
    return replace(spec, private=spec.private or is_sent_on(job, place), hints=fresh, left_out=())
