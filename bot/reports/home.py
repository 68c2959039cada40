"""A person's own page: what is left and spent, the last pictures, and for admins what is set here."""

from datetime import date

from bot import wording
from bot.imagine.cards import recent_buttons
from bot.imagine.records import spec_of
from bot.people.rights import may
from bot.port.cards import Button
from bot.port.requests import Address, Person
from bot.port.views import Home, Past, Table
from bot.reports import allowances
from bot.services import Services
from quotas.records import Job, UsageFilter

RECENT = 5  # jobs that the page shows


async def home(services: Services, person: Person, address: Address) -> Home:
    """The page, for this person in this workspace."""
    workspace, ledger = address.workspace, services.ledger
    allowance = await ledger.reports.allowance(workspace, person.id, person.roles)
    first, last = date.fromisoformat(allowance.day).replace(day=1).isoformat(), allowance.day
    where = UsageFilter(workspace=workspace, person=person.id, first_day=first, last_day=last)
    spent = (await ledger.reports.usage(where, None)).totals
    jobs = await ledger.jobs.list_recent(workspace, person.id, RECENT)
    lines = [wording.usage_title(spent, first, last), wording.renews(allowance, services.clock())]
    rows = wording.quota_rows(allowance)
    return Home(
        title=wording.HOME,
        lines=tuple(lines if jobs else [*lines, wording.HELP_LINE]),
        allowance=Table(title=wording.QUOTA, columns=wording.QUOTA_COLUMNS, rows=rows),
        past_title=wording.RECENT,
        past=tuple(map(_past, jobs)),
        settings=await _settings(services, workspace) if may(person, workspace, services.operators) else None,
        buttons=(Button(verb="imagine", label=wording.IMAGINE, target="", style="primary"),),
    )


def without(sentence: str) -> Home:
    """The page where it cannot be made: why."""
    return Home(title=wording.HOME, lines=(sentence,))


def _past(job: Job) -> Past:
    return Past(
        prompt=spec_of(job).prompt,
        tier=job.tier,
        when=wording.moment(job.created_at),
        paid=wording.paid(job),
        buttons=recent_buttons(job),
    )


async def _settings(services: Services, workspace: str) -> Table:
    rows = tuple((each.who, each.what, each.until) for each in await allowances.settings(services, workspace))
    return Table(title=wording.SET_HERE, columns=wording.SET_COLUMNS, rows=rows)
