"""Tasks that run beside their caller, threads for heavy work, and the pauses between tries."""

import asyncio
import contextvars
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

# Painters use these threads, and nothing else does. asyncio's own look up addresses,
# too, and a slow resolver keeps each of them for many seconds.
_drawing = ThreadPoolExecutor(thread_name_prefix="draw")


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


@dataclass(slots=True)
class _Shared:
    question: Hashable
    task: "asyncio.Task[Any]"
    waiting: int = 0


class SharedWork:
    """Heavy work that people ask for as often as they like: one piece at a time for each, `most` in all.

    Who asks the same again meanwhile gets the answer to the first. What nobody waits for is cancelled.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: dict[str, _Shared] = {}

    async def share(
        self, person: str, question: Hashable, work: Callable[[], Coroutine[Any, Any, T]]
    ) -> T | None:
        """Return what `work` returns. None: too much runs, or this person's work on another question."""
        shared = self._running.get(person)
        if shared is None:
            if len(self._running) >= self._most:
                return None
            shared = self._running[person] = _Shared(question, asyncio.create_task(work()))
        elif shared.question != question:
            return None
        shared.waiting += 1
        try:
            return cast(T, await asyncio.shield(shared.task))
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                shared.task.cancel()
                self._running.pop(person)


async def in_thread(pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a thread of `pool`, in the caller's context. Cancelled, it leaves the pool's queue."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: context.run(work, *args, **kwargs))


async def in_drawing_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a step of a drawing in a thread that nothing else uses, in the caller's context."""
    return await in_thread(_drawing, work, *args, **kwargs)


def backoff(pauses: Sequence[float], tries: int) -> float:
    """Return the pause (seconds) after so many failed tries, from 0 on; the last pause repeats."""
    return pauses[min(tries, len(pauses) - 1)]
