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
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at, until


async def test_both_arrows_are_one_and_draw_once(running: RunningBot) -> None:
    job = await running.draw("a red fox --ar 3:2 -n 1")
    message = running.only_outcome().ref
    first = await running.react("🔁", message, BOB)
    assert isinstance(first, Accepted)
    for emoji in ("🔁", "🔄", "🔁", "🔄\ufe0f"):
        assert await running.react(emoji, message, BOB) is None
    await running.finish()
    again = await running.job(first.job)
    assert (again.person, again.origin, again.parent) == (BOB.id, "reaction", job.id)
    assert await running.usage_today(BOB) == (1, 0)
    assert await running.usage_today(ANN) == (1, 0)
    assert isinstance(await running.react("🔄", message, ANN), Accepted), "each person once"
    await running.finish()
    assert len(running.painter.orders) == 3


async def test_on_the_new_message_it_draws_again(running: RunningBot) -> None:
    await running.draw()
    first = running.only_outcome().ref
    await running.react("🔁", first)
    await running.finish()
    second = next(message.ref for message in running.outcomes if message.ref != first)
    assert isinstance(await running.react("🔁", second), Accepted)
    await running.finish()


async def test_a_refused_attempt_does_not_use_it_up(build: Build) -> None:
    running = await build(images=4)
    await running.draw()
    message = running.only_outcome().ref
    for _ in range(2):
        answer = await running.react("🔁", message)
        assert isinstance(answer, Refused)
    running.clock.now += 24 * 3600
    assert isinstance(await running.react("🔁", message), Accepted)
    await running.finish()


async def test_a_released_attempt_does_not_use_it_up(running: RunningBot) -> None:
    await running.draw()
    message = running.only_outcome().ref
    running.painter.script = [Declined()]
    first = await running.react("🔁", message)
    await running.finish()
    running.painter.off["standard"] = "switched off"
    assert isinstance(await running.react("🔁", message), Refused)
    running.painter.off.clear()
    second = await running.react("🔁", message)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.job != first.job
    await running.finish()
    assert await running.react("🔁", message) is None
    running.painter.off["standard"] = "switched off"
    assert await running.react("🔁", message) is None, (
        "what it drew before counts, even where it could not now"
    )
    assert await running.usage_today() == (8, 0)


@pytest.mark.parametrize("emoji", ["🗑", "🗑\ufe0f"])
async def test_the_bin_deletes_for_those_who_may(running: RunningBot, emoji: str) -> None:
    await running.draw()
    message = running.only_outcome().ref
    assert await running.react(emoji, message, BOB) is None
    assert len(running.chat.messages) == 1
    assert await running.react(emoji, message, ANN) is None, "that it is gone is seen"
    assert running.chat.messages == {}


async def test_a_bin_that_does_not_work_says_so(running: RunningBot) -> None:
    await running.draw()
    running.chat.fail("delete")
    answer = await running.react("🗑", running.only_outcome().ref, ANN)
    assert answer == Notice(sentence=wording.MAY_NOT_DELETE)


async def test_an_admin_may_use_the_bin(running: RunningBot) -> None:
    job = await running.draw()
    await running.react("🗑️", running.only_outcome().ref, BOSS)
    assert running.chat.messages == {}
    assert (await running.job(id_text(job.id))).deleted_at is not None


@pytest.mark.parametrize("emoji", ["👍", "", "🔁🔁", "x", "\ufe0f"])
async def test_other_emoji_mean_nothing(running: RunningBot, emoji: str) -> None:
    await running.draw()
    assert await running.react(emoji, running.only_outcome().ref) is None


@pytest.mark.parametrize("emoji", ["🔁", "🗑️"])
async def test_on_other_messages_it_means_nothing(running: RunningBot, emoji: str) -> None:
    await running.draw()
    mine = running.only_outcome().ref
    others = replace(mine, address=at("chat:others"))
    assert await running.react(emoji, MessageRef(address=at(), id="unknown")) is None
    assert await running.react(emoji, others, BOSS) is None, "the same id in another workspace"
    elsewhere = replace(mine, address=replace(mine.address, channel="random"))
    assert await running.react(emoji, elsewhere) is None
    assert len(running.painter.orders) == len(running.chat.messages) == 1


async def test_what_was_sent_to_its_person_alone_can_be_drawn_again_from_there(running: RunningBot) -> None:
    await running.draw(private=True)
    sent = replace(running.only_outcome().ref, address=replace(at("dm"), channel="general"))
    assert await running.react("🔁", sent, BOB) is None
    answer = await running.react("🔁", sent, ANN)
    assert isinstance(answer, Accepted)
    await running.finish()
    again = await running.job(answer.job)
    assert (again.workspace, again.channel) == ("chat:team", "general"), "its allowance holds"
    assert [message.ref.address.private_to for message in running.outcomes] == [ANN.id, ANN.id]


async def test_in_a_thread_it_draws_in_the_thread(running: RunningBot) -> None:
    await running.draw(address=replace(at(), thread="t1"))
    sent = running.only_outcome().ref
    untold = replace(sent, address=replace(sent.address, thread=""))
    assert isinstance(await running.react("🔁", untold, BOB), Accepted)
    await running.finish()
    job = (await running.ledger.jobs.list_recent("chat:team", BOB.id, 1))[0]
    assert address_of(job, 0).thread == "t1"


@pytest.mark.parametrize("emoji", ["🔁", "🗑️"])
async def test_on_a_card_that_works_it_means_nothing(running: RunningBot, emoji: str) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    (card,) = running.working
    assert await running.react(emoji, card.ref) is None
    running.chat.gate.clear()
    running.painter.gate.set()
    await running.wait_for(lambda: _settled(running))
    assert await running.react(emoji, card.ref) is None, "drawn, and not delivered yet"
    running.chat.gate.set()
    await running.finish()


async def _settled(running: RunningBot) -> bool:
    return bool(await running.ledger.jobs.list_undelivered())


async def test_it_works_after_a_restart_and_for_months(running: RunningBot) -> None:
    await running.draw()
    message = running.only_outcome().ref
    await running.stop()
    running.clock.now += 100 * 24 * 3600
    await running.open()
    assert isinstance(await running.react("🔁", message, BOB), Accepted)
    await running.finish()
