"""Background tasks are held, drained, and their errors reported; heavy work is shared and bounded."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.tasks import Background, SharedWork, backoff


async def test_a_task_is_held_until_it_ends() -> None:
    background = Background()

    async def work() -> None:
        await asyncio.get_running_loop().create_future()

    task = background.start(work())
    gc.collect()
    await asyncio.sleep(0)
    assert task in background
    assert list(background) == [task]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not background


async def test_an_error_in_a_task_is_reported() -> None:
    errors: list[BaseException] = []
    background = Background(errors.append)

    async def work() -> None:
        raise ValueError("broke")

    await asyncio.gather(background.start(work()), return_exceptions=True)
    await asyncio.sleep(0)
    assert [str(error) for error in errors] == ["broke"]


async def test_draining_waits_and_then_cancels() -> None:
    background, finished = Background(), list[str]()

    async def quick() -> None:
        await asyncio.sleep(0.01)
        finished.append("quick")

    async def slow() -> None:
        await asyncio.sleep(60)
        finished.append("slow")

    background.start(quick())
    background.start(slow())
    assert await background.drain(0.2) == 1
    assert finished == ["quick"]
    assert not background
    assert await background.drain(0) == 0


async def test_a_background_task_can_drain_the_others() -> None:
    background, drained = Background(), list[int]()

    async def last() -> None:
        drained.append(await background.drain(0.01))

    async def waiting() -> None:
        await asyncio.sleep(60)

    background.start(waiting())
    await background.start(last())
    assert drained == [1]


@pytest.mark.parametrize(("tries", "pause"), [(0, 1.0), (1, 5.0), (2, 15.0), (3, 15.0), (99, 15.0)])
def test_the_last_pause_repeats(tries: int, pause: float) -> None:
    assert backoff((1.0, 5.0, 15.0), tries) == pause


# --- heavy work


@dataclass
class Work:
    """Work that ends when its gate opens; counts how often it was begun and cancelled."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    cancelled: int = 0

    def __call__(self, answer: str) -> Callable[[], Coroutine[Any, Any, str]]:
        async def work() -> str:
            self.begun += 1
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            return answer

        return work


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_same_question_shares_its_answer_and_another_one_has_none() -> None:
    shared, work = SharedWork(5), Work()
    asked = [asyncio.create_task(shared.share("ann", "month", work("chart"))) for _ in range(120)]
    await turns()
    assert await shared.share("ann", "week", work("other")) is None
    work.gate.set()
    assert set(await asyncio.gather(*asked)) == {"chart"}
    assert work.begun == 1
    assert await shared.share("ann", "week", work("other")) == "other", "hers is done"


async def test_all_work_together_is_bounded() -> None:
    shared, work = SharedWork(2), Work()
    asked = [asyncio.create_task(shared.share(name, "month", work(name))) for name in ("ann", "bob")]
    await turns()
    assert await shared.share("cleo", "month", work("cleo")) is None
    work.gate.set()
    assert await asyncio.gather(*asked) == ["ann", "bob"]
    assert await shared.share("cleo", "month", work("cleo")) == "cleo"


async def test_work_goes_on_while_anybody_waits_and_is_cancelled_after_the_last() -> None:
    shared, work = SharedWork(1), Work()
    first, second = (asyncio.create_task(shared.share("ann", "month", work("chart"))) for _ in range(2))
    await turns()
    first.cancel()
    await turns()
    assert (work.begun, work.cancelled) == (1, 0)
    second.cancel()
    await turns()
    assert (work.begun, work.cancelled) == (1, 1)
    work.gate.set()
    assert await shared.share("bob", "month", work("chart")) == "chart", "its place is free"


async def test_everybody_who_shares_hears_of_an_error() -> None:
    shared = SharedWork(1)

    async def broken() -> str:
        await asyncio.sleep(0)
        raise ValueError("broke")

    asked = [asyncio.create_task(shared.share("ann", "month", broken)) for _ in range(3)]
    errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(error) for error in errors] == ["broke"] * 3
    assert await shared.share("ann", "month", Work(gate=_open())("chart")) == "chart"


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
