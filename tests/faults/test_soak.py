"""Five times the load that the gateway can take: the queue stays fair, memory stays flat, no job is lost.

Runs the real core, ledger, store and gateway client. The gateway draws slowly, and sometimes refuses, fails
or hangs up. Everyone keeps more jobs open than may run, some people far more than others.
"""

import asyncio
import gc
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.commands.registry import registry
from bot.core.bot import Bot
from bot.painters.estimates import Estimates
from bot.painters.gateway import GatewayPainter
from bot.painters.port import Outcome, PaintOrder
from bot.port.cards import Accepted, Card, Delivered, Ended
from bot.port.protocols import WholeCore
from bot.port.requests import Address, Imagine, MessageRef, Person
from bot.services import Services
from bot.storage.guard import GuardedStore
from bot.storage.pictures import FolderStore
from quotas.catalog import load_catalog
from quotas.ledger import Ledger
from quotas.records import Defaults
from tests.fakes.gateway import FakeGateway

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
DELAY = 0.05  # seconds for a drawing
IN_FLIGHT, PER_PERSON = 8, 3  # drawings at once
GREED = (5, 6, 7, 8, 14)  # jobs that each person keeps open; the sum is five times IN_FLIGHT
# Starts that one person may be ahead of another, besides one in a hundred: a person whose next request comes
# late misses a turn.
UNFAIR = 8
GROWTH = 16 * 1024 * 1024  # bytes of memory that may be added after the first third
STATM = Path("/proc/self/statm")
HERE = Address(platform="soak", workspace="soak:team", channel="general")
MOODS: list[tuple[int, str, dict[str, Any]]] = [
    (17, "ok", {}),
    (1, "status", {"status": 400, "body": {"error": {"code": "moderation_blocked"}}}),
    (1, "status", {"status": 500, "body": {"error": {"message": "no idea"}}}),
    (1, "raw", {}),
]


@dataclass
class CountingAdapter:
    """An adapter that shows nothing.

    `outcomes`: how often each job was delivered or ended. `open`: open jobs by person. `news`: notified with
    both.
    """

    name: str = "soak"
    card_becomes_gallery: bool = True
    has_buttons: bool = True
    outcomes: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, core: WholeCore) -> None:
        await asyncio.Event().wait()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        await self._count(card)
        return MessageRef(address=address, id=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        await self._count(card)
        return message

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        return None

    async def delete(self, message: MessageRef) -> None:
        return

    async def _count(self, card: Card) -> None:
        if isinstance(card, Delivered | Ended):
            async with self.news:
                self.outcomes[card.header.job] += 1
                self.open[card.header.person] -= 1
                self.news.notify_all()


class WatchedPainter(GatewayPainter):
    """Counts the jobs started for each person. `gap`: the largest lead of one person over another so far."""

    started: Counter[str]
    gap = 0

    async def draw(self, order: PaintOrder) -> Outcome:
        self.started[order.prompt] += 1
        counts = [self.started[person(number).name] for number in range(len(GREED))]
        self.gap = max(self.gap, max(counts) - min(counts))
        return await super().draw(order)


def person(number: int) -> Person:
    return Person(id=f"soak:{number}", name=f"Person {number}")


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    gc.collect()
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@dataclass
class Overload:
    """An overloaded bot with an unreliable gateway, and people who keep asking."""

    services: Services
    bot: Bot
    chat: CountingAdapter
    painter: WatchedPainter
    gateway: FakeGateway
    accepted: list[str] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    async def keep_busy(self, number: int, end: float) -> None:
        """Keep GREED jobs of one person open until `end` (of the monotonic clock)."""
        asker = person(number)
        while time.monotonic() < end:
            while self.chat.open[asker.id] < GREED[number]:
                await self._ask(asker)
            async with self.chat.news, asyncio.timeout(60):
                await self.chat.news.wait()

    async def _ask(self, asker: Person) -> None:
        _, mood, options = self.dice.choices(MOODS, [weight for weight, *_ in MOODS])[0]
        self.gateway.next(mood, **options)
        self.chat.open[asker.id] += 1
        request = f"soak:{len(self.accepted)}:{asker.id}"
        text = f"{asker.name} --tier fast -n {self.dice.randint(1, 4)}"
        answer = await self.bot.imagine(Imagine(id=request, person=asker, address=HERE, text=text))
        assert isinstance(answer, Accepted), answer
        self.accepted.append(answer.job)
        await self.bot.shown(answer.job, MessageRef(address=HERE, id=answer.job))

    async def memory(self, end: float) -> list[int]:
        """Sample the resident memory once a second until `end`."""
        samples = []
        while time.monotonic() < end:
            await asyncio.sleep(1)
            self.gateway.requests.clear()  # the fake gateway's own memory is not measured
            samples.append(resident())
        return samples


@asynccontextmanager
async def overloaded(folder: Path) -> AsyncIterator[Overload]:
    catalog = load_catalog()
    chat = CountingAdapter()
    ledger = await Ledger.open(folder, Defaults(images_per_day=10_000_000))
    async with FakeGateway(delay=DELAY) as gateway:
        painter = WatchedPainter(gateway.base_url, gateway.key, in_flight=IN_FLIGHT)
        painter.started = Counter()
        services = Services(
            ledger=ledger,
            catalog=catalog,
            painter=painter,
            store=GuardedStore(FolderStore(folder / "pictures"), job_bytes=0),
            commands=registry(catalog),
            adapters={chat.name: chat},
            estimates=Estimates(catalog),
            in_flight=IN_FLIGHT,
            per_person=PER_PERSON,
        )
        bot = Bot(services)
        await bot.start()
        try:
            yield Overload(services, bot, chat, painter, gateway)
        finally:  # else a failure leaves its sockets to the next test
            await bot.stop(10)
            await painter.close()
            await ledger.close()


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.skipif(not STATM.exists(), reason="memory is read from Linux's /proc")
async def test_five_times_the_load_is_handled_fairly_in_flat_memory(tmp_path: Path, quiet: None) -> None:
    async with overloaded(tmp_path) as load:
        end = time.monotonic() + SECONDS
        people = [asyncio.create_task(load.keep_busy(number, end)) for number in range(len(GREED))]
        memory = await load.memory(end)
        starts, gap = dict(load.painter.started), load.painter.gap
        await asyncio.gather(*people)
        ledger = load.services.ledger
        async with asyncio.timeout(60):
            while await ledger.jobs.list_open() or await ledger.jobs.list_undelivered():  # noqa: ASYNC110 - the ledger has no event to wait for
                await asyncio.sleep(0.05)
        third = max(memory[: len(memory) // 3])
        grown = max(memory) - third
        figures = f"{len(load.accepted)} jobs; started {starts}; furthest ahead {gap}; {third=} {grown=}"
        sys.stdout.write(f"{figures} bytes\n")
        assert load.chat.outcomes == Counter(load.accepted)
        assert len(set(load.accepted)) == len(load.accepted)
        assert await ledger.verify() == []
        assert gap <= UNFAIR + min(starts.values()) / 100
        assert grown <= GROWTH
