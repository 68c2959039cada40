"""What a shell shows: tables for people, one JSON object for programs. Money in fields ending `_micros`."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from adapters.shell.requests import CommandAnswer, DrawAnswer, QuotaAnswer, QuotaRequest
from bot import wording
from bot.storage.pictures import FolderStore
from quotas.catalog import Catalog, Quote, Tier, monthly
from quotas.records import ANY, Allowance, Difference, Meter, Totals, UsageReport

if TYPE_CHECKING:
    from bot.cli.doctor import Check


WIDE = 10_000  # columns where no terminal shows a table: what reads it there wants whole lines


def out(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> None:
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, justify="right" if column in numbers else "left")
    for row in rows:
        grid.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(grid)


# --- draw


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
    """A bar on a terminal's standard error; nothing elsewhere."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda line, part: None
        return
    with Progress(
        SpinnerColumn("line"),
        BarColumn(24),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda line, part: bar.update(task, description=line, completed=part or 0.0)


def unwritable(folder: Path) -> str | None:
    """Make the folder for the files now, before anything is charged; a sentence if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror}); choose another folder with --out."
    return None


async def save(store: FolderStore, keys: Sequence[str], folder: Path) -> list[Path]:
    """Copy a job's pictures out of the store."""
    files = []
    for key in keys:
        data = await store.get(key)
        if data is not None:
            path = folder / key.replace(".jpeg", ".jpg")
            path.write_bytes(data)
            files.append(path)
    return files


def drawn(answer: DrawAnswer, files: Sequence[Path], as_json: bool) -> None:
    if as_json:
        data = answer.model_dump(exclude={"event", "why", "files"})
        out({"outcome": answer.why, **data, "files": [str(path) for path in files]})
        return
    if answer.why != "delivered":
        typer.echo(answer.sentence, err=True)
        return
    for path in files:
        typer.echo(str(path))
    for line in (answer.caption, *answer.notes):
        typer.echo(line)


# --- tiers, usage, quota


def tiers(catalog: Catalog, per_day: int, today: date, as_json: bool) -> None:
    quoted = [
        (tier, quality, quote)
        for tier in catalog.enabled.values()
        for quality in tier.qualities or ("",)
        if (quote := catalog.quote(tier, quality, today)) is not None
    ]
    if not as_json:
        rows = [
            wording.tier_row(tier, name, quote, monthly(quote.unit_micros, per_day))
            for tier, name, quote in quoted
        ]
        table(wording.tier_columns(per_day), rows, wording.tier_columns(per_day)[3:])
        for line in (*map(wording.tier_line, catalog.enabled.values()), wording.ratios(catalog.ratios)):
            typer.echo(line)
        return
    entries = []
    for tier in catalog.enabled.values():
        own = {name: _priced(quote, per_day) for other, name, quote in quoted if other is tier}
        if own:
            entries.append(_tier(tier, own))
    out({"per_day": per_day, "days": 30, "multiplier": str(catalog.multiplier), "tiers": entries})


def _tier(tier: Tier, prices: dict[str, dict[str, Any]]) -> dict[str, Any]:
    default = prices.get(tier.default_quality) or next(iter(prices.values()))
    return {
        "tier": tier.name,
        "model": tier.model,
        "title": tier.title,
        "for": tier.use,
        "cannot": wording.cannot_do(tier),
        "speed_seconds": list(tier.speed),
        "quality": tier.default_quality,
        **default,
        **({"qualities": prices} if tier.qualities else {}),
    }


def _priced(quote: Quote, per_day: int) -> dict[str, Any]:
    total = monthly(quote.unit_micros, per_day)
    return {
        "official_micros": quote.official_micros,
        "price_micros": quote.unit_micros,
        "since": quote.since,
        "monthly_micros": total,
        "monthly": wording.dollars(total),
    }


def usage(report: UsageReport, as_json: bool) -> None:
    if as_json:
        rows = [{"key": key, "name": name, **asdict(totals)} for key, name, totals in report.rows]
        out({"totals": asdict(report.totals), "by": report.by, "rows": rows})
        return
    beside = ["cost_micros", "uncertain_micros", *(["beyond_micros"] if report.totals.beyond_micros else [])]
    what, pictures, *money = wording.usage_columns(report.by or "", beside)
    columns = (what, "Jobs", pictures, *money)
    lines = [_usage_row(name or key, totals, beside) for key, name, totals in report.rows]
    table(columns, [*lines, _usage_row("Total", report.totals, beside)], columns[1:])


def _usage_row(name: str, totals: Totals, beside: Sequence[str]) -> tuple[str, ...]:
    return (name, f"{totals.jobs:,}", *wording.usage_row("", totals, beside)[1:])


def allowance(found: Allowance, as_json: bool) -> None:
    if as_json:
        meters = {"images_day": found.images_day, "money_day_micros": found.money_day}
        meters["money_month_micros"] = found.money_month
        out(
            {
                "person": found.person,
                "workspace": found.workspace,
                **{name: _meter(meter) for name, meter in meters.items()},
                "tiers": found.tiers,
                "blocked": found.blocked,
                "set_by": found.set_by,
                "day": found.day,
                "zone": found.zone,
                "renews_at": datetime.fromtimestamp(found.renews_at, UTC).isoformat(),
            }
        )
        return
    typer.echo(f"{found.person} {_where(found.workspace)}")
    table(wording.QUOTA_COLUMNS, wording.quota_rows(found), wording.QUOTA_COLUMNS[1:])
    renews = datetime.fromtimestamp(found.renews_at, ZoneInfo(found.zone))
    typer.echo(f"Renews {renews:%a %-d %b, %H:%M} {found.zone}.")


def _meter(meter: Meter) -> dict[str, int | None]:
    return {**asdict(meter), "left": meter.left}


def changed(answer: QuotaAnswer, request: QuotaRequest, as_json: bool) -> None:
    before, after = (json.loads(text) if text else None for text in (answer.before, answer.after))
    if as_json:
        target = {"workspace": request.workspace, "kind": request.kind, "ref": request.ref}
        out({"verb": request.verb, **target, "entry": answer.entry, "before": before, "after": after})
        return
    whom = "everyone" if request.kind == "everyone" else request.ref
    where = _where(request.workspace)
    if answer.entry is None:
        typer.echo(f"Nothing was set for {whom} {where}.")
        return
    was = "" if request.verb == "grant" else f"{wording.setting(before)} → "
    typer.echo(f"{request.verb} for {whom} {where}: {was}{wording.setting(after)}")


def answered(answer: CommandAnswer, as_json: bool) -> None:
    """What a command was answered. A file alone goes to standard output, to be sent on."""
    if as_json:
        out(answer.model_dump(exclude={"event", "why"}, exclude_defaults=True))
    elif answer.file:
        typer.echo(answer.file[1].removeprefix("\ufeff"), nl=False)  # which only spreadsheets want
    else:
        for line in filter(None, (answer.title, answer.sentence, *answer.lines)):
            typer.echo(line)
        if answer.rows:
            table(answer.columns, answer.rows)


def _where(workspace: str) -> str:
    return "everywhere" if workspace == ANY else f"in {workspace}"


# --- verify and check


def differences(found: Sequence[Difference], as_json: bool) -> None:
    if as_json:
        out({"clean": not found, "differences": [asdict(difference) for difference in found]})
        return
    if not found:
        typer.echo("Every balance is what its entries say.")
        return
    rows = [(each.invariant, each.where, each.stored, each.recomputed) for each in found]
    table(("Check", "Where", "Stored", "Recomputed"), rows)


def checks(found: Sequence["Check"], as_json: bool) -> None:
    if as_json:
        out({"ok": all(line.ok for line in found), "checks": [asdict(line) for line in found]})
        return
    for line in found:
        typer.echo(f"{'ok  ' if line.ok else 'FAIL'}  {line.name}: {line.sentence}")
        if line.fix:
            typer.echo(f"      → {line.fix}")
