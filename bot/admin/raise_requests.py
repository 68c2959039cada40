"""*Ask for more*: somebody who was refused asks, the admins answer in their channel, and the asker is told.

Whichever answer the ledger enters first is the answer: both are entries under one request id.
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
from quotas.money import format_dollars
from quotas.records import Entry
from quotas.settings.raise_requests import RaiseRequest

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RaiseRequests:
    """Carries out the buttons. One per process, since asking and answering each happen once."""

    services: Services
    notifier: AdminNotifier
    _asking: set[tuple[str, str]] = field(default_factory=set)  # (workspace, person)
    _once: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while an answer is entered

    # --- the asker

    async def ask(self, press: Press) -> Notice:
        """*Ask for more*: one open request a person and day, and none after a no."""
        ledger = self.services.ledger
        request = await ledger.raise_requests.get(press.target)
        if request is None or request.person != press.person.id:
            return Notice(sentence=wording.NO_SUCH_REFUSAL)
        asker = request.workspace, request.person
        if asker in self._asking:
            return Notice(sentence=wording.ASKED_ALREADY)
        self._asking.add(asker)
        try:
            today = (await load_calendar(ledger, request.workspace)).today
            return await self._ask(request.id, today)
        finally:
            self._asking.discard(asker)

    async def _ask(self, name: str, today: str) -> Notice:
        """Store it, post it, and store where. A request that a crash left without a card does not count."""
        requests = self.services.ledger.raise_requests
        request = await requests.get(name)
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
        await requests.ask(name, today)
        card = await self._post(name, request)
        async with self._once:
            if card is not None:
                await requests.set_card(name, message_text(card))
            current = await requests.get(name)
        if current is not None and current.answer:  # before it was known where the card stands
            await self._revise(current)
        return Notice(sentence=wording.ASKED if card else wording.NOBODY_TO_ASK)

    async def _post(self, name: str, request: RaiseRequest) -> MessageRef | None:
        channel = (await self.services.ledger.settings.preferences(request.workspace)).admin_channel
        if not channel:
            return None
        with wording.override(
            await self.services.language(request.workspace)
        ):  # it may be asked from elsewhere
            buttons = (
                Button(verb="approve", label=wording.APPROVE, target=name, style="primary"),
                Button(verb="deny", label=wording.DENY, target=name, style="danger"),
            )
            card = replace(_card(request), buttons=buttons)
            posted = await self.notifier.post(request.workspace, channel, card, f"{name}.asked")
        return posted if isinstance(posted, MessageRef) else None

    # --- the admins

    async def form(self, press: Press) -> Form | Notice:
        """What *Approve* opens."""
        request = await self._to_answer(press)
        if isinstance(request, Notice):
            return request
        grant = self.services.commands["quotas grant"]
        option = next(each for each in grant.options if each.name == request.what)
        amount = str(request.amount) if request.what == "images" else _dollars(request.amount)
        label = wording.IMAGES_LABEL if request.what == "images" else wording.MONEY_LABEL
        fields = (
            Field(name=option.name, label=label, kind="text", value=amount, longest=12, required=True),
            Field(name="until", label=wording.UNTIL_LABEL, kind="text", value="", longest=10),
        )
        title = wording.approving(request.name)
        return Form(title=title, submit=wording.APPROVE, verb="approve", target=press.target, fields=fields)

    async def approve(self, press: Press) -> Notice | Refused:
        """The form of *Approve*, sent off."""
        request = await self._to_answer(press)
        if isinstance(request, Notice):
            return request
        options = _read(press.options, request, self.services.commands["quotas grant"])
        if isinstance(options, Misread):
            return Refused(why="input", sentence=options.sentence)
        here = replace(press.address, workspace=request.workspace)
        try:
            change = await ChangeParser(self.services.ledger, here, options).parse("grant", anywhere=False)
        except InvalidOption as misread:
            return misread.refusal
        return await self._answer(press, granted=(change.images, change.money, change.until))

    async def deny(self, press: Press) -> Notice | Refused:
        request = await self._to_answer(press)
        return request if isinstance(request, Notice) else await self._answer(press, granted=None)

    async def _to_answer(self, press: Press) -> RaiseRequest | Notice:
        """The request behind a button, for an admin of its workspace, as long as it is open."""
        request = await self.services.ledger.raise_requests.get(press.target)
        operator = is_operator(press.person, self.services.operators)
        if (
            request is None
            or not request.day
            or not (operator or press.address.workspace == request.workspace)
        ):
            return Notice(sentence=wording.NO_SUCH_REFUSAL)
        if not may_administer(press.person, request.workspace, self.services.operators):
            return Notice(sentence=wording.FOR_ADMINS)
        return Notice(sentence=wording.answered_already(request.answered_by)) if request.answer else request

    async def _answer(self, press: Press, granted: tuple[int, int, str | None] | None) -> Notice:
        """Enter it, then tell the asker and the admins, who are where an operator need not be."""
        async with self._once:
            request = await self._to_answer(press)
            if isinstance(request, Notice):  # meanwhile by another
                return request
            await self.services.activate_language(request.workspace)
            entry = await self._enter(press, request, granted)
            request = await self._answered(request, entry)
            await self.services.ledger.raise_requests.answer(
                request.id, request.answer, request.answered_by, granted=request.granted
            )
        await asyncio.gather(self._revise(request), self._tell(press.target, request, entry))
        log.info("more.answered", entry=id_text(entry.id), verb=entry.verb)
        return Notice(sentence=request.answer)

    async def _enter(
        self, press: Press, request: RaiseRequest, granted: tuple[int, int, str | None] | None
    ) -> Entry:
        """The entry of the answer; of the one before, where a crash came between it and its telling."""
        ledger, person = self.services.ledger, press.person
        await ledger.people.record_person(request.workspace, person.id, person.name, self.services.clock())
        whose = {"workspace": request.workspace, "person": request.person}
        by = {"author": person.id, "request_id": f"more:{press.target}"}
        if granted is None:
            return await ledger.settings.deny(**whose, **by, reason=wording.DENIED_REASON)
        images, money, until = granted
        return await ledger.settings.grant(
            **whose, **by, images=images, money=money, until=until, reason=wording.GRANTED_REASON
        )

    async def _answered(self, request: RaiseRequest, entry: Entry) -> RaiseRequest:
        names = await self.services.ledger.people.names(request.workspace, (entry.author,))
        by = names.get(entry.author, entry.author)
        if entry.verb != "grant":
            return replace(request, answer=wording.denied_by(by), answered_by=by)
        what = wording.what_changed(entry, {}, "UTC")
        return replace(request, answer=wording.approved(by, what), answered_by=by, granted=True)

    async def _revise(self, request: RaiseRequest) -> None:
        """Say on the admins' card what was answered, where that can be done."""
        adapter = self.services.adapters.get(read_address(request.address).platform)
        if not request.card or adapter is None:
            return
        card = _card(request)
        try:
            answered = replace(card, lines=(*card.lines, request.answer))
            await adapter.revise(message_of(request.card), answered)
        except DeliveryError as error:
            log.info("more.not_revised", reason=str(error))

    async def _tell(self, name: str, request: RaiseRequest, entry: Entry) -> None:
        """Tell the asker, privately; they also see it at their next `/quota`."""
        address = read_address(request.address)
        adapter = self.services.adapters.get(address.platform)
        if adapter is None:
            return
        what = wording.what_changed(entry, {}, "UTC")
        said = wording.you_got(what) if request.granted else wording.you_got_none(request.answered_by)
        try:
            await adapter.post(address, Notice(sentence=said), key=f"{name}.answered")
        except DeliveryError as error:
            log.info("more.not_told", reason=str(error))


def _card(request: RaiseRequest) -> Report:
    rows = wording.asks_rows(request.what, request.period, request.maximum, request.used, request.stopped_by)
    return Report(title=wording.asks(request.name, request.what, request.amount), rows=rows)


def _read(
    entered: Mapping[str, OptionValue], request: RaiseRequest, grant: Command
) -> dict[str, OptionValue] | Misread:
    """The options of a grant to the asker, as the form's fields say; what is left out is as was asked."""
    options: dict[str, OptionValue] = {"person": request.person, request.what: request.amount}
    for option in grant.options:
        value = entered.get(option.name, "")
        if option.name not in (request.what, "until") or value == "":
            continue
        meant = read_value(option, str(value))
        if isinstance(meant, Misread):
            return meant
        options[option.name] = meant
    return options


def _dollars(micros: int) -> str:
    """As it would be typed."""
    return format_dollars(micros).removeprefix("$").replace(",", "")
