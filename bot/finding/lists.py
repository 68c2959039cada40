"""`/recent`, `/find` and `/kept`: one's own pictures, a page at a time, for oneself alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot import wording
from bot.finding.chosen import chosen_panel
from bot.finding.keeping import Keeping, collection_named
from bot.finding.query import Query, query_of, query_text, read_find
from bot.imagine.cards import first_picture, gallery_of, recent_buttons
from bot.imagine.records import is_stored, result_of, spec_of, whole
from bot.imagine.waiting import Waiting
from bot.port.cards import Button, ListedJob, Notice, Panel, PictureList, Refused, Report
from bot.port.requests import Address, Command, OptionValue, Press
from bot.reports.calendar import load_calendar
from bot.services import Services
from bot.storage.guard import GuardedStore
from quotas.ids import id_text
from quotas.people.pending import PendingAction
from quotas.records import Job
from quotas.store.errors import LedgerError

log = structlog.get_logger()

RECENT = 20  # jobs that /recent lists
PAGE = 5  # jobs of one page: more would be a wall, and need more thumbnails than one message should bring
PATIENCE = 24 * 3600.0  # seconds that the page buttons of a list work


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page of what a query finds. `number`: from 1. `start`: of its first job, from 0."""

    number: int
    start: int
    jobs: Sequence[Job]
    total: int

    @property
    def is_whole(self) -> bool:
        return len(self.jobs) == self.total


@dataclass(frozen=True, slots=True)
class Lists:
    """Answers the commands, the buttons that turn their pages, and the choice of one job."""

    services: Services
    waiting: Waiting
    keeping: Keeping

    async def command(
        self, command: Command, options: Mapping[str, OptionValue]
    ) -> PictureList | Notice | Refused:
        """Answer one of the three commands with the first page."""
        query = await self._read(command, options)
        if not isinstance(query, Query):
            return query
        return await self._list(query, command.person.id, command.address, 1)

    async def page(self, press: Press) -> PictureList | Notice:
        """Turn to another page of a list, which is bound to its person and its workspace."""
        action = await self.services.ledger.pending.get("list", press.person.id, press.target)
        if action is None or action.workspace != press.address.workspace:
            return Notice(sentence=wording.LIST_OVER)
        query, person = query_of(action.payload), press.person.id
        return await self._list(query, person, press.address, press.index, kept_as=press.target)

    async def press(self, press: Press, job: Job) -> Panel | Report | Notice:
        """Open one job of a list, keep it, or let it go."""
        return await (self._choose(press, job) if press.verb == "choose" else self.keeping.press(press, job))

    async def _choose(self, press: Press, job: Job) -> Panel | Notice:
        if press.person.id != job.person:
            return Notice(sentence=wording.NO_SUCH_JOB)
        if (missing := await why_missing(job, self.services.store)) is not None:
            return missing
        (listed,) = await self._jobs([job], job.workspace)
        keeping = await self.keeping.buttons(press.person, job, 1)
        catalog, day = self.services.catalog, self.services.today()
        panel = chosen_panel(job, listed.facts, catalog, day, keeping)
        return panel or Notice(sentence=wording.GONE)

    async def _read(self, command: Command, options: Mapping[str, OptionValue]) -> Query | Notice | Refused:
        match command.name:
            case "find":
                calendar = await load_calendar(self.services.ledger, command.address.workspace)
                return read_find(options, calendar.today)
            case "kept":
                return await self._read_kept(command, options)
            case _:
                return Query(command="recent")

    async def _read_kept(self, command: Command, options: Mapping[str, OptionValue]) -> Query | Notice:
        name = str(options.get("name", ""))
        if not name:
            return Query(command="kept")
        there = await self.services.ledger.finding.collections(command.address.workspace, command.person.id)
        known = collection_named(name, there)
        if known is None:
            return Notice(sentence=wording.no_collection(name, [each for each, _ in there if each]))
        return Query(command="kept", collection=known)

    async def _list(
        self, query: Query, person: str, place: Address, number: int, *, kept_as: str = ""
    ) -> PictureList | Notice:
        """Make one page. `kept_as`: the id of the query, if it is kept for page buttons already."""
        page, waiting = await self._page(query, person, place, number)
        if not page.total:
            return Notice(sentence=_nothing(query))
        listed = await self._jobs(page.jobs, place.workspace)
        lines = [] if page.is_whole else [wording.page_of(page.start + 1, len(page.jobs), page.total)]
        buttons = [button for job in page.jobs if job.id in waiting for button in _waiting_buttons(job)]
        return PictureList(
            title=_title(query, page.total),
            lines=(*lines, *await self._collections(query, person, place)),
            jobs=listed,
            menu=wording.OPEN_ONE,
            buttons=(*buttons, *await self._page_buttons(query, person, place, page, kept_as)),
        )

    async def _page(
        self, query: Query, person: str, place: Address, number: int
    ) -> tuple[_Page, frozenset[int]]:
        """Return a page, or the last one if there are fewer, and the ids of jobs in it that still wait."""
        search, finding = query.search(place.workspace, person), self.services.ledger.finding
        first: list[Job] = []
        if query.command == "recent":  # what waits comes first, however old
            waiting = [job for job, _ in await self.waiting.visible(person, place)]
            first = [job for job in reversed(waiting) if job.state == "settled"]
        total = len(first) + await finding.count(search)
        total = min(total, RECENT) if query.command == "recent" else total
        number = max(1, min(number, -(-total // PAGE)))
        start, stop = (number - 1) * PAGE, min(number * PAGE, total)
        jobs = first[start:stop]
        rest = stop - start - len(jobs)
        jobs += await finding.search(search, rest, max(0, start - len(first))) if rest else []
        return _Page(number=number, start=start, jobs=jobs, total=total), frozenset(job.id for job in first)

    async def _jobs(self, jobs: Sequence[Job], workspace: str) -> tuple[ListedJob, ...]:
        kept = await self.services.ledger.finding.collections_of([job.id for job in jobs])
        zone = (await load_calendar(self.services.ledger, workspace)).zone
        return tuple([await self._listed(job, kept.get(job.id), zone) for job in jobs])

    async def _listed(self, job: Job, collection: str | None, zone: str) -> ListedJob:
        spec, stored = spec_of(job), await is_stored(job, self.services.store)
        facts = wording.listed(whole(job), zone, collection, stored=stored)
        verb, label = ("show", wording.SHOW) if job.delivered_at is None else ("choose", wording.OPEN)
        return ListedJob(
            prompt=wording.shortened(spec.prompt),
            facts=facts,
            picture=first_picture(job),
            choose=Button(verb=verb, label=label, target=id_text(job.id)),  # type: ignore[arg-type]
            message=gallery_of(job),
        )

    async def _collections(self, query: Query, person: str, place: Address) -> tuple[str, ...]:
        """List a person's collections with their counts, above everything that they keep."""
        if query.command != "kept" or query.collection is not None:
            return ()
        there = await self.services.ledger.finding.collections(place.workspace, person)
        return (wording.collections(there),) if any(name for name, _ in there) else ()

    async def _page_buttons(
        self, query: Query, person: str, place: Address, page: _Page, kept_as: str
    ) -> tuple[Button, ...]:
        if page.is_whole:
            return ()
        try:
            target = kept_as or await self._keep_query(query, person, place.workspace)
        except LedgerError as error:  # the page itself needs no writing
            log.warning("list.not_kept", reason=str(error))
            return ()
        newer = Button(verb="page", label=wording.NEWER, target=target, index=page.number - 1)
        older = Button(verb="page", label=wording.OLDER, target=target, index=page.number + 1)
        has_older = page.start + len(page.jobs) < page.total
        return (*([newer] if page.number > 1 else []), *([older] if has_older else []))

    async def _keep_query(self, query: Query, person: str, workspace: str) -> str:
        until = self.services.clock() + PATIENCE
        action = PendingAction(person=person, workspace=workspace, payload=query_text(query), until=until)
        return await self.services.ledger.pending.put("list", action)


async def why_missing(job: Job, store: GuardedStore) -> Notice | None:
    """Return None if the job's pictures can be shown."""
    pictures = result_of(job).pictures
    if job.state != "settled" or not pictures:
        return Notice(sentence=wording.GONE)
    try:
        data = await store.get(pictures[0].key)
    except OSError:
        return Notice(sentence=wording.NOT_READ)
    return Notice(sentence=wording.GONE) if data is None else None


def _waiting_buttons(job: Job) -> list[Button]:
    """Return the buttons of a job whose pictures wait; it is drawn again from elsewhere."""
    return [each for each in recent_buttons(job, named=True) if each.verb != "again"]


def _title(query: Query, total: int) -> str:
    match query.command:
        case "find":
            return wording.found(total, query.words)
        case "kept":
            return wording.kept_in(query.collection)
        case _:
            return wording.RECENT


def _nothing(query: Query) -> str:
    match query.command:
        case "find":
            narrowed = bool(query.tiers or query.first_day)
            return wording.nothing_found(query.words, narrowed=narrowed)
        case "kept":
            return wording.NO_KEPT
        case _:
            return wording.NOTHING_YET
