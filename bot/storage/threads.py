"""Threads for a store that may hang for ever, such as a folder of a network file system."""

import asyncio
import contextlib
import threading
import weakref
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
Thread = SimpleQueue[Callable[[], bool] | None]  # what it does next; nothing ends it


class DaemonThreads:
    """At most `at_once` threads that the process does not wait for at its end.

    The loop's own threads do not serve for this: a few that hang would stop whatever else needs one. Threads
    are kept for the next work, since starting one takes longer than most of it.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._idle: list[Thread] = []
        weakref.finalize(self, _end_all, self._idle)

    async def run(self, work: Callable[[], T], seconds: float) -> T:
        """Call `work` in a thread; raise TimeoutError if no thread is free, or it has not ended, in time.

        A thread that hangs counts until it ends. A caller that is cancelled does not stop it either.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[T] = loop.create_future()

        def call() -> bool:
            try:
                answer = work()
            except BaseException as error:
                return report(partial(ended.set_exception, error))
            return report(partial(ended.set_result, answer))

        def report(tell: Callable[[], None]) -> bool:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(end, tell)
                return True
            return False

        def end(tell: Callable[[], None]) -> None:
            self._idle.append(thread)
            self._free.release()
            if not ended.done():
                tell()

        async with asyncio.timeout(seconds):
            await self._free.acquire()
            try:
                thread = self._idle.pop() if self._idle else _start()
            except BaseException:
                self._free.release()
                raise
            thread.put(call)
            return await ended


def _start() -> Thread:
    todo: Thread = SimpleQueue()
    threading.Thread(target=_serve, args=(todo,), daemon=True).start()
    return todo


def _serve(todo: Thread) -> None:
    """Work until nothing is wanted any more."""
    while work := todo.get():
        is_wanted = work()
        del work  # and with it the picture, while this thread waits
        if not is_wanted:
            return


def _end_all(idle: list[Thread]) -> None:
    for thread in idle:
        thread.put(None)
