"""`/usage`: what was drawn and what it cost, as a table, a chart and a file."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from bot import wording
from bot.people import lookup
from bot.people.rights import may
from bot.port.cards import Chart, File, Refused, Report
from bot.port.requests import Command, OptionValue
from bot.reports import charts, csv
from bot.services import Services
from bot.text import clean, cut
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
class _Asked:
    """Whose usage, of which days, is broken down by what. `whom`: how the answer begins."""

    where: UsageFilter
    whom: str
    first: date
    last: date
    by: By

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(number) for number in range((self.last - self.first).days + 1)]


async def usage(services: Services, command: Command, options: Mapping[str, OptionValue]) -> Report | Refused:
    """Mine, this month, unless more is asked for, by this workspace's calendar. Others' are for admins."""
    asked = await _asked(services, command, options)
    if isinstance(asked, Refused):
        return asked
    file = await usage_file(services.ledger, asked.where) if options.get("csv") else None
    if isinstance(file, Refused):
        return file
    report = await services.ledger.reports.usage(asked.where, asked.by)
    title = wording.usage_title(report.totals, asked.first.isoformat(), asked.last.isoformat(), asked.whom)
    rows, rest = _top(report)
    beside = _beside(report)
    table = [wording.usage_row(name, totals, beside) for name, totals in [*rows, *rest]]
    return Report(
        title=title,
        lines=_lines(report.totals),
        columns=wording.usage_columns(asked.by, beside) if table else (),
        rows=tuple(table),
        chart=await _chart(services, title, asked, rows, rest),
        file=file,
    )


async def usage_file(ledger: Ledger, where: UsageFilter) -> File | Refused:
    """Every line of the rollup as CSV; refused where a message cannot hold it."""
    data = await ledger.reports.usage_lines(where, lambda lines: csv.written(lines, MESSAGE_FILE))
    if data is None:
        return Refused(why="input", sentence=wording.too_many_lines(MESSAGE_FILE))
    return File(name=_file_name(where), data=data)


def _file_name(where: UsageFilter) -> str:
    """Letters, figures and hyphens, which every system takes."""
    named = (where.workspace, where.channel, where.person, where.first_day, where.last_day)
    plain = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] for name in named if name]
    return "-".join(["usage", *filter(None, plain)]) + ".csv"


# --- what is asked for


async def _asked(
    services: Services, command: Command, options: Mapping[str, OptionValue]
) -> _Asked | Refused:
    workspace, text = command.address.workspace, str(options.get("period", "month"))
    today = (await services.ledger.reports.allowance(workspace, command.person.id, command.person.roles)).day
    span = period(text, date.fromisoformat(today))
    if span is None:
        return Refused(why="input", sentence=wording.no_period(text))
    whose = await _whose(services, command, options)
    if isinstance(whose, Refused):
        return whose
    person, channel, whom = whose
    where = UsageFilter(
        workspace=None if workspace == ANY else workspace,
        person=person,
        channel=channel,
        first_day=span[0].isoformat(),
        last_day=span[1].isoformat(),
    )
    return _Asked(where, whom, *span, cast(By, options.get("by", "tier")))


async def _whose(
    services: Services, command: Command, options: Mapping[str, OptionValue]
) -> tuple[str | None, str | None, str] | Refused:
    """The person and the channel that are meant, None for all, and how people call them."""
    me, here = command.person.id, command.address.workspace
    admin = may(command.person, here, services.operators)
    named: str | Refused | None = None
    if "person" in options:
        named = await lookup.find(services.ledger, here, str(options["person"]))
    elif "channel" not in options and not options.get("workspace"):
        named = me
    if named != me and not admin:  # before a name's refusal, which tells who has drawn here
        return Refused(why="policy", sentence=wording.ADMINS_ONLY)
    if isinstance(named, Refused):
        return named
    whom = wording.EVERYONE_HERE
    if named is not None:
        names = await services.ledger.people.names(here, {named})
        whom = wording.YOU if named == me else cut(clean(names.get(named, named)), LONGEST_NAME)
    if "channel" not in options:
        return named, None, whom
    channel = lookup.channel(command.address, str(options["channel"]))
    if isinstance(channel, Refused):
        return channel
    return named, channel, wording.in_channel(channel) if named is None else wording.of_both(whom, channel)


def period(text: str, today: date) -> tuple[date, date] | None:
    """The first and last day of "today", "week", "month", "2026-03" or "2026-03-01..2026-03-31".

    None for all else, and for more than a year.
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
    return (date.fromisoformat(f"{text}-28") + timedelta(4)).replace(day=1) - timedelta(1)


# --- what is answered


def _lines(totals: Totals) -> tuple[str, ...]:
    """What is shown apart from what was charged, where there is any."""
    lines = []
    if totals.uncertain_micros:
        lines.append(wording.uncertain_cost(totals.uncertain_micros))
    if totals.beyond_micros:
        lines.append(wording.beyond_charge(totals.beyond_micros))
    return tuple(lines)


def _beside(report: UsageReport) -> tuple[str, ...]:
    """The figures that have a column: cost where it is not the charge, the others where there are any."""
    all_sums = [report.totals, *(totals for _, _, totals in report.rows)]
    told = {
        "cost_micros": any(sums.cost_micros != sums.charge_micros for sums in all_sums),
        "uncertain_micros": any(sums.uncertain_micros for sums in all_sums),
        "beyond_micros": any(sums.beyond_micros for sums in all_sums),
    }
    return tuple(name for name, apart in told.items() if apart)


def _top(report: UsageReport) -> tuple[list[Row], list[Row]]:
    """The dearest rows (of days, the newest), under names that tell them apart, and one for all others."""
    given = sorted(report.rows, reverse=True, key=lambda row: row[0]) if report.by == "day" else report.rows
    most = TOP_DAYS if report.by == "day" else TOP
    given = [(key, cut(clean(name), LONGEST_NAME), totals) for key, name, totals in given]
    called = Counter(name for _, name, _ in given)
    rows = [
        (wording.same_name(name, key) if name and called[name] > 1 else name or key, totals)
        for key, name, totals in given
    ]
    left = [totals for _, totals in rows[most:]]
    return rows[:most], [(wording.and_others(len(left)), _sum(left))] if left else []


def _sum(services: Sequence[Totals]) -> Totals:
    return Totals(
        **{name: sum(getattr(part, name) for part in services) for name in Totals.__dataclass_fields__}
    )


async def _chart(services: Services, title: str, asked: _Asked, rows: list[Row], rest: list[Row]) -> Chart:
    if asked.by not in _RANKED and len(asked.days) > 1:
        return await _by_day(services, title, asked)
    spent = [(name, totals.charge_micros) for name, totals in rows]
    others = (rest[0][0], rest[0][1].charge_micros) if rest else None
    light, dark = await charts.ranked(title, spent, others)
    alt = wording.chart_alt(title, dict([*spent, *([others] if others else [])]), asked.by)
    return Chart(png=light, dark=dark, alt=alt)


async def _by_day(services: Services, title: str, asked: _Asked) -> Chart:
    """Stacked by tier, each tier at its own place, so that it has the same colour every time."""
    places = {day.isoformat(): at for at, day in enumerate(asked.days)}
    spent = {tier: [0] * len(places) for tier in services.catalog.tiers}
    for day, tier, micros in sorted(await services.ledger.reports.usage_days(asked.where)):
        spent.setdefault(tier, [0] * len(places))[places[day]] += micros
    light, dark = await charts.by_day(title, asked.days, spent)
    unit = "month" if len(places) > charts.DAYS_APART else "day"
    sums: Counter[str] = Counter()
    for day, at in places.items():
        sums[day[:7] if unit == "month" else day] += sum(figures[at] for figures in spent.values())
    tiers = {tier: sum(figures) for tier, figures in spent.items() if any(figures)}
    return Chart(png=light, dark=dark, alt=wording.chart_alt(title, sums, unit, tiers))
