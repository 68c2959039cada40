"""Which events were dealt with: once, over restarts, and no more of them than are of use."""

import asyncio

import pytest

from adapters.slack.inbound import dedupe
from adapters.slack.inbound.dedupe import Dedupe
from tests.fakes.key_value import MemoryKeyValue


async def first(known: Dedupe, name: str) -> bool:
    async with known.once(name) as is_first:
        return is_first


async def test_the_second_time_is_not_the_first_not_even_in_the_next_process() -> None:
    store = MemoryKeyValue()
    known = Dedupe(store)
    assert await first(known, "Ev1")
    assert not await first(known, "Ev1")
    assert await first(known, "Ev2")
    assert not await first(Dedupe(store), "Ev1")


class SlowKeyValue(MemoryKeyValue):
    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        pairs = await super().items(prefix, limit)
        await asyncio.sleep(0)
        return pairs


async def test_two_at_once_are_dealt_with_once() -> None:
    known = Dedupe(SlowKeyValue())
    gate = asyncio.Event()

    async def deal() -> bool:
        async with known.once("Ev1") as is_first:
            await gate.wait()
            return is_first

    dealing = [asyncio.create_task(deal()) for _ in range(2)]
    asyncio.get_running_loop().call_soon(gate.set)
    assert sorted(await asyncio.gather(*dealing)) == [False, True]


async def test_what_was_cut_off_is_done_again() -> None:
    store = MemoryKeyValue()
    known = Dedupe(store)

    async def deal() -> None:
        async with known.once("Ev1"):
            await asyncio.Event().wait()

    dealing = asyncio.create_task(deal())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    dealing.cancel()
    await asyncio.gather(dealing, return_exceptions=True)
    assert store.pairs == {}
    assert await first(known, "Ev1")


async def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedupe, "REMEMBERED_EVENTS", 3)
    store = MemoryKeyValue({"other": "stays"})
    known = Dedupe(store)
    for number in range(5):
        await first(known, f"Ev{number}")
    assert list(store.pairs) == ["other", "seen:Ev2", "seen:Ev3", "seen:Ev4"]
    assert not await first(Dedupe(store), "Ev4")
    again = Dedupe(store)
    assert await first(again, "Ev0")
    assert list(store.pairs) == ["other", "seen:Ev3", "seen:Ev4", "seen:Ev0"]
