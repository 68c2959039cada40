"""A person's own page: what is left and spent, the last pictures, and for admins what is set here."""

from dataclasses import replace
from datetime import date

from bot import wording
from bot.answers import recent_buttons
from bot.cards import Button, Home, Past, Table
from bot.jobs import ask_of
from bot.messages import Address, Person
from bot.parts import Parts
from quotas.records import Job, Limits, UsageFilter

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
    admin = person.admin or person.id in parts.operators
    return Home(
        title=wording.HOME,
        lines=tuple(lines if jobs else [*lines, wording.HELP_LINE]),
        allowance=Table(title=wording.QUOTA, columns=wording.QUOTA_COLUMNS, rows=rows),
        past_title=wording.RECENT,
        past=tuple(map(_past, jobs)),
        settings=await _settings(parts, workspace) if admin else None,
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
    rows = [
        (wording.set_for(kind, ref, name), *cells)
        for kind, ref, name, setting in await parts.ledger.set_here(workspace)
        for cells in _cells(setting)
    ]
    return Table(title=wording.SET_HERE, columns=wording.SET_COLUMNS, rows=tuple(rows))


def _cells(setting: Limits) -> list[tuple[str, str]]:
    """What is set and until when; a block has an end of its own, and so a row."""
    cells = []
    if replace(setting, blocked=False, until=None, blocked_until=None) != Limits():
        cells.append((wording.figures(setting), wording.ends(setting.until)))
    if setting.blocked:
        cells.append((wording.BLOCKED, wording.ends(setting.blocked_until)))
    return cells
