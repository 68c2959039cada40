"""Bursts and kills: what is written down before it is acknowledged, and what waits for acknowledgements."""

import asyncio
from collections.abc import AsyncIterator, Collection
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack import adapter
from adapters.slack.inbound import burst, journal
from adapters.slack.inbound.burst import Burst
from adapters.slack.transport import bolt
from tests.fakes.key_value import MemoryKeyValue
from tests.slack.house import House, housed, until


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


def noted(house: House) -> list[str]:
    return [key for key in house.store.pairs if key.startswith(journal._PREFIX)]


async def cut(house: House, monkeypatch: pytest.MonkeyPatch, by: Any) -> None:
    """Somebody's command was acknowledged, and the process ends before the core has taken it."""
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.0)
    house.between.slow.add("imagine")
    asked = await house.fake.slash(by, house.room, "/imagine", "a red fox -n 2")
    assert asked.acked
    await house.reached("imagine")
    (key,) = noted(house)
    assert house.store.people[key] == {house.ids(by)}, "so that forgetting them deletes it"
    await house.close()


async def test_a_command_is_acknowledged_once_it_is_written_down(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, put = asyncio.Event(), MemoryKeyValue.put

    async def slow(store: MemoryKeyValue, key: str, value: str, people: Collection[str]) -> None:
        await written.wait()
        await put(store, key, value, people)

    monkeypatch.setattr(MemoryKeyValue, "put", slow)
    asking = asyncio.create_task(house.imagine("a red fox"))
    await until(lambda: house.answering())
    [asked] = house.fake.triggers.values()
    assert not asked.acks
    assert not house.asked("imagine")
    written.set()
    await asking
    await house.home.done()
    assert noted(house) == []


async def test_what_was_acknowledged_is_drawn_by_the_next_process(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut(house, monkeypatch, house.ann)
    await house.open()
    await house.reached("shown")
    await house.home.done()
    [request] = house.asked("imagine")
    assert (request.text, request.person.id) == ("a red fox -n 2", house.ids(house.ann))
    [gallery] = house.room.messages
    assert len(gallery.gallery) == 2
    assert len(house.fake.ephemerals(house.ann)) == 1
    assert noted(house) == []
    await house.restart()
    await house.quiet()
    assert house.asked("imagine") == []


async def test_of_somebody_slack_was_still_asked_about_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.0)
    gate = house.fake.hold("users.info")
    assert (await house.fake.slash(house.ann, house.room, "/imagine", "a red fox")).acked
    assert house.asked("imagine") == []
    await house.close()
    gate.open()
    await house.open()
    await house.reached("shown")
    await house.home.done()
    assert len(house.room.messages) == 1


async def test_what_nobody_waits_for_any_more_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    async with housed(tmp_path, clock=lambda: 1_763_860_000.0 + passed) as house:
        await cut(house, monkeypatch, house.ann)
        passed = 1_740.0
        await house.open()
        await house.quiet()
        assert noted(house) == house.asked("imagine") == []


async def test_without_a_place_to_write_it_is_acknowledged_when_it_was_taken(house: House) -> None:
    await house.imagine("a first fox")  # now Ann is known
    house.store.fails = True
    house.between.slow.add("imagine")
    with capture_logs() as logs:
        asking = asyncio.create_task(house.imagine("a red fox"))
        await house.reached("imagine", 2)
        asked = list(house.fake.triggers.values())[-1]
        assert not asked.acks
        house.between.gate.set()
        assert (await asking).acked
        await house.home.done()
    assert len(house.room.messages) == 2
    assert "slack.not_noted" in {line["event"] for line in logs}
    assert "fox" not in str(logs)


async def test_notes_that_cannot_be_read_stop_nothing(house: House) -> None:
    house.store.pairs[f"{journal._PREFIX}x"] = "{"
    with capture_logs() as logs:
        await house.restart()
        await house.imagine("a red fox")
    assert "slack.not_read" in {line["event"] for line in logs}
    await house.home.done()
    assert len(house.room.messages) == 1


async def test_what_breaks_is_said_once_and_not_asked_again(house: House) -> None:
    house.between.broken.add("imagine")
    asked = await house.imagine("a red fox")
    assert len(asked.followups) == 1
    assert noted(house) == []


async def test_cards_wait_until_all_are_acknowledged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bolt, "ACK_AFTER", 60.0)
    monkeypatch.setattr(burst, "WAIT_SECONDS", 60.0)
    await house.slash(house.ann, "/quota")
    gallery = await house.drawn(by=house.bob)
    house.between.slow.add("press")
    pressing = asyncio.create_task(house.fake.click(house.bob, gallery, "Again"))
    await house.reached("press")
    asked = await house.fake.slash(house.ann, house.room, "/imagine", "a red fox")
    assert asked.acked
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(house.asked("imagine")) == 1
    house.between.gate.set()
    await pressing
    await house.fake.until(lambda: asked.followups)
    await house.home.done()


async def test_nothing_waits_where_nobody_else_is_heard() -> None:
    going = asyncio.create_task(Burst().wait())
    await asyncio.sleep(0)
    assert going.done()


async def test_those_who_wait_go_one_after_the_other() -> None:
    """Each turn of the loop lets one go on, and hears what has come in."""
    here = Burst()
    with here.acknowledging():
        waiting = [asyncio.create_task(here.wait()) for _ in range(5)]
        await asyncio.sleep(0)
    gone = [0]
    while gone[-1] < len(waiting):
        await asyncio.sleep(0)
        gone.append(sum(task.done() for task in waiting))
    assert max(after - before for before, after in pairwise(gone)) == 1


async def test_what_comes_in_meanwhile_goes_before() -> None:
    here = Burst()
    late = here.acknowledging()
    with here.acknowledging():
        waiting = asyncio.create_task(here.wait())
        await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(late.__enter__)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    late.__exit__(None, None, None)
    await waiting


async def test_a_stream_of_requests_holds_up_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burst, "WAIT_SECONDS", 0.01)
    here = Burst()
    with here.acknowledging():
        await here.wait()


async def test_cards_wait_for_a_crowd_to_be_over_and_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is heard shortly after somebody else waits until nobody more is; alone, nobody waits."""
    monkeypatch.setattr(burst, "CALM_SECONDS", 60.0)
    here = Burst()
    with here.acknowledging():
        pass
    alone = asyncio.create_task(here.wait())
    await asyncio.sleep(0)
    assert alone.done()
    with here.acknowledging():
        pass
    waiting = asyncio.create_task(here.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_crowd_is_over_when_nobody_new_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burst, "CALM_SECONDS", 0.01)
    monkeypatch.setattr(burst, "WAIT_SECONDS", 60.0)
    here = Burst()
    for _ in range(2):
        with here.acknowledging():
            pass
    await asyncio.wait_for(here.wait(), 10)
