"""Cards that move while a job waits or is drawn: not too often, fairly, and never over the gallery."""

import asyncio

import pytest

from bot.imagine import card_tracker
from bot.imagine.card_tracker import DRAWING_EVERY, QUEUED_EVERY
from bot.port.cards import Working
from tests.bot.conftest import Build
from tests.bot.running_bot import BOB, RunningBot, gallery, until


def revisions(running: RunningBot, stage: str) -> list[str]:
    """List the lines of the cards in this stage, one for each revision."""
    return [
        card.line
        for verb, _, card in running.chat.calls
        if verb == "revise" and isinstance(card, Working) and card.stage == stage
    ]


async def _advance(running: RunningBot, seconds: float, step: float = 0.5) -> None:
    """Advance the clock in steps, with time for the cards to follow after each step."""
    end = running.clock.now + seconds
    while running.clock.now < end:
        running.clock.now += step
        for _ in range(4):
            await asyncio.sleep(card_tracker.TICK)


async def test_the_card_of_a_job_that_is_drawn_moves_but_not_too_often(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    await _advance(running, 12)
    lines = revisions(running, "drawing")
    assert 3 <= len(lines) <= 12 / DRAWING_EVERY + 1
    assert len(set(lines)) == len(lines)
    (card,) = [message.card for message in running.working]
    assert isinstance(card, Working)
    assert card.progress is not None
    assert 0 < card.progress <= 0.95
    assert card.buttons == (), "a job that is drawn cannot be cancelled"
    running.painter.gate.set()
    await running.finish()
    before = len(running.chat.calls)
    await _advance(running, 10)
    assert len(running.chat.calls) == before, "never after the gallery"
    gallery(running.only_outcome())


async def test_the_card_of_a_waiting_job_moves_only_with_its_place(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    running = await build(in_flight=1)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    waiting = [await running.accept() for _ in range(3)]
    await _advance(running, 30, step=2)
    assert revisions(running, "queued") == []
    await running.press("cancel", waiting[0].job)
    await _advance(running, QUEUED_EVERY + 4, step=2)
    places = [line.split(",")[0] for line in revisions(running, "queued")]
    assert sorted(places) == ["queued 1st", "queued 2nd"]


async def test_a_burst_of_starts_revises_no_more_cards_than_a_tick_does(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 3600.0)
    monkeypatch.setattr(card_tracker, "REVISIONS_PER_TICK", 2)
    running = await build(in_flight=5, per_person=5)
    running.painter.gate.clear()
    for _ in range(5):
        await running.accept()
    await until(lambda: len(running.painter.orders) == 5)
    await until(lambda: len(revisions(running, "drawing")) >= 2)
    for _ in range(50):  # turns of the loop, in which the others would be revised
        await asyncio.sleep(0)
    assert len(revisions(running, "drawing")) == 2


async def test_a_started_job_revises_its_card_at_once_and_waiting_jobs_at_the_next_tick(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 3600.0)
    running = await build(in_flight=2, per_person=1)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: len(revisions(running, "drawing")) == 1)
    waiting = [await running.accept() for _ in range(3)]
    running.clock.now += 2 * QUEUED_EVERY
    await running.press("cancel", waiting[0].job)
    await running.accept("another", BOB)
    await until(lambda: len(revisions(running, "drawing")) >= 2)
    assert revisions(running, "queued") == []


async def test_cards_of_drawn_jobs_are_revised_before_those_of_waiting_jobs(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "REVISIONS_PER_TICK", 1)
    running = await build(in_flight=1)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: len(revisions(running, "drawing")) == 1)
    waiting = [await running.accept() for _ in range(4)]
    await asyncio.sleep(10 * card_tracker.TICK)  # by now the tracker has checked each waiting card
    running.clock.now += DRAWING_EVERY
    await until(lambda: len(revisions(running, "drawing")) == 2)
    await running.press("cancel", waiting[0].job)  # the others move up
    before = len(running.chat.calls)
    running.clock.now += QUEUED_EVERY
    await until(lambda: len(revisions(running, "queued")) == 3)
    revised = [card for verb, _, card in running.chat.calls[before:] if verb == "revise"]
    assert [card.stage for card in revised if isinstance(card, Working)][:2] == ["drawing", "queued"]


async def test_a_late_revision_never_paints_over_the_gallery(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    await until(lambda: bool(revisions(running, "drawing")))
    running.chat.gated_card = Working
    running.chat.gate.clear()  # the next revision is on its way, but slow
    running.clock.now += 5
    await until(lambda: len(revisions(running, "drawing")) > 1)
    running.painter.gate.set()
    await running.wait_for(lambda: _is_undelivered(running))
    for _ in range(10):  # enough time for a gallery that did not wait
        await running.ledger.settings.entries(None, 1)
    running.chat.gate.set()
    await running.finish()
    gallery(running.only_outcome())
    assert isinstance(running.only_outcome().cards[-2], Working)


async def _is_undelivered(running: RunningBot) -> bool:
    return bool(await running.ledger.jobs.list_undelivered())


async def test_a_card_that_cannot_be_revised_does_not_stop_the_others(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    running.painter.gate.clear()
    await running.accept("one")
    await running.accept("two")
    await until(lambda: len(running.painter.orders) == 2)
    running.chat.fail("revise", times=2)
    await _advance(running, 15)
    card_counts = [len(message.cards) for message in running.working]
    assert min(card_counts) > 1
    running.painter.gate.set()
    await running.finish()
    assert len(running.outcomes) == 2


async def test_a_clock_that_is_set_back_neither_stops_the_card_nor_counts_below_zero(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.001)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    await _advance(running, 4)
    before = len(revisions(running, "drawing"))
    running.clock.now -= 3_600
    await _advance(running, 4)
    later = revisions(running, "drawing")[before:]
    assert later, "the card still moves"
    assert not [line for line in later if "-" in line]
    (card,) = [message.card for message in running.working]
    assert isinstance(card, Working)
    assert card.progress is not None
    assert card.progress >= 0
    running.painter.gate.set()
    await running.finish()
