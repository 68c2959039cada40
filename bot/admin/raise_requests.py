"""*Ask for more*: a person who was refused asks, the admins answer in their channel, the person is notified.

Yes and no are log entries with the same request id, so the first answer in the ledger stands.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from bot import wording
from bot.admin.notify import AdminNotifier
from bot.admin.parse import ChangeParser, InvalidOption
from bot.commands.spec import Command
from bot.commands.values import Misread, read_value
from bot.imagine.records import message_of, message_text, read_address
from bot.people.rights import is_operator, may_administer
from bot.port.cards import Button, Field, Form, Notice, Refused, Report
from bot.port.protocols import DeliveryError
from bot.port.requests import MessageRef, OptionValue, Press
from bot.reports.calendar import load_calendar
from bot.services import Services
from quotas.ids import id_text
from quotas.money import plain_dollars
from quotas.records import Entry
from quotas.settings.raise_requests import RaiseRequest

log = structlog.get_logger()
Grant = tuple[int, int, str | None]  # images, micro-dollars, last day (YYYY-MM-DD; None: today only)


@dataclass(frozen=True, slots=True)
class RaiseRequests:
    """Carries out the buttons of a request for more.

    One per process, because it keeps a request from being asked or answered twice at the same time.
    """

    services: Services
    notifier: AdminNotifier
    _asking_people: set[tuple[str, str]] = field(default_factory=set)  # (workspace, person)
    _answer_lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while an answer is recorded

    # --- the person who asks

    async def ask(self, press: Press) -> Notice:
        """Carry out *Ask for more*. A person has one open request a day, and none after a no that day."""
        ledger = self.services.ledger
        request = await ledger.raise_requests.get(press.target)
        if request is None or request.person != press.person.id:
            return Notice(sentence=wording.NO_SUCH_REFUSAL)
        requester = request.workspace, request.person
        if requester in self._asking_people:
            return Notice(sentence=wording.ASKED_ALREADY)
        self._asking_people.add(requester)
        try:
            today = (await load_calendar(ledger, request.workspace)).today
            return await self._ask(request.id, today)
        finally:
            self._asking_people.discard(requester)

    async def _ask(self, request_id: str, today: str) -> Notice:
        """Record the request, post its card, and record where the card is.

        A request that a crash left without a card does not count as asked.
        """
        requests = self.services.ledger.raise_requests
        request = await requests.get(request_id)
        if request is None:  # forgotten meanwhile
            return Notice(sentence=wording.NO_SUCH_REFUSAL)
        before = await requests.latest(request.workspace, request.person)
        if before is not None and before.day == today and not before.granted:
            if before.answer:
                return Notice(sentence=wording.SAID_NO_TODAY)
            if before.card:
                return Notice(sentence=wording.ASKED_ALREADY)
        if request.answer:
            return Notice(sentence=wording.NO_SUCH_REFUSAL)
        await requests.ask(request_id, today)
        card = await self._post(request)
        async with self._answer_lock:
            if card is not None:
                await requests.set_card(request_id, message_text(card))
            current = await requests.get(request_id)
        if current is not None and current.answer:  # answered before the place of the card was known
            await self._revise(current)
        return Notice(sentence=wording.ASKED if card else wording.NOBODY_TO_ASK)

    async def _post(self, request: RaiseRequest) -> MessageRef | None:
        channel = (await self.services.ledger.settings.preferences(request.workspace)).admin_channel
        if not channel:
            return None
        # The press may come from a direct message, which may have another language.
        with wording.override(await self.services.language(request.workspace)):
            buttons = (
                Button(verb="approve", label=wording.APPROVE, target=request.id, style="primary"),
                Button(verb="deny", label=wording.DENY, target=request.id, style="danger"),
            )
            card = replace(_card(request), buttons=buttons)
            message = await self.notifier.post(request.workspace, channel, card, f"{request.id}.asked")
        return message if isinstance(message, MessageRef) else None

    # --- the admins

    async def form(self, press: Press) -> Form | Notice:
        """Return the form that *Approve* opens, with the amount that was asked for."""
        request = await self._find_open(press)
        if isinstance(request, Notice):
            return request
        command = self.services.commands["quotas grant"]
        option = next(each for each in command.options if each.name == request.what)
        amount = str(request.amount) if request.what == "images" else plain_dollars(request.amount)
        label = wording.IMAGES_LABEL if request.what == "images" else wording.MONEY_LABEL
        fields = (
            Field(name=option.name, label=label, kind="text", value=amount, longest=12, required=True),
            Field(name="until", label=wording.UNTIL_LABEL, kind="text", value="", longest=10),
        )
        title = wording.approving(request.name)
        return Form(title=title, submit=wording.APPROVE, verb="approve", target=press.target, fields=fields)

    async def approve(self, press: Press) -> Notice | Refused:
        """Carry out the form of *Approve*."""
        request = await self._find_open(press)
        if isinstance(request, Notice):
            return request
        options = _read_fields(press.options, request, self.services.commands["quotas grant"])
        if isinstance(options, Misread):
            return Refused(why="input", sentence=options.sentence)
        address = replace(press.address, workspace=request.workspace)
        try:
            parser = ChangeParser(self.services.ledger, self.services.adapters, address, options)
            change = await parser.parse("grant", anywhere=False)
        except InvalidOption as error:
            return error.refusal
        return await self._answer(press, grant=(change.images, change.money, change.until))

    async def deny(self, press: Press) -> Notice | Refused:
        request = await self._find_open(press)
        return request if isinstance(request, Notice) else await self._answer(press, grant=None)

    async def _find_open(self, press: Press) -> RaiseRequest | Notice:
        """Find the open request of a button, for an admin of its workspace; else say why there is none."""
        request = await self.services.ledger.raise_requests.get(press.target)
        anywhere = is_operator(press.person, self.services.operators)
        if (
            request is None
            or not request.day
            or not (anywhere or press.address.workspace == request.workspace)
        ):
            return Notice(sentence=wording.NO_SUCH_REFUSAL)
        if not may_administer(press.person, request.workspace, self.services.operators):
            return Notice(sentence=wording.FOR_ADMINS)
        return Notice(sentence=wording.answered_already(request.answered_by)) if request.answer else request

    async def _answer(self, press: Press, grant: Grant | None) -> Notice:
        """Record the answer, then notify the requester and the admins of the request's workspace.

        `grant`: None for no.
        """
        async with self._answer_lock:
            request = await self._find_open(press)
            if isinstance(request, Notice):  # another admin was faster
                return request
            await self.services.activate_language(request.workspace)
            entry = await self._write_entry(press, request, grant)
            request = await self._with_answer(request, entry)
            await self.services.ledger.raise_requests.answer(
                request.id, request.answer, request.answered_by, granted=request.granted
            )
        await asyncio.gather(self._revise(request), self._notify_requester(request, entry))
        log.info("more.answered", entry=id_text(entry.id), verb=entry.verb)
        return Notice(sentence=request.answer)

    async def _write_entry(self, press: Press, request: RaiseRequest, grant: Grant | None) -> Entry:
        """Write the log entry of the answer.

        If a crash came between an earlier entry and its messages, return that entry: it is the answer.
        """
        ledger, person = self.services.ledger, press.person
        await ledger.people.record_person(request.workspace, person.id, person.name, self.services.clock())
        target = {"workspace": request.workspace, "person": request.person}
        by = {"author": person.id, "request_id": f"more:{press.target}"}
        if grant is None:
            return await ledger.settings.deny(**target, **by, reason=wording.DENIED_REASON)
        images, money, until = grant
        return await ledger.settings.grant(
            **target, **by, images=images, money=money, until=until, reason=wording.GRANTED_REASON
        )

    async def _with_answer(self, request: RaiseRequest, entry: Entry) -> RaiseRequest:
        """Return the request with its answer in words, as the entry records it."""
        names = await self.services.ledger.people.names(request.workspace, (entry.author,))
        by = names.get(entry.author, entry.author)
        if entry.verb != "grant":
            return replace(request, answer=wording.denied_by(by), answered_by=by)
        what = wording.what_changed(entry, {}, "UTC")
        return replace(request, answer=wording.approved(by, what), answered_by=by, granted=True)

    async def _revise(self, request: RaiseRequest) -> None:
        """Show the answer on the admins' card, if there is one and the platform runs here."""
        adapter = self.services.adapters.get(read_address(request.address).platform)
        if not request.card or adapter is None:
            return
        card = _card(request)
        try:
            card_with_answer = replace(card, lines=(*card.lines, request.answer))
            await adapter.revise(message_of(request.card), card_with_answer)
        except DeliveryError as error:
            log.info("more.not_revised", reason=str(error))

    async def _notify_requester(self, request: RaiseRequest, entry: Entry) -> None:
        """Post the answer to the requester privately; if that fails, `/quota` still shows a grant."""
        address = read_address(request.address)
        adapter = self.services.adapters.get(address.platform)
        if adapter is None:
            return
        what = wording.what_changed(entry, {}, "UTC")
        sentence = wording.you_got(what) if request.granted else wording.you_got_none(request.answered_by)
        try:
            await adapter.post(address, Notice(sentence=sentence), key=f"{request.id}.answered")
        except DeliveryError as error:
            log.info("more.not_told", reason=str(error))


def _card(request: RaiseRequest) -> Report:
    rows = wording.asks_rows(request.what, request.period, request.maximum, request.used, request.stopped_by)
    return Report(title=wording.asks(request.name, request.what, request.amount), rows=rows)


def _read_fields(
    fields: Mapping[str, OptionValue], request: RaiseRequest, grant: Command
) -> dict[str, OptionValue] | Misread:
    """Read the form's fields as options of `/quotas grant`; an empty amount means what was asked for."""
    options: dict[str, OptionValue] = {"person": request.person, request.what: request.amount}
    for option in grant.options:
        value = fields.get(option.name, "")
        if option.name not in (request.what, "until") or value == "":
            continue
        option_value = read_value(option, str(value))
        if isinstance(option_value, Misread):
            return option_value
        options[option.name] = option_value
    return options
