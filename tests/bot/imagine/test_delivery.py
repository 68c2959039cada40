"""Delivering when the platform will not: again, then privately, then not at all; the pictures are kept."""

import pytest
from structlog.testing import capture_logs

from bot.imagine import delivery
from bot.painters.port import Declined
from bot.port.cards import Delivered, Notice, Refused, Working
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.house import ANN, House, at, gallery, until
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
    assert house.working == [], "no card goes on pretending"
    assert [line["job"] for line in lines if line["event"] == "delivery.impossible"] == [answer.job]
    if not released:
        assert await house.bot.picture(f"{answer.job}-1.png") is not None
        report = await house.command("recent")
        assert not isinstance(report, Refused | Notice)
        assert [button.target for button in report.buttons] == [answer.job]


async def test_what_keeps_failing_for_a_day_is_left_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "GIVE_UP", 50.0)
    house.chat.fail("revise", retryable=True, times=-1)
    answer = await house.accepted()
    await until(lambda: sum(verb == "revise" for verb, _, _ in house.chat.calls) > 3)
    assert len(gallery_attempts(house)) > 2
    with capture_logs() as lines:
        house.clock.now += 51
        await until(lambda: "delivery.left" in [line["event"] for line in lines])
    await house.crash()
    house.chat = Chat(messages=house.chat.messages)
    await house.open()
    await house.done()
    assert gallery(house.only()).header.job == answer.job


def gallery_attempts(house: House) -> list[str]:
    return [verb for verb, _, card in house.chat.calls if isinstance(card, Delivered)]


async def test_what_was_told_is_not_told_again(house: House) -> None:
    job = await house.drawn()
    calls = len(house.chat.calls)
    house.bot.lifecycle.delivery.begin(job)
    await house.bot.stop(0)
    assert len(house.chat.calls) == calls


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
    assert [id_text(job.id) for job in await house.ledger.jobs.list_undelivered()] == [answer.job]
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
