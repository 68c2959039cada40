"""Reactions: once per person and message, and only on what was delivered."""

from dataclasses import replace

import pytest

from bot import wording
from bot.imagine.records import address_of
from bot.painters.port import Declined
from bot.port.cards import Accepted, Notice, Refused
from bot.port.requests import MessageRef
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.house import ANN, BOB, BOSS, House, at, until


async def test_both_arrows_are_one_and_draw_once(house: House) -> None:
    job = await house.drawn("a red fox --ar 3:2 -n 1")
    message = house.only().ref
    first = await house.react("🔁", message, BOB)
    assert isinstance(first, Accepted)
    for emoji in ("🔁", "🔄", "🔁", "🔄\ufe0f"):
        assert await house.react(emoji, message, BOB) is None
    await house.done()
    again = await house.job(first.job)
    assert (again.person, again.origin, again.parent) == (BOB.id, "reaction", job.id)
    assert await house.used(BOB) == (1, 0)
    assert await house.used(ANN) == (1, 0)
    assert isinstance(await house.react("🔄", message, ANN), Accepted), "each person once"
    await house.done()
    assert len(house.painter.orders) == 3


async def test_on_the_new_message_it_draws_again(house: House) -> None:
    await house.drawn()
    first = house.only().ref
    await house.react("🔁", first)
    await house.done()
    second = next(message.ref for message in house.outcomes if message.ref != first)
    assert isinstance(await house.react("🔁", second), Accepted)
    await house.done()


async def test_a_refused_attempt_does_not_use_it_up(build: Build) -> None:
    house = await build(images=4)
    await house.drawn()
    message = house.only().ref
    for _ in range(2):
        answer = await house.react("🔁", message)
        assert isinstance(answer, Refused)
    house.clock.now += 24 * 3600
    assert isinstance(await house.react("🔁", message), Accepted)
    await house.done()


async def test_a_released_attempt_does_not_use_it_up(house: House) -> None:
    await house.drawn()
    message = house.only().ref
    house.painter.script = [Declined()]
    first = await house.react("🔁", message)
    await house.done()
    house.painter.off["standard"] = "switched off"
    assert isinstance(await house.react("🔁", message), Refused)
    house.painter.off.clear()
    second = await house.react("🔁", message)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.job != first.job
    await house.done()
    assert await house.react("🔁", message) is None
    house.painter.off["standard"] = "switched off"
    assert await house.react("🔁", message) is None, "what it drew before counts, even where it could not now"
    assert await house.used() == (8, 0)


@pytest.mark.parametrize("emoji", ["🗑", "🗑\ufe0f"])
async def test_the_bin_deletes_for_those_who_may(house: House, emoji: str) -> None:
    await house.drawn()
    message = house.only().ref
    assert await house.react(emoji, message, BOB) is None
    assert len(house.chat.messages) == 1
    assert await house.react(emoji, message, ANN) is None, "that it is gone is seen"
    assert house.chat.messages == {}


async def test_a_bin_that_does_not_work_says_so(house: House) -> None:
    await house.drawn()
    house.chat.fail("delete")
    answer = await house.react("🗑", house.only().ref, ANN)
    assert answer == Notice(sentence=wording.MAY_NOT_DELETE)


async def test_an_admin_may_use_the_bin(house: House) -> None:
    job = await house.drawn()
    await house.react("🗑️", house.only().ref, BOSS)
    assert house.chat.messages == {}
    assert (await house.job(id_text(job.id))).deleted_at is not None


@pytest.mark.parametrize("emoji", ["👍", "", "🔁🔁", "x", "\ufe0f"])
async def test_other_emoji_mean_nothing(house: House, emoji: str) -> None:
    await house.drawn()
    assert await house.react(emoji, house.only().ref) is None


@pytest.mark.parametrize("emoji", ["🔁", "🗑️"])
async def test_on_other_messages_it_means_nothing(house: House, emoji: str) -> None:
    await house.drawn()
    mine = house.only().ref
    others = replace(mine, address=at("chat:others"))
    assert await house.react(emoji, MessageRef(address=at(), id="unknown")) is None
    assert await house.react(emoji, others, BOSS) is None, "the same id in another workspace"
    elsewhere = replace(mine, address=replace(mine.address, channel="random"))
    assert await house.react(emoji, elsewhere) is None
    assert len(house.painter.orders) == len(house.chat.messages) == 1


async def test_what_was_sent_to_its_person_alone_can_be_drawn_again_from_there(house: House) -> None:
    await house.drawn(private=True)
    sent = replace(house.only().ref, address=replace(at("dm"), channel="general"))
    assert await house.react("🔁", sent, BOB) is None
    answer = await house.react("🔁", sent, ANN)
    assert isinstance(answer, Accepted)
    await house.done()
    again = await house.job(answer.job)
    assert (again.workspace, again.channel) == ("chat:team", "general"), "its allowance holds"
    assert [message.ref.address.private_to for message in house.outcomes] == [ANN.id, ANN.id]


async def test_in_a_thread_it_draws_in_the_thread(house: House) -> None:
    await house.drawn(address=replace(at(), thread="t1"))
    sent = house.only().ref
    untold = replace(sent, address=replace(sent.address, thread=""))
    assert isinstance(await house.react("🔁", untold, BOB), Accepted)
    await house.done()
    job = (await house.ledger.jobs.list_recent("chat:team", BOB.id, 1))[0]
    assert address_of(job, 0).thread == "t1"


@pytest.mark.parametrize("emoji", ["🔁", "🗑️"])
async def test_on_a_card_that_works_it_means_nothing(house: House, emoji: str) -> None:
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    (card,) = house.working
    assert await house.react(emoji, card.ref) is None
    house.chat.gate.clear()
    house.painter.gate.set()
    await house.until_async(lambda: _settled(house))
    assert await house.react(emoji, card.ref) is None, "drawn, and not delivered yet"
    house.chat.gate.set()
    await house.done()


async def _settled(house: House) -> bool:
    return bool(await house.ledger.jobs.list_undelivered())


async def test_it_works_after_a_restart_and_for_months(house: House) -> None:
    await house.drawn()
    message = house.only().ref
    await house.stop()
    house.clock.now += 100 * 24 * 3600
    await house.open()
    assert isinstance(await house.react("🔁", message, BOB), Accepted)
    await house.done()
