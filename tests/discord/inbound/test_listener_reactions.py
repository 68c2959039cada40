"""Reactions, over real sockets: whose, on what, with which rights, and how they are answered."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs

from bot.port.requests import Address, Person, Reaction
from tests.discord.app import App, running_app
from tests.discord.backend import until
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.places import User


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


async def reached(app: App, number: int = 1) -> list[Reaction]:
    """The reactions that came to the core, once there are so many."""
    await until(lambda: len(reactions(app)) >= number)
    return reactions(app)


def reactions(app: App) -> list[Reaction]:
    return [what for method, what in app.core_proxy.calls if method == "react"]


def answering() -> list[str]:
    """What discord.py has us do about reactions just now."""
    return [name for task in asyncio.all_tasks() if "raw_reaction_add" in (name := task.get_name())]


@pytest.mark.parametrize("emoji", ["🔁", "🔄", "🔄\ufe0f"])
async def test_a_reaction_draws_again_for_whoever_reacted(app: App, emoji: str) -> None:
    gallery = await app.draw("a red fox", variants=1)
    app.backend.painter.gate.clear()
    await app.fake.react(app.bob, gallery, emoji)
    await app.fake.until(lambda: len(app.room.messages) == 2)
    card = app.room.messages[1]
    assert "a red fox" in card.text
    assert not card.gallery
    app.backend.painter.gate.set()
    await app.backend.done()
    assert app.room.messages == [gallery, card], "the card became the gallery"
    assert len(card.gallery) == 1
    (job,) = await app.backend.ledger.jobs.list_recent(f"discord:{app.guild.id}", f"discord:{app.bob.id}", 9)
    assert (job.name, job.origin) == ("Bob", "reaction")
    assert app.fake.dms(app.bob) == []


async def test_again_of_a_private_one_that_was_shared_is_private(app: App) -> None:
    gallery = await app.draw("a red fox", private=True)
    await app.fake.click(app.ann, gallery, "Share")
    (shared,) = app.room.messages
    await app.fake.react(app.bob, shared, "🔁")
    await app.fake.until(lambda: app.fake.dms(app.bob))
    await app.backend.done()
    assert app.room.messages == [shared]
    (mine,) = app.fake.dms(app.bob)
    assert len(mine.gallery) == 4


async def test_it_is_drawn_again_once(app: App) -> None:
    gallery = await app.draw()
    for emoji in ("🔁", "🔄"):
        await app.fake.react(app.bob, gallery, emoji)
    await app.fake.unreact(app.bob, gallery, "🔁")
    await app.fake.react(app.bob, gallery, "🔁")
    await reached(app, 3)
    await until(lambda: not answering())
    await app.backend.done()
    assert len(app.room.messages) == 2


async def test_it_brings_roles_and_rights_of_that_moment(app: App) -> None:
    vip = app.guild.add_role("vip")
    carla = app.guild.add_member("Carla", roles=[vip])
    gallery = await app.draw()
    await app.fake.react(carla, gallery, "🔁")
    await app.fake.react(app.boss, gallery, "🔁")
    hers, his = await reached(app, 2)
    assert hers.person == Person(id=f"discord:{carla.id}", name="Carla", roles=(f"discord:{vip.id}",))
    assert his.person.admin
    await app.backend.done()


async def test_the_requester_deletes_with_a_bin_and_nobody_is_written_to(app: App) -> None:
    gallery = await app.draw()
    await app.fake.react(app.bob, gallery, "🗑️")
    await reached(app, 1)
    await app.fake.react(app.ann, gallery, "🗑️")
    await app.fake.until(lambda: app.room.messages == [])
    await until(lambda: not answering())
    assert app.fake.dms(app.ann) == app.fake.dms(app.bob) == []


async def test_an_admin_deletes_with_a_bin(app: App) -> None:
    gallery = await app.draw()
    await app.fake.react(app.boss, gallery, "🗑")
    await app.fake.until(lambda: app.room.messages == [])


async def test_what_is_not_ours_never_reaches_the_core(app: App) -> None:
    gallery = await app.draw()
    said = await app.fake.say(app.ann, app.room, "a red fox")
    robot = app.guild.add_member(User(app.fake.ids(), "robot", bot=True))
    await app.fake.react(app.bob, said, "🔁")  # somebody's own message
    await app.fake.react(robot, gallery, "🔁")  # another bot's
    await app.fake.react(app.guild.members[app.fake.bot.id], gallery, "🔁")  # our own
    await app.fake.react(app.bob, gallery, "👍")
    (only,) = await reached(app)
    assert (only.emoji, only.person.name) == ("👍", "Bob")
    assert app.room.messages == [gallery, said]


async def test_a_message_whose_author_is_not_said_may_be_ours(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord-api-docs pull request 6102: of a message that a webhook posted, as answers are, it is not."""
    altered(monkeypatch, message_author_id=None)
    gallery = await app.draw()
    await app.fake.react(app.bob, gallery, "🔁")
    await app.fake.until(lambda: len(app.room.messages) == 2)
    await app.backend.done()


async def test_what_the_bot_cannot_look_into_is_passed_over_in_silence(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await app.fake.say(app.ann, app.room, "a red fox")
    altered(monkeypatch, message_author_id=None)
    monkeypatch.setattr(discord.Client, "get_channel", lambda *_: None)
    app.fake.fail("GET", f"/channels/{app.room.id}$", 403, {"code": 50001, "message": "Missing Access"})
    with capture_logs() as logs:
        await app.fake.react(app.bob, said, "🔁")
        await reached(app)
        await until(lambda: not answering())
    assert logs == app.fake.dms(app.bob) == []


async def test_a_servers_own_emoji_means_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = await app.draw()
    altered(monkeypatch, emoji={"id": "123", "name": "🔁"})
    await app.fake.react(app.bob, gallery, "🔁")
    monkeypatch.undo()
    await app.fake.react(app.boss, gallery, "👍")
    (only,) = await reached(app)
    assert only.emoji == "👍"


def altered(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Reactions are told of with other fields, or, where that is None, without them."""
    dispatch = Gateway.dispatch

    def told(gateway: Gateway, event: str, data: dict[str, Any], *more: Any) -> None:
        if event == "MESSAGE_REACTION_ADD":
            data = {name: value for name, value in (data | fields).items() if value is not None}
        dispatch(gateway, event, data, *more)

    monkeypatch.setattr(Gateway, "dispatch", told)


async def test_in_a_thread_it_is_at_home_in_the_channel(app: App) -> None:
    thread = app.guild.add_thread(app.room, "foxes")
    asked = await app.fake.slash(app.ann, thread, "imagine", {"prompt": "a red fox"})
    await app.backend.done()
    await app.fake.react(app.bob, asked.original, "🔁")
    (reaction,) = await reached(app)
    place = Address(
        platform="discord",
        workspace=f"discord:{app.guild.id}",
        channel=f"discord:{app.room.id}",
        thread=f"discord:{thread.id}",
    )
    assert reaction.message.address == place
    await app.fake.until(lambda: len(thread.messages) == 2)
    await app.backend.done()
    assert app.room.messages == []


async def test_a_thread_that_no_cache_knows_is_asked_for(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = app.guild.add_thread(app.room, "foxes")
    asked = await app.fake.slash(app.ann, thread, "imagine", {"prompt": "a red fox"})
    await app.backend.done()
    monkeypatch.setattr(discord.Client, "get_channel", lambda *_: None)
    await app.fake.react(app.bob, asked.original, "🔁")
    (reaction,) = await reached(app)
    assert reaction.message.address.thread == f"discord:{thread.id}"
    await app.backend.done()


async def test_a_refusal_comes_directly(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=4) as app:
        gallery = await app.draw()
        await app.fake.react(app.ann, gallery, "🔁")
        await app.fake.until(lambda: app.fake.dms(app.ann))
        (told,) = app.fake.dms(app.ann)
        assert "allows 4 pictures per day" in told.text
        assert app.room.messages == [gallery]


async def test_a_refusal_for_whom_nobody_may_write_to_is_a_matter_for_the_log(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=4) as app:
        gallery = await app.draw()
        app.ann.user.accepts_dms = False
        with capture_logs() as logs:
            await app.fake.react(app.ann, gallery, "🔁")
            await until(lambda: any(line["event"] == "discord.reaction_not_answered" for line in logs))
        assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_core_that_breaks_is_a_matter_for_the_log(app: App) -> None:
    gallery = await app.draw("a red fox")
    app.core_proxy.broken.add("react")
    with capture_logs() as logs:
        await app.fake.react(app.ann, gallery, "🔁")
        await app.fake.until(lambda: app.fake.dms(app.ann))
    (line,) = [line for line in logs if line["event"] == "discord.reaction_broke"]
    assert line["message"] == gallery.id
    assert "fox" not in str(logs)
    assert "Something broke on our side" in app.fake.dms(app.ann)[0].text


async def test_in_direct_messages_it_draws_again_by_name(tmp_path: Path) -> None:
    async with running_app(tmp_path, dm_images=20) as app:
        direct = app.fake.dm(app.ann.user)
        asked = await app.fake.slash(app.ann.user, direct, "imagine", {"prompt": "a red fox"})
        await app.backend.done()
        await app.fake.react(app.ann.user, asked.original, "🔁")
        (reaction,) = await reached(app)
        assert reaction.person == Person(id=f"discord:{app.ann.id}", name="Ann")
        assert reaction.message.address.workspace == "dm"
        await app.fake.until(lambda: len(direct.messages) == 2)
        await app.backend.done()
        await app.fake.react(app.fake.bot, direct.messages[1], "🔁")  # our own: no member tells
        await app.fake.react(app.ann.user, direct.messages[1], "👍")
        assert [each.emoji for each in await reached(app, 2)] == ["🔁", "👍"]
