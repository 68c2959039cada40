"""Bytes in memory: bounded, shared out in order, and never so that everybody waits."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.painters.gateway.memory_budget import CALL, MEMORY, Lease, MemoryBudget, room
from bot.painters.port import Drawing


async def settled() -> None:
    """Let everybody go on who may."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def held(budget: MemoryBudget, size: int) -> AsyncIterator[Lease]:
    with budget.share(0) as lease:
        await lease.reach(size)
        yield lease


async def test_who_has_no_room_waits_and_the_first_in_line_is_served_first() -> None:
    budget, order_of_turns = MemoryBudget(100), list[int]()

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


def test_calls_and_answers_share_one_bound() -> None:
    assert [room(calls) + calls * CALL for calls in (1, 16, 800)] == [MEMORY] * 3
    assert room(1_000_000) == MEMORY // 2, "however many there may be, answers go on"


async def test_one_answer_may_always_go_on() -> None:
    budget = MemoryBudget(100)
    async with held(budget, 1_000) as lease:
        await lease.reach(5_000)
        assert budget.used == 5_000
    assert budget.used == 0


async def test_the_oldest_grows_and_the_others_wait_for_it() -> None:
    budget = MemoryBudget(100)
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
    budget = MemoryBudget(100)
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
    budget = MemoryBudget(100)
    async with held(budget, 60):
        large = asyncio.create_task(budget.share(0).reach(70))
        small = asyncio.create_task(budget.share(0).reach(40))
        await settled()
        assert not small.done()
        large.cancel()
        await settled()
        assert small.done()


async def test_room_that_comes_as_somebody_goes_away_is_not_lost() -> None:
    budget = MemoryBudget(100)
    with budget.share(0) as hog:
        await hog.reach(100)
        waiting = [asyncio.create_task(budget.share(0).reach(60)) for _ in range(2)]
        await settled()
        waiting[0].cancel()
    await settled()
    assert waiting[1].done()
    assert budget.used == 60


async def test_pictures_count_until_they_are_gone() -> None:
    budget = MemoryBudget(100)
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
    dice, budget, limit = random.Random(seed), MemoryBudget(100), 100
    holders: list[Lease] = []

    async def one() -> None:
        with budget.share(0) as lease:
            size = 0
            for _ in range(dice.randint(1, 6)):
                size += dice.randint(1, 40)
                await lease.reach(size)
                if lease not in holders:
                    holders.append(lease)
                assert budget.used - holders[0].size <= limit  # all but the oldest are within
                await asyncio.sleep(0)
            holders.remove(lease)

    tasks = [asyncio.create_task(one()) for _ in range(60)]
    for task in dice.sample(tasks, 10):
        task.cancel() if dice.random() < 0.3 else None
    async with asyncio.timeout(10):
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), asyncio.CancelledError}
    assert budget.used == 0
