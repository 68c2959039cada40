"""An outcome that nothing could deliver waits: it is mentioned, comes when a way opens, and is shown free."""

from dataclasses import replace

import pytest

from bot import wording
from bot.core import bot as core
from bot.imagine import delivery
from bot.imagine.records import message_of
from bot.painters.port import Declined
from bot.port.cards import Delivered, Ended, Notice, PictureList, Refused, Report, Working
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, Lent, Press
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, RunningBot, at, gallery, request_id, until
from tests.fakes.chat import FakeChat

LINE = 'Your 4 pictures of "a red fox" are waiting: /recent'
WHY = "The channel is gone, so I'm sending this here."
DIRECT = Address(platform="chat", workspace="dm", channel="ann")


async def leave(running: RunningBot, text: str = "a red fox", **options: bool) -> str:
    """Draw something while the channel and direct messages refuse it; return the job."""
    running.chat.heal()
    running.painter.gate.clear()
    answer = await running.accept(text, **options)
    gone = DeliveryError("gone", retryable=False, sentence=WHY)
    for verb in ("revise", "post"):
        running.chat.fail(verb, times=-1, error=gone)  # type: ignore[arg-type]
    running.painter.gate.set()
    await running.finish()
    await until(lambda: not running.bot.lifecycle.delivery._tasks)
    assert answer.job not in [each.card.header.job for each in running.outcomes]  # type: ignore[union-attr]
    running.chat.calls.clear()
    return answer.job


async def waiting(running: RunningBot) -> int:
    return len(await running.ledger.waiting.list_all())


async def answered(running: RunningBot, address: Address | None = None) -> None:
    """Report an answer to Ann, and wait until all that it brings is there."""
    await running.bot.answered(ANN.id, address or at())
    await until(lambda: not running.bot.lifecycle.waiting._tasks)


def told(running: RunningBot) -> list[str]:
    cards = [message.card for message in running.chat.messages.values()]
    return [card.sentence for card in cards if isinstance(card, Notice)]


async def test_what_waits_is_said_in_the_next_private_answer(running: RunningBot) -> None:
    await leave(running)
    report = await running.command("quota")
    assert isinstance(report, Report)
    assert report.lines[-1] == LINE
    refused = await running.ask("a fox --teir fast")
    assert isinstance(refused, Refused)
    assert refused.hint.endswith(LINE)
    notice = await running.press("details", "1234567890123")
    assert notice == Notice(sentence=f"{wording.NO_SUCH_JOB} {LINE}")
    running.chat.heal()
    private = await running.accept("a secret", private=True)
    assert isinstance(private.card, Working)
    assert private.card.notes[-1] == LINE
    public = await running.accept("a blue fox")
    assert isinstance(public.card, Working)
    assert LINE not in public.card.notes, "others see this card"


async def test_the_answer_to_a_reaction_says_it_too(build: Build) -> None:
    running = await build(images=8)
    message = (await running.draw("a grey owl")).card
    assert message
    await leave(running)
    reply = await running.react("🔁", message_of(message))
    assert isinstance(reply, Refused)
    assert reply.hint.endswith(LINE)


async def test_several_requests_are_counted(running: RunningBot) -> None:
    await leave(running)
    await leave(running, "a secret owl", private=True)
    report = await running.command("quota")
    assert isinstance(report, Report)
    assert report.lines[-1] == "Your 8 pictures from 2 requests are waiting: /recent"


async def test_nobody_else_and_no_other_workspace_hears_of_it(running: RunningBot) -> None:
    await leave(running)
    for person, address in ((BOB, at()), (ANN, at("chat:other"))):
        report = await running.command("quota", person=person, address=address)
        assert isinstance(report, Report)
        assert "waiting" not in repr(report)
    running.chat.heal()
    await running.bot.answered(BOB.id, at())
    await running.bot.answered(ANN.id, at("chat:other"))
    assert await waiting(running) == 1
    assert running.outcomes == []


async def test_it_comes_to_its_person_alone_with_their_next_answer(running: RunningBot) -> None:
    job = await leave(running)
    running.chat.heal()
    lent = Lent(token="secret", until=int(running.clock.now) + 800)
    await answered(running, at(lent=lent))
    message = running.only_outcome()
    assert message.ref.address.private_to == ANN.id
    assert message.ref.address.lent == lent
    assert gallery(message).notes[0] == WHY
    assert (await running.job(job)).delivered_at is not None
    assert await waiting(running) == 0
    report = await running.command("quota")
    assert "waiting" not in repr(report)
    await answered(running)
    assert len(running.outcomes) == 1, "it comes once"


async def test_two_answers_at_once_bring_it_once(running: RunningBot) -> None:
    await leave(running)
    running.chat.heal()
    running.chat.gate.clear()
    await running.bot.answered(ANN.id, at())
    await running.bot.answered(ANN.id, at())
    running.chat.gate.set()
    await until(lambda: not running.bot.lifecycle.waiting._tasks)
    assert len([each for each in running.chat.calls if isinstance(each[2], Delivered)]) == 1


async def test_a_direct_message_to_the_bot_brings_what_waits_in_any_workspace(running: RunningBot) -> None:
    await leave(running)
    running.chat.heal()
    recent = await running.command("recent", address=DIRECT)
    assert isinstance(recent, PictureList)
    assert recent.lines == (wording.waiting(4, "a red fox", 1, True),)
    assert [button.label for button in recent.buttons] == ["Show: a red fox", "Share: a red fox"]
    await answered(running, DIRECT)
    assert running.only_outcome().ref.address.channel == "ann"


async def test_if_no_answer_can_bring_it_it_is_said(running: RunningBot) -> None:
    await leave(running)
    running.chat.heal()
    refuse_pictures(running.chat)
    await answered(running)
    assert told(running) == [LINE]
    await running.command("quota")
    await answered(running)
    assert told(running) == [LINE], "the answer itself said so"
    assert await waiting(running) == 1


def refuse_pictures(chat: FakeChat) -> None:
    chat.refused_card = Delivered


async def test_the_first_time_it_is_said_at_once_if_words_have_a_way(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept()
    refuse_pictures(running.chat)
    running.painter.gate.set()
    await running.finish()
    await until(lambda: bool(told(running)))
    assert told(running) == [LINE]


async def test_show_costs_nothing_and_is_for_the_requester_alone(running: RunningBot) -> None:
    job = await leave(running)
    running.chat.heal()
    used = await running.usage_today()
    assert await running.press("show", job, BOB) == Notice(sentence=wording.NO_SUCH_JOB)
    answer = await running.press("show", job)
    assert answer == Notice(sentence='Your 4 pictures of "a red fox" are on the way.')
    assert running.outcomes == [], "first the answer, whose token brings the rest"
    await answered(running)
    assert running.only_outcome().ref.address.private_to == ANN.id
    assert await waiting(running) == 0
    for _ in range(2):  # as often as one likes
        await running.press("show", job)
        await answered(running)
    assert len(running.outcomes) == 3
    assert await running.usage_today() == used
    assert len(running.painter.orders) == 1


async def test_show_says_if_there_is_no_way(running: RunningBot) -> None:
    job = await leave(running)
    running.chat.heal()
    refuse_pictures(running.chat)
    await running.press("show", job)
    await answered(running)
    assert told(running) == [wording.NOT_SHOWN]
    await running.services.store.delete([job])
    assert await running.press("show", job) == Notice(sentence=wording.GONE)


async def test_share_offers_the_place_where_it_is_pressed_if_the_channel_refuses(running: RunningBot) -> None:
    job = await leave(running)
    running.chat.heal()
    running.chat.fail("post", private=False)
    elsewhere = replace(at(), channel="other")
    refused = await running.press("share", job, address=elsewhere)
    assert isinstance(refused, Refused)
    (here,) = refused.buttons
    assert (here.label, here.verb, here.index) == ("Share here", "share", 1)
    press = Press(id=request_id(), person=ANN, address=elsewhere, verb="share", target=job, index=1)
    assert await running.bot.press(press) == Notice(sentence=wording.SHARED)
    address = running.only_outcome().ref.address
    assert (address.channel, address.private_to) == ("other", "")
    assert await waiting(running) == 0


async def test_a_refusal_of_the_model_waits_too(running: RunningBot) -> None:
    running.painter.script = [Declined()]
    job = await leave(running)
    report = await running.command("quota")
    assert "waiting" not in repr(report), "there are no pictures"
    running.chat.heal()
    await answered(running)
    assert isinstance(running.only_outcome().card, Ended)
    assert (await running.job(job)).delivered_at is not None


async def test_a_delivery_in_the_same_channel_brings_what_waits_for_it(running: RunningBot) -> None:
    await leave(running)
    running.chat.heal()
    await running.accept("a blue fox", BOB)
    await running.wait_for(lambda: _nothing_waits(running))
    prompts = {gallery(each).header.prompt: each.ref.address.private_to for each in running.outcomes}
    assert prompts == {"a red fox": "", "a blue fox": ""}


async def _nothing_waits(running: RunningBot) -> bool:
    return await waiting(running) == 0


async def test_a_bot_that_is_added_again_delivers(running: RunningBot) -> None:
    await leave(running)
    running.chat.heal()
    await running.bot.joined("chat:team")
    await running.wait_for(lambda: _nothing_waits(running))
    assert gallery(running.only_outcome()).header.prompt == "a red fox"


async def test_it_is_tried_again_ever_more_rarely(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await leave(running)
    hours = []
    for hour in range(60):
        running.clock.now += 3600
        due = await running.ledger.waiting.list_due()
        for job in due:
            hours.append(hour + 1)
            await running.ledger.waiting.put(job, WHY)
    assert hours == [1, 2, 4, 8, 16, 32, 56]
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.01)
    running.chat.heal()
    running.clock.now += core.DAY
    await running.crash()
    running.chat = FakeChat()
    await running.open()
    await running.wait_for(lambda: _nothing_waits(running))


async def test_after_a_kill_it_waits_as_before(running: RunningBot) -> None:
    job = await leave(running)
    await running.crash()
    await running.open()  # the next start tries again, and still nothing takes it
    await running.finish()
    assert await waiting(running) == 1
    report = await running.command("quota")
    assert isinstance(report, Report)
    assert report.lines[-1] == LINE
    running.chat.heal()
    await answered(running)
    assert gallery(running.only_outcome()).header.job == job


async def test_a_kill_between_the_last_refusal_and_its_record_loses_nothing(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept()
    for verb in ("revise", "post"):
        running.chat.fail(verb, times=-1)  # type: ignore[arg-type]
    running.chat.gated_card = type(None)  # the card is deleted before the job is recorded to wait
    running.chat.gate.clear()
    running.painter.gate.set()
    await until(lambda: any(verb == "delete" for verb, _, _ in running.chat.calls))
    assert await waiting(running) == 0
    await running.crash()
    running.chat.gate.set()
    await running.open()
    await running.wait_for(lambda: _is_waiting(running))
    running.chat.heal()
    await answered(running)
    assert [gallery(each).header.job for each in running.outcomes] == [answer.job]


async def _is_waiting(running: RunningBot) -> bool:
    return await waiting(running) == 1


async def test_it_expires_with_its_time_and_not_before(running: RunningBot) -> None:
    job = await leave(running)
    running.clock.now += (running.services.keep_days - 1) * core.DAY
    await running.crash()
    await running.open()
    await running.finish()
    assert await running.bot.picture(f"{job}-1.png") is not None
    assert await waiting(running) == 1
    running.clock.now += 2 * core.DAY
    await running.crash()
    await running.open()
    await running.wait_for(lambda: _nothing_waits(running))
    row = await running.job(job)
    assert row.delivered_at is not None, "nothing is left to deliver"
    assert "red fox" not in row.request
    assert "waiting" not in repr(await running.command("quota"))


async def test_who_is_forgotten_leaves_nothing_that_waits(running: RunningBot) -> None:
    await leave(running)
    await running.bot.forget(ANN.id, "shell:op")
    assert await waiting(running) == 0
