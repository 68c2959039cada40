"""Buttons, menus and personal installs, over real sockets: from where, by whom, and where to."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import wording
from bot.imagine.records import spec_of
from bot.port.cards import Button, Refused
from bot.port.requests import Address, Imagine
from quotas.ids import id_text
from quotas.records import Job
from tests.discord.home import until
from tests.discord.house import House, housed
from tests.fakes.discord.messages import Message, walk


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


async def jobs(house: House, by: Any, workspace: str = "") -> list[Job]:
    """Newest first."""
    where = workspace or f"discord:{house.guild.id}"
    return await house.home.ledger.jobs.list_recent(where, f"discord:{by.id}", 20)


# --- buttons


async def test_cancel_is_answered_and_the_card_goes(house: House) -> None:
    house.home.painter.gate.clear()
    for _ in range(4):
        await house.imagine("busy")
    await until(lambda: len(house.home.painter.orders) == 4)
    asked = await house.imagine("a red fox")
    pressed = await house.fake.click(house.bob, asked.original, "Cancel")
    assert pressed.original.text == wording.NOT_YOURS_TO_CANCEL
    pressed = await house.fake.click(house.ann, asked.original, "Cancel")
    assert pressed.original.text == wording.CANCELLED
    assert pressed.original.only_for is house.ann.user
    await house.fake.until(lambda: asked.original in house.room.gone)
    house.home.painter.gate.set()
    await house.home.done()


async def test_a_button_that_was_carried_elsewhere_opens_nothing(house: House) -> None:
    await house.draw()
    (job,) = await jobs(house, house.ann)
    elsewhere = house.fake.add_guild("Elsewhere")
    room, eve = elsewhere.add_channel("general"), elsewhere.add_member("Eve", permissions=["manage_guild"])
    await copied(house, elsewhere.id, room.id, id_text(job.id))
    for label in ("Again", "Details", "Delete"):
        pressed = await house.fake.click(eve, room.messages[0], label)
        assert pressed.original.text == wording.NO_SUCH_JOB
        assert pressed.original.only_for is eve.user
    assert len(house.room.messages) == 1
    assert len(house.home.painter.orders) == 1


async def copied(house: House, guild: int, room: int, job: str) -> None:
    buttons = tuple(
        Button(verb=verb, label=verb.capitalize(), target=job)  # type: ignore[arg-type]
        for verb in ("again", "details", "delete")
    )
    place = Address(platform="discord", workspace=f"discord:{guild}", channel=f"discord:{room}")
    card = Refused(why="input", sentence="copied", buttons=buttons)
    await house.adapter.post(place, card, key="copied")


async def test_a_button_in_words_that_are_not_ours_is_answered(house: House) -> None:
    gallery = await house.draw()
    worded(gallery, "Again", "b2:again:whatever")
    pressed = await house.fake.click(house.ann, gallery, "Again")
    assert pressed.original.text == wording.NO_SUCH_JOB
    assert pressed.original.only_for is house.ann.user


def worded(message: Message, label: str, custom_id: str) -> None:
    (button,) = [each for each in walk(message.components) if each.get("label") == label]
    button["custom_id"] = custom_id


async def test_buttons_and_open_forms_outlive_a_restart(house: House) -> None:
    gallery = await house.draw("a red fox")
    opened = await house.fake.click(house.ann, gallery, "Edit prompt")
    await house.restart()
    await house.fake.click(house.ann, gallery, "Again")
    sent = await house.fake.submit(
        house.ann, opened.modal, {"Prompt": "a blue fox", "Variants": ["1"], "Ratio": ["3:2"]}
    )
    await house.home.done()
    assert sent.original is not gallery
    ask = spec_of((await jobs(house, house.ann))[0])
    assert (ask.prompt, ask.images, ask.ratio, ask.tier) == ("a blue fox", 1, "3:2", "standard")
    assert len(house.room.messages) == 3


async def test_nothing_is_kept_in_memory_for_a_button_or_a_form(house: House) -> None:
    gallery = await house.draw()
    await house.fake.click(house.ann, gallery, "Edit prompt")
    views = house.adapter._shards.posting_for("dm")._client._connection._view_store  # type: ignore[union-attr]
    assert views._views == views._modals == views._synced_message_views == {}


# --- the context menu


async def test_a_message_is_imagined_with_names_in_place_of_ids(house: House) -> None:
    said = await house.fake.say(
        house.bob, house.room, f"<@{house.ann.id}> rides a fox through <#{house.room.id}>"
    )
    await house.fake.menu(house.ann, said, wording.IMAGINE_THIS)
    await house.home.done()
    (job,) = await jobs(house, house.ann)
    assert spec_of(job).prompt == "@Ann rides a fox through #general"


async def test_a_message_without_words_is_refused_with_what_to_say(house: House) -> None:
    said = await house.fake.say(house.bob, house.room, "", files={"fox.png": b"fox"})
    asked = await house.fake.menu(house.ann, said, wording.IMAGINE_THIS)
    assert asked.original.only_for is house.ann.user
    assert "Say what to draw" in asked.original.text
    assert await jobs(house, house.ann) == []


# --- where the bot is no member


async def test_a_personal_install_is_answered_as_long_as_its_token_lives(tmp_path: Path) -> None:
    async with housed(tmp_path, dm_images=8) as house:
        eve = house.fake.add_user("Eve", installed=True)
        elsewhere = house.fake.add_guild("Elsewhere", has_bot=False)
        room = elsewhere.add_channel("general")
        member = elsewhere.add_member(eve, permissions=["administrator"])
        group = house.fake.add_private_channel(eve, house.ann.user)
        for who, place in ((member, room), (eve, group)):
            asked = await house.fake.slash(who, place, "imagine", {"prompt": "a red fox"})
            await house.home.done()
            assert len(asked.original.gallery) == 4
        requests = [what for method, what in house.between.asked if isinstance(what, Imagine)]
        for request, place in zip(requests, (room, group), strict=True):
            assert request.address == Address(
                platform="discord", workspace="dm", channel=f"discord:{place.id}", lent_only=True
            )
            assert (request.person.roles, request.person.admin) == ((), False)


async def test_a_personal_install_has_no_allowance_unless_given_one(house: House) -> None:
    eve = house.fake.add_user("Eve", installed=True)
    elsewhere = house.fake.add_guild("Elsewhere", has_bot=False)
    room, member = elsewhere.add_channel("general"), elsewhere.add_member(eve)
    asked = await house.fake.slash(member, room, "imagine", {"prompt": "a red fox"})
    assert asked.original.only_for is eve
    assert "0 pictures" in asked.original.text
