"""Delivering when the platform will not: again, then privately, then not at all; the pictures are kept."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot import delivery
from bot.cards import Delivered, Notice, Refused, Working
from bot.painter import Declined
from quotas.ids import id_text
from tests.core.conftest import Build
from tests.core.house import ANN, House, at, gallery, until
from tests.fakes.chat import Chat


@pytest.mark.parametrize("becomes", [True, False])
async def test_a_passing_failure_is_tried_again(build: Build, becomes: bool) -> None:
    house = await build(chat=Chat(card_becomes_gallery=becomes))
    answer = await house.accepted(show=False)
    house.chat.fail("revise", retryable=True, times=3)
    ref = await house.chat.show(house.bot, answer, at())
    if not becomes:
        house.chat.fail("post", retryable=True, times=3)
    await house.done()
    assert len(gallery(house.only()).pictures) == 4
    assert (house.only().ref == ref) == becomes
    assert len(house.painter.orders) == 1


async def test_a_card_that_is_gone_gives_way_to_a_new_message(house: House) -> None:
    house.chat.fail("revise")
    await house.drawn()
    assert len(gallery(house.only()).pictures) == 4
    assert house.only().ref.address.private_to == ""


@pytest.mark.parametrize("released", [False, True])
async def test_where_the_channel_will_not_have_it_the_person_gets_it(house: House, released: bool) -> None:
    house.painter.script = [Declined()] if released else []
    answer = await house.accepted(show=False)
    await house.chat.show(house.bot, answer, at())
    house.chat.fail("revise", times=-1)
    house.chat.fail("post", times=1 if released else -1, private=released)
    await house.done()
    message = house.only()
    assert message.ref.address.private_to == ANN.id
    assert isinstance(message.card, Delivered) != released
    assert [type(gone.card) for gone in house.chat.gone] == [Working], "no card is left behind"


async def test_the_private_way_is_tried_again_too(house: House) -> None:
    house.chat.fail("revise", times=-1)
    house.painter.gate.clear()
    await house.accepted()
    house.chat.fail("post", times=-1, private=False)
    house.chat.fail("post", times=3, private=True, retryable=True)
    house.painter.gate.set()
    await house.done()
    assert house.only().ref.address.private_to == ANN.id


@pytest.mark.parametrize("released", [False, True])
async def test_where_nothing_can_be_told_it_is_recorded_and_the_pictures_are_kept(
    house: House, released: bool
) -> None:
    house.painter.script = [Declined()] if released else []
    house.painter.gate.clear()
    answer = await house.accepted()
    house.chat.fail("revise", times=-1)
    house.chat.fail("post", times=-1)
    house.painter.gate.set()
    with capture_logs() as lines:
        await house.done()
    job = await house.job(answer.job)
    assert job.delivered_at is not None
    assert [line["job"] for line in lines if line["event"] == "delivery.impossible"] == [answer.job]
    if not released:
        assert await house.bot.picture(f"{answer.job}-1.png") is not None
        report = await house.command("recent")
        assert not isinstance(report, Refused | Notice)
        assert [button.job for button in report.buttons] == [answer.job]


async def test_what_keeps_failing_for_a_day_is_left_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "GIVE_UP", 50.0)
    house.chat.fail("revise", retryable=True, times=-1)
    answer = await house.accepted()
    await until(lambda: sum(verb == "revise" for verb, _, _ in house.chat.calls) > 3)
    assert len(gallery_attempts(house)) > 2
    house.clock.now += 51
    await until(lambda: house.bot.imagining.scheduler.running == 0)
    await house.crash()
    house.chat = Chat(messages=house.chat.messages)
    await house.open()
    await house.done()
    assert gallery(house.only()).header.job == answer.job


def gallery_attempts(house: House) -> list[str]:
    return [verb for verb, _, card in house.chat.calls if isinstance(card, Delivered)]


async def test_an_adapter_that_breaks_does_not_take_the_other_way_with_it(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted("a secret fox")
    house.chat.fail("revise", times=-1, error=KeyError("a secret fox"))
    house.painter.gate.set()
    with capture_logs() as lines:
        await house.done()
    assert gallery(next(iter(house.outcomes))).header.prompt == "a secret fox"
    assert house.only().ref.address.private_to == ANN.id
    assert "secret" not in repr([line for line in lines if line["event"] == "delivery.broke"])


async def test_what_broke_both_ways_is_told_at_the_next_start(house: House) -> None:
    house.painter.gate.clear()
    answer = await house.accepted()
    house.chat.fail("revise", times=-1, error=KeyError("revise"))
    house.chat.fail("post", times=-1, error=KeyError("post"))
    house.painter.gate.set()
    with capture_logs() as lines:
        await until(lambda: sum(line["event"] == "delivery.broke" for line in lines) == 2)
    assert [id_text(job.id) for job in await house.ledger.undelivered()] == [answer.job]
    await house.crash()
    house.chat = Chat(messages=house.chat.messages)
    await house.open()
    await house.done()
    assert len(gallery(house.only()).pictures) == 4


async def test_a_card_that_cannot_be_taken_away_harms_nothing(build: Build) -> None:
    house = await build(chat=Chat(card_becomes_gallery=False))
    house.chat.fail("delete", times=-1)
    await house.drawn()
    assert len(house.outcomes) == 1


# --- cards that move


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
            await asyncio.sleep(delivery.TICK)


async def test_a_drawing_card_moves_and_not_too_often(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TICK", 0.001)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    await _ticks(house, 12)
    lines = revisions(house, "drawing")
    assert 3 <= len(lines) <= 12 / delivery.DRAWING_EVERY + 1
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
    monkeypatch.setattr(delivery, "TICK", 0.001)
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    waiting = [await house.accepted() for _ in range(3)]
    await _ticks(house, 30, step=2)
    assert revisions(house, "queued") == []
    await house.press("cancel", waiting[0].job)
    await _ticks(house, delivery.QUEUED_EVERY + 4, step=2)
    places = [line.split(",")[0] for line in revisions(house, "queued")]
    assert sorted(places) == ["queued 1st", "queued 2nd"]


async def test_a_long_queue_does_not_hold_up_the_cards_that_are_drawn(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TICK", 0.001)
    monkeypatch.setattr(delivery, "REVISIONS_PER_TICK", 2)
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    for _ in range(10):
        await house.accepted()
    await _ticks(house, 15)
    assert len(revisions(house, "drawing")) >= 3


async def test_a_late_revision_never_paints_over_the_gallery(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TICK", 0.001)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    house.chat.gate.clear()  # the revision is on its way, and slow
    house.clock.now += 5
    await until(lambda: bool(revisions(house, "drawing")))
    house.painter.gate.set()
    await house.until_async(lambda: _closed(house))
    house.chat.gate.set()
    await house.done()
    gallery(house.only())
    assert isinstance(house.only().cards[-2], Working)


async def _closed(house: House) -> bool:
    return bool(await house.ledger.undelivered())


async def test_a_card_that_cannot_be_revised_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TICK", 0.001)
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
