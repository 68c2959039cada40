"""`imagine reconcile FILE`: what the gateway billed beside what we entered, job by job."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.running import AsJson, carry, fail, log_at, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quotas.reports.reconcile import Billed

DAY = 86_400.0


def reconcile(
    file: Annotated[Path, typer.Argument(help="The gateway's list of what it billed, as CSV.")],
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="The bill's first day, if not the first line's time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DAY", help="The bill's last day, if not the last line's time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the gateway's bill with our costs. What differs is listed, and the exit code is 1."""
    from bot.cli import output_bill
    from bot.cli.bill_file import BadFile, read
    from bot.cli.data_folder import reading
    from bot.imagine.records import calls_of
    from quotas.reports.reconcile import NEAR
    from quotas.reports.reconcile import reconcile as compare

    settings = settings_or_exit(as_json=as_json)

    async def report() -> int:
        try:
            lines = read(file)
        except BadFile as error:
            fail(Exit.INPUT, str(error), as_json=as_json)
        async with reading(settings) as ledger:
            first, last = _span(lines, since, until)
            jobs = await ledger.reports.spent(first - NEAR, last + NEAR, calls_of)
            found = compare(lines, jobs, first, last)
        output_bill.compared(found, as_json)
        return Exit.DONE if found.equal else Exit.FAILED

    log_at(settings, "warning")
    raise typer.Exit(carry(report(), as_json=as_json))


def _span(lines: "Sequence[Billed]", since: str | None, until: str | None) -> tuple[float, float]:
    """The first and the last instant of the bill. Raises NotUnderstood."""
    first = min((line.at for line in lines), default=0.0)
    last = max((line.at for line in lines), default=0.0)
    return _midnight(since) if since else first, _midnight(until) + DAY if until else last


def _midnight(day: str) -> float:
    """When a day of a bill begins: in UTC."""
    from datetime import UTC, datetime

    from bot.cli.targets import a_day

    return datetime.fromisoformat(a_day(day) or day).replace(tzinfo=UTC).timestamp()
