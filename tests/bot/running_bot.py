"""A running core on a real ledger and store, with a fake platform and painter that tests control."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TypeVar

from bot.commands.registry import registry
from bot.core.bot import Bot
from bot.painters.estimates import Estimates
from bot.port.cards import (
    Accepted,
    Card,
    Delivered,
    Ended,
    Form,
    Notice,
    PictureList,
    Refused,
    Reply,
    Report,
    Working,
)
from bot.port.requests import (
    Address,
    Command,
    Imagine,
    Lent,
    MessageRef,
    OptionValue,
    Person,
    Press,
    Reaction,
    SentFile,
)
from bot.services import Services
from bot.storage.guard import GuardedStore
from bot.storage.pictures import FolderStore
from bot.writers.port import Writer
from quotas.catalog import Catalog, load_catalog
from quotas.ids import id_number
from quotas.ledger import Ledger
from quotas.records import Defaults, Job
from tests.fakes.chat import FakeChat, Message
from tests.fakes.painter import FakePainter
from tests.fakes.store import FaultyStore

T = TypeVar("T")
NOON = 1_795_348_800.0  # 2026-11-22, 12:00 UTC
ANN = Person(id="chat:ann", name="Ann")
BOB = Person(id="chat:bob", name="Bob")
BOSS = Person(id="chat:boss", name="Boss", admin=True)
JOB_BYTES = 1_000_000
STANDARD, ULTRA = 60_000, 120_000  # micro-dollars a picture, with the multiplier
_requests = count(1)


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


def at(workspace: str = "chat:team", private_to: str = "", lent: Lent | None = None) -> Address:
    return Address(platform="chat", workspace=workspace, channel="general", private_to=private_to, lent=lent)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; fail after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition has no event
            await asyncio.sleep(0.002)


def is_outcome(message: Message) -> bool:
    return isinstance(message.card, Delivered | Ended)


@dataclass
class RunningBot:
    """A bot on one folder. `open` starts it; `crash` ends it as a kill would, and `open` then recovers."""

    folder: Path
    images: int = 400
    dm_images: int = 0
    in_flight: int = 8
    per_person: int = 4
    chat: FakeChat = field(default_factory=FakeChat)
    painter: FakePainter = field(default_factory=FakePainter)
    clock: Clock = field(default_factory=Clock)
    operators: frozenset[str] = frozenset()
    usual_language: str = "en"
    catalog: Catalog = field(default_factory=load_catalog)
    writer: Writer | None = None
    disk: FaultyStore = field(init=False)
    ledger: Ledger = field(init=False)
    services: Services = field(init=False)
    bot: Bot = field(init=False)

    async def open(self, *, platform: bool = True) -> "RunningBot":
        defaults = Defaults(images_per_day=self.images, dm_images_per_day=self.dm_images)
        self.ledger = await Ledger.open(self.folder, defaults, clock=self.clock)
        self.disk = FaultyStore(FolderStore(self.folder / "pictures"))
        self.services = Services(
            ledger=self.ledger,
            catalog=self.catalog,
            painter=self.painter,
            store=GuardedStore(self.disk, job_bytes=JOB_BYTES),
            commands=registry(self.catalog),
            adapters={"chat": self.chat} if platform else {},
            estimates=Estimates(self.catalog),
            in_flight=self.in_flight,
            per_person=self.per_person,
            operators=self.operators,
            usual_language=self.usual_language,
            writer=self.writer,
            prompt_model="gpt-4.1-mini" if self.writer else "",
            clock=self.clock,
        )
        self.bot = Bot(self.services)
        await self.bot.start()
        return self

    async def crash(self) -> None:
        """Cancel all work where it stands; only what is on disk is left."""
        while tasks := [task for task in asyncio.all_tasks() if _belongs_to_core(task)]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.ledger.close()

    async def stop(self, grace: float = 1.0) -> None:
        await self.bot.stop(grace)
        await self.ledger.close()

    # --- what people do

    async def ask(
        self,
        text: str = "a red fox",
        person: Person = ANN,
        *,
        address: Address | None = None,
        request: str | None = None,
        show: bool = True,
        references: tuple[SentFile, ...] = (),
        mask: SentFile | None = None,
        **options: OptionValue,
    ) -> Accepted | Refused:
        where = address or at()
        typed = Imagine(id=request or request_id(), person=person, address=where, text=text, options=options)
        answer = await self.bot.imagine(replace(typed, references=references, mask=mask))
        return await self._show(answer, where, person, show)

    async def accept(self, text: str = "a red fox", person: Person = ANN, **arguments: object) -> Accepted:
        """Ask, and assert that the request was accepted."""
        answer = await self.ask(text, person, **arguments)  # type: ignore[arg-type]
        assert isinstance(answer, Accepted), answer
        return answer

    async def draw(self, text: str = "a red fox", person: Person = ANN, **arguments: object) -> Job:
        """Ask, wait until the outcome is delivered, and return the closed job."""
        answer = await self.accept(text, person, **arguments)
        await self.finish()
        return await self.job(answer.job)

    async def press(
        self,
        verb: str,
        job: str,
        person: Person = ANN,
        *,
        address: Address | None = None,
        request: str | None = None,
        show: bool = True,
        index: int = 0,
        **options: OptionValue,
    ) -> Reply:
        where = address or at()
        common = {"id": request or request_id(), "person": person, "address": where}
        press = Press(**common, verb=verb, target=job, index=index, options=options)  # type: ignore[arg-type]
        return await self._show(await self.bot.press(press), where, person, show)

    async def form(
        self, job: str, person: Person = ANN, *, verb: str = "edit", index: int = 0
    ) -> Form | Refused | Notice:
        press = Press(id=request_id(), person=person, address=at(), verb=verb, target=job, index=index)
        return await self.bot.form(press)

    async def react(self, emoji: str, message: MessageRef, person: Person = ANN) -> Reply | None:
        answer = await self.bot.react(Reaction(person=person, message=message, emoji=emoji))
        return None if answer is None else await self._show(answer, message.address, person, True)

    async def command(
        self,
        name: str,
        text: str = "",
        person: Person = ANN,
        *,
        address: Address | None = None,
        **options: OptionValue,
    ) -> Report | PictureList | Notice | Refused:
        where = address or at()
        return await self.bot.command(
            Command(id=request_id(), person=person, address=where, name=name, text=text, options=options)
        )

    async def _show(self, answer: T, where: Address, person: Person, show: bool) -> T:
        """Post the card of a fresh job, as an adapter would."""
        if isinstance(answer, Accepted) and answer.fresh and show:
            private = replace(where, private_to=person.id) if answer.card.header.private else where
            await self.chat.show(self.bot, answer, private)
        return answer

    # --- what people and tests see

    async def finish(self) -> None:
        """Wait until every job is closed and delivered, as far as the ledger knows."""
        await self.wait_for(self._nothing_open)

    async def wait_for(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while not await condition():  # noqa: ASYNC110 - see `until`
                await asyncio.sleep(0.002)

    async def _nothing_open(self) -> bool:
        """Return whether every job is closed and, unless nothing can deliver it now, delivered."""
        if await self.ledger.jobs.list_open():
            return False
        undelivered = {job.id for job in await self.ledger.jobs.list_undelivered()}
        return undelivered <= {job.id for job, _ in await self.ledger.waiting.list_all()}

    async def job(self, name: str) -> Job:
        job = await self.ledger.jobs.get(id_number(name))
        assert job is not None
        return job

    @property
    def outcomes(self) -> list[Message]:
        return [message for message in self.chat.messages.values() if is_outcome(message)]

    @property
    def working(self) -> list[Message]:
        return [message for message in self.chat.messages.values() if isinstance(message.card, Working)]

    def only_outcome(self) -> Message:
        """Return the only message in the chat, which must show an outcome."""
        assert len(self.chat.messages) == 1, self.chat.messages
        (message,) = self.outcomes
        return message

    async def usage_today(self, person: Person = ANN) -> tuple[int, int]:
        """Return how many pictures are used and how many are held today."""
        meter = (await self.ledger.reports.allowance("chat:team", person.id, ())).images_day
        return meter.used, meter.held


def _belongs_to_core(task: "asyncio.Task[object]") -> bool:
    """Return False for the test's own task and for the ledger's writer, which ends when nothing waits."""
    return task is not asyncio.current_task() and getattr(task.get_coro(), "__name__", "") != "_work"


def request_id() -> str:
    """Return an id that no request had before."""
    return f"request:{next(_requests)}"


def card_of(answer: Accepted | Refused | Reply | None) -> Card:
    assert isinstance(answer, Accepted), answer
    return answer.card


def gallery(message: Message) -> Delivered:
    assert isinstance(message.card, Delivered), message.card
    return message.card


def ended(message: Message) -> Ended:
    assert isinstance(message.card, Ended), message.card
    return message.card
