"""Reactions, over real sockets: whose, on what, with which rights, and how they are answered."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs

from bot.port.requests import Address, Person, Reaction
from tests.discord.home import until
from tests.discord.house import House, housed
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.places import User


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


async def reached(house: House, number: int = 1) -> list[Reaction]:
    """The reactions that came to the core, once there are so many."""
    await until(lambda: len(reactions(house)) >= number)
    return reactions(house)


def reactions(house: House) -> list[Reaction]:
    return [what for method, what in house.between.asked if method == "react"]


def answering() -> list[str]:
    """What discord.py has us do about reactions just now."""
    return [name for task in asyncio.all_tasks() if "raw_reaction_add" in (name := task.get_name())]


@pytest.mark.parametrize("emoji", ["🔁", "🔄", "🔄\ufe0f"])
async def test_a_reaction_draws_again_for_whoever_reacted(house: House, emoji: str) -> None:
    gallery = await house.draw("a red fox", variants=1)
    house.home.painter.gate.clear()
    await house.fake.react(house.bob, gallery, emoji)
    await house.fake.until(lambda: len(house.room.messages) == 2)
    card = house.room.messages[1]
    assert "a red fox" in card.text
    assert not card.gallery
    house.home.painter.gate.set()
    await house.home.done()
    assert house.room.messages == [gallery, card], "the card became the gallery"
    assert len(card.gallery) == 1
    (job,) = await house.home.ledger.jobs.list_recent(
        f"discord:{house.guild.id}", f"discord:{house.bob.id}", 9
    )
    assert (job.name, job.origin) == ("Bob", "reaction")
    assert house.fake.dms(house.bob) == []


async def test_again_of_a_private_one_that_was_shared_is_private(house: House) -> None:
    gallery = await house.draw("a red fox", private=True)
    await house.fake.click(house.ann, gallery, "Share")
    (shared,) = house.room.messages
    await house.fake.react(house.bob, shared, "🔁")
    await house.fake.until(lambda: house.fake.dms(house.bob))
    await house.home.done()
    assert house.room.messages == [shared]
    (mine,) = house.fake.dms(house.bob)
    assert len(mine.gallery) == 4


async def test_it_is_drawn_again_once(house: House) -> None:
    gallery = await house.draw()
    for emoji in ("🔁", "🔄"):
        await house.fake.react(house.bob, gallery, emoji)
    await house.fake.unreact(house.bob, gallery, "🔁")
    await house.fake.react(house.bob, gallery, "🔁")
    await reached(house, 3)
    await until(lambda: not answering())
    await house.home.done()
    assert len(house.room.messages) == 2


async def test_it_brings_roles_and_rights_of_that_moment(house: House) -> None:
    vip = house.guild.add_role("vip")
    carla = house.guild.add_member("Carla", roles=[vip])
    gallery = await house.draw()
    await house.fake.react(carla, gallery, "🔁")
    await house.fake.react(house.boss, gallery, "🔁")
    hers, his = await reached(house, 2)
    assert hers.person == Person(id=f"discord:{carla.id}", name="Carla", roles=(f"discord:{vip.id}",))
    assert his.person.admin
    await house.home.done()


async def test_the_requester_deletes_with_a_bin_and_nobody_is_written_to(house: House) -> None:
    gallery = await house.draw()
    await house.fake.react(house.bob, gallery, "🗑️")
    await reached(house, 1)
    await house.fake.react(house.ann, gallery, "🗑️")
    await house.fake.until(lambda: house.room.messages == [])
    await until(lambda: not answering())
    assert house.fake.dms(house.ann) == house.fake.dms(house.bob) == []


async def test_an_admin_deletes_with_a_bin(house: House) -> None:
    gallery = await house.draw()
    await house.fake.react(house.boss, gallery, "🗑")
    await house.fake.until(lambda: house.room.messages == [])


async def test_what_is_not_ours_never_reaches_the_core(house: House) -> None:
    gallery = await house.draw()
    said = await house.fake.say(house.ann, house.room, "a red fox")
    robot = house.guild.add_member(User(house.fake.ids(), "robot", bot=True))
    await house.fake.react(house.bob, said, "🔁")  # somebody's own message
    await house.fake.react(robot, gallery, "🔁")  # another bot's
    await house.fake.react(house.guild.members[house.fake.bot.id], gallery, "🔁")  # our own
    await house.fake.react(house.bob, gallery, "👍")
    (only,) = await reached(house)
    assert (only.emoji, only.person.name) == ("👍", "Bob")
    assert house.room.messages == [gallery, said]


async def test_a_message_whose_author_is_not_said_may_be_ours(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord-api-docs pull request 6102: of a message that a webhook posted, as answers are, it is not."""
    altered(monkeypatch, message_author_id=None)
    gallery = await house.draw()
    await house.fake.react(house.bob, gallery, "🔁")
    await house.fake.until(lambda: len(house.room.messages) == 2)
    await house.home.done()


async def test_what_the_bot_cannot_look_into_is_passed_over_in_silence(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await house.fake.say(house.ann, house.room, "a red fox")
    altered(monkeypatch, message_author_id=None)
    monkeypatch.setattr(discord.Client, "get_channel", lambda *_: None)
    house.fake.fail("GET", f"/channels/{house.room.id}$", 403, {"code": 50001, "message": "Missing Access"})
    with capture_logs() as logs:
        await house.fake.react(house.bob, said, "🔁")
        await reached(house)
        await until(lambda: not answering())
    assert logs == house.fake.dms(house.bob) == []


async def test_a_servers_own_emoji_means_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = await house.draw()
    altered(monkeypatch, emoji={"id": "123", "name": "🔁"})
    await house.fake.react(house.bob, gallery, "🔁")
    monkeypatch.undo()
    await house.fake.react(house.boss, gallery, "👍")
    (only,) = await reached(house)
    assert only.emoji == "👍"


def altered(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Reactions are told of with other fields, or, where that is None, without them."""
    dispatch = Gateway.dispatch

    def told(gateway: Gateway, event: str, data: dict[str, Any], *more: Any) -> None:
        if event == "MESSAGE_REACTION_ADD":
            data = {name: value for name, value in (data | fields).items() if value is not None}
        dispatch(gateway, event, data, *more)

    monkeypatch.setattr(Gateway, "dispatch", told)


async def test_in_a_thread_it_is_at_home_in_the_channel(house: House) -> None:
    thread = house.guild.add_thread(house.room, "foxes")
    asked = await house.fake.slash(house.ann, thread, "imagine", {"prompt": "a red fox"})
    await house.home.done()
    await house.fake.react(house.bob, asked.original, "🔁")
    (reaction,) = await reached(house)
    place = Address(
        platform="discord",
        workspace=f"discord:{house.guild.id}",
        channel=f"discord:{house.room.id}",
        thread=f"discord:{thread.id}",
    )
    assert reaction.message.address == place
    await house.fake.until(lambda: len(thread.messages) == 2)
    await house.home.done()
    assert house.room.messages == []


async def test_a_thread_that_no_cache_knows_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = house.guild.add_thread(house.room, "foxes")
    asked = await house.fake.slash(house.ann, thread, "imagine", {"prompt": "a red fox"})
    await house.home.done()
    monkeypatch.setattr(discord.Client, "get_channel", lambda *_: None)
    await house.fake.react(house.bob, asked.original, "🔁")
    (reaction,) = await reached(house)
    assert reaction.message.address.thread == f"discord:{thread.id}"
    await house.home.done()


async def test_a_refusal_comes_directly(tmp_path: Path) -> None:
    async with housed(tmp_path, images=4) as house:
        gallery = await house.draw()
        await house.fake.react(house.ann, gallery, "🔁")
        await house.fake.until(lambda: house.fake.dms(house.ann))
        (told,) = house.fake.dms(house.ann)
        assert "allows 4 pictures per day" in told.text
        assert house.room.messages == [gallery]


async def test_a_refusal_for_whom_nobody_may_write_to_is_a_matter_for_the_log(tmp_path: Path) -> None:
    async with housed(tmp_path, images=4) as house:
        gallery = await house.draw()
        house.ann.user.accepts_dms = False
        with capture_logs() as logs:
            await house.fake.react(house.ann, gallery, "🔁")
            await until(lambda: any(line["event"] == "discord.reaction_not_answered" for line in logs))
        assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_core_that_breaks_is_a_matter_for_the_log(house: House) -> None:
    gallery = await house.draw("a red fox")
    house.between.broken.add("react")
    with capture_logs() as logs:
        await house.fake.react(house.ann, gallery, "🔁")
        await house.fake.until(lambda: house.fake.dms(house.ann))
    (line,) = [line for line in logs if line["event"] == "discord.reaction_broke"]
    assert line["message"] == gallery.id
    assert "fox" not in str(logs)
    assert "Something broke on our side" in house.fake.dms(house.ann)[0].text


async def test_in_direct_messages_it_draws_again_by_name(tmp_path: Path) -> None:
    async with housed(tmp_path, dm_images=20) as house:
        direct = house.fake.dm(house.ann.user)
        asked = await house.fake.slash(house.ann.user, direct, "imagine", {"prompt": "a red fox"})
        await house.home.done()
        await house.fake.react(house.ann.user, asked.original, "🔁")
        (reaction,) = await reached(house)
        assert reaction.person == Person(id=f"discord:{house.ann.id}", name="Ann")
        assert reaction.message.address.workspace == "dm"
        await house.fake.until(lambda: len(direct.messages) == 2)
        await house.home.done()
        await house.fake.react(house.fake.bot, direct.messages[1], "🔁")  # our own: no member tells
        await house.fake.react(house.ann.user, direct.messages[1], "👍")
        assert [each.emoji for each in await reached(house, 2)] == ["🔁", "👍"]
