"""Buttons and shortcuts, over real sockets: from where, by whom, and where to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.slack.transport import bolt
from bot import wording as words
from bot.imagine.records import spec_of
from quotas.records import Job
from tests.fakes.slack.messages import Message, elements
from tests.fakes.slack.places import User
from tests.slack.house import House, housed, until


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


async def jobs(house: House, by: User) -> list[Job]:
    """Newest first."""
    return await house.home.ledger.jobs.list_recent(f"slack:{house.fake.team.id}", house.ids(by), 20)


async def pressed(house: House, by: User, message: Message, label: str) -> str:
    """What the presser alone is told."""
    asked = await house.fake.click(by, message, label)
    await house.fake.until(lambda: asked.followups)
    assert asked.followups[0].only_for is by
    return asked.followups[0].words


# --- buttons


async def test_again_is_drawn_for_whoever_presses(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    said = await pressed(house, house.bob, gallery, "Again")
    assert "a red fox" in said
    await house.home.done()
    assert len(house.room.messages) == 2
    assert house.room.messages[0] is gallery
    (job,) = await jobs(house, house.bob)
    assert (job.name, job.origin) == ("bob", "again")


async def test_edit_opens_a_prefilled_form_that_draws_in_the_same_place(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    asked = await house.fake.click(house.bob, gallery, "Edit prompt")
    form = await house.form(house.bob)
    assert form.fields["Prompt"]["initial_value"] == "a red fox"
    await house.fake.submit(house.bob, form, {"Prompt": "a blue fox"})
    await house.fake.until(lambda: asked.followups)
    await house.home.done()
    assert len(house.room.messages) == 2
    (job,) = await jobs(house, house.bob)
    assert spec_of(job).prompt == "a blue fox"


async def test_details_are_for_the_presser_alone(house: House) -> None:
    gallery = await house.drawn()
    assert "Model" in await pressed(house, house.bob, gallery, "Details")
    assert house.room.messages == [gallery]


async def test_cancel_takes_the_place_of_the_card(house: House) -> None:
    house.home.painter.gate.clear()
    for _ in range(4):
        await house.imagine("busy --variants 1")
    await until(lambda: len(house.home.painter.orders) == 4)
    asked = await house.imagine("a red fox")
    (card,) = asked.followups
    await house.fake.click(house.ann, card, "Cancel")
    await house.fake.until(lambda: card.words == words.CANCELLED)
    assert card.labels == []
    assert asked.followups == [card]
    assert len(house.home.painter.orders) == 4


async def test_where_the_card_cannot_be_replaced_the_answer_comes_beside_it(house: House) -> None:
    house.home.painter.gate.clear()
    asked = await house.imagine("a red fox --variants 1")
    await until(lambda: len(house.home.painter.orders) == 1)
    house.fake.fail("response_url", status=500)
    (card,) = asked.followups
    await house.fake.click(house.ann, card, "Cancel")
    await house.fake.until(lambda: len(house.fake.ephemerals(house.ann)) == 2)
    assert house.fake.ephemerals(house.ann)[-1].words == words.TOO_LATE_TO_CANCEL
    house.home.painter.gate.set()
    await house.home.done()


async def test_delete_is_for_the_requester(house: House) -> None:
    gallery = await house.drawn()
    assert await pressed(house, house.bob, gallery, "Delete") == words.NOT_YOURS_TO_DELETE
    assert house.room.messages == [gallery]
    assert await pressed(house, house.ann, gallery, "Delete") == words.DELETED
    assert house.room.messages == []


async def test_an_admin_deletes_as_long_as_they_are_one(house: House) -> None:
    first = await house.drawn("one --variants 1")
    second = await house.drawn("two --variants 1")
    assert await pressed(house, house.boss, first, "Delete") == words.DELETED
    house.boss.admin = False
    assert await pressed(house, house.boss, second, "Delete") == words.NOT_YOURS_TO_DELETE
    assert house.room.messages == [second]


async def test_a_button_in_words_that_are_not_ours_is_answered(house: House) -> None:
    gallery = await house.drawn()
    for _, element in elements(gallery.blocks):
        element["action_id"] = f"b2{element['action_id']}"
    assert await pressed(house, house.ann, gallery, "Again") == words.NO_SUCH_JOB


async def test_a_core_that_breaks_is_said(house: House) -> None:
    gallery = await house.drawn()
    house.between.broken.add("press")
    with capture_logs() as logs:
        said = await pressed(house, house.ann, gallery, "Again")
    assert said.startswith("Something broke on our side")
    assert "fox" not in str(logs)


async def test_buttons_and_open_forms_outlive_a_restart(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    await house.fake.click(house.ann, gallery, "Edit prompt")
    form = await house.form(house.ann)
    await house.restart()
    await house.fake.click(house.ann, gallery, "Again")
    await house.fake.submit(house.ann, form, {"Prompt": "a blue fox"})
    await house.reached("press", 2)
    await until(lambda: len(house.asked("shown")) == 2)
    await house.home.done()
    assert len(house.room.messages) == 3


async def test_what_was_private_is_shared_once(tmp_path: Path) -> None:
    async with housed(tmp_path, "http") as house:
        await house.imagine("a red fox --private --variants 1")
        await house.home.done()
        (private,) = house.fake.dms(house.ann)
        await house.fake.click(house.ann, private, "Share")
        await house.fake.until(lambda: house.room.messages)
        sent = house.fake.calls.sent[-1]
        assert (await house.fake.replay(sent)).ok
        await house.quiet()
        assert len(house.asked("press")) == len(house.room.messages) == 1


async def test_in_a_thread_it_stays_there_and_beneath_what_has_replies_it_does_not(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    house.fake.say(house.bob, house.room, "lovely", thread_ts=gallery.ts)
    gallery.thread_ts = gallery.ts  # as Slack tells of a message that others replied to
    await house.fake.click(house.bob, gallery, "Again")
    await house.reached("shown", 2)
    await house.home.done()
    assert house.asked("press")[-1].address.thread == ""

    root = house.fake.say(house.ann, house.room, "foxes?")
    await house.fake.mention(house.ann, house.room, "a blue fox", thread_ts=root.ts)
    await house.reached("shown", 3)
    await house.home.done()
    await house.fake.click(house.bob, house.room.messages[-1], "Again")
    await house.reached("shown", 4)
    await house.home.done()
    assert house.asked("press")[-1].address.thread == root.ts
    assert house.room.messages[-1].thread_ts == root.ts


async def test_somebody_of_another_team_presses_as_a_guest_of_this_one(house: House) -> None:
    gallery = await house.drawn("a red fox --variants 1")
    other = house.fake.add_team("Elsewhere", installed=False)
    eve = other.add_user("eve", owner=True)
    house.room.shared_with.append(other)
    house.room.members = [*(house.room.members or []), eve]
    assert "allows 0 pictures per day" in await pressed(house, eve, gallery, "Again")
    assert await pressed(house, eve, gallery, "Delete") == words.NOT_YOURS_TO_DELETE
    (again, _) = house.asked("press")
    assert again.person.id == f"slack:{other.id}:{eve.id}"
    assert again.address.workspace == f"slack:{house.fake.team.id}"


# --- the message shortcut


async def test_a_message_is_imagined_in_its_thread_with_names_in_place_of_ids(house: House) -> None:
    said = house.fake.say(house.bob, house.room, "@ann rides a fox & a <bear>")
    asked = await house.fake.shortcut(house.ann, said, "imagine_this")
    await house.fake.until(lambda: asked.followups)
    await house.home.done()
    (job,) = await jobs(house, house.ann)
    assert spec_of(job).prompt == "@ann rides a fox & a <bear>"
    assert house.room.messages[-1].thread_ts == said.ts
    assert house.room.messages[-1].risks == set()


async def test_nobody_waits_for_slack_to_tell_names(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.slash(house.ann, "/quota")  # now Ann is known
    monkeypatch.setattr(bolt, "ACK_AFTER", 60.0)
    said = house.fake.say(house.bob, house.room, "@bob rides a fox")
    gate = house.fake.hold("users.info")
    asked = await house.fake.shortcut(house.ann, said, "imagine_this")
    assert asked.acked
    gate.open()
    await house.fake.until(lambda: asked.followups)
    assert "@bob rides a fox" in asked.followups[0].words


async def test_a_message_in_a_thread_is_imagined_there(house: House) -> None:
    root = house.fake.say(house.bob, house.room, "animals")
    said = house.fake.say(house.bob, house.room, "a fox", thread_ts=root.ts)
    await house.fake.shortcut(house.ann, said, "imagine_this")
    (request,) = await house.reached("imagine")
    assert request.address.thread == root.ts
    await house.quiet()
    await house.home.done()
    assert house.room.messages[-1].thread_ts == root.ts


async def test_a_message_without_words_is_refused_with_what_to_say(house: House) -> None:
    said = house.fake.say(house.bob, house.room, " ")
    asked = await house.fake.shortcut(house.ann, said, "imagine_this")
    await house.fake.until(lambda: asked.followups)
    assert "Say what to draw" in asked.followups[0].words
    assert await jobs(house, house.ann) == []
