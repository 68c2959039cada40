"""The core behind every harness, with a real ledger, registry, catalog and picture store in one folder."""

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
from bot.port.cards import Accepted, Choice, Form, Notice, Picture, PictureList, Refused, Reply, Report
from bot.port.protocols import Adapter, WholeCore
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, Reaction, Search
from bot.port.views import Findings, Home, Narrowings, Setting, Spending, Sums
from bot.services import Services
from bot.storage.guard import GuardedStore
from bot.storage.key_value import LedgerKeyValue
from bot.storage.pictures import FolderStore
from bot.writers.port import Writer
from quotas.catalog import load_catalog
from quotas.ledger import Ledger
from quotas.records import Defaults, UsageFilter
from tests.fakes.painter import FakePainter

OUR_PACKAGES = frozenset(("bot", "adapters"))
REPO = Path(__file__).parents[2]
PICTURE = (b"\x89PNG", b"\xff\xd8\xff")  # how the files of pictures begin: a comparison's sheet is a JPEG
SIZE = (16, 9)  # pixels of every picture

Make = Callable[[LedgerKeyValue, Mapping[str, Registered]], Adapter]


@functools.cache
def png() -> bytes:
    """Return a small valid PNG."""
    data = io.BytesIO()
    Image.new("RGB", SIZE, (200, 90, 30)).save(data, "PNG")
    return data.getvalue()


@dataclass
class Clock:
    """The time of day plus `skipped` seconds. Platforms with reply tokens have a clock of their own, too."""

    skipped: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped


@dataclass
class Painter(FakePainter):
    """A FakePainter whose drawings are real PNGs, because platforms decode them; a script may draw others."""

    async def draw(self, order: PaintOrder) -> Outcome:
        outcome = await FakePainter.draw(self, order)
        if not isinstance(outcome, Drawn):
            return outcome
        return replace(outcome, drawings=tuple(map(_as_png, outcome.drawings)))


def _as_png(drawing: Drawing) -> Drawing:
    return drawing if drawing.data.startswith(b"\x89PNG") else replace(drawing, data=png())


@dataclass
class ScriptableCore:
    """The real core, whose next answer a test may set.

    `next_reply`: the next request returns or raises it instead of the core's own answer. `reaction_count`:
    reactions handled so far. `jobs_without_card`: accepted jobs for which `shown` was not called yet.
    """

    bot: Bot
    next_reply: Reply | Exception | None = None
    reaction_count: int = 0
    jobs_without_card: set[str] = field(default_factory=set)

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        return self._record(self._take_reply() or await self.bot.imagine(request))  # type: ignore[return-value]

    async def press(self, press: Press) -> Reply:
        return self._record(self._take_reply() or await self.bot.press(press))

    async def form(self, press: Press) -> Form | Refused | Notice:
        return self._take_reply() or await self.bot.form(press)  # type: ignore[return-value]

    async def react(self, reaction: Reaction) -> Reply | None:
        try:
            reply = self._take_reply() or await self.bot.react(reaction)
            return reply and self._record(reply)
        finally:
            self.reaction_count += 1

    async def command(self, command: Command) -> Report | PictureList | Notice | Refused:
        return self._take_reply() or await self.bot.command(command)  # type: ignore[return-value]

    async def language(self, workspace: str) -> str:
        return await self.bot.language(workspace)

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        return await self.bot.suggest(command, option)

    async def home(self, person: Person, address: Address) -> Home:
        return await self.bot.home(person, address)

    async def shown(self, job: str, card: MessageRef) -> None:
        await self.bot.shown(job, card)
        self.jobs_without_card.discard(job)

    async def answered(self, person: str, address: Address) -> None:
        await self.bot.answered(person, address)

    async def withdraw(self, job: str) -> None:
        await self.bot.withdraw(job)

    async def picture(self, key: str) -> bytes | None:
        return await self.bot.picture(key)

    async def spending(self, by: str) -> Spending:
        return await self.bot.spending(by)

    async def bill(self, job: str) -> Sums:
        return await self.bot.bill(job)

    async def workspaces(self) -> list[str]:
        return await self.bot.workspaces()

    async def settings(self, workspace: str) -> tuple[Setting, ...]:
        return await self.bot.settings(workspace)

    async def forget(self, person: str, by: str) -> Notice | Refused:
        return await self.bot.forget(person, by)

    async def search(self, search: Search) -> Findings | Refused:
        return await self.bot.search(search)

    async def narrowings(self, person: Person, workspace: str) -> Narrowings | Refused:
        return await self.bot.narrowings(person, workspace)

    async def found_picture(
        self, person: Person, workspace: str, key: str, *, small: bool = False
    ) -> bytes | None:
        return await self.bot.found_picture(person, workspace, key, small=small)

    async def joined(self, workspace: str) -> None:
        await self.bot.joined(workspace)

    async def left(self, workspace: str) -> None:
        await self.bot.left(workspace)

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        await self.bot.serving(platform, workspaces)

    def _record(self, reply: Reply) -> Reply:
        if isinstance(reply, Accepted) and reply.fresh:
            self.jobs_without_card.add(reply.job)
        return reply

    def _take_reply(self) -> Reply | None:
        reply, self.next_reply = self.next_reply, None
        if isinstance(reply, Exception):
            raise reply
        return reply


@dataclass
class Backend:
    """The core with one adapter. `open` builds it; `crash` drops it as if the process was killed."""

    folder: Path
    images: int  # everyone's allowance for a day
    in_flight: int
    writer: Writer | None = None
    painter: Painter = field(default_factory=Painter)
    clock: Clock = field(default_factory=Clock)
    ledger: Ledger = field(init=False)
    adapter: Adapter = field(init=False)
    core: ScriptableCore = field(init=False)

    async def open(self, make: Make) -> None:
        catalog = load_catalog()
        commands = registry(catalog)
        self.ledger = await Ledger.open(self.folder, Defaults(images_per_day=self.images), clock=self.clock)
        self.adapter = make(LedgerKeyValue(self.ledger, "adapter"), commands)
        services = Services(
            ledger=self.ledger,
            catalog=catalog,
            painter=self.painter,
            store=GuardedStore(FolderStore(self.folder / "pictures"), job_bytes=0),
            commands=commands,
            adapters={self.adapter.name: self.adapter},
            estimates=Estimates(catalog),
            in_flight=self.in_flight,
            per_person=4,
            writer=self.writer,
            prompt_model="gpt-4.1-mini" if self.writer else "",
            clock=self.clock,
        )
        self.core = ScriptableCore(Bot(services))
        self._run = asyncio.create_task(self.adapter.run(self.core))

    async def start(self) -> None:
        """Recover the open jobs of the last process. The platform need not be ready, as in the program."""
        await self.core.bot.start()

    async def wait_until_running(self, ready: asyncio.Event) -> None:
        """Wait until the adapter is ready; raise its error if it stops before."""
        ready_task = asyncio.create_task(ready.wait())
        done, _ = await asyncio.wait({ready_task, self._run}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        ready_task.cancel()
        if self._run in done:
            self._run.result()
        assert done, "the adapter never listened"

    async def crash(self) -> None:
        """Cancel all our tasks where they are. Only what is on disk remains."""
        # First the queue, so that the turn of a cancelled job does not go to the next one.
        await self.core.bot.lifecycle.scheduler.stop(0)
        while tasks := [task for task in asyncio.all_tasks() if _is_ours(task)]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.ledger.close()

    async def wait_until_done(self) -> None:
        """Wait until every job is closed and delivered, and both are in the ledger."""
        await self.until(self._nothing_open)

    async def wait_until_cards_known(self) -> None:
        """Wait until `shown` was called for every job."""

        async def are_known() -> bool:
            return not self.core.jobs_without_card

        await self.until(are_known)

    async def _nothing_open(self) -> bool:
        """Return whether every job is closed and, unless nothing can deliver it now, delivered."""
        if await self.ledger.jobs.list_open():
            return False
        undelivered = {job.id for job in await self.ledger.jobs.list_undelivered()}
        return undelivered <= {job.id for job, _ in await self.ledger.waiting.list_all()}

    async def nothing_waits(self) -> bool:
        """Return whether every outcome that nothing could deliver has come after all."""
        return not await self.ledger.waiting.list_all()

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait up to 10 seconds until the condition is true."""
        async with asyncio.timeout(10):
            while not await condition():  # noqa: ASYNC110 - the condition has no event to wait for
                await asyncio.sleep(0.005)

    async def images_charged(self, name: str) -> int:
        """Return how many pictures a person was charged for, for all time."""
        report = await self.ledger.reports.usage(UsageFilter(), "person")
        return sum(totals.images for key, display_name, totals in report.rows if name in (display_name, key))

    async def pictures(self, job: str, number: int) -> tuple[Picture, ...]:
        """Put `number` pictures of a job into the store, and return them."""
        width, height = SIZE
        drawing = Drawing(data=png(), format="png", width=width, height=height)
        keys = await FolderStore(self.folder / "pictures").put(job, (drawing,) * number)
        return tuple(
            Picture(key=key, width=width, height=height, format="png", alt=f"a fox ({count} of {number})")
            for count, key in enumerate(keys, start=1)
        )


def _is_ours(task: "asyncio.Task[object]") -> bool:
    """Return True for a task of the core or an adapter, or of a library that they await; not for a test's."""
    packages = list(_packages(task.get_coro()))
    is_test = "tests" in packages[:1]
    return task is not asyncio.current_task() and not is_test and not OUR_PACKAGES.isdisjoint(packages)


def _packages(coroutine: Any) -> Iterator[str]:
    """List the packages of this repository on the stack of a coroutine, outermost first."""
    while (code := getattr(coroutine, "cr_code", None)) is not None:
        file = Path(code.co_filename)
        if file.is_relative_to(REPO):
            yield file.relative_to(REPO).parts[0]
        coroutine = coroutine.cr_await


_: type[WholeCore] = ScriptableCore  # the type checker compares it with the port
