"""What a shell shows of a bill beside our own costs."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import typer

from bot import wording
from bot.cli.output import out, table
from quotas.ids import id_text
from quotas.reports.reconcile import Billed, Reconciled, Spent

_BILLED = ("Line", "Time", "Model", "Pictures", "Billed", "Id")
_SPENT = ("Job", "Time", "Model", "Pictures", "Cost", "Uncertain")


def compared(found: Reconciled, as_json: bool) -> None:
    if as_json:
        out(
            {
                "equal": found.equal,
                "matched": found.matched,
                "billed_micros": found.billed_micros,
                "cost_micros": found.cost_micros,
                "only_billed": [_plain_line(line) for line in found.only_billed],
                "only_spent": [_plain_job(job) for job in found.only_spent],
                "differing": [_plain_job(job) | {"billed_micros": micros} for job, micros in found.differing],
            }
        )
        return
    _section("Only the gateway has", _BILLED, [_line(line) for line in found.only_billed])
    _section("Only we have", _SPENT, [_job(job) for job in found.only_spent])
    differing = [(*_job(job), wording.dollars(micros)) for job, micros in found.differing]
    _section("The cost differs", (*_SPENT, "Billed"), differing)
    billed, cost = wording.dollars(found.billed_micros), wording.dollars(found.cost_micros)
    ends = "nothing differs." if found.equal else "what differs is above."
    typer.echo(f"{wording.plural(found.matched, 'line')} matched; billed {billed}, our cost {cost}; {ends}")


def _section(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if rows:
        typer.echo(f"{title}: {len(rows):,}")
        table(columns, rows, ("Line", *columns[3:5], *columns[6:]))
        typer.echo()


def _line(line: Billed) -> tuple[str, ...]:
    images = "" if line.images is None else str(line.images)
    return str(line.line), _moment(line.at), line.model, images, wording.dollars(line.micros), line.call


def _job(job: Spent) -> tuple[str, ...]:
    money = map(wording.dollars, (job.cost_micros, job.uncertain_micros))
    return id_text(job.job), _moment(job.began), job.model, str(job.images), *money


def _plain_line(line: Billed) -> dict[str, Any]:
    plain = asdict(line)
    micros = plain.pop("micros")
    return {**plain, "at": _moment(line.at), "billed_micros": micros}


def _plain_job(job: Spent) -> dict[str, Any]:
    return {**asdict(job), "job": id_text(job.job), "began": _moment(job.began), "ended": _moment(job.ended)}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
