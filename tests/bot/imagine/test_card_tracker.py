"""Cards that move while a job waits and is drawn: not too often, fairly, and never over the gallery."""

import asyncio

import pytest

from bot.imagine import card_tracker
from bot.imagine.card_tracker import DRAWING_EVERY, QUEUED_EVERY
from bot.port.cards import Working
from tests.bot.conftest import Build
from tests.bot.house import BOB, House, gallery, until


def revisions(house: House, stage: str) -> list[str]:
    """What the cards said, each time one was revised."""
    return [
        card.line
        for verb, _, card in house.chat.calls
        if verb == "revise" and isinstance(card, Working) and card.stage == stage
    ]


async def _ticks(house: House, seconds: float, step: float = 0.5) -> None:
    """Let the clock run, with time for the cards to follow after every step."""
    end = house.clock.now + seconds
    while house.clock.now < end:
        house.clock.now += step
        for _ in range(4):
            await asyncio.sleep(card_tracker.TICK)


async def test_a_drawing_card_moves_and_not_too_often(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    await _ticks(house, 12)
    lines = revisions(house, "drawing")
    assert 3 <= len(lines) <= 12 / DRAWING_EVERY + 1
    assert len(set(lines)) == len(lines)
    (card,) = [message.card for message in house.working]
    assert isinstance(card, Working)
    assert card.progress is not None
    assert 0 < card.progress <= 0.95
    assert card.buttons == (), "what is drawn cannot be cancelled"
    house.painter.gate.set()
    await house.done()
    before = len(house.chat.calls)
    await _ticks(house, 10)
    assert len(house.chat.calls) == before, "never after the gallery"
    gallery(house.only())


async def test_a_waiting_card_moves_only_with_its_place(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    waiting = [await house.accepted() for _ in range(3)]
    await _ticks(house, 30, step=2)
    assert revisions(house, "queued") == []
    await house.press("cancel", waiting[0].job)
    await _ticks(house, QUEUED_EVERY + 4, step=2)
    places = [line.split(",")[0] for line in revisions(house, "queued")]
    assert sorted(places) == ["queued 1st", "queued 2nd"]


async def test_a_card_says_at_once_that_it_is_drawn_and_the_queue_waits_for_its_tick(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 3600.0)
    house = await build(in_flight=2, per_person=1)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: len(revisions(house, "drawing")) == 1)
    waiting = [await house.accepted() for _ in range(3)]
    house.clock.now += 2 * QUEUED_EVERY
    await house.press("cancel", waiting[0].job)
    await house.accepted("another", BOB)
    await until(lambda: len(revisions(house, "drawing")) >= 2)
    assert revisions(house, "queued") == []


async def test_a_card_that_is_drawn_goes_before_those_that_wait(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "REVISIONS_PER_TICK", 1)
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: len(revisions(house, "drawing")) == 1)
    waiting = [await house.accepted() for _ in range(4)]
    await asyncio.sleep(10 * card_tracker.TICK)  # by now each card that waits was looked at
    house.clock.now += DRAWING_EVERY
    await until(lambda: len(revisions(house, "drawing")) == 2)
    await house.press("cancel", waiting[0].job)  # all the others move up
    before = len(house.chat.calls)
    house.clock.now += QUEUED_EVERY
    await until(lambda: len(revisions(house, "queued")) == 3)
    moved = [card for verb, _, card in house.chat.calls[before:] if verb == "revise"]
    assert [card.stage for card in moved if isinstance(card, Working)][:2] == ["drawing", "queued"]


async def test_a_late_revision_never_paints_over_the_gallery(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    house.chat.held = Working
    house.chat.gate.clear()  # the revision is on its way, and slow
    house.clock.now += 5
    await until(lambda: bool(revisions(house, "drawing")))
    house.painter.gate.set()
    await house.until_async(lambda: _closed(house))
    for _ in range(10):  # time enough for a gallery that would not wait
        await house.ledger.settings.entries(None, 1)
    house.chat.gate.set()
    await house.done()
    gallery(house.only())
    assert isinstance(house.only().cards[-2], Working)


async def _closed(house: House) -> bool:
    return bool(await house.ledger.jobs.list_undelivered())


async def test_a_card_that_cannot_be_revised_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    house.painter.gate.clear()
    await house.accepted("one")
    await house.accepted("two")
    await until(lambda: len(house.painter.orders) == 2)
    house.chat.fail("revise", times=2)
    await _ticks(house, 15)
    moved = [len(message.cards) for message in house.working]
    assert min(moved) > 1
    house.painter.gate.set()
    await house.done()
    assert len(house.outcomes) == 2
