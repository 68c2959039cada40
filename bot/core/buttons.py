"""Buttons and reactions: who may use which, and what each does. The presser pays, with their own rights."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog

from bot import wording
from bot.admin.commands import AdminCommands
from bot.admin.raise_requests import RaiseRequests
from bot.commands.messages import COMPARE, IMAGINE, split_command
from bot.core import forms
from bot.core.forms import blank, blank_comparison, editing, from_pictures, offering
from bot.core.helping import Helping
from bot.core.redraw import Redraw, is_sent_on, picture_of
from bot.finding.lists import Lists, why_missing
from bot.imagine import refusals
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.records import (
    address_of,
    card_of,
    is_stored,
    message_of,
    result_of,
    spec_of,
)
from bot.imagine.request import available, edited_from
from bot.people.link import Links
from bot.port.cards import Accepted, Button, File, Form, Notice, Panel, Refused, Reply, Report
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, Imagine, MessageRef, Person, Press, Reaction
from bot.privacy.forget import Privacy
from bot.services import Services
from quotas.ids import id_number, id_text
from quotas.limits.rules import DIRECT
from quotas.records import Job
from quotas.records_workspace import Preferences

log = structlog.get_logger()

AGAIN_EMOJI = frozenset("🔁🔄")  # either means the same
HERE = 1  # the index of a *Share* that posts where it is pressed
WITHOUT_JOB = frozenset(("imagine", "plain", "instead", "link", "confirm", "more", "approve", "deny", "page"))
DELETE_EMOJI = frozenset("🗑")  # platforms send it with or without a variation selector
KEEP_EMOJI = frozenset("⭐")


@dataclass(frozen=True, slots=True)
class Buttons:
    """Carries out presses and reactions. Everything but verb, target and index is looked up at the press."""

    services: Services
    lifecycle: ImagineLifecycle
    links: Links
    admins: AdminCommands
    more: RaiseRequests
    privacy: Privacy
    redraw: Redraw
    lists: Lists
    helping: Helping

    async def press(self, press: Press, preferences: Preferences) -> Reply:
        """Carry out a press. `preferences`: of the workspace in which it was pressed."""
        if press.verb == "describe" and not press.index:
            return await self.helping.press(press, preferences)
        if press.verb in WITHOUT_JOB or _is_blank_comparison(press):
            return await self._without_job(press, preferences)
        job = await self._job_of(press)
        if job is None:
            return await self._edit_kept(press) or Notice(sentence=wording.NO_SUCH_JOB)
        return await self._with_job(press, await self._carrier_of(press, job))

    async def _with_job(self, press: Press, job: Job) -> Reply:
        match press.verb:
            case "describe":
                return await self.helping.of_job(press, job)
            case "again" | "edit" | "final" | "missing" | "vary" | "compare":
                return await self.redraw.press(press, job)
            case "cancel":
                return await self._cancel(press.person, job)
            case "delete":
                return await self._delete(press.person, job)
            case "details":
                return await self._details(press.person, job)
            case "share" | "show":
                is_share = press.verb == "share"
                return await (self._share(press, job) if is_share else self._show(press.person, job))
            case "pick" | "download":
                return await self._picture(press, job)
            case "choose" | "keep" | "drop" | "collect":
                return await self.lists.press(press, job)
            case _:
                return Notice(sentence=wording.NO_SUCH_JOB)

    async def _edit_kept(self, press: Press) -> Reply | None:
        """Edit what waits under a button's id, as a help's answer does. None: nothing does."""
        kept = await self.helping.help.kept(press) if press.verb == "edit" else None
        return await self.redraw.edit_kept(press, kept) if kept and kept.spec.prompt else None

    async def _carrier_of(self, press: Press, job: Job) -> Job:
        """Return the job that a press is about: of a comparison, the one that carries it."""
        about_one = press.verb == "again" and press.index  # of the tiers of a comparison
        if job.comparison is None or about_one:
            return job
        return await self.services.ledger.jobs.carrier(job.id) or job

    async def _without_job(self, press: Press, preferences: Preferences) -> Reply:
        match press.verb:
            case "imagine":
                return await forms.imagine(press, preferences, self.lifecycle, self.services)
            case "compare":
                return await forms.compare(press, preferences, self.redraw.comparisons, self.services)
            case "plain":
                return await self._plain(press, preferences)
            case "instead":
                return await self.lifecycle.kept(press) or Notice(sentence=wording.REQUEST_OVER)
            case "link":
                return await self.links.press(press)
            case "confirm":
                return await self.privacy.confirm(press) or await self.admins.confirm(press)
            case "more":
                return await self.more.ask(press)
            case "approve":
                return await self.more.approve(press)
            case "page":
                return await self.lists.page(press)
            case _:
                return await self.more.deny(press)

    async def form(self, press: Press, preferences: Preferences) -> Form | Notice:
        """Return a blank form, or the one that a button opens for the presser."""
        if press.verb == "imagine":
            about = self.services.catalog, preferences, self.services.commands["imagine"]
            form = from_pictures(*about, press.options) if press.references else blank(*about)
            return offering(form, await self._styles(press))
        if _is_blank_comparison(press):
            return blank_comparison(self.services.catalog, preferences, self.services.commands["compare"])
        if press.verb == "approve":
            return await self.more.form(press)
        job = await self._job_of(press)
        if job is not None and press.verb == "collect":
            return await self.lists.keeping.form(press, await self._carrier_of(press, job))
        if job is not None and press.verb == "compare":
            return self.redraw.comparison_form(press, await self._carrier_of(press, job))
        if press.verb != "edit":
            return Notice(sentence=wording.NO_SUCH_JOB)
        if job is None:
            return await self.helping.form(press) or Notice(sentence=wording.NO_SUCH_JOB)
        spec, command = spec_of(job), self.services.commands["imagine"]
        if press.index and picture_of(job, press.index) is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        improve = self.helping.help.improve_price(spec.prompt)
        before = (edited_from if press.index else available)(spec, self.services.catalog)
        form = editing(before, press.target, command, press.index, improve)
        return offering(form, await self._styles(press), spec)

    async def _styles(self, press: Press) -> Iterable[str]:
        return await self.services.ledger.settings.styles(press.address.workspace)

    async def react(self, reaction: Reaction) -> Reply | None:
        emoji = reaction.emoji.rstrip("\ufe0f")
        if emoji not in AGAIN_EMOJI | DELETE_EMOJI | KEEP_EMOJI:
            return None
        place = reaction.message.address
        job = await self.services.ledger.jobs.of_message(place.platform, place.channel, reaction.message.id)
        is_delivered = job is not None and job.state == "settled" and job.delivered_at is not None
        if job is None or not is_delivered or not _is_visible_from(job, place, reaction.person):
            return None
        await self.services.activate_language(job.workspace)
        if emoji in DELETE_EMOJI:
            return await self._delete_by_reaction(reaction.person, job)
        if emoji in KEEP_EMOJI:
            return await self.lists.keeping.react(reaction.person, job)
        answer = await self.redraw.react(reaction, job)
        return None if isinstance(answer, Accepted) and not answer.fresh else answer

    async def _delete_by_reaction(self, person: Person, job: Job) -> Notice | None:
        """Delete without an answer if it worked, since the message is gone, or if the person may not."""
        if not self._may_manage(person, job):
            return None
        answer = await self._delete(person, job)
        return None if answer.sentence == wording.DELETED else answer

    async def _plain(self, press: Press, preferences: Preferences) -> Accepted | Refused | Notice:
        words = await refusals.words(self.services.ledger, press.person, press.target)
        if words is None:
            return Notice(sentence=wording.NO_SUCH_WORDS)
        name, text = split_command(words) if words.startswith(f"/{COMPARE} ") else (IMAGINE, words)
        typed = Imagine(id=press.id, person=press.person, address=press.address, text=text)
        accept = self.redraw.comparisons.imagine if name == COMPARE else self.lifecycle.imagine
        return await accept(typed, preferences)

    async def _picture(self, press: Press, job: Job) -> Panel | Report | Notice:
        """Show one picture by itself, or give its original file, to the presser alone."""
        picture = picture_of(job, press.index)
        if picture is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        try:
            data = await self.services.store.get(picture.key)
        except OSError:
            return Notice(sentence=wording.NOT_READ)
        if data is None:
            return Notice(sentence=wording.GONE)
        keeping = await self.lists.keeping.buttons(press.person, job, press.index)
        keeping = (*self.helping.buttons(job, press.index), *keeping)
        panel = self.lifecycle.presenter.panel(job, press.index, self.services.clock(), keeping)
        if press.verb == "pick":
            return panel
        file = File(name=f"{panel.header.job}-{press.index}.{picture.format}", data=data)
        return Report(title=panel.caption, file=file)

    async def _cancel(self, person: Person, job: Job) -> Notice:
        if not self._may_manage(person, job):
            return Notice(sentence=wording.NOT_YOURS_TO_CANCEL)
        is_cancelled = job.state == "released" and result_of(job).why == "cancelled"
        done = is_cancelled or await self.lifecycle.cancel(job, by=person.id)
        if done and await self._is_drawing(job):
            return Notice(sentence=wording.CANCELLED_REST)
        return Notice(sentence=wording.CANCELLED if done else wording.TOO_LATE_TO_CANCEL)

    async def _is_drawing(self, job: Job) -> bool:
        """Return whether other tiers of a job's comparison are not cancelled."""
        siblings = await self._siblings(job)
        return any(each.state != "released" or result_of(each).why != "cancelled" for each in siblings)

    async def _siblings(self, job: Job) -> list[Job]:
        """List the jobs of a comparison; none for a job by itself."""
        return [] if job.comparison is None else await self.services.ledger.jobs.of_comparison(job.comparison)

    async def _delete(self, person: Person, job: Job) -> Notice:
        if not self._may_manage(person, job):
            return Notice(sentence=wording.NOT_YOURS_TO_DELETE)
        if job.delivered_at is None:
            return Notice(sentence=wording.NO_SUCH_JOB)
        adapter = self.services.adapters[job.platform]
        try:  # the messages first: if that fails, Delete can still be pressed
            for message in await self._messages(job):
                await adapter.delete(message)
        except DeliveryError as error:
            return Notice(sentence=wording.STILL_POSTED if error.retryable else wording.MAY_NOT_DELETE)
        jobs = {job.id, *(each.id for each in await self._siblings(job))}
        for number in jobs:
            await self.services.ledger.jobs.remove(number)
        try:
            await self.services.store.delete([id_text(number) for number in jobs])
        except OSError as error:  # nobody sees them any more, and the store's guard tries again
            log.error("pictures.not_deleted", job=id_text(job.id), reason=error.strerror)
        return Notice(sentence=wording.DELETED)

    async def _messages(self, job: Job) -> list[MessageRef]:
        """List the messages that show the job's pictures: the delivered one and the shared one."""
        delivered = card_of(job, self.services.clock())
        shared_text = await self.services.ledger.jobs.share_of(job.id)
        places = [delivered, message_of(shared_text) if shared_text else None]
        return [message for message in places if message is not None and message.id]

    async def _details(self, person: Person, job: Job) -> Report:
        keeping = await self.lists.keeping.buttons(person, job, 1)
        keeping = (*self.helping.buttons(job, 1), *keeping)
        report = self.lifecycle.presenter.details(job, self.services.clock(), keeping)
        if not await is_stored(job, self.services.store):
            report = replace(report, rows=(*report.rows, wording.NOT_STORED_ROW))
        if person.id != job.person:
            return report
        allowance = await self.services.ledger.reports.allowance(job.workspace, person.id, person.roles)
        return replace(report, rows=(*report.rows, wording.left_today(allowance, self.services.clock())))

    async def _show(self, person: Person, job: Job) -> Notice:
        """Show a result to its requester alone, once this answer is out. Nothing is drawn or charged."""
        if person.id != job.person:
            return Notice(sentence=wording.NO_SUCH_JOB)
        if (missing := await why_missing(job, self.services.store)) is not None:
            return missing
        self.lifecycle.waiting.want(job)
        return Notice(sentence=wording.on_its_way(len(result_of(job).originals), spec_of(job).prompt))

    async def _share(self, press: Press, job: Job) -> Notice | Refused:
        """Post a result to the channel of its request, or where the button is. Nothing is drawn or charged.

        It goes where the button is only if its label says so: others may be there.
        """
        if press.person.id != job.person:
            return Notice(sentence=wording.NOT_YOURS_TO_SHARE)
        now, is_here = self.services.clock(), press.index == HERE
        if (missing := await why_missing(job, self.services.store)) is not None:
            return missing
        place = press.address if is_here else address_of(job, now)
        address: Address = replace(place, private_to="", lent=None)
        gallery = self.lifecycle.presenter.shared(job, now)
        try:
            message: MessageRef = await self.services.adapters[job.platform].post(
                address, gallery, key=f"{id_text(job.id)}.shared"
            )
        except DeliveryError as error:
            elsewhere = address_of(job, 0).channel != press.address.channel and not is_here
            if error.retryable or not elsewhere or is_sent_on(job, press.address):
                return Notice(sentence=wording.not_shared(error.retryable))
            here = Button(verb="share", label=wording.SHARE_HERE, target=press.target, index=HERE)
            return Refused(why="unavailable", sentence=wording.not_shared(False), buttons=(here,))
        await self.lifecycle.delivery.shared(job, message)
        return Notice(sentence=wording.SHARED)

    def _may_manage(self, person: Person, job: Job) -> bool:
        return person.id == job.person or person.admin or person.id in self.services.operators

    async def _job_of(self, press: Press) -> Job | None:
        """Find the job of a button; None if the presser may not see that job, since ids can be copied."""
        try:
            job = await self.services.ledger.jobs.get(id_number(press.target))
        except ValueError:
            return None
        if job is None or not job.request or not _is_visible_from(job, press.address, press.person):
            return None  # a forgotten person's jobs have no request
        if not job.images:  # help with a prompt: its buttons stand for what waits under its id
            return None
        await self.services.activate_language(job.workspace)  # the press may come from a direct message
        if job.person == press.person.id:
            return job
        elsewhere = job.workspace == DIRECT and job.channel != press.address.channel
        hidden = spec_of(job).private and await self.services.ledger.jobs.share_of(job.id) is None
        return None if elsewhere or hidden else job


def _is_blank_comparison(press: Press) -> bool:
    """Return whether a press asks for a new comparison, not for one that follows another."""
    return press.verb == "compare" and not press.target


def _is_visible_from(job: Job, place: Address, person: Person) -> bool:
    """Return whether `place` can show the job: in its workspace, or in a direct message to its person."""
    return place.workspace == job.workspace or (is_sent_on(job, place) and job.person == person.id)
