"""Drawing within a memory budget: answers, links and pictures wait for room, and lose nothing by it."""

import asyncio
import gzip
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.http import MAX_FRAME, HttpExchange
from bot.painters.gateway.memory_budget import EXPECTED_BYTES, Lease, MemoryBudget
from bot.painters.gateway.sockets import FIRST_READ, LARGEST_READ, SocketStream
from bot.painters.port import Drawing, Drawn, NotDrawn, PaintOrder, Unknown
from tests.bot.painters.gateway.orders import order
from tests.bot.running_bot import RunningBot
from tests.fakes.gateway import FakeGateway
from tests.fakes.gateway_rules import noise
from tests.fakes.painter import draw_all

MEBIBYTE = 1 << 20
PLENTY = 64 * MEBIBYTE


class WatchedBudget(MemoryBudget):
    """A budget that notes the most bytes it ever granted, and how many leases wait."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.most = 0
        self.waiting = 0

    async def grow(self, lease: Lease, size: int) -> None:
        self.waiting += 1
        try:
            await super().grow(lease, size)
        finally:
            self.waiting -= 1
        self.most = max(self.most, self.used)


Within = Callable[..., tuple[GatewayPainter, WatchedBudget]]


@pytest.fixture
def within(make_painter: Any, monkeypatch: pytest.MonkeyPatch) -> Within:
    """Return a maker of painters with so many bytes of memory, and their budgets."""

    def make(limit: int, in_flight: int = 4) -> tuple[GatewayPainter, WatchedBudget]:
        budget = WatchedBudget(limit)
        monkeypatch.setattr("bot.painters.gateway.painter.MemoryBudget", lambda *_: budget)
        return make_painter(in_flight=in_flight), budget

    return make


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def test_many_large_answers_at_once_stay_within_the_budget(
    gateway: FakeGateway, within: Within
) -> None:
    painter, budget = within(6 * MEBIBYTE, in_flight=12)
    data = noise(MEBIBYTE)
    for _ in range(12):
        gateway.next("ok", data=data)

    async def draw() -> int:
        outcome = await painter.draw(order(images=2))
        assert isinstance(outcome, Drawn)
        return len(outcome.drawings)

    assert await asyncio.gather(*(draw() for _ in range(12))) == [2] * 12
    assert budget.most <= 6 * MEBIBYTE
    await until(lambda: not budget.used)  # the last picture goes when its last holder does


async def test_an_answer_larger_than_expected_asks_for_more(
    gateway: FakeGateway, within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painters.gateway.painter.EXPECTED_BYTES", MEBIBYTE)
    painter, budget = within(PLENTY)
    gateway.next("endless")
    await painter.draw(order())
    assert budget.most >= MAX_FRAME


async def test_a_link_that_swells_asks_for_more(gateway: FakeGateway, within: Within) -> None:
    painter, budget = within(PLENTY)
    packed = gzip.compress(bytes(5 * MEBIBYTE))
    gateway.next("urls", data=packed, headers={"Content-Encoding": "gzip"})
    await painter.draw(order(images=1))
    assert budget.most >= 5 * MEBIBYTE


@pytest.mark.parametrize("form", ["ok", "urls"])
async def test_drawings_count_until_nobody_holds_them(
    gateway: FakeGateway, within: Within, form: str
) -> None:
    painter, budget = within(PLENTY)
    gateway.next(form)
    outcome: Any = await painter.draw(order())
    assert budget.used == sum(len(drawing.data) for drawing in outcome.drawings)
    del outcome
    await until(lambda: not budget.used)


async def test_an_answer_of_unknown_length_reserves_the_size_of_the_last_one(
    gateway: FakeGateway, within: Within
) -> None:
    painter, budget = within(PLENTY)
    data = noise(MEBIBYTE)
    gateway.next("ok", data=data)
    await painter.draw(order())
    await until(lambda: not budget.used)  # a thread may hold the last picture a moment longer
    gateway.next("data", created=1, data=[])
    await painter.draw(order())
    for tier, expected in (("fast", 4 * len(data)), ("standard", EXPECTED_BYTES)):
        gateway.next("drip")
        waiting = asyncio.create_task(painter.draw(order(tier)))
        await until(lambda: gateway.dripping and budget.used)
        assert budget.used == pytest.approx(expected, rel=0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert budget.used == 0
        await until(lambda: not gateway.dripping)


async def test_a_burst_sends_one_request_in_each_turn_of_the_loop(
    make_painter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter, turns, sent = make_painter(in_flight=50), 0, list[int]()

    async def generate(*_: Any, **__: Any) -> NotDrawn:
        sent.append(turns)
        return NotDrawn(why="unreachable")

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(HttpExchange, "generate", generate)
    counting = asyncio.create_task(count())
    await asyncio.gather(*(painter.draw(order()) for _ in range(50)))
    counting.cancel()
    assert len(set(sent)) == 50


async def test_the_wait_for_room_counts_neither_as_silence_nor_against_the_deadline(
    gateway: FakeGateway, within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painters.gateway.http.IDLE_SECONDS", 0.1)
    painter, budget = within(1)
    gateway.next("ok", data=noise(MEBIBYTE))
    with budget.lease(0) as hog:
        await hog.reach(1)
        waiting = asyncio.create_task(painter.draw(order(deadline=1)))
        await until(lambda: budget.waiting)
        await asyncio.sleep(1.1)
        assert not waiting.done()
    assert isinstance(await waiting, Drawn)


async def test_after_a_wait_for_room_the_gateway_has_no_more_time_than_before(
    gateway: FakeGateway, within: Within
) -> None:
    painter, budget = within(1)
    gateway.next("drip")
    with budget.lease(0) as hog:
        await hog.reach(1)
        waiting = asyncio.create_task(painter.draw(order(deadline=1)))
        await until(lambda: budget.waiting)
    outcome = await waiting
    assert isinstance(outcome, Unknown)
    assert outcome.why == "deadline"


async def test_an_answer_that_waits_for_room_waits_with_its_sender(
    gateway: FakeGateway, within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, read = 0, SocketStream.read

    async def counted(stream: SocketStream, max_bytes: int, timeout: float | None = None) -> bytes:
        nonlocal taken
        piece = await read(stream, max_bytes, timeout)
        taken += len(piece)
        return piece

    monkeypatch.setattr(SocketStream, "read", counted)
    painter, budget = within(1)
    gateway.next("ok", data=noise(LARGEST_READ))
    with budget.lease(0) as hog:
        await hog.reach(1)
        waiting = asyncio.create_task(painter.draw(order()))
        await until(lambda: budget.waiting)
        assert 0 < taken <= FIRST_READ
    assert isinstance(await waiting, Drawn)
    assert taken > 4 * LARGEST_READ


async def test_a_jobs_pictures_make_room_once_the_store_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await RunningBot(tmp_path).open()
    drawings: list[weakref.ref[Drawing]] = []
    settle = running.ledger.jobs.settle

    def draw(order: PaintOrder) -> Drawn:
        outcome = draw_all(order)
        drawings.extend(map(weakref.ref, outcome.drawings))
        return outcome

    async def settle_without_them(*arguments: Any) -> bool:
        await until(lambda: not any(drawing() for drawing in drawings))
        return await settle(*arguments)

    running.painter.script = [draw]
    monkeypatch.setattr(running.ledger.jobs, "settle", settle_without_them)
    job = await running.draw()
    await running.stop()
    assert (job.state, len(drawings)) == ("settled", 4)
