"""`/quotas` and `/styles`: check the right, parse, ask if needed; then make one entry and tell the admins."""

from dataclasses import dataclass
from typing import cast

import structlog

from bot import wording
from bot.admin import confirmations, views
from bot.admin.change import Change, ChangeResult, Verb, carry_out
from bot.admin.confirmations import PATIENCE, Pending
from bot.admin.notify import AdminNotifier
from bot.admin.parse import ChangeParser, InvalidOption, Options
from bot.people.names import names_in
from bot.people.rights import is_operator, may_administer
from bot.port.cards import Button, Notice, Refused, Report, SettingChange
from bot.port.requests import Address, Command, Person, Press
from bot.reports.calendar import load_calendar
from bot.services import Services
from quotas.ids import id_text, new_id
from quotas.records import ANY, Entry
from quotas.records_workspace import CannotUndo, StyleRefused

log = structlog.get_logger()
Answer = Report | Notice | Refused
_STYLE_VERBS = {"styles set": "style", "styles remove": "unstyle"}
_MODIFIERS = frozenset(("dry_run", "confirm", "reason"))  # options that change nothing by themselves


@dataclass(frozen=True, slots=True)
class AdminCommands:
    """Carries out the verbs of `/quotas` and `/styles`, and the button that confirms some of them."""

    services: Services
    notifier: AdminNotifier

    async def command(self, command: Command, name: str, options: Options) -> Answer:
        """Carry out a command of the registry. `options`: as the registry's rules read them.

        Everybody may see the styles: they choose from them.
        """
        if name == "styles list":
            return await views.show_styles(self.services, command.address.workspace)
        verb = _STYLE_VERBS.get(name, name.partition(" ")[2])
        if not may_administer(command.person, command.address.workspace, self.services.operators):
            return Refused(why="policy", sentence=wording.FOR_ADMINS)
        try:
            return await self._show(command, verb, options) or await self._change(command, verb, options)
        except InvalidOption as error:
            return error.refusal

    async def confirm(self, press: Press) -> Answer:
        """Carry out *Confirm*, in the workspace where the change was asked for.

        Only the admin who asked can confirm, and only while they are still an admin.
        """
        ledger = self.services.ledger
        pending = await confirmations.find(ledger, press.person, press.target)
        if pending is None or press.address.workspace != pending.asked_in:
            return Notice(sentence=wording.NO_LONGER_YOURS)
        if not self._may_change(press.person, press.address, pending.change):
            return Refused(why="policy", sentence=wording.FOR_ADMINS)
        request = f"confirm:{press.target}"  # one id for all presses: the change is made once
        answer = await self._make_change(pending.change, press.person, press.address, request)
        await confirmations.delete(ledger, press.target)
        return answer

    async def _show(self, command: Command, verb: str, options: Options) -> Report | Refused | None:
        """Answer a verb that only shows something; return None for the others."""
        workspace, is_view = command.address.workspace, options.keys() <= _MODIFIERS
        match verb:
            case "log":
                return await views.show_log(self.services, workspace, options)
            case "export":
                return await views.show_usage_file(self.services, command.address, options)
            case "budget" if is_view:
                return await views.show_budget(self.services, workspace)
            case "settings" if is_view:
                return await views.show_settings(self.services, workspace)
        return None

    async def _change(self, command: Command, verb: str, options: Options) -> Answer:
        person, address = command.person, command.address
        anywhere = is_operator(person, self.services.operators)
        parser = ChangeParser(self.services.ledger, self.services.adapters, address, options)
        change = await parser.parse(cast(Verb, verb), anywhere=anywhere)
        if not self._may_change(person, address, change):
            return Refused(why="policy", sentence=wording.FOR_OPERATORS)
        is_dry_run = bool(options.get("dry_run"))
        if not is_dry_run and (options.get("confirm") or not change.needs_confirmation):
            return await self._make_change(change, person, address, command.id)
        result = await carry_out(self.services.ledger.dry_run(), change, person.id, f"{command.id}.tried")
        if not isinstance(result, Entry):
            return await self._explain_no_change(change, result)
        sentence = await self._describe(result, address.workspace)
        if is_dry_run:
            return Notice(sentence=wording.only_tried(sentence), change=_as_data(result, is_dry_run=True))
        return await self._ask_to_confirm(change, person, address, sentence)

    def _may_change(self, person: Person, address: Address, change: Change) -> bool:
        """Return whether this person may make this change; only operators may change the whole bot."""
        workspace = ANY if change.workspace == ANY else address.workspace
        return may_administer(person, workspace, self.services.operators)

    async def _ask_to_confirm(
        self, change: Change, person: Person, address: Address, sentence: str
    ) -> Report:
        until = self.services.clock() + PATIENCE
        pending = Pending(change=change, asked_in=address.workspace, until=until)
        action_id = await confirmations.put(self.services.ledger, person, pending)
        button = Button(verb="confirm", label=wording.CONFIRM, target=action_id, style="danger")
        lines = (sentence, wording.confirm_within(PATIENCE))
        return Report(title=wording.QUESTION, lines=lines, buttons=(button,))

    async def _make_change(self, change: Change, person: Person, address: Address, request: str) -> Answer:
        """Make the change, notify the admins' channel, and answer what held before and what holds now."""
        ledger, now, first_new_id = self.services.ledger, self.services.clock(), new_id()
        await ledger.people.record_person(address.workspace, person.id, person.name, now)
        result = await carry_out(ledger, change, person.id, request)
        if not isinstance(result, Entry):
            return await self._explain_no_change(change, result)
        sentence = await self._describe(result, address.workspace)
        is_greeted = True
        if result.id > first_new_id:  # otherwise an earlier delivery of this request made the entry
            log.info("admin.changed", verb=result.verb, entry=id_text(result.id))
            is_greeted = await self._notify(change, result, person, address)
        answer = wording.done(sentence, wording.number(result))
        answer = answer if is_greeted else f"{answer} {wording.NOT_GREETED}"
        return Notice(sentence=answer, change=_as_data(result))

    async def _notify(self, change: Change, entry: Entry, person: Person, address: Address) -> bool:
        """Notify the admins' channel, unless this change set it, and greet the channels that it set.

        Return False if one of these channels refused its greeting.
        """
        workspace = address.workspace if entry.workspace == ANY else entry.workspace
        number = wording.number(entry)
        alert_channel, admin_channel = change.preferences.alert_channel, change.preferences.admin_channel
        greetings = {alert_channel: wording.ALERTS_HERE, admin_channel: wording.CHANGES_HERE}
        if not admin_channel:
            with wording.override(await self.services.language(workspace)):  # an operator may be elsewhere
                why = wording.why(entry.reason) if entry.reason else ""
                lines = [await self._describe(entry, workspace), why, wording.take_back(number)]
                card = Report(title=wording.changed_by(person.name), lines=tuple(filter(None, lines)))
            self.notifier.notify(workspace, card, f"{number}.told", address)
        new_channels = {channel: greeting for channel, greeting in greetings.items() if channel}
        return await self.notifier.greet(workspace, new_channels, number)

    async def _describe(self, entry: Entry, workspace: str) -> str:
        """Describe an entry in words, with times by the clock of the workspace where they are read."""
        names = await names_in(self.services.ledger, workspace, (entry,))
        zone = (await load_calendar(self.services.ledger, workspace)).zone
        return wording.changed(entry, names, zone)

    async def _explain_no_change(self, change: Change, result: ChangeResult) -> Notice | Refused:
        if isinstance(result, CannotUndo):
            later_number = wording.number(result.by) if result.by else ""
            sentence = wording.cannot_undo(result.why, id_text(change.entry), later_number)
            return Refused(why="input", sentence=sentence)
        if isinstance(result, StyleRefused):
            sentence = wording.style_refused(result.why, change.ref, result.names)
            return Refused(why="input", sentence=sentence)
        nothing = SettingChange(
            verb=change.verb, workspace=change.workspace, kind=change.kind, ref=change.ref
        )
        if change.verb != "reset":
            sentence = wording.ALREADY_PAUSED if change.verb == "pause" else wording.NOT_PAUSED
            return Notice(sentence=sentence, change=nothing)
        names = await self.services.ledger.people.names(change.workspace, (change.ref,))
        target = wording.whom(change.kind, change.ref, names.get(change.ref, ""))
        return Notice(sentence=wording.nothing_set(target), change=nothing)


def _as_data(entry: Entry, *, is_dry_run: bool = False) -> SettingChange:
    return SettingChange(
        verb=entry.verb,
        workspace=entry.workspace,
        kind=entry.kind,
        ref=entry.ref,
        entry=None if is_dry_run else entry.id,
        before=entry.before,
        after=entry.after,
    )
