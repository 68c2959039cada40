"""One `/imagine` from the card to the gallery, on platforms that behave in different ways."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.imagine import delivery
from bot.port.cards import Delivered, Working
from bot.port.requests import Lent
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, NOON, STANDARD, RunningBot, at, gallery, until
from tests.fakes.chat import FakeChat


async def test_the_card_becomes_the_gallery(running: RunningBot) -> None:
    answer = await running.accept("a red fox --ar 16:9 -n 3")
    card = answer.card
    assert isinstance(card, Working)
    assert (card.header.prompt, card.header.ratio, card.header.images) == ("a red fox", "16:9", 3)
    assert card.summary == "Imagen 4 Standard · 16:9 · 3 pictures · $0.18"
    await running.finish()
    message = running.only_outcome()
    gallery_card = gallery(message)
    assert isinstance(message.cards[0], Working)
    assert [picture.alt for picture in gallery_card.pictures] == [f"a red fox ({n} of 3)" for n in (1, 2, 3)]
    assert [button.label.split(" · ")[0] for button in gallery_card.buttons] == [
        "Again",
        "Edit prompt",
        "In Ultra",
        "Details",
        "Delete",
    ]
    assert gallery_card.mention == ""
    assert [await running.bot.picture(picture.key) for picture in gallery_card.pictures] == [
        f"{answer.job} {index}".encode() for index in range(3)
    ]
    job = await running.job(answer.job)
    assert (job.state, job.charge_images, job.charge_micros) == ("settled", 3, 3 * STANDARD)
    assert (job.cost_micros, job.uncertain_micros) == (3 * STANDARD, 0)
    assert await running.usage_today() == (3, 0)


async def test_the_job_is_started_before_the_painter_is_asked(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept()
    await until(lambda: bool(running.painter.orders))
    assert (await running.job(answer.job)).state == "running"
    running.painter.gate.set()
    await running.finish()


async def test_the_order_has_the_options_of_the_request(running: RunningBot) -> None:
    await running.draw("a sign that says hello --tier gpt --high --transparent --ar 2:3 -n 2")
    (order,) = running.painter.orders
    assert (order.prompt, order.tier.name, order.quality) == ("a sign that says hello", "gpt", "high")
    assert (order.ratio, order.images, order.transparent) == ("2:3", 2, True)
    assert order.costs == {"low": 16_500, "medium": 63_000, "high": 250_500}


@pytest.mark.parametrize("seconds", [60, 61])
async def test_a_job_longer_than_a_minute_comes_as_a_new_message_that_mentions_its_requester(
    running: RunningBot, seconds: int
) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    running.clock.now += seconds
    running.painter.gate.set()
    await running.finish()
    gallery_card = gallery(running.only_outcome())
    long = seconds > 60
    assert gallery_card.mention == (ANN.id if long else "")
    assert len(running.chat.deleted) == (1 if long else 0)


async def test_a_long_private_job_mentions_nobody(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept(private=True)
    await until(lambda: bool(running.painter.orders))
    running.clock.now += 120
    running.painter.gate.set()
    await running.finish()
    assert gallery(running.only_outcome()).mention == ""


async def test_a_card_that_cannot_become_a_gallery_is_deleted(build: Build) -> None:
    running = await build(chat=FakeChat(card_becomes_gallery=False))
    await running.draw()
    assert len(gallery(running.only_outcome()).pictures) == 4
    (card,) = running.chat.deleted
    assert isinstance(card.card, Working)


async def test_a_private_result_never_reaches_the_channel(running: RunningBot) -> None:
    await running.draw(private=True)
    message = running.only_outcome()
    assert message.ref.address.private_to == ANN.id
    assert "share" in [button.verb for button in gallery(message).buttons]
    assert all(address.private_to == ANN.id for _, address, _ in running.chat.calls)


async def test_a_reply_token_is_used_until_it_expires(running: RunningBot) -> None:
    running.painter.gate.clear()
    lent = Lent(token="reply-token", until=int(NOON) + 30)
    quick = await running.accept(address=at(lent=lent), show=False)
    running.clock.now += 10
    assert (await running.job(quick.job)).reply_token == "reply-token"
    await running.bot.shown(quick.job, await running.chat.post(at(), quick.card, key=quick.job))
    running.painter.gate.set()
    await running.finish()
    revised = [address for verb, address, card in running.chat.calls if isinstance(card, Delivered)]
    assert [address.lent for address in revised] == [lent]
    running.clock.now += 30
    late = await running.press("again", quick.job, address=at(lent=lent))
    await running.finish()
    assert [address.lent for _, address, card in running.chat.calls if isinstance(card, Delivered)][1:] == [
        None
    ], late


async def test_a_platform_that_never_says_where_its_card_is_gets_a_new_message(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    await running.accept(show=False)
    await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4


async def test_the_gallery_waits_a_moment_to_learn_where_the_card_is(running: RunningBot) -> None:
    answer = await running.accept(show=False)
    await running.wait_for(lambda: _is_undelivered(running))
    card = await running.chat.post(at(), answer.card, key="the platform's own")
    await running.bot.shown(answer.job, card)
    await running.finish()
    assert running.only_outcome().ref == card
    assert [verb for verb, _, _ in running.chat.calls] == ["post", "revise"]


async def _is_undelivered(running: RunningBot) -> bool:
    return bool(await running.ledger.jobs.list_undelivered())


async def test_the_place_of_a_card_is_written_when_no_other_card_is_on_its_way(running: RunningBot) -> None:
    one, two = [await running.accept(show=False) for _ in range(2)]
    card = await running.chat.post(at(), one.card, key=one.job)
    first_shown = asyncio.create_task(running.bot.shown(one.job, card))
    await asyncio.sleep(0)
    await running.ledger.jobs.erase_reply_tokens()  # flushes the writes before it
    assert (await running.job(one.job)).card is None
    await running.bot.shown(two.job, await running.chat.post(at(), two.card, key=two.job))
    await first_shown
    assert (await running.job(one.job)).card
    await running.finish()
    assert sorted(gallery(message).header.job for message in running.outcomes) == [one.job, two.job]


async def test_a_private_job_without_a_card_stays_private(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    await running.accept(private=True, show=False)
    await running.finish()
    assert running.only_outcome().ref.address.private_to == ANN.id


async def test_a_gallery_that_the_platform_names_as_the_card_stays(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await running.accept(show=False)
    await running.finish()
    await running.bot.shown(answer.job, running.only_outcome().ref)
    assert len(gallery(running.only_outcome()).pictures) == 4


async def test_a_card_that_is_shown_after_the_gallery_is_deleted(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await running.accept(show=False)
    await running.finish()
    late = await running.chat.post(at(), answer.card, key="the platform's own")
    await running.bot.shown(answer.job, late)
    assert gallery(running.only_outcome()).header.job == answer.job
    again = await running.react("🔁", running.only_outcome().ref)
    assert again is not None, "the gallery still leads to its job"


async def test_a_card_that_is_shown_while_the_gallery_is_posted_is_deleted(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await running.accept(show=False)
    late = await running.chat.post(at(), answer.card, key="the platform's own")
    running.chat.gate.clear()
    await until(lambda: isinstance(running.chat.calls[-1][2], Delivered))
    await running.bot.shown(answer.job, late)
    running.chat.gate.set()
    await running.finish()
    await until(lambda: len(running.chat.messages) == 1)
    assert len(gallery(running.only_outcome()).pictures) == 4


async def test_a_card_with_the_key_of_the_gallery_stays(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await running.accept(show=False)
    card = await running.chat.post(at(), answer.card, key=answer.job)
    running.chat.gate.clear()
    await until(lambda: isinstance(running.chat.calls[-1][2], Delivered))
    await running.bot.shown(answer.job, card)
    running.chat.gate.set()
    await running.finish()
    again = await running.accept()
    await running.finish()
    assert sorted(gallery(message).header.job for message in running.outcomes) == [answer.job, again.job]
    assert running.chat.deleted == []


async def test_a_job_whose_request_another_process_answers_is_released_without_a_message(
    running: RunningBot,
) -> None:
    answer = await running.accept(show=False)
    with capture_logs() as lines:
        await running.bot.withdraw(answer.job)
        await running.finish()
    assert (await running.job(answer.job)).state == "released"
    assert await running.usage_today() == (0, 0)
    assert running.painter.orders == []
    assert running.chat.messages == {}
    assert "card.unknown" not in [line["event"] for line in lines]


async def test_a_job_that_is_drawn_already_is_not_withdrawn(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept()
    await until(lambda: bool(running.painter.orders))
    await running.bot.withdraw(answer.job)
    running.painter.gate.set()
    await running.finish()
    assert (await running.job(answer.job)).state == "settled"
    assert gallery(running.only_outcome()).header.job == answer.job


async def test_a_requester_who_disconnects_does_not_strand_the_job(running: RunningBot) -> None:
    request = asyncio.create_task(running.ask(request="r", show=False))
    await asyncio.sleep(0)  # it is waiting for the ledger now
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await until(lambda: bool(running.painter.orders))
    again = await running.accept(request="r", show=False)
    assert not again.fresh
    await running.bot.shown(again.job, await running.chat.post(at(), again.card, key=again.job))
    await running.finish()
    assert len(running.painter.orders) == 1


async def test_a_repeated_request_gets_its_first_answer_even_if_it_would_be_refused_now(
    running: RunningBot,
) -> None:
    first = await running.accept(request="r")
    await running.finish()
    running.painter.off["standard"] = "switched off"
    second = await running.accept(request="r")
    assert (second.job, second.fresh) == (first.job, False)
    assert isinstance(second.card, Delivered)
    await running.bot.stop(1)
    assert (await running.accept(request="r")).job == first.job
    assert len(running.painter.orders) == 1


async def test_the_next_job_is_estimated_from_the_last(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    running.clock.now += 40
    running.painter.gate.set()
    await running.finish()
    card = (await running.accept()).card
    assert isinstance(card, Working)
    assert card.line == "starting, about 40 s"
    await running.finish()
