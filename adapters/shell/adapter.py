"""The shell as a place to ask from: what `imagine draw` and `imagine quota` do, whoever owns the data folder.

The same requests are carried out in the caller's own process, or, while `imagine run` holds the
folder, by that process over its control socket.
"""

import asyncio
from contextlib import aclosing

from adapters.shell.requests import (
    PLATFORM,
    AnyRequest,
    CommandAnswer,
    CommandRequest,
    DrawAnswer,
    DrawRequest,
    Events,
    ForgetRequest,
    Progress,
    QuotaAnswer,
    QuotaRequest,
)
from bot.port.cards import Accepted, Card, Delivered, Ended, Notice, Refused, Report, Working
from bot.port.protocols import OperatorCore
from bot.port.requests import Address, Command, Imagine, MessageRef, Person
from quotas.ids import id_number
from quotas.ledger import Ledger
from quotas.records import Entry, Job, Limits


class Shell:
    """The adapter for people at a shell: a card is a line of progress, a gallery is a list of files."""

    name = PLATFORM
    card_becomes_gallery = True

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._listeners: dict[str, asyncio.Queue[Card]] = {}

    async def run(self, core: OperatorCore) -> None:
        """Nothing to listen to: requests come through `carry_out`."""
        await asyncio.Event().wait()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        self._tell(card)
        return MessageRef(address=address, id=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        self._tell(card)
        return message

    async def delete(self, message: MessageRef) -> None:
        """A line on somebody's screen stays; pictures leave the store all the same."""

    async def forget(self, person: str) -> None:
        """Nothing is held here."""

    def _tell(self, card: Card) -> None:
        """Who asked may be gone; then the pictures wait in the store, and `/recent` finds them."""
        if isinstance(card, Working | Delivered | Ended) and (
            listener := self._listeners.get(card.header.job)
        ):
            listener.put_nowait(card)

    # --- requests

    async def carry_out(self, core: OperatorCore, request: AnyRequest) -> Events:
        """Do what was asked; the last event is its answer."""
        if isinstance(request, QuotaRequest):
            yield await change(self._ledger, request)
            return
        if isinstance(request, CommandRequest):
            yield _told(await core.command(_command(request)))
            return
        if isinstance(request, ForgetRequest):
            yield _told(await core.forget(request.person, request.author))
            return
        async with aclosing(self._draw(core, request)) as events:
            async for event in events:
                yield event

    async def _draw(self, core: OperatorCore, request: DrawRequest) -> Events:
        person = Person(id=request.person, name=request.name)
        address = Address(platform=PLATFORM, workspace=PLATFORM, channel=PLATFORM)
        imagine = Imagine(
            id=request.id, person=person, address=address, text=request.text, options=request.options
        )
        answer = await core.imagine(imagine)
        if isinstance(answer, Refused):
            yield DrawAnswer(why=answer.why, sentence=answer.sentence)
            return
        listener = self._listeners[answer.job] = asyncio.Queue()
        try:
            if answer.fresh:
                await core.shown(answer.job, MessageRef(address=address, id=answer.job))
            async for event in self._follow(answer, listener):
                yield event
        finally:
            del self._listeners[answer.job]

    async def _follow(self, accepted: Accepted, listener: "asyncio.Queue[Card]") -> Events:
        card: Card = accepted.card
        while True:
            match card:
                case Working(line=line, progress=progress):
                    yield Progress(line=line, progress=progress)
                case Delivered() | Ended():
                    job = await self._ledger.jobs.get(id_number(accepted.job))
                    if job is not None:
                        yield _answer(card, job)
                    return
                case _:
                    pass
            card = await listener.get()


def _command(request: CommandRequest) -> Command:
    """Whoever reaches the folder runs the bot."""
    name = request.author.partition(":")[2]
    return Command(
        id=request.id,
        person=Person(id=request.author, name=name, admin=True, operator=True),
        address=Address(platform=PLATFORM, workspace=request.workspace, channel=PLATFORM),
        name=request.name,
        options=request.options,
    )


def _told(reply: Report | Notice | Refused) -> CommandAnswer:
    match reply:
        case Notice():
            return CommandAnswer(sentence=reply.sentence)
        case Refused():
            return CommandAnswer(why=reply.why, sentence=f"{reply.sentence} {reply.hint}".strip())
        case Report():
            file = (reply.file.name, reply.file.data.decode()) if reply.file else None
            return CommandAnswer(
                title=reply.title, lines=reply.lines, columns=reply.columns, rows=reply.rows, file=file
            )


def _answer(card: Delivered | Ended, job: Job) -> DrawAnswer:
    return DrawAnswer(
        why=card.why if isinstance(card, Ended) else "delivered",
        sentence=card.sentence if isinstance(card, Ended) else "",
        job=card.header.job,
        caption=card.caption if isinstance(card, Delivered) else "",
        notes=card.notes if isinstance(card, Delivered) else (),
        files=tuple(picture.key for picture in card.pictures) if isinstance(card, Delivered) else (),
        charge_micros=job.charge_micros or 0,
        cost_micros=job.cost_micros,
        uncertain_micros=job.uncertain_micros,
    )


async def change(ledger: Ledger, request: QuotaRequest) -> QuotaAnswer:
    """Carry out `imagine quota set`, `grant` or `reset`."""
    entry: Entry | None
    match request.verb:
        case "set":
            change = Limits(
                images_per_day=request.images,
                money_per_day=request.money,
                money_per_month=request.money_per_month,
                tiers=request.tiers,
                until=request.until,
            )
            entry = await ledger.settings.set_limits(
                workspace=request.workspace,
                kind=request.kind,
                ref=request.ref,
                change=change,
                author=request.author,
                reason=request.reason,
                request_id=request.id,
            )
        case "grant":
            entry = await ledger.settings.grant(
                workspace=request.workspace,
                person=request.ref,
                images=request.images or 0,
                money=request.money or 0,
                author=request.author,
                reason=request.reason,
                request_id=request.id,
            )
        case "reset":
            entry = await ledger.settings.reset_limits(
                workspace=request.workspace,
                kind=request.kind,
                ref=request.ref,
                author=request.author,
                reason=request.reason,
                request_id=request.id,
            )
    if entry is None:
        return QuotaAnswer(verb=request.verb)
    return QuotaAnswer(verb=entry.verb, before=entry.before, after=entry.after, entry=entry.id)
