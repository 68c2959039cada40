"""Bytes in memory: bounded, shared out in order, and never so that everybody waits."""

import asyncio
import gzip
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.gateway import GatewayPainter
from bot.gateway.budget import EXPECTED, Budget, Share
from bot.gateway.wire import MAX_FRAME
from bot.painter import Drawing, Drawn, NotDrawn, Unknown
from tests.fakes.gateway import FakeGateway
from tests.fakes.gateway_rules import noise
from tests.gateway.orders import order

MEBIBYTE = 1 << 20


async def settled() -> None:
    """Let everybody go on who may."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def held(budget: Budget, size: int) -> AsyncIterator[Share]:
    with budget.share(0) as share:
        await share.reach(size)
        yield share


async def test_who_has_no_room_waits_and_the_first_in_line_is_served_first() -> None:
    budget, order_of_turns = Budget(100), list[int]()

    async def take(number: int, size: int) -> None:
        async with held(budget, size):
            order_of_turns.append(number)
            await settled()

    async with held(budget, 60):
        tasks = [asyncio.create_task(take(number, size)) for number, size in enumerate((70, 10, 10))]
        await settled()
        assert (order_of_turns, budget.used) == ([], 60)  # the small ones do not overtake
    await asyncio.gather(*tasks)
    assert (order_of_turns, budget.used) == ([0, 1, 2], 0)


async def test_one_answer_may_always_go_on() -> None:
    budget = Budget(100)
    async with held(budget, 1_000) as share:
        await share.reach(5_000)
        assert budget.used == 5_000
    assert budget.used == 0


async def test_the_oldest_grows_and_the_others_wait_for_it() -> None:
    budget = Budget(100)
    with budget.share(0) as young:
        with budget.share(0) as old:
            await old.reach(50)
            await young.reach(50)
            growing = asyncio.create_task(young.reach(60))
            await settled()
            assert not growing.done()
            await old.reach(90)
            assert budget.used == 140
        await growing
        assert budget.used == 60
    assert budget.used == 0


async def test_who_has_begun_goes_before_who_has_not() -> None:
    budget = Budget(100)
    with budget.share(0) as old:
        await old.reach(40)
        with budget.share(0) as young, budget.share(0) as new:
            await young.reach(40)
            growing = asyncio.create_task(young.reach(80))
            await settled()
            entering = asyncio.create_task(new.reach(20))
            await settled()
            assert not entering.done()
            growing.cancel()
            await entering
            assert budget.used == 100


async def test_who_goes_away_makes_room_for_the_next() -> None:
    budget = Budget(100)
    async with held(budget, 60):
        large = asyncio.create_task(budget.share(0).reach(70))
        small = asyncio.create_task(budget.share(0).reach(40))
        await settled()
        assert not small.done()
        large.cancel()
        await settled()
        assert small.done()


async def test_room_that_comes_as_somebody_goes_away_is_not_lost() -> None:
    budget = Budget(100)
    with budget.share(0) as hog:
        await hog.reach(100)
        waiting = [asyncio.create_task(budget.share(0).reach(60)) for _ in range(2)]
        await settled()
        waiting[0].cancel()
    await settled()
    assert waiting[1].done()
    assert budget.used == 60


async def test_pictures_count_until_they_are_gone() -> None:
    budget = Budget(100)
    drawings = [Drawing(data=bytes(40), format="png", width=1, height=1) for _ in range(2)]
    budget.keep(drawings)
    waiting = asyncio.create_task(budget.share(0).reach(50))
    await settled()
    assert (budget.used, waiting.done()) == (80, False)
    await asyncio.to_thread(drawings.pop)
    await settled()
    assert (budget.used, waiting.done()) == (90, True)


@pytest.mark.parametrize("seed", range(20))
async def test_a_crowd_is_served_whole_and_within_bounds(seed: int) -> None:
    dice, budget, limit = random.Random(seed), Budget(100), 100
    holders: list[Share] = []

    async def one() -> None:
        with budget.share(0) as share:
            size = 0
            for _ in range(dice.randint(1, 6)):
                size += dice.randint(1, 40)
                await share.reach(size)
                if share not in holders:
                    holders.append(share)
                assert budget.used - holders[0].size <= limit  # all but the oldest are within
                await asyncio.sleep(0)
            holders.remove(share)

    tasks = [asyncio.create_task(one()) for _ in range(60)]
    for task in dice.sample(tasks, 10):
        task.cancel() if dice.random() < 0.3 else None
    async with asyncio.timeout(10):
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), asyncio.CancelledError}
    assert budget.used == 0


@pytest.fixture
def most(painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most bytes that the painter's budget ever gave."""
    budget, most = painter._budget, [0]
    give = budget._give

    def noted(*arguments: Any) -> None:
        give(*arguments)
        most[0] = max(most[0], budget.used)

    monkeypatch.setattr(budget, "_give", noted)
    return most


async def test_many_large_answers_at_once_share_what_there_is(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch, most: list[int]
) -> None:
    monkeypatch.setattr(painter._budget, "_limit", 6 * MEBIBYTE)
    monkeypatch.setattr(painter, "_turns", asyncio.Semaphore(12))
    data = noise(MEBIBYTE)
    for _ in range(12):
        gateway.next("ok", data=data)

    async def drawn() -> int:
        outcome = await painter.draw(order(variants=2))
        assert isinstance(outcome, Drawn)
        return len(outcome.drawings)

    assert await asyncio.gather(*(drawn() for _ in range(12))) == [2] * 12
    assert most[0] <= 6 * MEBIBYTE
    while painter._budget.used:  # noqa: ASYNC110 - the last picture goes when its last holder does
        await asyncio.sleep(0.01)


async def test_an_answer_larger_than_expected_asks_for_more(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch, most: list[int]
) -> None:
    monkeypatch.setattr("bot.gateway.client.EXPECTED", MEBIBYTE)
    gateway.next("endless")
    await painter.draw(order())
    assert most[0] >= MAX_FRAME


async def test_a_link_that_swells_asks_for_more(
    gateway: FakeGateway, painter: GatewayPainter, most: list[int]
) -> None:
    packed = gzip.compress(bytes(5 * MEBIBYTE))
    gateway.next("urls", data=packed, headers={"Content-Encoding": "gzip"})
    await painter.draw(order(variants=1))
    assert most[0] >= 5 * MEBIBYTE


async def test_pictures_that_were_drawn_count_until_they_are_gone(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    gateway.next("ok")
    gateway.next("urls")
    for _ in range(2):
        outcome: Any = await painter.draw(order())
        assert painter._budget.used == sum(len(drawing.data) for drawing in outcome.drawings)
        del outcome
        await settled()
        assert painter._budget.used == 0


async def test_an_answer_of_unknown_length_is_expected_to_be_like_the_last(
    gateway: FakeGateway, painter: GatewayPainter
) -> None:
    data = noise(MEBIBYTE)
    gateway.next("ok", data=data)
    await painter.draw(order())
    gateway.next("data", created=1, data=[])
    await painter.draw(order())
    for tier, expected in (("fast", 4 * len(data)), ("standard", EXPECTED)):
        gateway.next("drip")
        waiting = asyncio.create_task(painter.draw(order(tier)))
        while not gateway.dripping:  # noqa: ASYNC110 - the server's word
            await asyncio.sleep(0.01)
        assert painter._budget.used == pytest.approx(expected, rel=0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert painter._budget.used == 0
        while gateway.dripping:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)


async def test_a_burst_is_sent_one_request_a_turn_of_the_loop(
    painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, sent = [0], list[int]()

    async def generate(*_: Any, **__: Any) -> NotDrawn:
        sent.append(turns[0])
        return NotDrawn(why="unreachable")

    async def count() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(painter._wire, "generate", generate)
    monkeypatch.setattr(painter, "_turns", asyncio.Semaphore(50))
    counting = asyncio.create_task(count())
    await asyncio.gather(*(painter.draw(order()) for _ in range(50)))
    counting.cancel()
    assert len(set(sent)) == 50


async def test_waiting_for_room_counts_neither_as_silence_nor_to_the_deadline(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.wire.IDLE_SECONDS", 0.1)
    monkeypatch.setattr(painter._budget, "_limit", 1)
    gateway.next("ok", data=noise(MEBIBYTE))
    with painter._budget.share(0) as hog:
        await hog.reach(1)
        waiting = asyncio.create_task(painter.draw(order(deadline=1)))
        while not painter._budget._entering:  # noqa: ASYNC110 - the server's word
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.1)
        assert not waiting.done()
    assert isinstance(await waiting, Drawn)


async def test_room_that_came_late_leaves_the_gateway_no_more_time(
    gateway: FakeGateway, painter: GatewayPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painter._budget, "_limit", 1)
    gateway.next("drip")
    with painter._budget.share(0) as hog:
        await hog.reach(1)
        waiting = asyncio.create_task(painter.draw(order(deadline=1)))
        while not painter._budget._entering:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    outcome = await waiting
    assert isinstance(outcome, Unknown)
    assert outcome.why == "deadline"
