"""Bytes in memory: bounded, granted in order, and at least one answer can always go on."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.painters.gateway.memory_budget import CALL_BYTES, MEMORY_BYTES, Lease, MemoryBudget, answer_bytes
from bot.painters.port import Drawing


async def let_tasks_run() -> None:
    """Give every task that can go on its turns."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def lease_of(budget: MemoryBudget, size: int) -> AsyncIterator[Lease]:
    with budget.lease(0) as lease:
        await lease.reach(size)
        yield lease


async def test_without_room_all_wait_and_the_first_in_line_goes_first() -> None:
    budget, order_of_turns = MemoryBudget(100), list[int]()

    async def take(number: int, size: int) -> None:
        async with lease_of(budget, size):
            order_of_turns.append(number)
            await let_tasks_run()

    async with lease_of(budget, 60):
        tasks = [asyncio.create_task(take(number, size)) for number, size in enumerate((70, 10, 10))]
        await let_tasks_run()
        assert (order_of_turns, budget.used) == ([], 60)  # the small ones do not overtake
    await asyncio.gather(*tasks)
    assert (order_of_turns, budget.used) == ([0, 1, 2], 0)


def test_calls_and_answers_have_one_bound_together() -> None:
    assert [answer_bytes(calls) + calls * CALL_BYTES for calls in (1, 16, 800)] == [MEMORY_BYTES] * 3
    assert answer_bytes(1_000_000) == MEMORY_BYTES // 4, "however many there may be, answers go on"


async def test_one_answer_may_always_go_on() -> None:
    budget = MemoryBudget(100)
    async with lease_of(budget, 1_000) as lease:
        await lease.reach(5_000)
        assert budget.used == 5_000
    assert budget.used == 0


async def test_the_oldest_grows_and_the_others_wait_for_it() -> None:
    budget = MemoryBudget(100)
    with budget.lease(0) as young:
        with budget.lease(0) as old:
            await old.reach(50)
            await young.reach(50)
            growing = asyncio.create_task(young.reach(60))
            await let_tasks_run()
            assert not growing.done()
            await old.reach(90)
            assert budget.used == 140
        await growing
        assert budget.used == 60
    assert budget.used == 0


async def test_an_answer_that_has_started_goes_before_one_that_has_not() -> None:
    budget = MemoryBudget(100)
    with budget.lease(0) as old:
        await old.reach(40)
        with budget.lease(0) as young, budget.lease(0) as new:
            await young.reach(40)
            growing = asyncio.create_task(young.reach(80))
            await let_tasks_run()
            entering = asyncio.create_task(new.reach(20))
            await let_tasks_run()
            assert not entering.done()
            growing.cancel()
            await entering
            assert budget.used == 100


async def test_a_waiter_that_goes_away_makes_room_for_the_next() -> None:
    budget = MemoryBudget(100)
    async with lease_of(budget, 60):
        large = asyncio.create_task(budget.lease(0).reach(70))
        small = asyncio.create_task(budget.lease(0).reach(40))
        await let_tasks_run()
        assert not small.done()
        large.cancel()
        await let_tasks_run()
        assert small.done()


async def test_room_that_comes_while_a_waiter_goes_away_is_not_lost() -> None:
    budget = MemoryBudget(100)
    with budget.lease(0) as hog:
        await hog.reach(100)
        waiting = [asyncio.create_task(budget.lease(0).reach(60)) for _ in range(2)]
        await let_tasks_run()
        waiting[0].cancel()
    await let_tasks_run()
    assert waiting[1].done()
    assert budget.used == 60


async def test_pictures_count_until_nobody_holds_them() -> None:
    budget = MemoryBudget(100)
    drawings = [Drawing(data=bytes(40), format="png", width=1, height=1) for _ in range(2)]
    budget.track(drawings)
    waiting = asyncio.create_task(budget.lease(0).reach(50))
    await let_tasks_run()
    assert (budget.used, waiting.done()) == (80, False)
    await asyncio.to_thread(drawings.pop)
    await let_tasks_run()
    assert (budget.used, waiting.done()) == (90, True)


@pytest.mark.parametrize("seed", range(20))
async def test_many_leases_all_get_their_room_within_the_limit(seed: int) -> None:
    dice, budget, limit = random.Random(seed), MemoryBudget(100), 100
    holders: list[Lease] = []

    async def one() -> None:
        with budget.lease(0) as lease:
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
