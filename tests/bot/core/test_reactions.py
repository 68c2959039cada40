"""Reactions work once per person and message, and only on delivered pictures."""

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


async def test_both_arrow_emoji_mean_the_same_and_draw_once(running: RunningBot) -> None:
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


async def test_a_reaction_on_the_new_message_draws_again(running: RunningBot) -> None:
    await running.draw()
    first = running.only_outcome().ref
    await running.react("🔁", first)
    await running.finish()
    second = next(message.ref for message in running.outcomes if message.ref != first)
    assert isinstance(await running.react("🔁", second), Accepted)
    await running.finish()


async def test_a_refused_reaction_can_be_repeated(build: Build) -> None:
    running = await build(images=4)
    await running.draw()
    message = running.only_outcome().ref
    for _ in range(2):
        answer = await running.react("🔁", message)
        assert isinstance(answer, Refused)
    running.clock.now += 24 * 3600
    assert isinstance(await running.react("🔁", message), Accepted)
    await running.finish()


async def test_a_reaction_whose_job_was_released_can_be_repeated(running: RunningBot) -> None:
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
    assert await running.react("🔁", message) is None, "the earlier job counts, even if the tier is off now"
    assert await running.usage_today() == (8, 0)


@pytest.mark.parametrize("emoji", ["🗑", "🗑\ufe0f"])
async def test_the_bin_deletes_only_for_those_who_may_delete(running: RunningBot, emoji: str) -> None:
    await running.draw()
    message = running.only_outcome().ref
    assert await running.react(emoji, message, BOB) is None
    assert len(running.chat.messages) == 1
    assert await running.react(emoji, message, ANN) is None, "people see that it is gone"
    assert running.chat.messages == {}


async def test_a_bin_that_fails_says_so(running: RunningBot) -> None:
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
async def test_reactions_on_other_messages_mean_nothing(running: RunningBot, emoji: str) -> None:
    await running.draw()
    mine = running.only_outcome().ref
    others = replace(mine, address=at("chat:others"))
    assert await running.react(emoji, MessageRef(address=at(), id="unknown")) is None
    assert await running.react(emoji, others, BOSS) is None, "the same id in another workspace"
    elsewhere = replace(mine, address=replace(mine.address, channel="random"))
    assert await running.react(emoji, elsewhere) is None
    assert len(running.painter.orders) == len(running.chat.messages) == 1


async def test_pictures_sent_by_direct_message_can_be_drawn_again_from_there(running: RunningBot) -> None:
    await running.draw(private=True)
    sent = replace(running.only_outcome().ref, address=replace(at("dm"), channel="general"))
    assert await running.react("🔁", sent, BOB) is None
    answer = await running.react("🔁", sent, ANN)
    assert isinstance(answer, Accepted)
    await running.finish()
    again = await running.job(answer.job)
    assert (again.workspace, again.channel) == ("chat:team", "general"), "its allowance holds"
    assert [message.ref.address.private_to for message in running.outcomes] == [ANN.id, ANN.id]


async def test_a_reaction_in_a_thread_draws_in_the_thread(running: RunningBot) -> None:
    await running.draw(address=replace(at(), thread="t1"))
    message = running.only_outcome().ref
    without_thread = replace(message, address=replace(message.address, thread=""))
    assert isinstance(await running.react("🔁", without_thread, BOB), Accepted)
    await running.finish()
    job = (await running.ledger.jobs.list_recent("chat:team", BOB.id, 1))[0]
    assert address_of(job, 0).thread == "t1"


@pytest.mark.parametrize("emoji", ["🔁", "🗑️"])
async def test_reactions_on_a_working_card_mean_nothing(running: RunningBot, emoji: str) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    (card,) = running.working
    assert await running.react(emoji, card.ref) is None
    running.chat.gate.clear()
    running.painter.gate.set()
    await running.wait_for(lambda: _is_undelivered(running))
    assert await running.react(emoji, card.ref) is None, "drawn, but not delivered yet"
    running.chat.gate.set()
    await running.finish()


async def _is_undelivered(running: RunningBot) -> bool:
    return bool(await running.ledger.jobs.list_undelivered())


async def test_reactions_work_after_a_restart_and_for_months(running: RunningBot) -> None:
    await running.draw()
    message = running.only_outcome().ref
    await running.stop()
    running.clock.now += 100 * 24 * 3600
    await running.open()
    assert isinstance(await running.react("🔁", message, BOB), Accepted)
    await running.finish()
