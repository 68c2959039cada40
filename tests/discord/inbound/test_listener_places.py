"""Buttons, menus and personal installs, over real sockets: places, people, and where the answers go."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from bot import wording
from bot.imagine.records import spec_of
from bot.port.cards import Button, Notice, Refused, Report
from bot.port.requests import Address, Command, Imagine, Person
from quotas.ids import id_text
from quotas.records import Job
from quotas.records_workspace import Preferences
from tests.discord.app import App, running_app
from tests.discord.backend import until
from tests.fakes.discord.messages import Message, walk


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


async def jobs(app: App, by: Any, workspace: str = "") -> list[Job]:
    """Return a person's jobs, newest first."""
    where = workspace or f"discord:{app.guild.id}"
    return await app.backend.ledger.jobs.list_recent(where, f"discord:{by.id}", 20)


# --- buttons


async def test_cancel_is_answered_and_the_card_is_deleted(app: App) -> None:
    app.backend.painter.gate.clear()
    for _ in range(4):
        await app.imagine("busy")
    await until(lambda: len(app.backend.painter.orders) == 4)
    interaction = await app.imagine("a red fox")
    click = await app.fake.click(app.bob, interaction.original, "Cancel")
    assert click.original.text == wording.NOT_YOURS_TO_CANCEL
    click = await app.fake.click(app.ann, interaction.original, "Cancel")
    assert click.original.text == wording.CANCELLED
    assert click.original.only_for is app.ann.user
    await app.fake.until(lambda: interaction.original in app.room.gone)
    app.backend.painter.gate.set()
    await app.backend.done()


async def test_a_button_that_was_copied_to_another_server_opens_nothing(app: App) -> None:
    await app.draw()
    (job,) = await jobs(app, app.ann)
    elsewhere = app.fake.add_guild("Elsewhere")
    room, eve = elsewhere.add_channel("general"), elsewhere.add_member("Eve", permissions=["manage_guild"])
    await post_copy(app, elsewhere.id, room.id, id_text(job.id))
    for label in ("Again", "Details", "Delete"):
        click = await app.fake.click(eve, room.messages[0], label)
        assert click.original.text == wording.NO_SUCH_JOB
        assert click.original.only_for is eve.user
    assert len(app.room.messages) == 1
    assert len(app.backend.painter.orders) == 1


async def post_copy(app: App, guild: int, room: int, job: str) -> None:
    buttons = tuple(
        Button(verb=verb, label=verb.capitalize(), target=job)  # type: ignore[arg-type]
        for verb in ("again", "details", "delete")
    )
    place = Address(platform="discord", workspace=f"discord:{guild}", channel=f"discord:{room}")
    card = Refused(why="input", sentence="copied", buttons=buttons)
    await app.adapter.post(place, card, key="copied")


async def test_a_button_whose_id_is_not_in_our_format_is_answered(app: App) -> None:
    gallery = await app.draw()
    set_custom_id(gallery, "Again", "b2:again:whatever")
    click = await app.fake.click(app.ann, gallery, "Again")
    assert click.original.text == wording.NO_SUCH_JOB
    assert click.original.only_for is app.ann.user


def set_custom_id(message: Message, label: str, custom_id: str) -> None:
    (button,) = [each for each in walk(message.components) if each.get("label") == label]
    button["custom_id"] = custom_id


async def test_buttons_and_open_forms_work_after_a_restart(app: App) -> None:
    gallery = await app.draw("a red fox")
    edit = await app.fake.click(app.ann, gallery, "Edit prompt")
    await app.restart()
    await app.fake.click(app.ann, gallery, "Again")
    submission = await app.fake.submit(
        app.ann, edit.modal, {"Prompt": "a blue fox", "Variants": ["1"], "Ratio": ["3:2"]}
    )
    await app.backend.done()
    assert submission.original is not gallery
    spec = spec_of((await jobs(app, app.ann))[0])
    assert (spec.prompt, spec.images, spec.ratio, spec.tier) == ("a blue fox", 1, "3:2", "standard")
    assert len(app.room.messages) == 3


async def test_discord_py_keeps_no_button_and_no_form_in_memory(app: App) -> None:
    gallery = await app.draw()
    await app.fake.click(app.ann, gallery, "Edit prompt")
    views = app.adapter._shards.posting_for("dm")._client._connection._view_store  # type: ignore[union-attr]
    assert views._views == views._modals == views._synced_message_views == {}


# --- the context menu


async def test_a_message_becomes_a_prompt_with_names_in_place_of_ids(app: App) -> None:
    source = await app.fake.say(app.bob, app.room, f"<@{app.ann.id}> rides a fox through <#{app.room.id}>")
    await app.fake.menu(app.ann, source, wording.IMAGINE_THIS)
    await app.backend.done()
    (job,) = await jobs(app, app.ann)
    assert spec_of(job).prompt == "@Ann rides a fox through #general"


async def test_a_message_without_text_is_refused_with_a_hint(app: App) -> None:
    source = await app.fake.say(app.bob, app.room, "", files={"fox.png": b"fox"})
    interaction = await app.fake.menu(app.ann, source, wording.IMAGINE_THIS)
    assert interaction.original.only_for is app.ann.user
    assert "Say what to draw" in interaction.original.text
    assert await jobs(app, app.ann) == []


# --- places without the bot


async def test_a_personal_install_is_answered_while_its_token_lives(tmp_path: Path) -> None:
    async with running_app(tmp_path, dm_images=8) as app:
        eve = app.fake.add_user("Eve", installed=True)
        elsewhere = app.fake.add_guild("Elsewhere", has_bot=False)
        room = elsewhere.add_channel("general")
        member = elsewhere.add_member(eve, permissions=["administrator"])
        group = app.fake.add_private_channel(eve, app.ann.user)
        for who, place in ((member, room), (eve, group)):
            interaction = await app.fake.slash(who, place, "imagine", {"prompt": "a red fox"})
            await app.backend.done()
            assert len(interaction.original.gallery) == 4
        requests = [argument for _, argument in app.core_proxy.calls if isinstance(argument, Imagine)]
        for request, place in zip(requests, (room, group), strict=True):
            assert request.address == Address(
                platform="discord", workspace="dm", channel=f"discord:{place.id}", lent_only=True
            )
            assert (request.person.roles, request.person.admin) == ((), False)


async def test_a_personal_install_has_no_allowance_unless_one_is_set(app: App) -> None:
    eve = app.fake.add_user("Eve", installed=True)
    elsewhere = app.fake.add_guild("Elsewhere", has_bot=False)
    room, member = elsewhere.add_channel("general"), elsewhere.add_member(eve)
    interaction = await app.fake.slash(member, room, "imagine", {"prompt": "a red fox"})
    assert interaction.original.only_for is eve
    assert "0 pictures" in interaction.original.text


async def test_a_servers_own_emoji_in_a_prompt_are_named(app: App) -> None:
    await app.draw("a <:foxy:123> and a <a:wave:456> 🦊", variants=1)
    (job,) = await jobs(app, app.ann)
    assert spec_of(job).prompt == "a foxy and a wave 🦊"


async def test_a_channel_of_another_server_is_not_taken(app: App) -> None:
    other = app.fake.add_guild("Wolf Club")
    theirs, our_admins = other.add_channel("wolves"), app.guild.add_channel("admins")
    await until(lambda: app.adapter.owns_channel(f"discord:{other.id}", f"discord:{theirs.id}") is True)
    boss = Person(id=f"discord:{app.boss.id}", name="Boss", admin=True)
    place = Address(platform="discord", workspace=f"discord:{app.guild.id}", channel=f"discord:{app.room.id}")

    async def change(verb: str, **options: str) -> Notice | Refused | Report:
        command = Command(id=uuid4().hex, person=boss, address=place, name=f"quotas {verb}", options=options)
        return await app.backend.bot.command(command)

    for verb, options in (
        ("settings", {"admin_channel": f"discord:{theirs.id}"}),
        ("settings", {"alert_channel": f"discord:{theirs.id}"}),
        ("set", {"channel": f"discord:{theirs.id}", "images_per_day": "0"}),
    ):
        assert await change(verb, **options) == Refused(why="input", sentence=wording.NOT_OUR_CHANNEL)
    assert await app.backend.ledger.settings.entries(None, 10) == []
    assert theirs.messages == []
    answer = await change("settings", admin_channel=f"discord:{our_admins.id}")
    assert isinstance(answer, Notice)
    assert len(our_admins.messages) == 1


async def test_nothing_is_posted_in_another_servers_channel(app: App) -> None:
    """A shell may set it while no adapter runs that could tell."""
    other = app.fake.add_guild("Wolf Club")
    theirs = other.add_channel("wolves")
    await until(lambda: app.adapter.owns_channel(f"discord:{other.id}", f"discord:{theirs.id}") is True)
    await app.backend.ledger.settings.set_preferences(
        workspace=f"discord:{app.guild.id}",
        change=Preferences(admin_channel=f"discord:{theirs.id}"),
        zone=None,
        author="shell:root",
        reason="",
        request_id="1",
    )
    with capture_logs() as logs:
        await app.fake.slash(app.boss, app.room, "quotas set", {"images_per_day": "5"})
        await until(lambda: any(line["event"] == "admins.not_told" for line in logs))
    assert theirs.messages == []


async def test_a_channel_that_no_server_of_ours_has_cannot_be_told(app: App) -> None:
    for channel in ("discord:1", "discord:nonsense", ""):
        assert app.adapter.owns_channel(f"discord:{app.guild.id}", channel) is None
