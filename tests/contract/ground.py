"""The core under every platform's house: a real ledger, registry, catalog and store in one folder."""

import asyncio
import functools
import io
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from bot.commands.registry import registry
from bot.commands.spec import Command as Registered
from bot.core.bot import Bot
from bot.painters.estimates import Estimates
from bot.painters.port import Drawing, Drawn, Outcome, PaintOrder
from bot.port.cards import Accepted, Choice, Form, Notice, Picture, Refused, Reply, Report
from bot.port.protocols import Adapter, WholeCore
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, Reaction
from bot.port.views import Home, Setting, Spending
from bot.services import Services
from bot.storage.key_value import LedgerKeyValue
from bot.storage.pictures import FolderStore
from quotas.catalog import load_catalog
from quotas.ledger import Ledger
from quotas.records import Defaults, UsageFilter
from tests.fakes.painter import FakePainter

OURS = frozenset(("bot", "adapters"))
REPO = Path(__file__).parents[2]
SIZE = (16, 9)  # pixels of a picture that is really there

Make = Callable[[LedgerKeyValue, Mapping[str, Registered]], Adapter]


@functools.cache
def pixels() -> bytes:
    """A small sound PNG."""
    data = io.BytesIO()
    Image.new("RGB", SIZE, (200, 90, 30)).save(data, "PNG")
    return data.getvalue()


@dataclass
class Clock:
    """The time of day, moved on by `skip`: platforms that lend tokens go by a clock of their own, too."""

    skipped: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped


@dataclass
class Painter(FakePainter):
    """What it is told, as real bytes: platforms decode what they are handed."""

    async def draw(self, order: PaintOrder) -> Outcome:
        outcome = await FakePainter.draw(self, order)
        if not isinstance(outcome, Drawn):
            return outcome
        return replace(
            outcome, drawings=tuple(replace(drawing, data=pixels()) for drawing in outcome.drawings)
        )


@dataclass
class Prompter:
    """The core, with words that a test puts into its mouth: its next answer, or what it breaks with."""

    bot: Bot
    says: Reply | Exception | None = None
    reacted: int = 0  # reactions that it has dealt with
    unshown: set[str] = field(default_factory=set)  # jobs whose cards are nobody knows where

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        return self._noted(self._said() or await self.bot.imagine(request))  # type: ignore[return-value]

    async def press(self, press: Press) -> Reply:
        return self._noted(self._said() or await self.bot.press(press))

    async def form(self, press: Press) -> Form | Refused | Notice:
        return self._said() or await self.bot.form(press)  # type: ignore[return-value]

    async def react(self, reaction: Reaction) -> Reply | None:
        try:
            reply = self._said() or await self.bot.react(reaction)
            return reply and self._noted(reply)
        finally:
            self.reacted += 1

    async def command(self, command: Command) -> Report | Notice | Refused:
        return self._said() or await self.bot.command(command)  # type: ignore[return-value]

    async def language(self, workspace: str) -> str:
        return await self.bot.language(workspace)

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        return await self.bot.suggest(command, option)

    async def home(self, person: Person, address: Address) -> Home:
        return await self.bot.home(person, address)

    async def shown(self, job: str, card: MessageRef) -> None:
        await self.bot.shown(job, card)
        self.unshown.discard(job)

    async def picture(self, key: str) -> bytes | None:
        return await self.bot.picture(key)

    async def spending(self, by: str) -> Spending:
        return await self.bot.spending(by)

    async def workspaces(self) -> list[str]:
        return await self.bot.workspaces()

    async def settings(self, workspace: str) -> tuple[Setting, ...]:
        return await self.bot.settings(workspace)

    async def forget(self, person: str, by: str) -> Notice | Refused:
        return await self.bot.forget(person, by)

    async def joined(self, workspace: str) -> None:
        await self.bot.joined(workspace)

    async def left(self, workspace: str) -> None:
        await self.bot.left(workspace)

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        await self.bot.serving(platform, workspaces)

    def _noted(self, reply: Reply) -> Reply:
        if isinstance(reply, Accepted) and reply.fresh:
            self.unshown.add(reply.job)
        return reply

    def _said(self) -> Reply | None:
        words, self.says = self.says, None
        if isinstance(words, Exception):
            raise words
        return words


@dataclass
class Ground:
    """`open` builds the core with one adapter; `crash` drops it as a killed process would."""

    folder: Path
    images: int  # everyone's a day
    in_flight: int
    painter: Painter = field(default_factory=Painter)
    clock: Clock = field(default_factory=Clock)
    ledger: Ledger = field(init=False)
    adapter: Adapter = field(init=False)
    core: Prompter = field(init=False)

    async def open(self, make: Make) -> None:
        catalog = load_catalog()
        commands = registry(catalog)
        self.ledger = await Ledger.open(self.folder, Defaults(images_per_day=self.images), clock=self.clock)
        self.adapter = make(LedgerKeyValue(self.ledger, "adapter"), commands)
        services = Services(
            ledger=self.ledger,
            catalog=catalog,
            painter=self.painter,
            store=FolderStore(self.folder / "pictures"),
            commands=commands,
            adapters={self.adapter.name: self.adapter},
            estimates=Estimates(catalog),
            in_flight=self.in_flight,
            per_person=4,
            clock=self.clock,
        )
        self.core = Prompter(Bot(services))
        self._run = asyncio.create_task(self.adapter.run(self.core))

    async def start(self) -> None:
        """Take up what the last process left, as the program does: the platform may not be reached yet."""
        await self.core.bot.start()

    async def running(self, ready: asyncio.Event) -> None:
        """Wait until the adapter listens; where it cannot, its reason is raised."""
        waiting = asyncio.create_task(ready.wait())
        done, _ = await asyncio.wait({waiting, self._run}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._run in done:
            self._run.result()
        assert done, "the adapter never listened"

    async def crash(self) -> None:
        """Everything of ours that is under way ends where it stands; only what is on disk is left."""
        await self.core.bot.lifecycle.scheduler.stop(0)  # whoever waited does not get the dead one's turn
        while tasks := [task for task in asyncio.all_tasks() if _is_ours(task)]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.ledger.close()

    async def done(self) -> None:
        """Wait until every job is closed, told and recorded."""
        await self.until(self._nothing_open)

    async def shown(self) -> None:
        """Wait until the core knows where every card is."""

        async def all_known() -> bool:
            return not self.core.unshown

        await self.until(all_known)

    async def _nothing_open(self) -> bool:
        return not await self.ledger.jobs.list_open() and not await self.ledger.jobs.list_undelivered()

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(10):
            while not await true():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(0.005)

    async def used(self, name: str) -> int:
        """Pictures that somebody of that name has been charged for, for all time."""
        report = await self.ledger.reports.usage(UsageFilter(), "person")
        return sum(totals.images for key, known, totals in report.rows if name in (known, key))

    async def pictures(self, job: str, number: int) -> tuple[Picture, ...]:
        """Pictures of that job, which are in the store."""
        width, height = SIZE
        drawing = Drawing(data=pixels(), format="png", width=width, height=height)
        keys = await FolderStore(self.folder / "pictures").put(job, (drawing,) * number)
        return tuple(
            Picture(key=key, width=width, height=height, format="png", alt=f"a fox ({count} of {number})")
            for count, key in enumerate(keys, start=1)
        )


def _is_ours(task: "asyncio.Task[object]") -> bool:
    """A task of the core or the adapter, or a library's in the middle of ours; never a test's."""
    rooms = list(_rooms(task.get_coro()))
    return task is not asyncio.current_task() and "tests" not in rooms[:1] and not OURS.isdisjoint(rooms)


def _rooms(waiting: Any) -> Iterator[str]:
    """The rooms of this house through which a coroutine got to where it waits, outermost first."""
    while (code := getattr(waiting, "cr_code", None)) is not None:
        file = Path(code.co_filename)
        if file.is_relative_to(REPO):
            yield file.relative_to(REPO).parts[0]
        waiting = waiting.cr_await


_: type[WholeCore] = Prompter  # whatever the port asks of a core
