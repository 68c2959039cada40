"""Handled events: each is handled once, over restarts, too, and only the newest are remembered."""

import asyncio

import pytest

from adapters.slack.inbound import dedupe as dedupe_module
from adapters.slack.inbound.dedupe import Dedupe
from tests.fakes.key_value import MemoryKeyValue


async def handle(dedupe: Dedupe, id_: str) -> bool:
    """Handle an event; return whether it was new."""
    async with dedupe.once(id_) as is_new:
        return is_new


async def test_a_repeated_event_is_not_new_even_in_the_next_process() -> None:
    store = MemoryKeyValue()
    dedupe = Dedupe(store)
    assert await handle(dedupe, "Ev1")
    assert not await handle(dedupe, "Ev1")
    assert await handle(dedupe, "Ev2")
    assert not await handle(Dedupe(store), "Ev1")


class SlowKeyValue(MemoryKeyValue):
    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        pairs = await super().items(prefix, limit)
        await asyncio.sleep(0)
        return pairs


async def test_of_two_events_at_once_one_is_new() -> None:
    dedupe = Dedupe(SlowKeyValue())
    gate = asyncio.Event()

    async def wait_and_handle() -> bool:
        async with dedupe.once("Ev1") as is_new:
            await gate.wait()
            return is_new

    tasks = [asyncio.create_task(wait_and_handle()) for _ in range(2)]
    asyncio.get_running_loop().call_soon(gate.set)
    assert sorted(await asyncio.gather(*tasks)) == [False, True]


async def test_a_cancelled_event_is_new_when_it_is_repeated() -> None:
    store = MemoryKeyValue()
    dedupe = Dedupe(store)

    async def handle_for_ever() -> None:
        async with dedupe.once("Ev1"):
            await asyncio.Event().wait()

    task = asyncio.create_task(handle_for_ever())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert store.pairs == {}
    assert await handle(dedupe, "Ev1")


async def test_the_oldest_events_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedupe_module, "REMEMBERED_EVENTS", 3)
    store = MemoryKeyValue({"other": "stays"})
    dedupe = Dedupe(store)
    for number in range(5):
        await handle(dedupe, f"Ev{number}")
    assert list(store.pairs) == ["other", "seen:Ev2", "seen:Ev3", "seen:Ev4"]
    assert not await handle(Dedupe(store), "Ev4")
    next_dedupe = Dedupe(store)
    assert await handle(next_dedupe, "Ev0")
    assert list(store.pairs) == ["other", "seen:Ev3", "seen:Ev4", "seen:Ev0"]
