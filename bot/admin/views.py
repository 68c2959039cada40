"""Reports for admins: the log, the budget, the settings, usage as a file. None of them changes anything."""

from collections.abc import Mapping
from datetime import date

from bot import wording
from bot.imagine.parse import usual
from bot.people import lookup
from bot.people.names import names_in
from bot.port.cards import Refused, Report
from bot.port.requests import Address, OptionValue
from bot.reports.calendar import load_calendar
from bot.reports.usage import export_usage, parse_period
from bot.services import Services
from quotas.records import ANY, Entry, UsageFilter

NEWEST = 20  # entries that the log shows


async def show_log(
    services: Services, workspace: str, options: Mapping[str, OptionValue]
) -> Report | Refused:
    """Show the newest changes, or only those about the person that is named."""
    ref = None
    if "person" in options:
        person = await lookup.find_person(services.ledger, workspace, str(options["person"]))
        if isinstance(person, Refused):
            return person
        ref = person
    entries = await services.ledger.settings.entries(None if workspace == ANY else workspace, NEWEST, ref=ref)
    zone = (await load_calendar(services.ledger, workspace)).zone
    names = await names_in(services.ledger, workspace, entries)
    return Report(
        title=wording.LOG,
        lines=() if entries else (wording.NO_ENTRIES,),
        columns=wording.LOG_COLUMNS if entries else (),
        rows=tuple(_row(entry, names, zone, everywhere=workspace == ANY) for entry in entries),
    )


def _row(entry: Entry, names: Mapping[str, str], zone: str, *, everywhere: bool) -> tuple[str, ...]:
    return (
        wording.moment_in(entry.at, zone),
        wording.named(entry.author, names),
        wording.logged(entry, names, zone, everywhere=everywhere),
        entry.reason,
        wording.number(entry),
    )


async def show_budget(services: Services, workspace: str) -> Report:
    """Show the budget, what is spent and held of it, and the forecast for the month."""
    title = wording.BUDGET_OF_ALL if workspace == ANY else wording.BUDGET
    return Report(title=title, rows=wording.budget_rows(await services.ledger.settings.budget(workspace)))


async def show_styles(services: Services, workspace: str) -> Report | Refused:
    """Show the styles of a workspace, each with its words."""
    if workspace == ANY:
        return Refused(why="input", sentence=wording.WHICH_WORKSPACE)
    rows = tuple((await services.ledger.settings.styles(workspace)).items())
    return Report(
        title=wording.STYLES,
        lines=(wording.STYLES_LINE if rows else wording.NO_STYLES,),
        columns=wording.STYLE_COLUMNS if rows else (),
        rows=rows,
    )


async def show_settings(services: Services, workspace: str) -> Report:
    """Show every setting, and the default of each that is not set."""
    preferences = await services.ledger.settings.preferences(workspace)
    zone = (await load_calendar(services.ledger, workspace)).zone
    defaults = {
        "language": services.usual_language,
        **{f"default_{name}": str(value) for name, value in usual(services.catalog).items()},
    }
    channels = {preferences.alert_channel or "", preferences.admin_channel or ""}
    names = await services.ledger.people.names(workspace, channels)
    return Report(title=wording.SETTINGS, rows=wording.settings_rows(preferences, zone, defaults, names))


async def show_usage_file(
    services: Services, address: Address, options: Mapping[str, OptionValue]
) -> Report | Refused:
    """Show everyone's usage in this workspace as CSV, by default of this month."""
    text = str(options.get("period", "month"))
    span = parse_period(
        text, date.fromisoformat((await load_calendar(services.ledger, address.workspace)).today)
    )
    if span is None:
        return Refused(why="input", sentence=wording.no_period(text))
    first, last = (day.isoformat() for day in span)
    workspace = None if address.workspace == ANY else address.workspace
    where = UsageFilter(workspace=workspace, first_day=first, last_day=last)
    file = await export_usage(services.ledger, where)
    return file if isinstance(file, Refused) else Report(title=wording.exported(first, last), file=file)
