"""Reactions, over real sockets: people, messages, rights, and answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.state import ConnectionState
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


async def wait_for_reactions(app: App, number: int = 1) -> list[Reaction]:
    """Wait until so many reactions reached the core; return them."""
    await until(lambda: len(reactions(app)) >= number)
    return reactions(app)


def reactions(app: App) -> list[Reaction]:
    return [argument for method, argument in app.core_proxy.calls if method == "react"]


def reaction_tasks() -> list[str]:
    """Name the tasks in which discord.py lets us handle reactions now."""
    return [name for task in asyncio.all_tasks() if "raw_reaction_add" in (name := task.get_name())]


@pytest.mark.parametrize("emoji", ["🔁", "🔄", "🔄\ufe0f"])
async def test_a_reaction_draws_again_for_the_person_who_reacted(app: App, emoji: str) -> None:
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


async def test_again_on_a_shared_private_gallery_is_private(app: App) -> None:
    gallery = await app.draw("a red fox", private=True)
    await app.fake.click(app.ann, gallery, "Share")
    (public,) = app.room.messages
    await app.fake.react(app.bob, public, "🔁")
    await app.fake.until(lambda: app.fake.dms(app.bob))
    await app.backend.done()
    assert app.room.messages == [public]
    (mine,) = app.fake.dms(app.bob)
    assert len(mine.gallery) == 4


async def test_a_reaction_in_a_server_without_the_persons_roles_is_left_out(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py gives no member for a server that Discord has not described yet."""
    gallery = await app.draw("a red fox", variants=1)
    monkeypatch.setattr(ConnectionState, "_get_guild", lambda _state, _guild: None)
    with capture_logs() as logs:
        await app.fake.react(app.bob, gallery, "🔁")
        await until(lambda: any(line["event"] == "discord.roles_unknown" for line in logs))
    monkeypatch.undo()
    assert reactions(app) == []
    assert app.fake.dms(app.bob) == []


async def test_several_reactions_of_one_person_draw_again_once(app: App) -> None:
    gallery = await app.draw()
    for emoji in ("🔁", "🔄"):
        await app.fake.react(app.bob, gallery, emoji)
    await app.fake.unreact(app.bob, gallery, "🔁")
    await app.fake.react(app.bob, gallery, "🔁")
    await wait_for_reactions(app, 3)
    await until(lambda: not reaction_tasks())
    await app.backend.done()
    assert len(app.room.messages) == 2


async def test_a_reaction_has_the_persons_roles_and_rights_of_that_moment(app: App) -> None:
    vip = app.guild.add_role("vip")
    carla = app.guild.add_member("Carla", roles=[vip])
    gallery = await app.draw()
    await app.fake.react(carla, gallery, "🔁")
    await app.fake.react(app.boss, gallery, "🔁")
    hers, his = await wait_for_reactions(app, 2)
    assert hers.person == Person(id=f"discord:{carla.id}", name="Carla", roles=(f"discord:{vip.id}",))
    assert his.person.admin
    await app.backend.done()


async def test_the_requester_deletes_with_a_wastebasket_and_nobody_gets_a_message(app: App) -> None:
    gallery = await app.draw()
    await app.fake.react(app.bob, gallery, "🗑️")
    await wait_for_reactions(app, 1)
    await app.fake.react(app.ann, gallery, "🗑️")
    await app.fake.until(lambda: app.room.messages == [])
    await until(lambda: not reaction_tasks())
    assert app.fake.dms(app.ann) == app.fake.dms(app.bob) == []


async def test_an_admin_deletes_with_a_wastebasket(app: App) -> None:
    gallery = await app.draw()
    await app.fake.react(app.boss, gallery, "🗑")
    await app.fake.until(lambda: app.room.messages == [])


async def test_reactions_of_bots_and_on_foreign_messages_never_reach_the_core(app: App) -> None:
    gallery = await app.draw()
    source = await app.fake.say(app.ann, app.room, "a red fox")
    robot = app.guild.add_member(User(app.fake.ids(), "robot", bot=True))
    await app.fake.react(app.bob, source, "🔁")  # somebody's own message
    await app.fake.react(robot, gallery, "🔁")  # another bot's
    await app.fake.react(app.guild.members[app.fake.bot.id], gallery, "🔁")  # our own
    await app.fake.react(app.bob, gallery, "👍")
    (only,) = await wait_for_reactions(app)
    assert (only.emoji, only.person.name) == ("👍", "Bob")
    assert app.room.messages == [gallery, source]


async def test_a_message_without_an_author_in_the_event_may_be_ours(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events leave out the author of a message that a webhook posted (discord-api-docs pull request 6102)."""
    alter_reactions(monkeypatch, message_author_id=None)
    gallery = await app.draw()
    await app.fake.react(app.bob, gallery, "🔁")
    await app.fake.until(lambda: len(app.room.messages) == 2)
    await app.backend.done()


async def test_a_reaction_in_a_channel_that_the_bot_cannot_see_is_ignored_silently(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await app.fake.say(app.ann, app.room, "a red fox")
    alter_reactions(monkeypatch, message_author_id=None)
    monkeypatch.setattr(discord.Client, "get_channel", lambda *_: None)
    app.fake.fail("GET", f"/channels/{app.room.id}$", 403, {"code": 50001, "message": "Missing Access"})
    with capture_logs() as logs:
        await app.fake.react(app.bob, source, "🔁")
        await wait_for_reactions(app)
        await until(lambda: not reaction_tasks())
    assert logs == app.fake.dms(app.bob) == []


async def test_a_servers_own_emoji_means_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = await app.draw()
    alter_reactions(monkeypatch, emoji={"id": "123", "name": "🔁"})
    await app.fake.react(app.bob, gallery, "🔁")
    monkeypatch.undo()
    await app.fake.react(app.boss, gallery, "👍")
    (only,) = await wait_for_reactions(app)
    assert only.emoji == "👍"


def alter_reactions(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Change fields of the reaction events; a field that is None is left out."""
    dispatch = Gateway.dispatch

    def alter(gateway: Gateway, event: str, data: dict[str, Any], *more: Any) -> None:
        if event == "MESSAGE_REACTION_ADD":
            data = {name: value for name, value in (data | fields).items() if value is not None}
        dispatch(gateway, event, data, *more)

    monkeypatch.setattr(Gateway, "dispatch", alter)


async def test_a_reaction_in_a_thread_has_its_channel_too_and_is_answered_there(app: App) -> None:
    thread = app.guild.add_thread(app.room, "foxes")
    interaction = await app.fake.slash(app.ann, thread, "imagine", {"prompt": "a red fox"})
    await app.backend.done()
    await app.fake.react(app.bob, interaction.original, "🔁")
    (reaction,) = await wait_for_reactions(app)
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


async def test_a_thread_that_no_cache_knows_is_fetched(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = app.guild.add_thread(app.room, "foxes")
    interaction = await app.fake.slash(app.ann, thread, "imagine", {"prompt": "a red fox"})
    await app.backend.done()
    monkeypatch.setattr(discord.Client, "get_channel", lambda *_: None)
    await app.fake.react(app.bob, interaction.original, "🔁")
    (reaction,) = await wait_for_reactions(app)
    assert reaction.message.address.thread == f"discord:{thread.id}"
    await app.backend.done()


async def test_a_refusal_comes_as_a_direct_message(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=4) as app:
        gallery = await app.draw()
        await app.fake.react(app.ann, gallery, "🔁")
        await app.fake.until(lambda: app.fake.dms(app.ann))
        (message,) = app.fake.dms(app.ann)
        assert "allows 4 pictures per day" in message.text
        assert app.room.messages == [gallery]


async def test_a_refusal_for_a_person_who_takes_no_direct_messages_is_only_logged(tmp_path: Path) -> None:
    async with running_app(tmp_path, images=4) as app:
        gallery = await app.draw()
        app.ann.user.accepts_dms = False
        with capture_logs() as logs:
            await app.fake.react(app.ann, gallery, "🔁")
            await until(lambda: any(line["event"] == "discord.reaction_not_answered" for line in logs))
        assert [line for line in logs if line["log_level"] == "error"] == []


async def test_an_error_of_the_core_is_logged_without_the_prompt_and_told(app: App) -> None:
    gallery = await app.draw("a red fox")
    app.core_proxy.broken.add("react")
    with capture_logs() as logs:
        await app.fake.react(app.ann, gallery, "🔁")
        await app.fake.until(lambda: app.fake.dms(app.ann))
    (line,) = [line for line in logs if line["event"] == "discord.reaction_broke"]
    assert line["message"] == gallery.id
    assert "fox" not in str(logs)
    assert "Something broke on our side" in app.fake.dms(app.ann)[0].text


async def test_in_direct_messages_a_reaction_draws_again_with_the_persons_name(tmp_path: Path) -> None:
    async with running_app(tmp_path, dm_images=20) as app:
        direct = app.fake.dm(app.ann.user)
        interaction = await app.fake.slash(app.ann.user, direct, "imagine", {"prompt": "a red fox"})
        await app.backend.done()
        await app.fake.react(app.ann.user, interaction.original, "🔁")
        (reaction,) = await wait_for_reactions(app)
        assert reaction.person == Person(id=f"discord:{app.ann.id}", name="Ann")
        assert reaction.message.address.workspace == "dm"
        await app.fake.until(lambda: len(direct.messages) == 2)
        await app.backend.done()
        await app.fake.react(app.fake.bot, direct.messages[1], "🔁")  # our own; the event has no member
        await app.fake.react(app.ann.user, direct.messages[1], "👍")
        assert [each.emoji for each in await wait_for_reactions(app, 2)] == ["🔁", "👍"]
