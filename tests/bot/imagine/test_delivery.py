"""Delivery if the platform refuses: again, then privately, then not at all; the pictures are kept."""

import pytest
from structlog.testing import capture_logs

from bot.imagine import delivery
from bot.painters.port import Declined
from bot.port.cards import Delivered, PictureList, Working
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, RunningBot, at, gallery, until
from tests.fakes.chat import FakeChat


@pytest.mark.parametrize("becomes_gallery", [True, False])
async def test_a_delivery_that_may_work_later_is_tried_again(build: Build, becomes_gallery: bool) -> None:
    running = await build(chat=FakeChat(card_becomes_gallery=becomes_gallery))
    answer = await running.accept(show=False)
    running.chat.fail("revise", retryable=True, times=3)
    ref = await running.chat.show(running.bot, answer, at())
    if not becomes_gallery:
        running.chat.fail("post", retryable=True, times=3)
    await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4
    assert (running.only_outcome().ref == ref) == becomes_gallery
    assert len(running.painter.orders) == 1


async def test_a_card_that_cannot_be_revised_is_followed_by_a_new_message(running: RunningBot) -> None:
    running.chat.fail("revise")
    await running.draw()
    assert len(gallery(running.only_outcome()).pictures) == 4
    assert running.only_outcome().ref.address.private_to == ""


@pytest.mark.parametrize("released", [False, True])
async def test_if_the_channel_refuses_the_person_gets_the_outcome_privately(
    running: RunningBot, released: bool
) -> None:
    running.painter.script = [Declined()] if released else []
    answer = await running.accept(show=False)
    await running.chat.show(running.bot, answer, at())
    running.chat.fail("revise", times=-1)
    running.chat.fail("post", times=1 if released else -1, private=released)
    await running.finish()
    message = running.only_outcome()
    assert message.ref.address.private_to == ANN.id
    assert isinstance(message.card, Delivered) != released
    assert [type(message.card) for message in running.chat.deleted] == [Working], "no card is left behind"


async def test_a_private_delivery_is_tried_again_too(running: RunningBot) -> None:
    running.chat.fail("revise", times=-1)
    running.painter.gate.clear()
    await running.accept()
    running.chat.fail("post", times=-1, private=False)
    running.chat.fail("post", times=3, private=True, retryable=True)
    running.painter.gate.set()
    await running.finish()
    assert running.only_outcome().ref.address.private_to == ANN.id


@pytest.mark.parametrize("released", [False, True])
async def test_an_impossible_delivery_waits_and_the_pictures_are_kept(
    running: RunningBot, released: bool
) -> None:
    running.painter.script = [Declined()] if released else []
    running.painter.gate.clear()
    answer = await running.accept()
    running.chat.fail("revise", times=-1)
    running.chat.fail("post", times=-1)
    running.painter.gate.set()
    with capture_logs() as lines:
        await running.finish()
    job = await running.job(answer.job)
    assert job.delivered_at is None
    assert [each.id for each, _ in await running.ledger.waiting.list_all()] == [job.id]
    assert running.working == [], "no card still says that it works"
    assert [line["job"] for line in lines if line["event"] == "delivery.impossible"] == [answer.job]
    if not released:
        assert await running.bot.picture(f"{answer.job}-1.png") is not None
        recent = await running.command("recent")
        assert isinstance(recent, PictureList)
        assert [(button.verb, button.target) for button in recent.buttons] == [
            ("show", answer.job),
            ("share", answer.job),
        ]
        assert [job.choose.verb for job in recent.jobs] == ["show"]


async def test_a_delivery_that_fails_for_a_day_is_left_to_the_next_start(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "GIVE_UP", 50.0)
    running.chat.fail("revise", retryable=True, times=-1)
    answer = await running.accept()
    await until(lambda: sum(verb == "revise" for verb, _, _ in running.chat.calls) > 3)
    assert len(gallery_attempts(running)) > 2
    with capture_logs() as lines:
        running.clock.now += 51
        await until(lambda: "delivery.left" in [line["event"] for line in lines])
    await running.crash()
    running.chat = FakeChat(messages=running.chat.messages)
    await running.open()
    await until(lambda: bool(running.outcomes))
    (message,) = running.outcomes
    assert gallery(message).header.job == answer.job


def gallery_attempts(running: RunningBot) -> list[str]:
    return [verb for verb, _, card in running.chat.calls if isinstance(card, Delivered)]


async def test_a_delivered_job_is_not_delivered_again(running: RunningBot) -> None:
    job = await running.draw()
    calls = len(running.chat.calls)
    running.bot.lifecycle.delivery.begin(job)
    await running.bot.stop(0)
    assert len(running.chat.calls) == calls


async def test_an_adapter_error_in_the_channel_leaves_the_private_way(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept("a secret fox")
    running.chat.fail("revise", times=-1, error=KeyError("a secret fox"))
    running.painter.gate.set()
    with capture_logs() as lines:
        await running.finish()
    assert gallery(next(iter(running.outcomes))).header.prompt == "a secret fox"
    assert running.only_outcome().ref.address.private_to == ANN.id
    assert "secret" not in repr([line for line in lines if line["event"] == "delivery.broke"])


async def test_a_delivery_that_broke_both_ways_is_left_to_the_next_start(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept()
    running.chat.fail("revise", times=-1, error=KeyError("revise"))
    running.chat.fail("post", times=-1, error=KeyError("post"))
    running.painter.gate.set()
    with capture_logs() as lines:
        await until(lambda: sum(line["event"] == "delivery.broke" for line in lines) == 2)
    assert [id_text(job.id) for job in await running.ledger.jobs.list_undelivered()] == [answer.job]
    await running.crash()
    running.chat.heal()
    await running.open()
    await until(lambda: bool(running.outcomes))
    assert len(gallery(running.only_outcome()).pictures) == 4


async def test_a_card_that_cannot_be_deleted_does_no_harm(build: Build) -> None:
    running = await build(chat=FakeChat(card_becomes_gallery=False))
    running.chat.fail("delete", times=-1)
    await running.draw()
    assert len(running.outcomes) == 1
