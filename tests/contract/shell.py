"""The shell's harness: its commands ask the owner of the folder over the socket, and print the answers."""

import asyncio
import base64
import contextlib
import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from adapters.shell import adapter, errors, socket
from adapters.shell.ids import PLATFORM
from adapters.shell.requests import (
    AnyRequest,
    CompareRequest,
    DrawAnswer,
    DrawRequest,
    Events,
    PictureFile,
    Problem,
    Progress,
    SentPicture,
)
from bot.cli.commands import compare, draw
from bot.commands.spec import Command
from bot.port.cards import Card, Notice, Panel, PictureList, Refused, Reply, Report
from bot.port.requests import Address, OptionValue
from bot.storage.key_value import LedgerKeyValue
from quotas.ids import id_text
from tests.contract.backend import Backend
from tests.contract.harness import MASK, Actor, Capability, VisibleMessage
from tests.fakes.program import imagine

COMMANDS = {"usage": ("usage",), "tiers": ("tiers",), "quota": ("quota", "show")}
SPELLED = {"confirm": "yes"}  # options that a shell spells in its own way


@dataclass
class Line:
    """The output of one command. `has_answered`: set once it printed something."""

    id: str
    text: str = ""
    files: int = 0
    has_answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Shell:
    backend: Backend
    name: ClassVar = PLATFORM
    names: ClassVar[Mapping[Actor, str]] = {"ann": "ann", "bob": "bob", "boss": "boss"}
    duplicate_reason: ClassVar = "a line that was printed is not printed over"
    unsupported: ClassVar[Mapping[Capability, str]] = {
        "channel": "nobody else sees a screen, and what is on it is gone with its command",
        "card": "a line of progress is enough for who has just typed it",
        "open": "nobody else sees a screen",
        "buttons": "nothing to press: the next command is typed",
        "reactions": "nothing to react to",
        "ping": "who asked sits before it",
        "recent": "what was drawn lies as files where it was asked for",
        "help": "imagine --help is the command line's own",
        "chart": "a terminal shows tables",
        "outage": "a screen takes every line",
        "ban": "a screen takes every line",
        "gone": "a screen is no channel",
        "lent": "it lends no reply tokens",
        "admins": "who is at the shell runs the bot, and so may do everything",
    }
    _screens: dict[Actor, list[Line]] = field(default_factory=lambda: {"ann": [], "bob": [], "boss": []})
    _commands: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def open(self) -> None:
        await self.backend.open(self._make)
        self._serving = socket.serve(self.backend.folder, self._carry_out)
        await self._serving.__aenter__()
        await self.backend.start()

    async def close(self) -> None:
        await self.backend.crash()
        await self._serving.__aexit__(None, None, None)
        await asyncio.gather(*self._commands)

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def _carry_out(self, request: AnyRequest) -> Events:
        with contextlib.suppress(asyncio.CancelledError):  # the process has been killed
            async for event in self._adapter.carry_out(self.backend.core, request):
                yield event

    def _make(self, store: LedgerKeyValue, _commands: Mapping[str, Command]) -> adapter.Shell:
        self._adapter = adapter.Shell()
        return self._adapter

    async def wait_until_done(self) -> None:
        """Wait until every command has printed its last line."""
        await self.backend.wait_until_done()
        await asyncio.gather(*self._commands)

    async def skip(self, seconds: float) -> None:
        self.backend.clock.skipped += seconds

    def mention(self, who: Actor) -> str:
        return f"@{self.names[who]}"

    # --- what people do

    async def send(self, who: Actor, text: str, files: Mapping[str, bytes], **options: OptionValue) -> None:
        """Send the files as another program might, without the command's own check."""
        sent = [SentPicture(name=name, data=base64.b64encode(data)) for name, data in files.items()]
        mask = next((each for each in sent if each.name == MASK), None)
        await self._ask(who, text, tuple(each for each in sent if each is not mask), options, mask)

    async def ask(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._ask(who, text, (), options)

    async def compare(self, who: Actor, text: str, **options: OptionValue) -> None:
        line = self._line(who)
        request = CompareRequest(**self._about(who, line), text=text, options=options)
        await self._start(request, line)

    async def _ask(
        self,
        who: Actor,
        text: str,
        sent: tuple[SentPicture, ...],
        options: Mapping[str, OptionValue],
        mask: SentPicture | None = None,
    ) -> None:
        line = self._line(who)
        request = DrawRequest(
            **self._about(who, line), text=text, options=options, references=sent, mask=mask
        )
        await self._start(request, line)

    def _about(self, who: Actor, line: Line) -> dict[str, str]:
        return {"id": f"{PLATFORM}:{line.id}", "person": f"{PLATFORM}:{who}", "name": self.names[who]}

    async def _start(self, request: DrawRequest | CompareRequest, line: Line) -> None:
        task = asyncio.create_task(self._draw(request, line))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)
        await line.has_answered.wait()

    async def _draw(self, request: DrawRequest | CompareRequest, line: Line) -> None:
        try:
            pictures: dict[str, bytes] = {}
            async for event in socket.ask(self.backend.folder, request):
                match event:
                    case PictureFile():
                        pictures[event.key] = event.data
                    case Progress():
                        line.text += f"{event.line}\n"
                    case Problem():
                        line.text += event.sentence
                    case DrawAnswer():
                        self._print(event, pictures, line)
                line.has_answered.set()
        except errors.OwnerGone as gone:
            line.text += str(gone)
        finally:
            line.has_answered.set()

    def _print(self, answer: DrawAnswer, pictures: dict[str, bytes], line: Line) -> None:
        folder = self.backend.folder / "out"
        folder.mkdir(exist_ok=True)
        files = draw.save({key: pictures[key] for key in answer.files}, folder)
        earlier = draw.save({key: pictures[key] for key in answer.earlier}, folder)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            present = compare.print_comparison if answer.tiers else draw.print_drawing
            present(answer, files, False, earlier)
        line.text += printed.getvalue()
        line.files = sum(str(path) in printed.getvalue() for path in folder.iterdir())

    def person(self, who: Actor) -> str:
        return f"{PLATFORM}:{who}"

    def channel(self) -> str:
        return PLATFORM

    async def command(self, who: Actor, name: str, /, **options: Any) -> None:
        if name.startswith(("quotas ", "styles ")):
            words, options = name.replace("quotas", "quota").split(), {**options, "workspace": PLATFORM}
        else:
            words = COMMANDS[name]
        flags = [_flag(SPELLED.get(key, key), value) for key, value in options.items()]
        env = {
            "IMAGINE_DATA": str(self.backend.folder),
            "IMAGINE_IMAGES_PER_DAY": str(self.backend.images),
            "LOGNAME": who,
        }
        line = self._line(who)
        result = await imagine(self.backend.folder, *words, *flags, env=env)
        line.text = result.out + result.err

    def _line(self, who: Actor) -> Line:
        self._screens[who].append(line := Line(str(uuid.uuid4())))
        return line

    async def press(self, who: Actor, label: str, on: VisibleMessage) -> None:
        raise NotImplementedError(self.unsupported["buttons"])

    async def pick(self, who: Actor, number: int, on: VisibleMessage) -> VisibleMessage:
        raise NotImplementedError(self.unsupported["buttons"])

    async def last_answer(self, who: Actor) -> str:
        return "".join(each.text for each in (await self.messages(who))[-1:])

    async def last_file(self, who: Actor) -> bytes:
        raise NotImplementedError(self.unsupported["buttons"])

    async def choose(self, who: Actor, prompt: str, on: VisibleMessage) -> None:
        raise NotImplementedError(self.unsupported["recent"])

    async def opened(self, who: Actor) -> VisibleMessage:
        raise NotImplementedError(self.unsupported["recent"])

    async def fill(self, who: Actor, label: str, on: VisibleMessage, **changes: str) -> Mapping[str, str]:
        raise NotImplementedError(self.unsupported["buttons"])

    async def react(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        raise NotImplementedError(self.unsupported["reactions"])

    async def unreact(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        raise NotImplementedError(self.unsupported["reactions"])

    # --- what is seen

    async def messages(self, who: Actor) -> list[VisibleMessage]:
        return [
            VisibleMessage(id=line.id, text=line.text, pictures=line.files, private=True)
            for line in self._screens[who]
        ]

    # --- trouble

    def outage(self) -> contextlib.AbstractAsyncContextManager[None]:
        raise NotImplementedError(self.unsupported["outage"])

    def ban(self) -> None:
        raise NotImplementedError(self.unsupported["ban"])

    def delete_channel(self) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def open_channel(self) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def accept_direct_messages(self, who: Actor) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def refuse_direct_messages(self, who: Actor) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def expire_tokens(self) -> None:
        raise NotImplementedError(self.unsupported["lent"])

    # --- the port, directly

    async def job(self) -> str:
        """Start a job that is not drawn: a command sees the cards of its own job alone."""
        self.backend.painter.gate.clear()
        before = {job.id for job in await self.backend.ledger.jobs.list_open()}
        await self.ask("ann", "a fox")
        (job,) = [job for job in await self.backend.ledger.jobs.list_open() if job.id not in before]
        return id_text(job.id)

    def address(self, *, private: bool) -> Address:
        return Address(platform=PLATFORM, workspace=PLATFORM, channel=PLATFORM)

    async def answer(self, reply: Reply) -> None:
        if isinstance(reply, Report | Notice | Panel | PictureList):
            return
        self.backend.core.next_reply = reply
        await self.ask("ann", "a fox")

    def why_not_shown(self, verb: str, card: Card) -> str:
        if isinstance(card, PictureList):
            return Shell.unsupported["recent"]
        if isinstance(card, Panel):
            return "a shell has no buttons, and this answers one"
        if isinstance(card, Report | Notice) or (isinstance(card, Refused) and verb != "reply"):
            return "a command prints its own answer, and nothing else is posted to a shell"
        return "a line on somebody's screen stays" if verb == "delete" else ""


def _flag(name: str, value: Any) -> str:
    flag = f"--{name.replace('_', '-')}"
    return flag if value is True else f"{flag}={value}"
