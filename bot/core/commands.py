"""Commands but `/imagine`: answered at once and privately, here or by the room that each belongs to."""

from dataclasses import dataclass

from bot import wording
from bot.admin.commands import AdminCommands
from bot.commands.parser import find_command, parse_with_fields
from bot.commands.spec import Command as Known
from bot.commands.values import Misread, spell_picked
from bot.imagine.cards import recent_buttons
from bot.imagine.records import is_stored, spec_of, whole
from bot.imagine.waiting import Waiting
from bot.people.link import Links
from bot.people.rights import may_administer
from bot.port.cards import Notice, Refused, Report
from bot.port.requests import Command, OptionValue
from bot.privacy.forget import Privacy
from bot.reports.usage import report_usage
from bot.services import Services
from quotas.catalog import monthly

RECENT = 20  # jobs that /recent lists
WITH_BUTTONS = 5  # of these, the newest that get buttons: more would be a wall of them
DEFAULT_PER_DAY = 100  # pictures a day from which /tiers works out a month


@dataclass(frozen=True, slots=True)
class Commands:
    """Answers commands from the catalog and the ledger; those that change something have their own rooms."""

    services: Services
    waiting: Waiting
    links: Links
    admins: AdminCommands
    privacy: Privacy

    async def command(self, command: Command) -> Report | Notice | Refused:
        read = self._read(command)
        if isinstance(read, Refused):
            return read
        known, options = read
        if known.admin:
            return await self.admins.command(command, known.name.partition(" ")[2], options)
        match known.name:
            case "tiers":
                return self._tiers(options)
            case "quota":
                return await self._quota(command)
            case "usage":
                return await report_usage(self.services, command, options)
            case "recent":
                return await self._recent(command)
            case "link":
                return await self.links.command(command, str(options.get("code", "")))
            case "forget":
                return await self.privacy.command(command, str(options["what"]))
            case "help":
                return self._help(command)
            case _:
                return Refused(why="input", sentence=wording.no_command(command.name))

    def _read(self, command: Command) -> tuple[Known, dict[str, OptionValue]] | Refused:
        """Find the command and read its options; the platform's own fields beat typed flags."""
        commands = self.services.commands
        if command.name not in {*commands, *(name.partition(" ")[0] for name in commands)}:
            return Refused(why="input", sentence=wording.no_command(command.name))
        chosen = find_command(command.name, command.text, commands)
        if isinstance(chosen, Misread):
            return Refused(why="input", sentence=chosen.sentence)
        known, text = chosen
        options = parse_with_fields(text, command.options, known)
        if isinstance(options, Misread):
            names = {named.id: named.name for named in command.names}
            return Refused(why="input", sentence=spell_picked(options.sentence, names))
        return known, options

    def _tiers(self, options: dict[str, OptionValue]) -> Report:
        per_day = int(options.get("per_day", DEFAULT_PER_DAY))
        catalog = self.services.catalog
        rows = [
            wording.tier_row(tier, quality, quote, monthly(quote.unit_micros, per_day))
            for tier in catalog.enabled.values()
            for quality in tier.qualities or ("",)
            if (quote := catalog.quote(tier, quality, self.services.today())) is not None
        ]
        return Report(
            title=wording.TIERS,
            lines=(*map(wording.tier_line, catalog.enabled.values()), wording.ratios(catalog.ratios)),
            columns=wording.tier_columns(per_day),
            rows=tuple(rows),
        )

    async def _quota(self, command: Command) -> Report:
        person = command.person
        allowance = await self.services.ledger.reports.allowance(
            command.address.workspace, person.id, person.roles
        )
        return Report(
            title=wording.QUOTA,
            columns=wording.QUOTA_COLUMNS,
            rows=wording.quota_rows(allowance),
            lines=(wording.renews(allowance, self.services.clock()),),
        )

    async def _recent(self, command: Command) -> Report:
        """List the person's last jobs; first those whose pictures wait, however old."""
        person, here = command.person.id, command.address
        waiting = [job for job, _ in await self.waiting.visible(person, here) if job.state == "settled"]
        recent = await self.services.ledger.jobs.list_recent(here.workspace, person, RECENT)
        others = [job for job in recent if job.delivered_at is not None]
        jobs = [*reversed(waiting), *others][:RECENT]
        rows = []
        for job in jobs:
            when = wording.moment_in(job.created_at, "UTC")
            paid = wording.paid(whole(job))
            if not await is_stored(job, self.services.store):
                paid = wording.not_stored(paid)
            rows.append((when, wording.shortened(spec_of(job).prompt), whole(job).tier, paid))
        buttons = tuple(button for job in jobs[:WITH_BUTTONS] for button in recent_buttons(job, named=True))
        lines = () if jobs else (wording.NOTHING_YET,)
        return Report(
            title=wording.RECENT,
            lines=lines,
            columns=wording.RECENT_COLUMNS if jobs else (),
            rows=tuple(rows),
            buttons=buttons,
        )

    def _help(self, command: Command) -> Report:
        admin = may_administer(command.person, command.address.workspace, self.services.operators)
        rows = tuple(
            (f"/{known.name}", known.help)
            for known in self.services.commands.values()
            if admin or not known.admin
        )
        return Report(title=wording.HELP, lines=(wording.HELP_LINE,), rows=rows)
