"""`imagine reconcile FILE`: compare the gateway's bill with our entries, job by job."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import wording
from bot.app.ledger import read_ledger
from bot.cli.commands.bill_file import BadFile, read
from bot.cli.context import settings_or_exit
from bot.cli.exits import Exit, fail
from bot.cli.options import AsJson
from bot.cli.output import print_json, print_table
from bot.cli.running import run_command, set_log_level
from bot.cli.targets import parse_day
from bot.imagine.records import calls_of
from quotas.ids import id_text
from quotas.reports.reconcile import NEAR, BillLine, JobCost, Reconciliation
from quotas.reports.reconcile import reconcile as compare

DAY = 86_400.0
_BILLED = ("Line", "Time", "Model", "Pictures", "Billed", "Id")
_SPENT = ("Job", "Time", "Model", "Pictures", "Cost", "Uncertain")


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
    settings = settings_or_exit(as_json=as_json)

    async def report() -> int:
        try:
            lines = read(file)
        except BadFile as error:
            fail(Exit.INPUT, str(error), as_json=as_json)
        async with read_ledger(settings) as ledger:
            first, last = _span(lines, since, until)
            jobs = await ledger.reports.job_costs(first - NEAR, last + NEAR, calls_of)
            comparison = compare(lines, jobs, first, last)
        print_comparison(comparison, as_json)
        return Exit.DONE if comparison.equal else Exit.FAILED

    set_log_level(settings, "warning")
    raise typer.Exit(run_command(report(), as_json=as_json))


def _span(lines: Sequence[BillLine], since: str | None, until: str | None) -> tuple[float, float]:
    """Return the first and the last instant of the bill, in unix seconds. Raises InvalidInput."""
    first, last = parse_day(since), parse_day(until)
    return (
        _midnight(first) if first else min((line.at for line in lines), default=0.0),
        _midnight(last) + DAY if last else max((line.at for line in lines), default=0.0),
    )


def _midnight(day: str) -> float:
    """Return when a day of a bill begins: in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


# --- what is shown


def print_comparison(comparison: Reconciliation, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "equal": comparison.equal,
                "matched": comparison.matched,
                "billed_micros": comparison.billed_micros,
                "cost_micros": comparison.cost_micros,
                "only_billed": [_plain_line(line) for line in comparison.only_billed],
                "only_spent": [_plain_job(job) for job in comparison.only_spent],
                "differing": [
                    _plain_job(job) | {"billed_micros": micros} for job, micros in comparison.differing
                ],
            }
        )
        return
    _section("Only the gateway has", _BILLED, [_line(line) for line in comparison.only_billed])
    _section("Only we have", _SPENT, [_job(job) for job in comparison.only_spent])
    differing = [(*_job(job), wording.dollars(micros)) for job, micros in comparison.differing]
    _section("The cost differs", (*_SPENT, "Billed"), differing)
    billed, cost = wording.dollars(comparison.billed_micros), wording.dollars(comparison.cost_micros)
    ends = "nothing differs." if comparison.equal else "what differs is above."
    typer.echo(
        f"{wording.plural(comparison.matched, 'line')} matched; billed {billed}, our cost {cost}; {ends}"
    )


def _section(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if rows:
        typer.echo(f"{title}: {len(rows):,}")
        print_table(columns, rows, ("Line", *columns[3:5], *columns[6:]))
        typer.echo()


def _line(line: BillLine) -> tuple[str, ...]:
    images = "" if line.images is None else str(line.images)
    return str(line.line), _moment(line.at), line.model, images, wording.dollars(line.micros), line.call


def _job(job: JobCost) -> tuple[str, ...]:
    money = map(wording.dollars, (job.cost_micros, job.uncertain_micros))
    return id_text(job.job), _moment(job.began), job.model, str(job.images), *money


def _plain_line(line: BillLine) -> dict[str, Any]:
    plain = asdict(line)
    micros = plain.pop("micros")
    return {**plain, "at": _moment(line.at), "billed_micros": micros}


def _plain_job(job: JobCost) -> dict[str, Any]:
    return {**asdict(job), "job": id_text(job.job), "began": _moment(job.began), "ended": _moment(job.ended)}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
