"""Threads of a store are kept for the next work, and end with what they belong to."""

import asyncio
import gc
import threading

import pytest

from bot.storage.threads import DaemonThreads

SECONDS = 10.0


async def test_a_thread_that_has_ended_its_work_is_used_again() -> None:
    threads = DaemonThreads(2)
    used = [await threads.run(threading.current_thread, SECONDS) for _ in range(5)]
    assert all(thread is used[0] for thread in used)


async def test_works_at_once_have_threads_of_their_own() -> None:
    threads, together = DaemonThreads(2), threading.Barrier(2, timeout=SECONDS)
    await asyncio.gather(*(threads.run(together.wait, SECONDS) for _ in range(2)))


async def test_an_error_is_raised_and_the_thread_goes_on() -> None:
    threads = DaemonThreads(1)
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, SECONDS)
    assert await threads.run(lambda: 1, SECONDS) == 1


async def test_a_thread_that_hangs_counts_until_it_ends() -> None:
    threads, hang = DaemonThreads(1), threading.Event()
    with pytest.raises(TimeoutError):
        await threads.run(hang.wait, 0.01)
    with pytest.raises(TimeoutError):
        await threads.run(lambda: 1, 0.01)
    hang.set()
    assert await threads.run(lambda: 1, SECONDS) == 1


async def test_threads_end_with_their_owner() -> None:
    threads = DaemonThreads(1)
    thread = await threads.run(threading.current_thread, SECONDS)
    del threads
    gc.collect()
    await asyncio.to_thread(thread.join, SECONDS)
    assert not thread.is_alive()


def test_a_thread_whose_loop_was_closed_meanwhile_ends() -> None:
    hang, found = threading.Event(), list[threading.Thread]()

    def work() -> None:
        found.append(threading.current_thread())
        hang.wait(SECONDS)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await DaemonThreads(1).run(work, 0.05)

    asyncio.run(give_up())
    hang.set()
    found[0].join(SECONDS)
    assert not found[0].is_alive()
