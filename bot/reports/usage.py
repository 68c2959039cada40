"""Usage: what was drawn and what it cost, as a table, a chart, a file and totals."""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import cast, get_args

from bot import wording
from bot.people import lookup
from bot.people.rights import may_administer
from bot.port.cards import Chart, File, Refused, Report
from bot.port.requests import Command, OptionValue
from bot.port.views import Spending, Sums
from bot.reports import charts, csv
from bot.services import Services
from bot.text import clean, cut
from quotas.ids import id_number
from quotas.ledger import Ledger
from quotas.records import ANY, By, Totals, UsageFilter, UsageReport

LONGEST_PERIOD = 366  # days of one chart
TOP = 20  # rows of a table and of a chart; the rest is one more
TOP_DAYS = 31
LONGEST_NAME = 60  # characters of a name
MESSAGE_FILE = 8 * 1_048_576  # bytes: what every platform takes in a message
_RANGE = re.compile(r"\s*(?:\.{2,3}|…|–|—|\bto\b)\s*")  # phone keyboards turn dots and hyphens into these
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_RANKED = ("person", "channel", "model")

Row = tuple[str, Totals]


@dataclass(frozen=True, slots=True)
class _Query:
    """One request for usage. `subject`: whose usage it is, in words; `by`: the breakdown."""

    where: UsageFilter
    subject: str
    first: date
    last: date
    by: By

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(number) for number in range((self.last - self.first).days + 1)]


async def report_usage(
    services: Services, command: Command, options: Mapping[str, OptionValue]
) -> Report | Refused:
    """Answer `/usage`: by default the person's own usage of this month, by the workspace's calendar.

    Only admins may ask about others.
    """
    query = await _read_query(services, command, options)
    if isinstance(query, Refused):
        return query
    file = await export_usage(services.ledger, query.where) if options.get("csv") else None
    if isinstance(file, Refused):
        return file
    report = await services.ledger.reports.usage(query.where, query.by)
    title = wording.usage_title(report.totals, query.first.isoformat(), query.last.isoformat(), query.subject)
    rows, rest = _top_rows(report)
    extra = _extra_columns(report)
    chart = await _draw_chart(services, command.person.id, title, query, rows, rest)
    table = [wording.usage_row(name, totals, extra) for name, totals in [*rows, *rest]]
    return Report(
        title=title,
        lines=(*notes(report), *(() if chart else (wording.NO_CHART,))),
        columns=wording.usage_columns(query.by, extra) if table else (),
        rows=tuple(table),
        chart=chart,
        file=file,
    )


async def export_usage(ledger: Ledger, where: UsageFilter) -> File | Refused:
    """Export every line of the rollup as CSV; refuse if the file is too large for a message."""
    data = await ledger.reports.usage_lines(where, lambda lines: csv.format_csv(lines, MESSAGE_FILE))
    if data is None:
        return Refused(why="input", sentence=wording.too_many_lines(MESSAGE_FILE))
    return File(name=_file_name(where), data=data)


def _file_name(where: UsageFilter) -> str:
    """Name the file with letters, digits and hyphens only, which every system accepts."""
    parts = (where.workspace, where.channel, where.person, where.first_day, where.last_day)
    plain = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")[:40] for part in parts if part]
    return "-".join(["usage", *filter(None, plain)]) + ".csv"


# --- the query


async def _read_query(
    services: Services, command: Command, options: Mapping[str, OptionValue]
) -> _Query | Refused:
    workspace, text = command.address.workspace, str(options.get("period", "month"))
    today = (await services.ledger.reports.allowance(workspace, command.person.id, command.person.roles)).day
    span = parse_period(text, date.fromisoformat(today))
    if span is None:
        return Refused(why="input", sentence=wording.no_period(text))
    subject = await _read_subject(services, command, options)
    if isinstance(subject, Refused):
        return subject
    person, channel, name = subject
    where = UsageFilter(
        workspace=None if workspace == ANY else workspace,
        person=person,
        channel=channel,
        first_day=span[0].isoformat(),
        last_day=span[1].isoformat(),
    )
    return _Query(where, name, *span, cast(By, options.get("by", "tier")))


async def _read_subject(
    services: Services, command: Command, options: Mapping[str, OptionValue]
) -> tuple[str | None, str | None, str] | Refused:
    """Return the ids of the person and the channel, None for all, and both in words."""
    me, here = command.person.id, command.address.workspace
    is_admin = may_administer(command.person, here, services.operators)
    person: str | Refused | None = None
    if "person" in options:
        person = await lookup.find_person(services.ledger, here, str(options["person"]))
    elif "channel" not in options and not options.get("workspace"):
        person = me
    if person != me and not is_admin:  # checked first: the refusal of a name tells who has drawn here
        return Refused(why="policy", sentence=wording.ADMINS_ONLY)
    if isinstance(person, Refused):
        return person
    subject = wording.EVERYONE_HERE
    if person is not None:
        names = await services.ledger.people.names(here, {person})
        subject = wording.YOU if person == me else cut(clean(names.get(person, person)), LONGEST_NAME)
    if "channel" not in options:
        return person, None, subject
    channel = lookup.find_channel(command.address, str(options["channel"]))
    if isinstance(channel, Refused):
        return channel
    subject = wording.in_channel(channel) if person is None else wording.of_both(subject, channel)
    return person, channel, subject


def parse_period(text: str, today: date) -> tuple[date, date] | None:
    """Return the first and last day of "today", "week", "month", "2026-03" or "2026-03-01..2026-03-31".

    Return None for anything else, and for a period longer than a year.
    """
    plain = text.strip().lower()
    match plain:
        case "today":
            return today, today
        case "week":
            return today - timedelta(today.weekday()), today
        case "month":
            return today.replace(day=1), today
    first, *last = _RANGE.split(plain)
    try:
        span = _first_day(first), _last_day(last[0] if last else first)
    except ValueError:
        return None
    return span if len(last) < 2 and 0 <= (span[1] - span[0]).days < LONGEST_PERIOD else None


def _first_day(text: str) -> date:
    return date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)


def _last_day(text: str) -> date:
    if not _MONTH.fullmatch(text):
        return date.fromisoformat(text)
    first = date.fromisoformat(f"{text}-01")
    return first.replace(day=monthrange(first.year, first.month)[1])


# --- the answer


def notes(report: UsageReport) -> tuple[str, ...]:
    """Explain uncertain cost, and cost beyond the charge, if there is any."""
    totals, unproven = report.totals, report.unproven_micros
    lines = []
    if unknown := max(0, totals.uncertain_micros - unproven):
        lines.append(wording.uncertain_cost(unknown))
    if unproven:
        lines.append(wording.unproven_cost(unproven))
    if totals.beyond_micros:
        lines.append(wording.beyond_charge(totals.beyond_micros))
    return tuple(lines)


def _extra_columns(report: UsageReport) -> tuple[str, ...]:
    """Return the figures to show beside the charge: cost if it differs, the others if they are not 0."""
    all_sums = [report.totals, *(totals for _, _, totals in report.rows)]
    is_needed = {
        "cost_micros": any(sums.cost_micros != sums.charge_micros for sums in all_sums),
        "uncertain_micros": any(sums.uncertain_micros for sums in all_sums),
        "beyond_micros": any(sums.beyond_micros for sums in all_sums),
    }
    return tuple(name for name, needed in is_needed.items() if needed)


def _top_rows(report: UsageReport) -> tuple[list[Row], list[Row]]:
    """Return the dearest rows, or the newest days, with unique names, and one row that sums up the others."""
    ordered = sorted(report.rows, reverse=True, key=lambda row: row[0]) if report.by == "day" else report.rows
    most = TOP_DAYS if report.by == "day" else TOP
    entries = [(key, cut(clean(name), LONGEST_NAME), totals) for key, name, totals in ordered]
    counts = Counter(name for _, name, _ in entries)
    rows = [
        (wording.same_name(name, key) if name and counts[name] > 1 else name or key, totals)
        for key, name, totals in entries
    ]
    others = [totals for _, totals in rows[most:]]
    return rows[:most], [(wording.and_others(len(others)), _sum(others))] if others else []


def _sum(parts: Sequence[Totals]) -> Totals:
    return Totals(
        **{name: sum(getattr(part, name) for part in parts) for name in Totals.__dataclass_fields__}
    )


async def _draw_chart(
    services: Services, person: str, title: str, query: _Query, rows: list[Row], rest: list[Row]
) -> Chart | None:
    """Draw the chart for `person`. None: one of theirs is drawn already, or too many are."""
    if query.by not in _RANKED and len(query.days) > 1:
        return await _draw_days(services, person, title, query)
    spent = tuple((name, totals.charge_micros) for name, totals in rows)
    others = (rest[0][0], rest[0][1].charge_micros) if rest else None
    question = wording.get_language(), title, spent, others
    looks = await services.charts.share(person, question, lambda: charts.draw_ranked(title, spent, others))
    if looks is None:
        return None
    alt = wording.chart_alt(title, dict([*spent, *([others] if others else [])]), query.by)
    return Chart(png=looks[0], dark=looks[1], alt=alt)


async def _draw_days(services: Services, person: str, title: str, query: _Query) -> Chart | None:
    """Chart spending over time, stacked by tier.

    The tiers stand in the catalog's order, so a tier has the same colour in every chart.
    """
    places = {day.isoformat(): at for at, day in enumerate(query.days)}
    spent = {tier: [0] * len(places) for tier in services.catalog.tiers}
    for day, tier, micros in sorted(await services.ledger.reports.usage_days(query.where)):
        spent.setdefault(tier, [0] * len(places))[places[day]] += micros
    question = wording.get_language(), title, tuple((tier, *figures) for tier, figures in spent.items())
    looks = await services.charts.share(
        person, question, lambda: charts.draw_by_day(title, query.days, spent)
    )
    if looks is None:
        return None
    unit = "month" if len(places) > charts.DAILY_BARS else "day"
    sums: Counter[str] = Counter()
    for day, at in places.items():
        sums[day[:7] if unit == "month" else day] += sum(figures[at] for figures in spent.values())
    tiers = {tier: sum(figures) for tier, figures in spent.items() if any(figures)}
    return Chart(png=looks[0], dark=looks[1], alt=wording.chart_alt(title, sums, unit, tiers))


# --- totals


async def total_spending(ledger: Ledger, by: str) -> Spending:
    """Sum up what was spent, for all time and everyone. Raises ValueError on an unknown breakdown."""
    for name in get_args(By):
        if by == name:
            report = await ledger.reports.usage(UsageFilter(), name)
            rows = tuple((key, label, _port_sums(totals)) for key, label, totals in report.rows)
            return Spending(totals=_port_sums(report.totals), by=by, rows=rows)
    raise ValueError(f"{by!r} is not one of {', '.join(get_args(By))}")


async def job_spending(ledger: Ledger, job: str) -> Sums:
    """Sum up one job, by its 13 characters, or the comparison that it carries; zeros if there is none."""
    row = await ledger.jobs.get(id_number(job))
    rows = [row] if row else []
    if row is not None and row.comparison is not None:
        rows = await ledger.jobs.of_comparison(row.comparison)
    return Sums(
        jobs=len(rows),
        images=sum(each.charge_images or 0 for each in rows),
        charge_micros=sum(each.charge_micros or 0 for each in rows),
        cost_micros=sum(each.cost_micros for each in rows),
        uncertain_micros=sum(each.uncertain_micros for each in rows),
        beyond_micros=sum(max(0, each.cost_micros - (each.charge_micros or 0)) for each in rows),
    )


def _port_sums(totals: Totals) -> Sums:
    return Sums(**asdict(totals))
