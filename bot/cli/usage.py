"""`imagine usage`: who spent what, with the figures of every other report."""

import sys
from typing import Annotated, cast, get_args

import typer

from bot.cli.exits import Exit
from bot.cli.running import AsJson, Workspace, carry, fail, log_at, login, settings_or_exit
from quotas.ledger import Ledger
from quotas.records import ANY, By, UsageFilter

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
    from bot.cli import output
    from bot.cli.data_folder import reading
    from bot.reports import csv as spreadsheet

    settings = settings_or_exit(as_json=as_json)
    if by not in KINDS:
        fail(Exit.INPUT, f"{by!r} is not one of {', '.join(KINDS)}.", as_json=as_json)
    if csv and as_json:
        fail(Exit.INPUT, "Say --csv or --json, not both.", as_json=as_json)

    async def report() -> None:
        async with reading(settings) as ledger:
            where = await _where(ledger, person, workspace, channel, (period, since, until))
            if csv:
                data = await ledger.reports.usage_lines(where, spreadsheet.format_csv) or b""
                sys.stdout.buffer.write(data.removeprefix(spreadsheet.BOM))  # which only spreadsheets want
            else:
                output.usage(await ledger.reports.usage(where, cast(By, by)), as_json)

    log_at(settings, "warning")
    carry(report(), as_json=as_json)


async def _where(
    ledger: Ledger,
    person: str | None,
    workspace: str | None,
    channel: str | None,
    times: tuple[str | None, str | None, str | None],
) -> UsageFilter:
    """`times`: a period, or the first and the last day. Raises NotUnderstood."""
    from bot.cli.targets import find_person

    who = await find_person(ledger, person, workspace, login()) if person else None
    place = workspace or (who.workspace if who and who.workspace != ANY else None)
    first, last = await _days(ledger, place or ANY, *times)
    return UsageFilter(
        workspace=place,
        person=who.person if who else None,
        channel=channel,
        first_day=first,
        last_day=last,
    )


async def _days(
    ledger: Ledger, workspace: str, named: str | None, since: str | None, until: str | None
) -> tuple[str | None, str | None]:
    from datetime import date

    from bot import wording
    from bot.cli.targets import NotUnderstood, a_day
    from bot.reports.calendar import load_calendar
    from bot.reports.usage import parse_period

    if named is None:
        return a_day(since), a_day(until)
    if since or until:
        raise NotUnderstood("Say --period, or --since and --until, not both.")
    span = parse_period(named, date.fromisoformat((await load_calendar(ledger, workspace)).today))
    if span is None:
        raise NotUnderstood(wording.no_period(named))
    return span[0].isoformat(), span[1].isoformat()
