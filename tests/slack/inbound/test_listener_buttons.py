"""Buttons and shortcuts over real sockets: places, rights, and answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.slack.transport import bolt
from bot import wording
from bot.imagine.records import spec_of
from quotas.records import Job
from tests.fakes.slack.messages import Message, elements
from tests.fakes.slack.places import User
from tests.slack.app import App, running_app, until


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


async def jobs(app: App, by: User) -> list[Job]:
    """Return a user's jobs, newest first."""
    return await app.backend.ledger.jobs.list_recent(f"slack:{app.fake.team.id}", app.id_of(by), 20)


async def press(app: App, by: User, message: Message, label: str) -> str:
    """Press a button; return the text that only the presser sees."""
    interaction = await app.fake.click(by, message, label)
    await app.fake.until(lambda: interaction.followups)
    assert interaction.followups[0].only_for is by
    return interaction.followups[0].words


# --- buttons


async def test_again_draws_for_the_person_who_presses(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    text = await press(app, app.bob, gallery, "Again")
    assert "a red fox" in text
    await app.backend.done()
    assert len(app.room.messages) == 2
    assert app.room.messages[0] is gallery
    (job,) = await jobs(app, app.bob)
    assert (job.name, job.origin) == ("bob", "again")


async def test_edit_opens_a_prefilled_form_that_draws_in_the_same_place(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    interaction = await app.fake.click(app.bob, gallery, "Edit prompt")
    form = await app.wait_for_form(app.bob)
    assert form.fields["Prompt"]["initial_value"] == "a red fox"
    await app.fake.submit(app.bob, form, {"Prompt": "a blue fox"})
    await app.fake.until(lambda: interaction.followups)
    await app.backend.done()
    assert len(app.room.messages) == 2
    (job,) = await jobs(app, app.bob)
    assert spec_of(job).prompt == "a blue fox"


async def test_only_the_presser_sees_details(app: App) -> None:
    gallery = await app.draw()
    assert "Model" in await press(app, app.bob, gallery, "Details")
    assert app.room.messages == [gallery]


async def test_the_answer_to_cancel_replaces_the_card(app: App) -> None:
    app.backend.painter.gate.clear()
    for _ in range(4):
        await app.imagine("busy --variants 1")
    await until(lambda: len(app.backend.painter.orders) == 4)
    interaction = await app.imagine("a red fox")
    (card,) = interaction.followups
    await app.fake.click(app.ann, card, "Cancel")
    await app.fake.until(lambda: card.words == wording.CANCELLED)
    assert card.labels == []
    assert interaction.followups == [card]
    assert len(app.backend.painter.orders) == 4


async def test_an_answer_that_cannot_replace_the_card_is_a_new_message(app: App) -> None:
    app.backend.painter.gate.clear()
    interaction = await app.imagine("a red fox --variants 1")
    await until(lambda: len(app.backend.painter.orders) == 1)
    app.fake.fail("response_url", status=500)
    (card,) = interaction.followups
    await app.fake.click(app.ann, card, "Cancel")
    await app.fake.until(lambda: len(app.fake.ephemerals(app.ann)) == 2)
    assert app.fake.ephemerals(app.ann)[-1].words == wording.TOO_LATE_TO_CANCEL
    app.backend.painter.gate.set()
    await app.backend.done()


async def test_only_the_requester_can_delete(app: App) -> None:
    gallery = await app.draw()
    assert await press(app, app.bob, gallery, "Delete") == wording.NOT_YOURS_TO_DELETE
    assert app.room.messages == [gallery]
    assert await press(app, app.ann, gallery, "Delete") == wording.DELETED
    assert app.room.messages == []


async def test_an_admin_can_delete_until_the_right_is_lost(app: App) -> None:
    first = await app.draw("one --variants 1")
    second = await app.draw("two --variants 1")
    assert await press(app, app.boss, first, "Delete") == wording.DELETED
    app.boss.admin = False
    assert await press(app, app.boss, second, "Delete") == wording.NOT_YOURS_TO_DELETE
    assert app.room.messages == [second]


async def test_a_button_with_an_unknown_id_is_answered(app: App) -> None:
    gallery = await app.draw()
    for _, element in elements(gallery.blocks):
        element["action_id"] = f"b2{element['action_id']}"
    assert await press(app, app.ann, gallery, "Again") == wording.NO_SUCH_JOB


async def test_an_error_in_the_core_is_answered(app: App) -> None:
    gallery = await app.draw()
    app.core_proxy.broken.add("press")
    with capture_logs() as logs:
        text = await press(app, app.ann, gallery, "Again")
    assert text.startswith("Something broke on our side")
    assert "fox" not in str(logs)


async def test_buttons_and_open_forms_work_after_a_restart(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    await app.fake.click(app.ann, gallery, "Edit prompt")
    form = await app.wait_for_form(app.ann)
    await app.restart()
    await app.fake.click(app.ann, gallery, "Again")
    await app.fake.submit(app.ann, form, {"Prompt": "a blue fox"})
    await app.wait_for_calls("press", 2)
    await until(lambda: len(app.calls_of("shown")) == 2)
    await app.backend.done()
    assert len(app.room.messages) == 3


async def test_a_repeated_press_of_share_shares_once(tmp_path: Path) -> None:
    async with running_app(tmp_path, "http") as app:
        await app.imagine("a red fox --private --variants 1")
        await app.backend.done()
        (gallery,) = app.fake.dms(app.ann)
        await app.fake.click(app.ann, gallery, "Share")
        await app.fake.until(lambda: app.room.messages)
        request = app.fake.http.requests[-1]
        assert (await app.fake.replay(request)).ok
        await app.wait_idle()
        assert len(app.calls_of("press")) == len(app.room.messages) == 1


async def test_a_press_is_answered_in_its_thread_but_starts_none(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    app.fake.say(app.bob, app.room, "lovely", thread_ts=gallery.ts)
    gallery.thread_ts = gallery.ts  # so Slack describes a message with replies
    await app.fake.click(app.bob, gallery, "Again")
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert app.calls_of("press")[-1].address.thread == ""

    root = app.fake.say(app.ann, app.room, "foxes?")
    await app.fake.mention(app.ann, app.room, "a blue fox", thread_ts=root.ts)
    await app.wait_for_calls("shown", 3)
    await app.backend.done()
    await app.fake.click(app.bob, app.room.messages[-1], "Again")
    await app.wait_for_calls("shown", 4)
    await app.backend.done()
    assert app.calls_of("press")[-1].address.thread == root.ts
    assert app.room.messages[-1].thread_ts == root.ts


async def test_a_person_of_another_team_presses_as_a_guest(app: App) -> None:
    gallery = await app.draw("a red fox --variants 1")
    other = app.fake.add_team("Elsewhere", installed=False)
    eve = other.add_user("eve", owner=True)
    app.room.shared_with.append(other)
    app.room.members = [*(app.room.members or []), eve]
    assert "allows 0 pictures per day" in await press(app, eve, gallery, "Again")
    assert await press(app, eve, gallery, "Delete") == wording.NOT_YOURS_TO_DELETE
    (again, _) = app.calls_of("press")
    assert again.person.id == f"slack:{other.id}:{eve.id}"
    assert again.address.workspace == f"slack:{app.fake.team.id}"


# --- the message shortcut


async def test_the_shortcut_draws_in_the_messages_thread_with_names_in_place_of_ids(app: App) -> None:
    message = app.fake.say(app.bob, app.room, "@ann rides a fox & a <bear>")
    interaction = await app.fake.shortcut(app.ann, message, "imagine_this")
    await app.fake.until(lambda: interaction.followups)
    await app.backend.done()
    (job,) = await jobs(app, app.ann)
    assert spec_of(job).prompt == "@ann rides a fox & a <bear>"
    assert app.room.messages[-1].thread_ts == message.ts
    assert app.room.messages[-1].risks == set()


async def test_a_shortcut_is_acknowledged_before_slack_tells_the_names(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.slash(app.ann, "/quota")  # now the directory knows Ann
    monkeypatch.setattr(bolt, "ACK_AFTER", 60.0)
    message = app.fake.say(app.bob, app.room, "@bob rides a fox")
    gate = app.fake.hold("users.info")
    interaction = await app.fake.shortcut(app.ann, message, "imagine_this")
    assert interaction.acked
    gate.open()
    await app.fake.until(lambda: interaction.followups)
    assert "@bob rides a fox" in interaction.followups[0].words


async def test_the_shortcut_draws_in_the_thread_of_a_reply(app: App) -> None:
    root = app.fake.say(app.bob, app.room, "animals")
    message = app.fake.say(app.bob, app.room, "a fox", thread_ts=root.ts)
    await app.fake.shortcut(app.ann, message, "imagine_this")
    (request,) = await app.wait_for_calls("imagine")
    assert request.address.thread == root.ts
    await app.wait_idle()
    await app.backend.done()
    assert app.room.messages[-1].thread_ts == root.ts


async def test_the_shortcut_on_a_message_without_words_is_refused_with_advice(app: App) -> None:
    message = app.fake.say(app.bob, app.room, " ")
    interaction = await app.fake.shortcut(app.ann, message, "imagine_this")
    await app.fake.until(lambda: interaction.followups)
    assert "Say what to draw" in interaction.followups[0].words
    assert await jobs(app, app.ann) == []
