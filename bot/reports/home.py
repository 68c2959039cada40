"""A person's own page: what is left and spent, the last pictures, and for admins what is set here."""

from datetime import date

from bot import wording
from bot.imagine.cards import recent_buttons
from bot.imagine.records import ask_of
from bot.people.rights import may
from bot.port.cards import Button
from bot.port.requests import Address, Person
from bot.port.views import Home, Past, Table
from bot.reports.allowances import set_here
from bot.services import Parts
from quotas.records import Job, UsageFilter

RECENT = 5  # jobs that the page shows


async def home(parts: Parts, person: Person, address: Address) -> Home:
    """The page, for this person in this workspace."""
    workspace, ledger = address.workspace, parts.ledger
    allowance = await ledger.allowance(workspace, person.id, person.roles)
    first, last = date.fromisoformat(allowance.day).replace(day=1).isoformat(), allowance.day
    where = UsageFilter(workspace=workspace, person=person.id, first_day=first, last_day=last)
    spent = (await ledger.usage(where, None)).totals
    jobs = await ledger.recent(workspace, person.id, RECENT)
    lines = [wording.usage_title(spent, first, last), wording.renews(allowance, parts.clock())]
    rows = wording.quota_rows(allowance)
    return Home(
        title=wording.HOME,
        lines=tuple(lines if jobs else [*lines, wording.HELP_LINE]),
        allowance=Table(title=wording.QUOTA, columns=wording.QUOTA_COLUMNS, rows=rows),
        past_title=wording.RECENT,
        past=tuple(map(_past, jobs)),
        settings=await _settings(parts, workspace) if may(person, workspace, parts.operators) else None,
        buttons=(Button(verb="imagine", label=wording.IMAGINE, job="", style="primary"),),
    )


def without(sentence: str) -> Home:
    """The page where it cannot be made: why."""
    return Home(title=wording.HOME, lines=(sentence,))


def _past(job: Job) -> Past:
    return Past(
        prompt=ask_of(job).prompt,
        tier=job.tier,
        when=wording.moment(job.created_at),
        paid=wording.paid(job),
        buttons=recent_buttons(job),
    )


async def _settings(parts: Parts, workspace: str) -> Table:
    rows = tuple((each.who, each.what, each.until) for each in await set_here(parts, workspace))
    return Table(title=wording.SET_HERE, columns=wording.SET_COLUMNS, rows=rows)
