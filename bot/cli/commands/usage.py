"""`imagine usage`: report who spent what, with the figures of every other report."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, cast, get_args

import typer

from bot import wording
from bot.app.ledger import read_ledger
from bot.cli.context import login, settings_or_exit
from bot.cli.exits import Exit, InvalidInput, fail
from bot.cli.options import AsJson, Workspace
from bot.cli.output import print_json, print_table
from bot.cli.running import run_command, set_log_level
from bot.cli.targets import find_channel, find_person, find_workspace, parse_day
from bot.reports import csv as spreadsheet
from bot.reports.calendar import load_calendar
from bot.reports.usage import notes, parse_period
from quotas.ledger import Ledger
from quotas.records import ANY, By, Totals, UsageFilter, UsageReport

KINDS = get_args(By)


def usage(
    person: Annotated[str | None, typer.Option(help="Only this person: an id, or a name.")] = None,
    workspace: Workspace = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    period: Annotated[
        str | None, typer.Option(help="today, week, month, 2026-03, or 2026-03-01..2026-03-31.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="The first day, such as 2026-03-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="The last day.")] = None,
    by: Annotated[str, typer.Option(help=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}.")] = "tier",
    csv: Annotated[bool, typer.Option("--csv", help="Print every line as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell who spent what. For all time and everyone unless narrowed."""
    settings = settings_or_exit(as_json=as_json)
    if by not in KINDS:
        fail(Exit.INPUT, f"{by!r} is not one of {', '.join(KINDS)}.", as_json=as_json)
    if csv and as_json:
        fail(Exit.INPUT, "Say --csv or --json, not both.", as_json=as_json)

    async def report() -> None:
        async with read_ledger(settings) as ledger:
            where = await _where(ledger, person, workspace, channel, (period, since, until))
            if csv:
                data = await ledger.reports.usage_lines(where, spreadsheet.format_csv) or b""
                typer.echo(data.removeprefix(spreadsheet.BOM), nl=False)  # only spreadsheets want the mark
            else:
                print_usage(await ledger.reports.usage(where, cast(By, by)), as_json)

    set_log_level(settings, "warning")
    run_command(report(), as_json=as_json)


async def _where(
    ledger: Ledger,
    person: str | None,
    workspace: str | None,
    channel: str | None,
    times: tuple[str | None, str | None, str | None],
) -> UsageFilter:
    """Return the filter of the report. Raises InvalidInput.

    `times`: a period, the first day and the last day; a period excludes days.
    """
    place = await find_workspace(ledger, workspace)
    who = None if person is None else await find_person(ledger, person, place, login(), scope="--person")
    place = place or (who.workspace if who else ANY)
    first, last = await _days(ledger, place, *times)
    return UsageFilter(
        workspace=None if place == ANY else place,
        person=who.person if who else None,
        channel=await find_channel(ledger, channel),
        first_day=first,
        last_day=last,
    )


async def _days(
    ledger: Ledger, workspace: str, period: str | None, since: str | None, until: str | None
) -> tuple[str | None, str | None]:
    """Return the first and the last day, by the workspace's calendar; None: no bound."""
    if period is None:
        return parse_day(since), parse_day(until)
    if since is not None or until is not None:
        raise InvalidInput("Say --period, or --since and --until, not both.")
    span = parse_period(period, date.fromisoformat((await load_calendar(ledger, workspace)).today))
    if span is None:
        raise InvalidInput(wording.no_period(period))
    return span[0].isoformat(), span[1].isoformat()


def print_usage(report: UsageReport, as_json: bool) -> None:
    if as_json:
        rows = [{"key": key, "name": name, **asdict(totals)} for key, name, totals in report.rows]
        print_json({"totals": asdict(report.totals), "by": report.by, "rows": rows})
        return
    beside = ["cost_micros", "uncertain_micros", *(["beyond_micros"] if report.totals.beyond_micros else [])]
    what, pictures, *money = wording.usage_columns(report.by or "", beside)
    columns = (what, "Jobs", pictures, *money)
    lines = [_usage_row(name or key, totals, beside) for key, name, totals in report.rows]
    print_table(columns, [*lines, _usage_row("Total", report.totals, beside)], columns[1:])
    for note in notes(report):
        typer.echo(note)


def _usage_row(name: str, totals: Totals, beside: Sequence[str]) -> tuple[str, ...]:
    return (name, f"{totals.jobs:,}", *wording.usage_row("", totals, beside)[1:])
