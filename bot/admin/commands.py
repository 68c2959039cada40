"""`/quotas`: who may, what is asked, whether it is confirmed; then one entry, and who hears of it."""

from dataclasses import dataclass
from typing import cast

import structlog

from bot import wording
from bot.admin import confirmations, views
from bot.admin.change import Change, Outcome, Verb, carry_out
from bot.admin.confirmations import PATIENCE, Pending
from bot.admin.notify import AdminNotifier
from bot.admin.parse import ChangeParser, InvalidOption, Options
from bot.people.names import names_in
from bot.people.rights import is_operator, may_administer
from bot.port.cards import Button, Notice, Refused, Report
from bot.port.requests import Address, Command, Person, Press
from bot.reports.calendar import load_calendar
from bot.services import Services
from quotas.ids import id_text, new_id
from quotas.records import ANY, Entry
from quotas.records_workspace import CannotUndo

log = structlog.get_logger()
Answer = Report | Notice | Refused
_HOW = frozenset(("dry_run", "confirm", "reason"))  # options that change nothing by themselves


@dataclass(frozen=True, slots=True)
class AdminCommands:
    """Carries out the verbs of `/quotas`, and the button that confirms some of them."""

    services: Services
    teller: AdminNotifier

    async def command(self, command: Command, verb: str, options: Options) -> Answer:
        """`verb`: of the registry; `options`: read, by its rules."""
        if not may_administer(command.person, command.address.workspace, self.services.operators):
            return Refused(why="policy", sentence=wording.FOR_ADMINS)
        try:
            return await self._look(command, verb, options) or await self._change(command, verb, options)
        except InvalidOption as misread:
            return misread.refusal

    async def confirm(self, press: Press) -> Answer:
        """*Confirm*: for whoever asked, where they asked, as long as they may."""
        ledger = self.services.ledger
        found = await confirmations.find(ledger, press.person, press.target, self.services.clock())
        if found is None or press.address.workspace != found.asked_in:
            return Notice(sentence=wording.NO_LONGER_YOURS)
        if not self._allowed(press.person, press.address, found.change):
            return Refused(why="policy", sentence=wording.FOR_ADMINS)
        request = f"confirm:{press.target}"  # so that however often it is pressed, it is done once
        answer = await self._do(found.change, press.person, press.address, request)
        await confirmations.drop(ledger, press.person, press.target)
        return answer

    async def _look(self, command: Command, verb: str, options: Options) -> Report | Refused | None:
        """The verbs that only show something; None for the others."""
        workspace, alone = command.address.workspace, options.keys() <= _HOW
        match verb:
            case "log":
                return await views.the_log(self.services, workspace, options)
            case "export":
                return await views.the_file(self.services, command.address, options)
            case "budget" if alone:
                return await views.the_budget(self.services, workspace)
            case "settings" if alone:
                return await views.the_settings(self.services, workspace)
        return None

    async def _change(self, command: Command, verb: str, options: Options) -> Answer:
        person, address = command.person, command.address
        anywhere = is_operator(person, self.services.operators)
        reading = ChangeParser(self.services.ledger, address, options)
        change = await reading.change(cast(Verb, verb), anywhere=anywhere)
        if not self._allowed(person, address, change):
            return Refused(why="policy", sentence=wording.FOR_OPERATORS)
        tried = bool(options.get("dry_run"))
        if not tried and (options.get("confirm") or not change.asks_first):
            return await self._do(change, person, address, command.id)
        outcome = await carry_out(self.services.ledger.dry_run(), change, person.id, f"{command.id}.tried")
        if not isinstance(outcome, Entry):
            return await self._nothing_done(change, outcome)
        sentence = await self._sentence(outcome, address.workspace)
        if tried:
            return Notice(sentence=wording.only_tried(sentence))
        return await self._ask(change, person, address, sentence)

    def _allowed(self, person: Person, address: Address, change: Change) -> bool:
        """Return whether this person may make this change; only operators may change the whole bot."""
        wide = change.workspace == ANY
        return may_administer(person, ANY if wide else address.workspace, self.services.operators)

    async def _ask(self, change: Change, person: Person, address: Address, sentence: str) -> Report:
        until = self.services.clock() + PATIENCE
        waiting = Pending(change=change, asked_in=address.workspace, until=until)
        name = await confirmations.put(self.services.ledger, person, waiting)
        button = Button(verb="confirm", label=wording.CONFIRM, target=name, style="danger")
        lines = (sentence, wording.confirm_within(PATIENCE))
        return Report(title=wording.QUESTION, lines=lines, buttons=(button,))

    async def _do(self, change: Change, person: Person, address: Address, request: str) -> Answer:
        """Carry it out, tell the admins' channel of it, and say what was and what is."""
        ledger, now, earlier = self.services.ledger, self.services.clock(), new_id()
        await ledger.people.record_person(address.workspace, person.id, person.name, now)
        outcome = await carry_out(ledger, change, person.id, request)
        if not isinstance(outcome, Entry):
            return await self._nothing_done(change, outcome)
        sentence = await self._sentence(outcome, address.workspace)
        greeted = True
        if outcome.id > earlier:  # else the same request was carried out before
            log.info("admin.changed", verb=outcome.verb, entry=id_text(outcome.id))
            greeted = await self._tell(change, outcome, person, address)
        answer = wording.done(sentence, wording.number(outcome))
        return Notice(sentence=answer if greeted else f"{answer} {wording.NOT_GREETED}")

    async def _tell(self, change: Change, entry: Entry, person: Person, address: Address) -> bool:
        """Tell the admins' channel. False: a channel that was set just now takes nothing from me."""
        workspace = address.workspace if entry.workspace == ANY else entry.workspace
        number = wording.number(entry)
        alerts, admins = change.preferences.alert_channel, change.preferences.admin_channel
        greetings = {alerts: wording.ALERTS_HERE, admins: wording.CHANGES_HERE}
        if not admins:
            with wording.override(await self.services.language(workspace)):  # an operator may be elsewhere
                why = wording.why(entry.reason) if entry.reason else ""
                lines = [await self._sentence(entry, workspace), why, wording.take_back(number)]
                card = Report(title=wording.changed_by(person.name), lines=tuple(filter(None, lines)))
            self.teller.tell(workspace, card, f"{number}.told", address)
        set_now = {channel: greeting for channel, greeting in greetings.items() if channel}
        return await self.teller.greet(workspace, set_now, number)

    async def _sentence(self, entry: Entry, workspace: str) -> str:
        """The entry in words, by the clock of the workspace in which it is read."""
        names = await names_in(self.services.ledger, workspace, (entry,))
        zone = (await load_calendar(self.services.ledger, workspace)).zone
        return wording.changed(entry, names, zone)

    async def _nothing_done(self, change: Change, outcome: Outcome) -> Notice | Refused:
        if isinstance(outcome, CannotUndo):
            later = wording.number(outcome.by) if outcome.by else ""
            sentence = wording.cannot_undo(outcome.why, id_text(change.entry), later)
            return Refused(why="input", sentence=sentence)
        if change.verb != "reset":
            return Notice(sentence=wording.ALREADY_PAUSED if change.verb == "pause" else wording.NOT_PAUSED)
        names = await self.services.ledger.people.names(change.workspace, (change.ref,))
        whom = wording.whom(change.kind, change.ref, names.get(change.ref, ""))
        return Notice(sentence=wording.nothing_set(whom))
