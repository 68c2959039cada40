"""Commands but `/imagine`: answered at once and privately, here or by the room that each belongs to."""

from dataclasses import dataclass

from bot import wording
from bot.admin.commands import AdminCommands
from bot.commands.parser import find_command, parse_with_fields
from bot.commands.spec import Command as Known
from bot.commands.values import Misread, spell_picked
from bot.finding.lists import Lists
from bot.people.link import Links
from bot.people.rights import may_administer
from bot.port.cards import Notice, PictureList, Refused, Report
from bot.port.requests import Command, OptionValue
from bot.privacy.forget import Privacy
from bot.reports.usage import report_usage
from bot.services import Services
from quotas.catalog import monthly

DEFAULT_PER_DAY = 100  # pictures a day from which /tiers works out a month


@dataclass(frozen=True, slots=True)
class Commands:
    """Answers commands from the catalog and the ledger; those that change something have their own rooms."""

    services: Services
    lists: Lists
    links: Links
    admins: AdminCommands
    privacy: Privacy

    async def command(self, command: Command) -> Report | PictureList | Notice | Refused:
        read = self._read(command)
        if isinstance(read, Refused):
            return read
        known, options = read
        if known.admin:
            return await self.admins.command(command, known.name, options)
        match known.name:
            case "tiers":
                return self._tiers(options)
            case "quota":
                return await self._quota(command)
            case "usage":
                return await report_usage(self.services, command, options)
            case "recent" | "find" | "kept":
                return await self.lists.command(command, options)
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

    def _help(self, command: Command) -> Report:
        admin = may_administer(command.person, command.address.workspace, self.services.operators)
        rows = tuple(
            (f"/{known.name}", known.help)
            for known in self.services.commands.values()
            if admin or not known.admin
        )
        return Report(title=wording.HELP, lines=(wording.HELP_LINE,), rows=rows)
