"""Searches of the library, and the pictures that they find.

Rights are looked up for each picture, too: a key opens nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.finding.keeping import keeping_buttons
from bot.finding.thumbnails import Thumbnails
from bot.imagine.cards import Presenter
from bot.people.rights import is_operator
from bot.port.cards import Choice
from bot.port.requests import Person, Search
from bot.port.views import Findings, Found, Narrowings
from bot.services import Services
from bot.storage.pictures import read_key
from quotas.ids import id_number, id_text
from quotas.jobs.finding import JobSearch
from quotas.limits.rules import DIRECT
from quotas.records import ANY, Job

MOST = 100  # requests on a page, however many are asked for
NARROWINGS = 500  # people or channels, the newest: nobody looks through a longer list
NOTHING = Findings(found=(), count=0)


@dataclass(frozen=True, slots=True)
class Library:
    """Answers the port's Library."""

    services: Services
    presenter: Presenter
    thumbnails: Thumbnails

    async def search(self, search: Search) -> Findings:
        """Return a page. An `after` that is no request's finds nothing."""
        view, finding = self._view(search.person, search.workspace), self.services.ledger.finding
        if search.by and view.person not in (None, search.by):
            return NOTHING
        wanted = replace(
            view,
            words=search.words,
            person=search.by or view.person,
            tiers=(search.tier,) if search.tier else (),
            channel=search.channel or None,
            first_day=search.first_day or None,
            last_day=search.last_day or None,
            collection=search.collection or None,
            kept=search.kept,
        )
        try:
            before = id_number(search.after) if search.after else None
        except ValueError:
            return NOTHING
        most = min(search.most, MOST)
        jobs = await finding.search(replace(wanted, before=before), limit=most + 1)
        page = jobs[:most]
        return Findings(
            found=await self._found(search, page),
            count=await finding.count(wanted),
            more=id_text(page[-1].id) if len(jobs) > most else "",
        )

    async def narrowings(self, person: Person, workspace: str) -> Narrowings:
        view, ledger, tiers = self._view(person, workspace), self.services.ledger, self.services.catalog.tiers
        named = await ledger.finding.values("tier", view, NARROWINGS)
        known = [Choice(value=name, label=tiers[name].title) for name in tiers if name in named]
        others = [Choice(value=name, label=name) for name in sorted(named) if name not in tiers]
        return Narrowings(
            tiers=(*known, *others),
            people=await self._choices(workspace, await ledger.finding.values("person", view, NARROWINGS)),
            channels=await self._choices(workspace, await ledger.finding.values("channel", view, NARROWINGS)),
            collections=tuple(
                name for name, _ in await ledger.finding.collections(workspace, person.id) if name
            ),
        )

    async def picture(self, person: Person, workspace: str, key: str, *, small: bool) -> bytes | None:
        """Return a picture that this person finds in this workspace, None if they find none of that key."""
        try:
            job = id_number(read_key(key)[0])
        except ValueError:
            return None
        view = self._view(person, workspace)
        if not await self._finds(view, job):
            carrier = await self.services.ledger.jobs.carrier(job)  # a comparison is found by this one alone
            if carrier is None or not await self._finds(view, carrier.id):
                return None
        return await (self.thumbnails.get(key) if small else self.services.store.get(key))

    async def _finds(self, view: JobSearch, job: int) -> bool:
        return await self.services.ledger.finding.count(replace(view, job=job)) > 0

    def _view(self, person: Person, workspace: str) -> JobSearch:
        """Return the search that finds all that a person may see there."""
        if is_operator(person, self.services.operators):
            return JobSearch(workspace=None if workspace == ANY else workspace)
        own = person.id if workspace == DIRECT else None  # direct messages have no other readers
        return JobSearch(workspace=workspace, viewer=person.id, person=own)

    async def _found(self, search: Search, jobs: Sequence[Job]) -> tuple[Found, ...]:
        names = await self.services.ledger.people.names(search.workspace, {job.channel for job in jobs})
        kept = await self.services.ledger.finding.collections_of([job.id for job in jobs])
        return tuple(
            self._shown(search.person, job, names.get(job.channel, ""), kept.get(job.id)) for job in jobs
        )

    def _shown(self, person: Person, job: Job, channel: str, kept: str | None) -> Found:
        card = self.presenter.delivered(job, self.services.clock())
        card = replace(
            card,
            pictures=tuple(each for each in card.pictures if each != card.sheet),
            buttons=keeping_buttons(person, job, kept, 1),
        )
        return Found(card=card, at=job.created_at, day=job.day, channel=channel, kept=kept)

    async def _choices(self, workspace: str, ids: Sequence[str]) -> tuple[Choice, ...]:
        names = await self.services.ledger.people.names(workspace, ids)
        choices = [Choice(value=id_, label=names.get(id_, id_)) for id_ in ids]
        return tuple(sorted(choices, key=lambda choice: choice.label.casefold()))
