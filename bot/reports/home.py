"""A person's own page: allowance, spending, last pictures, and for admins the limits set here."""

from datetime import date

from bot import wording
from bot.imagine.cards import recent_buttons
from bot.imagine.records import spec_of, whole
from bot.people.rights import may_administer
from bot.port.cards import Button
from bot.port.requests import Address, Person
from bot.port.views import Home, Past, Table
from bot.reports import allowances
from bot.services import Services
from quotas.records import Job, UsageFilter

RECENT = 5  # jobs that the page shows


async def build_home(services: Services, person: Person, address: Address) -> Home:
    """Build the page of a person in the workspace of `address`."""
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
        settings=await _settings_table(services, workspace)
        if may_administer(person, workspace, services.operators)
        else None,
        buttons=(Button(verb="imagine", label=wording.IMAGINE, target="", style="primary"),),
    )


def error_home(sentence: str) -> Home:
    """Return a page that shows only why it could not be built."""
    return Home(title=wording.HOME, lines=(sentence,))


def _past(job: Job) -> Past:
    return Past(
        prompt=spec_of(job).prompt,
        tier=whole(job).tier,
        when=wording.moment(job.created_at),
        paid=wording.paid(whole(job)),
        buttons=recent_buttons(job),
    )


async def _settings_table(services: Services, workspace: str) -> Table:
    settings = await allowances.list_settings(services, workspace)
    rows = tuple((setting.who, setting.what, setting.until) for setting in settings)
    return Table(title=wording.SET_HERE, columns=wording.SET_COLUMNS, rows=rows)
