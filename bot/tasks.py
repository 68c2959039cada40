"""Tasks that run beside their caller, and the pauses between tries."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from typing import Any


class Background(Collection["asyncio.Task[None]"]):
    """Tasks that nobody awaits at once.

    The event loop holds tasks only weakly, so they are kept here until they end. `broke` is called with the
    exception of a task that failed; without it asyncio reports the exception when the task is collected.
    """

    def __init__(self, broke: Callable[[BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._broke = broke

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator["asyncio.Task[None]"]:
        return iter(tuple(self._tasks))

    def __contains__(self, task: object) -> bool:
        return task in self._tasks

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run `work` in a task of its own."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self, seconds: float) -> int:
        """Wait up to `seconds` for all tasks but the caller's own, and cancel the rest.

        Returns how many were cancelled. Tasks that start meanwhile are not waited for.
        """
        tasks = self._tasks - {asyncio.current_task()}
        if not tasks:
            return 0
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if self._broke is not None and not task.cancelled() and (error := task.exception()):
            self._broke(error)


def backoff(pauses: Sequence[float], tries: int) -> float:
    """Return the pause (seconds) after so many failed tries, from 0 on; the last pause repeats."""
    return pauses[min(tries, len(pauses) - 1)]
