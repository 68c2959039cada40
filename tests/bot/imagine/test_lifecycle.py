"""One `/imagine` from the card to the gallery, on platforms of every habit."""

import asyncio

import pytest

from bot.imagine import delivery
from bot.port.cards import Delivered, Working
from bot.port.requests import Lent
from tests.bot.conftest import Build
from tests.bot.house import ANN, NOON, STANDARD, House, at, gallery, until
from tests.fakes.chat import Chat


async def test_the_card_becomes_the_gallery(house: House) -> None:
    answer = await house.accepted("a red fox --ar 16:9 -n 3")
    card = answer.card
    assert isinstance(card, Working)
    assert (card.header.prompt, card.header.ratio, card.header.images) == ("a red fox", "16:9", 3)
    assert card.summary == "Imagen 4 Standard · 16:9 · 3 pictures · $0.18"
    await house.done()
    message = house.only()
    shown = gallery(message)
    assert isinstance(message.cards[0], Working)
    assert [picture.alt for picture in shown.pictures] == [f"a red fox ({n} of 3)" for n in (1, 2, 3)]
    assert [button.label.split(" · ")[0] for button in shown.buttons] == [
        "Again",
        "Edit prompt",
        "In Ultra",
        "Details",
        "Delete",
    ]
    assert shown.mention == ""
    assert [await house.bot.picture(picture.key) for picture in shown.pictures] == [
        f"{answer.job} {index}".encode() for index in range(3)
    ]
    job = await house.job(answer.job)
    assert (job.state, job.charge_images, job.charge_micros) == ("settled", 3, 3 * STANDARD)
    assert (job.cost_micros, job.uncertain_micros) == (3 * STANDARD, 0)
    assert await house.used() == (3, 0)


async def test_the_job_is_started_before_the_painter_is_asked(house: House) -> None:
    house.painter.gate.clear()
    answer = await house.accepted()
    await until(lambda: bool(house.painter.orders))
    assert (await house.job(answer.job)).state == "running"
    house.painter.gate.set()
    await house.done()


async def test_the_order_is_what_was_asked_for(house: House) -> None:
    await house.drawn("a sign that says hello --tier gpt --high --transparent --ar 2:3 -n 2")
    (order,) = house.painter.orders
    assert (order.prompt, order.tier.name, order.quality) == ("a sign that says hello", "gpt", "high")
    assert (order.ratio, order.images, order.transparent) == ("2:3", 2, True)
    assert order.costs == {"low": 16_500, "medium": 63_000, "high": 250_500}


@pytest.mark.parametrize("seconds", [60, 61])
async def test_over_a_minute_it_comes_as_a_new_message_that_names_its_requester(
    house: House, seconds: int
) -> None:
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    house.clock.now += seconds
    house.painter.gate.set()
    await house.done()
    shown = gallery(house.only())
    long = seconds > 60
    assert shown.mention == (ANN.id if long else "")
    assert len(house.chat.gone) == (1 if long else 0)


async def test_a_private_long_job_names_nobody(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted(private=True)
    await until(lambda: bool(house.painter.orders))
    house.clock.now += 120
    house.painter.gate.set()
    await house.done()
    assert gallery(house.only()).mention == ""


async def test_where_a_card_cannot_become_a_gallery_it_goes(build: Build) -> None:
    house = await build(chat=Chat(card_becomes_gallery=False))
    await house.drawn()
    assert len(gallery(house.only()).pictures) == 4
    (card,) = house.chat.gone
    assert isinstance(card.card, Working)


async def test_a_private_result_never_reaches_the_channel(house: House) -> None:
    await house.drawn(private=True)
    message = house.only()
    assert message.ref.address.private_to == ANN.id
    assert "share" in [button.verb for button in gallery(message).buttons]
    assert all(address.private_to == ANN.id for _, address, _ in house.chat.calls)


async def test_what_was_lent_is_used_while_it_lives_and_then_forgotten(house: House) -> None:
    house.painter.gate.clear()
    lent = Lent(token="reply-token", until=int(NOON) + 30)
    quick = await house.accepted(address=at(lent=lent), show=False)
    house.clock.now += 10
    assert (await house.job(quick.job)).reply_token == "reply-token"
    await house.bot.shown(quick.job, await house.chat.post(at(), quick.card, key=quick.job))
    house.painter.gate.set()
    await house.done()
    revised = [address for verb, address, card in house.chat.calls if isinstance(card, Delivered)]
    assert [address.lent for address in revised] == [lent]
    house.clock.now += 30
    late = await house.press("again", quick.job, address=at(lent=lent))
    await house.done()
    assert [a.lent for _, a, card in house.chat.calls if isinstance(card, Delivered)][1:] == [None], late


async def test_a_platform_that_never_tells_where_its_card_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    await house.accepted(show=False)
    await house.done()
    assert len(gallery(house.only()).pictures) == 4


async def test_the_gallery_waits_a_moment_to_learn_where_the_card_is(house: House) -> None:
    answer = await house.accepted(show=False)
    await house.until_async(lambda: _closed(house))
    card = await house.chat.post(at(), answer.card, key="the platform's own")
    await house.bot.shown(answer.job, card)
    await house.done()
    assert house.only().ref == card
    assert [verb for verb, _, _ in house.chat.calls] == ["post", "revise"]


async def _closed(house: House) -> bool:
    return bool(await house.ledger.jobs.list_undelivered())


async def test_where_a_card_is_is_written_down_when_no_other_is_on_its_way(house: House) -> None:
    one, two = [await house.accepted(show=False) for _ in range(2)]
    card = await house.chat.post(at(), one.card, key=one.job)
    telling = asyncio.create_task(house.bot.shown(one.job, card))
    await asyncio.sleep(0)
    await house.ledger.jobs.erase_reply_tokens()  # what was to be written before is written now
    assert (await house.job(one.job)).card is None
    await house.bot.shown(two.job, await house.chat.post(at(), two.card, key=two.job))
    await telling
    assert (await house.job(one.job)).card
    await house.done()
    assert sorted(gallery(message).header.job for message in house.outcomes) == [one.job, two.job]


async def test_what_is_private_stays_so_where_no_card_was_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    await house.accepted(private=True, show=False)
    await house.done()
    assert house.only().ref.address.private_to == ANN.id


async def test_a_gallery_that_is_told_of_as_the_card_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await house.accepted(show=False)
    await house.done()
    await house.bot.shown(answer.job, house.only().ref)
    assert len(gallery(house.only()).pictures) == 4


async def test_a_card_that_is_told_after_the_gallery_is_taken_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await house.accepted(show=False)
    await house.done()
    late = await house.chat.post(at(), answer.card, key="the platform's own")
    await house.bot.shown(answer.job, late)
    assert gallery(house.only()).header.job == answer.job
    again = await house.react("🔁", house.only().ref)
    assert again is not None, "the gallery still leads to its job"


async def test_a_card_that_is_told_while_the_gallery_goes_out_is_taken_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await house.accepted(show=False)
    late = await house.chat.post(at(), answer.card, key="the platform's own")
    house.chat.gate.clear()
    await until(lambda: isinstance(house.chat.calls[-1][2], Delivered))
    await house.bot.shown(answer.job, late)
    house.chat.gate.set()
    await house.done()
    await until(lambda: len(house.chat.messages) == 1)
    assert len(gallery(house.only()).pictures) == 4


async def test_the_same_card_found_by_its_key_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    answer = await house.accepted(show=False)
    card = await house.chat.post(at(), answer.card, key=answer.job)
    house.chat.gate.clear()
    await until(lambda: isinstance(house.chat.calls[-1][2], Delivered))
    await house.bot.shown(answer.job, card)
    house.chat.gate.set()
    await house.done()
    again = await house.accepted()
    await house.done()
    assert sorted(gallery(message).header.job for message in house.outcomes) == [answer.job, again.job]
    assert house.chat.gone == []


async def test_an_asker_who_goes_away_does_not_strand_the_job(house: House) -> None:
    asking = asyncio.create_task(house.ask(request="r", show=False))
    await asyncio.sleep(0)  # it is waiting for the ledger now
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: bool(house.painter.orders))
    again = await house.accepted(request="r", show=False)
    assert not again.fresh
    await house.bot.shown(again.job, await house.chat.post(at(), again.card, key=again.job))
    await house.done()
    assert len(house.painter.orders) == 1


async def test_the_same_request_is_answered_as_before_even_when_it_would_be_refused_now(
    house: House,
) -> None:
    first = await house.accepted(request="r")
    await house.done()
    house.painter.off["standard"] = "switched off"
    second = await house.accepted(request="r")
    assert (second.job, second.fresh) == (first.job, False)
    assert isinstance(second.card, Delivered)
    await house.bot.stop(1)
    assert (await house.accepted(request="r")).job == first.job
    assert len(house.painter.orders) == 1


async def test_what_was_measured_is_expected_of_the_next(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    house.clock.now += 40
    house.painter.gate.set()
    await house.done()
    card = (await house.accepted()).card
    assert isinstance(card, Working)
    assert card.line == "starting, about 40 s"
    await house.done()
