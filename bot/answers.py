"""Commands that answer at once, privately: `/tiers`, `/quota`, `/usage`, `/recent`, `/link`, `/help`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import cast

from bot import wording
from bot.cards import Button, Chart, Notice, Refused, Report, Verb
from bot.charts import spent_by_day
from bot.jobs import ask_of
from bot.links import Links
from bot.messages import Command, OptionValue
from bot.parts import Parts
from bot.typed.commands import Command as Known
from bot.typed.grammar import Misread, choose, parse
from quotas.catalog import monthly
from quotas.ids import id_text
from quotas.records import Job, UsageFilter
from quotas.reports import By

RECENT = 20  # pictures that /recent lists
OFFERED = 5  # of them with buttons: more would be a wall of them
SHELL_ONLY = {"person", "channel", "workspace", "csv"}  # options of /usage that chat does not answer yet
LONGEST_PERIOD = 366  # days of one chart
DEFAULT_PER_DAY = 100  # pictures a day that /tiers reckons with


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers commands from the catalog and the ledger; what changes something has a room of its own."""

    parts: Parts
    links: Links

    async def command(self, command: Command) -> Report | Notice | Refused:
        read = self._read(command)
        if isinstance(read, Refused):
            return read
        known, options = read
        match known.name:
            case "tiers":
                return self._tiers(options)
            case "quota":
                return await self._quota(command)
            case "usage":
                return await self._usage(command, options)
            case "recent":
                return await self._recent(command)
            case "link":
                return await self.links.command(command, str(options.get("code", "")))
            case "help":
                return self._help()
            case _:
                return Refused(why="input", sentence=wording.no_command(command.name))

    def _read(self, command: Command) -> tuple[Known, dict[str, OptionValue]] | Refused:
        """The command that is meant, and its options, typed ones under those of the platform's fields."""
        if command.name not in {name.partition(" ")[0] for name in self.parts.commands}:
            return Refused(why="input", sentence=wording.no_command(command.name))
        chosen = choose(command.name, command.text, self.parts.commands)
        if isinstance(chosen, Misread):
            return Refused(why="input", sentence=chosen.sentence)
        known, text = chosen
        parsed = parse(text, known)
        if isinstance(parsed, Misread):
            return Refused(why="input", sentence=parsed.sentence)
        options = {**parsed.options, **command.options}
        if known.admin or not options.keys().isdisjoint(SHELL_ONLY):
            return Refused(why="unavailable", sentence=wording.IN_A_SHELL)
        return known, options

    def _tiers(self, options: dict[str, OptionValue]) -> Report:
        per_day = int(options.get("per_day", DEFAULT_PER_DAY))
        catalog = self.parts.catalog
        rows = [
            wording.tier_row(tier, quality, quote, monthly(quote.unit_micros, per_day))
            for tier in catalog.enabled.values()
            for quality in tier.qualities or ("",)
            if (quote := catalog.quote(tier, quality, self.parts.today())) is not None
        ]
        return Report(
            title=wording.TIERS,
            lines=(*map(wording.tier_line, catalog.enabled.values()), wording.ratios(catalog.ratios)),
            columns=wording.tier_columns(per_day),
            rows=tuple(rows),
        )

    async def _quota(self, command: Command) -> Report:
        person = command.person
        allowance = await self.parts.ledger.allowance(command.address.workspace, person.id, person.roles)
        return Report(
            title=wording.QUOTA,
            columns=wording.QUOTA_COLUMNS,
            rows=wording.quota_rows(allowance),
            lines=(wording.renews(allowance, self.parts.clock()),),
        )

    async def _usage(self, command: Command, options: dict[str, OptionValue]) -> Report | Refused:
        """Mine, this month unless another time is asked for, by this workspace's calendar."""
        person, workspace = command.person, command.address.workspace
        allowance = await self.parts.ledger.allowance(workspace, person.id, person.roles)
        span = period(str(options.get("period", "month")), date.fromisoformat(allowance.day))
        if span is None:
            return Refused(why="input", sentence=wording.no_period(str(options["period"])))
        first, last = span
        where = UsageFilter(
            workspace=workspace, person=person.id, first_day=first.isoformat(), last_day=last.isoformat()
        )
        report = await self.parts.ledger.usage(where, cast(By, options.get("by", "tier")))
        daily = await self.parts.ledger.usage(where, "day")
        spent = {day: totals.charge_micros for day, _, totals in daily.rows}
        days = [(first + timedelta(number)).isoformat() for number in range((last - first).days + 1)]
        title = wording.usage_title(report.totals, first.isoformat(), last.isoformat())
        png = await spent_by_day(title, [(day, spent.get(day, 0)) for day in days])
        return Report(
            title=title,
            columns=wording.usage_columns(report.by or ""),
            rows=tuple(wording.usage_row(name or key, totals) for key, name, totals in report.rows),
            chart=Chart(png=png, alt=wording.chart_alt(title, spent)),
        )

    async def _recent(self, command: Command) -> Report:
        jobs = await self.parts.ledger.recent(command.address.workspace, command.person.id, RECENT)
        rows = []
        for job in jobs:
            when = datetime.fromtimestamp(job.created_at, UTC).strftime("%d %b %H:%M")
            rows.append((when, wording.shortened(ask_of(job).prompt), job.tier, wording.paid(job)))
        buttons = tuple(button for job in jobs[:OFFERED] for button in recent_buttons(job, named=True))
        lines = () if jobs else (wording.NOTHING_YET,)
        return Report(
            title=wording.RECENT,
            lines=lines,
            columns=wording.RECENT_COLUMNS if jobs else (),
            rows=tuple(rows),
            buttons=buttons,
        )

    def _help(self) -> Report:
        rows = tuple(
            (f"/{command.name}", command.help)
            for command in self.parts.commands.values()
            if not command.admin
        )
        return Report(title=wording.HELP, lines=(wording.HELP_LINE,), rows=rows)


def period(text: str, today: date) -> tuple[date, date] | None:
    """The first and last day of "today", "week", "month" or "2026-03-01..2026-03-31"; None for all else."""
    match text.strip().lower():
        case "today":
            return today, today
        case "week":
            return today - timedelta(today.weekday()), today
        case "month":
            return today.replace(day=1), today
    first, dots, last = text.partition("..")
    try:
        span = date.fromisoformat(first.strip()), date.fromisoformat(last.strip() if dots else first.strip())
    except ValueError:
        return None
    return span if 0 <= (span[1] - span[0]).days < LONGEST_PERIOD else None


def recent_buttons(job: Job, *, named: bool = False) -> tuple[Button, ...]:
    """What a job of before offers. `named`: each says which, for where they do not stand beside it."""
    ask, name = ask_of(job), id_text(job.id)
    verbs: list[tuple[Verb, str]] = [("again", wording.AGAIN)]
    if ask.private:
        verbs.append(("share", wording.SHARE))
    return tuple(
        Button(verb=verb, label=wording.labelled(label, ask.prompt) if named else label, job=name)
        for verb, label in verbs
    )
