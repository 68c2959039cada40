"""*Describe*, pressed or chosen from a message's menu; and what waits under the buttons of an answer."""

from dataclasses import dataclass, replace

from bot import wording
from bot.core import forms
from bot.core.redraw import paying_address, picture_of
from bot.imagine import parse
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.records import ImageSpec, StoredPicture, spec_of
from bot.imagine.request import ImageRequest, available, varied
from bot.imagine.with_pictures import as_sent
from bot.painters.port import Drawing
from bot.port.cards import Button, Form, Notice, Refused, Reply
from bot.port.requests import Press, SentFile
from bot.prompts.help import PromptHelp
from bot.references.check import BadReference
from bot.services import Services
from quotas.ids import id_text
from quotas.records import Job
from quotas.records_workspace import Preferences


@dataclass(frozen=True, slots=True)
class Helping:
    """Carries out *Describe*. The presser pays, from their own allowance."""

    services: Services
    lifecycle: ImagineLifecycle
    help: PromptHelp

    def buttons(self, job: Job, index: int) -> tuple[Button, ...]:
        """Make the button that describes one picture; none if that is off."""
        price = self.help.describe_price()
        if price is None:
            return ()
        label = wording.describe(price)
        return (Button(verb="describe", label=label, target=id_text(job.id), index=index),)

    async def press(self, press: Press, preferences: Preferences) -> Reply:
        """Name the price of describing a picture that was sent, or describe the one that was kept for it."""
        catalog = self.services.catalog
        if press.references:
            usual = parse.usual(catalog, preferences)
            name = parse.editing_tier(catalog, str(usual["tier"]))
            spec = ImageSpec(
                prompt="",
                tier=name,
                ratio=parse.FITTING,
                images=int(usual["variants"]),
                quality=catalog.tiers[name].default_quality,
                private=bool(press.options.get("private")),
            )
            return await self.help.offer_description(_request(press, spec, references=press.references[:1]))
        kept = await self.help.kept(press)
        if kept is None or not kept.spec.references:
            return Notice(sentence=wording.REQUEST_OVER)
        usual_tier = catalog.tiers[str(parse.usual(catalog, preferences)["tier"])]
        spec = replace(varied(kept.spec), tier=usual_tier.name, quality=usual_tier.default_quality)
        return await self._describe(replace(kept, spec=spec, origin="describe"), kept.spec.references[0])

    async def of_job(self, press: Press, job: Job) -> Reply:
        """Describe one picture of a job."""
        picture = picture_of(job, press.index)
        if picture is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        spec = replace(available(varied(spec_of(job)), self.services.catalog), left_out=())
        address = paying_address(job, press.address, press.person)
        request = replace(_request(press, spec), address=address, parent=job.id)
        return await self._describe(request, picture)

    async def form(self, press: Press) -> Form | None:
        """Return the form that edits what waits under a button's id; None: nothing does."""
        kept = await self.help.kept(press)
        if kept is None or not kept.spec.prompt:
            return None
        spec, command = available(kept.spec, self.services.catalog), self.services.commands["imagine"]
        return forms.editing(spec, press.target, command, improve=self.help.improve_price(spec.prompt))

    async def _describe(self, request: ImageRequest, picture: StoredPicture) -> Reply:
        try:
            small = await self._small(picture)
        except BadReference as error:
            return Refused(why="input", sentence=str(error))
        return await self.help.describe(request, small)

    async def _small(self, picture: StoredPicture) -> Drawing:
        return await self.lifecycle.small(as_sent(picture, f"picture.{picture.format}", self.services))


def _request(press: Press, spec: ImageSpec, references: tuple[SentFile, ...] = ()) -> ImageRequest:
    return ImageRequest(
        id=press.id,
        person=press.person,
        address=press.address,
        spec=spec,
        origin="describe",
        references=references,
    )
