"""Commands that answer at once, privately: `/tiers`, `/quota`, `/usage`, `/recent`, `/help`."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot import wording
from bot.cards import Button, Notice, Refused, Report
from bot.jobs import ask_of
from bot.messages import Command, OptionValue
from bot.parts import Parts
from bot.typed.grammar import Misread, parse
from quotas.catalog import monthly
from quotas.ids import id_text
from quotas.records import Job, UsageFilter

RECENT = 20  # pictures that /recent lists
OFFERED = 5  # of them with buttons: more would be a wall of them
DEFAULT_PER_DAY = 100  # pictures a day that /tiers reckons with


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers commands from the catalog and the ledger; changes nothing."""

    parts: Parts

    async def command(self, command: Command) -> Report | Notice | Refused:
        known = self.parts.commands.get(command.name)
        if known is None:
            return Refused(why="input", sentence=wording.no_command(command.name))
        parsed = parse(command.text, known)
        if isinstance(parsed, Misread):
            return Refused(why="input", sentence=parsed.sentence)
        options = {**parsed.options, **command.options}
        match command.name:
            case "tiers":
                return self._tiers(options)
            case "quota":
                return await self._quota(command)
            case "usage":
                return await self._usage(command)
            case "recent":
                return await self._recent(command)
            case "help":
                return self._help()
            case _:
                return Refused(why="input", sentence=wording.no_command(command.name))

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

    async def _usage(self, command: Command) -> Report:
        """Mine, this month, of this workspace's calendar."""
        person, workspace = command.person, command.address.workspace
        allowance = await self.parts.ledger.allowance(workspace, person.id, person.roles)
        where = UsageFilter(workspace=workspace, person=person.id, first_day=f"{allowance.day[:7]}-01")
        report = await self.parts.ledger.usage(where, "tier")
        rows = tuple(wording.usage_row(key, totals) for key, _, totals in report.rows)
        return Report(
            title=wording.usage_title(report.totals, allowance.day[:7]),
            columns=wording.USAGE_COLUMNS,
            rows=rows,
        )

    async def _recent(self, command: Command) -> Report:
        jobs = await self.parts.ledger.recent(command.address.workspace, command.person.id, RECENT)
        rows = []
        for job in jobs:
            when = datetime.fromtimestamp(job.created_at, UTC).strftime("%d %b %H:%M")
            rows.append((when, wording.shortened(ask_of(job).prompt), job.tier, wording.paid(job)))
        buttons = tuple(button for job in jobs[:OFFERED] for button in _recent_buttons(job))
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


def _recent_buttons(job: Job) -> list[Button]:
    ask, name = ask_of(job), id_text(job.id)
    again = Button(verb="again", label=wording.labelled(wording.AGAIN, ask.prompt), job=name)
    share = Button(verb="share", label=wording.labelled(wording.SHARE, ask.prompt), job=name)
    return [again, share] if ask.private else [again]
