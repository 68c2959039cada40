"""The shell as a platform: draws for a command, and passes the commands of operators to the core.

The same requests are carried out in the caller's own process or, while `imagine run` holds the data folder,
by that process over its control socket.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, replace

from adapters.shell.ids import PLATFORM
from adapters.shell.requests import (
    AnyRequest,
    ChangeMade,
    CommandAnswer,
    CommandRequest,
    CompareRequest,
    ConfirmRequest,
    DrawAnswer,
    DrawRequest,
    Events,
    ForgetRequest,
    PictureFile,
    Progress,
    SentPicture,
    TierAnswer,
)
from bot.port.cards import (
    Accepted,
    Card,
    Delivered,
    Ended,
    Panel,
    PictureList,
    Refused,
    Reply,
    Report,
    Working,
)
from bot.port.protocols import DeliveryError, OperatorCore
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, SentFile
from bot.port.views import Sums


class Shell:
    """The adapter for people at a shell: a card is a line of progress, a gallery is a list of files."""

    name = PLATFORM
    card_becomes_gallery = True
    has_buttons = False

    def __init__(self) -> None:
        self._listeners: dict[str, asyncio.Queue[Card]] = {}
        self._earlier: dict[str, list[Delivered]] = {}  # by person with a command: what waited for them

    async def run(self, core: OperatorCore) -> None:
        """Wait until cancelled: requests come through `carry_out`."""
        await asyncio.Event().wait()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        self._pass_on(card, address.private_to)
        return MessageRef(address=address, id=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        self._pass_on(card)
        return message

    async def delete(self, message: MessageRef) -> None:
        """Do nothing: a line on somebody's screen stays. The core drops the pictures from the store."""

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        """Return None: the shell has no channels."""
        return None

    async def forget(self, person: str) -> None:
        """Do nothing: the adapter keeps nothing of a person."""

    def _pass_on(self, card: Card, reader: str = "") -> None:
        """Hand a job's card to the command that waits for it.

        If that command has gone, its pictures wait for the same person's next one (`reader`).
        """
        if not isinstance(card, Working | Delivered | Ended):
            return
        if listener := self._listeners.get(card.header.job):
            listener.put_nowait(card)
        elif isinstance(card, Delivered) and reader in self._earlier:
            self._earlier[reader].append(card)
        elif not isinstance(card, Working):
            raise DeliveryError("the command that asked for it has gone", retryable=False)

    # --- requests

    async def carry_out(self, core: OperatorCore, request: AnyRequest) -> Events:
        """Carry out one request; the last event is its answer."""
        match request:
            case DrawRequest() | CompareRequest():
                async with aclosing(self._draw(core, request)) as events:
                    async for event in events:
                        yield event
            case CommandRequest():
                yield _answer(await core.command(_command(request)))
            case ConfirmRequest():
                yield _answer(await core.press(_press(request)))
            case ForgetRequest():
                yield _answer(await core.forget(request.person, request.author))

    async def _draw(self, core: OperatorCore, request: DrawRequest | CompareRequest) -> Events:
        person = Person(id=request.person, name=request.name)
        address = Address(platform=PLATFORM, workspace=PLATFORM, channel=PLATFORM)
        imagine = Imagine(
            id=request.id, person=person, address=address, text=request.text, options=request.options
        )
        if isinstance(request, CompareRequest):
            imagine = replace(imagine, command="compare")
        else:
            references = tuple(_sent(file) for file in request.references)
            imagine = replace(
                imagine, references=references, mask=_sent(request.mask) if request.mask else None
            )
        answer = await core.imagine(imagine)
        if isinstance(answer, Refused):
            yield DrawAnswer(why=answer.why, sentence=f"{answer.sentence} {answer.hint}".strip())
            return
        listener = self._listeners[answer.job] = asyncio.Queue()
        earlier = self._earlier.setdefault(person.id, [])
        try:
            if answer.fresh:
                await core.shown(answer.job, MessageRef(address=address, id=answer.job))
            await core.answered(person.id, address)
            async for event in self._follow(core, answer, listener, earlier):
                yield event
        finally:
            del self._listeners[answer.job]
            self._earlier.pop(person.id, None)

    async def _follow(
        self,
        core: OperatorCore,
        answer: Accepted,
        listener: "asyncio.Queue[Card]",
        earlier: Sequence[Delivered],
    ) -> Events:
        """Yield a job's progress, then its end, with the pictures of earlier jobs that came meanwhile."""
        card: Card = answer.card
        while True:
            match card:
                case Working(line=line, progress=progress):
                    yield Progress(line=line, progress=progress)
                case Delivered() | Ended():
                    came = tuple(earlier)
                    for key in _keys(card, *came):
                        if (data := await _picture(core, key)) is not None:
                            yield PictureFile(key=key, data=data)
                    yield _end(card, await core.bill(answer.job), came)
                    return
                case _:
                    pass
            card = await listener.get()


def _operator(author: str) -> Person:
    """Whoever reaches the data folder runs the bot."""
    return Person(id=author, name=author.partition(":")[2], admin=True, operator=True)


def _address(workspace: str) -> Address:
    return Address(platform=PLATFORM, workspace=workspace, channel="")


def _command(request: CommandRequest) -> Command:
    return Command(
        id=request.id,
        person=_operator(request.author),
        address=_address(request.workspace),
        name=request.name,
        options=request.options,
    )


def _press(request: ConfirmRequest) -> Press:
    return Press(
        id=request.id,
        person=_operator(request.author),
        address=_address(request.workspace),
        verb="confirm",
        target=request.target,
    )


def _answer(reply: Reply) -> CommandAnswer:
    match reply:
        case Refused():
            return CommandAnswer(why=reply.why, sentence=f"{reply.sentence} {reply.hint}".strip())
        case Report():
            return CommandAnswer(
                title=reply.title,
                lines=reply.lines,
                columns=reply.columns,
                rows=reply.rows,
                file=(reply.file.name, reply.file.data.decode()) if reply.file else None,
                confirm=next((button.target for button in reply.buttons if button.verb == "confirm"), ""),
            )
        case Accepted() | Panel() | PictureList():
            raise TypeError("No command of a shell is answered with a job or its picture.")
        case _:
            change = ChangeMade(**asdict(reply.change)) if reply.change else None
            return CommandAnswer(sentence=reply.sentence, change=change)


def _keys(*cards: Delivered | Ended) -> tuple[str, ...]:
    return tuple(picture.key for card in cards if isinstance(card, Delivered) for picture in card.pictures)


async def _picture(core: OperatorCore, key: str) -> bytes | None:
    """Return a picture's bytes; None if they cannot be read."""
    try:
        return await core.picture(key)
    except OSError:
        return None


def _end(card: Delivered | Ended, sums: Sums, earlier: Sequence[Delivered]) -> DrawAnswer:
    return DrawAnswer(
        why=card.why if isinstance(card, Ended) else "delivered",
        sentence=card.sentence if isinstance(card, Ended) else "",
        job=card.header.job,
        caption=card.caption if isinstance(card, Delivered) else "",
        notes=card.notes if isinstance(card, Delivered) else (),
        files=_keys(card),
        earlier=_keys(*earlier),
        tiers=tuple(TierAnswer(**asdict(each)) for each in card.compared)
        if isinstance(card, Delivered)
        else (),
        charge_micros=sums.charge_micros,
        cost_micros=sums.cost_micros,
        uncertain_micros=sums.uncertain_micros,
    )


def _sent(file: SentPicture) -> SentFile:
    async def read(limit: int) -> bytes:
        return file.data[:limit]

    return SentFile(name=file.name, read=read)
