"""Background tasks are held, drained, and their errors reported; backoff repeats its last pause."""

import asyncio
import gc

import pytest

from bot.tasks import Background, backoff


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
