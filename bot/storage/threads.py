"""Threads for a store that may hang for ever, such as a folder of a network file system."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class DaemonThreads:
    """At most `at_once` threads that the process does not wait for at its end.

    The loop's own threads do not serve for this: a few that hang would stop whatever else needs one.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def run(self, work: Callable[[], T], seconds: float) -> T:
        """Call `work` in a thread; raise TimeoutError if no thread is free, or it has not ended, in time.

        A thread that hangs counts until it ends. A caller that is cancelled does not stop it either.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            try:
                answer = work()
            except BaseException as error:
                report(partial(ended.set_exception, error))
            else:
                report(partial(ended.set_result, answer))

        def report(tell: Callable[[], None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(end, tell)

        def end(tell: Callable[[], None]) -> None:
            self._free.release()
            if not ended.done():
                tell()

        async with asyncio.timeout(seconds):
            await self._free.acquire()
            try:
                threading.Thread(target=call, daemon=True).start()
            except BaseException:
                self._free.release()
                raise
            return await ended
