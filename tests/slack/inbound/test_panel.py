"""Each picture by itself, over real sockets: its modal, and what its buttons draw."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.render.action_ids import MENU
from quotas.records import Job
from tests.fakes.slack.messages import Message, View
from tests.fakes.slack.places import User
from tests.slack.app import App, pixels, running_app


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app
        assert app.fake.violations == []


async def open_panel(app: App, by: User, gallery: Message, number: str) -> View:
    await app.fake.click(by, gallery, number)
    return await app.wait_for_form(by)


async def newest_job(app: App, by: User) -> Job:
    place = f"slack:{app.fake.team.id}"
    return (await app.backend.ledger.jobs.list_recent(place, app.id_of(by), 1))[0]


async def test_a_number_opens_its_picture_in_a_modal_for_the_presser_alone(app: App) -> None:
    gallery = await app.draw("a red fox --variants 2")
    assert gallery.labels[-2:] == ["1", "2"]
    panel = await open_panel(app, app.bob, gallery, "2")
    (shown,) = [block for block in panel.blocks if block["type"] == "image"]
    assert shown["slack_file"]["id"] == images(gallery)[1]
    assert panel.title == "Picture 2 of 2"
    assert panel.labels == ["Edit", "Vary", "Final · $0.1014", "Download"]
    assert app.room.messages == [gallery]
    assert app.fake.dms(app.bob) == []
    assert app.fake.open_view(app.ann) is None


async def test_a_job_of_a_list_opens_in_a_modal_with_the_file_of_its_gallery(app: App) -> None:
    gallery = await app.draw("a red fox --variants 2")
    command = await app.slash(app.ann, "/recent")
    await app.fake.until(lambda: bool(command.followups))
    (listed,) = command.followups
    await app.fake.choose(app.ann, listed, MENU, "a red fox")
    panel = await app.wait_for_form(app.ann)
    (shown,) = [block for block in panel.blocks if block["type"] == "image"]
    assert shown["slack_file"]["id"] == images(gallery)[0] == thumbnails(listed)[0]
    assert panel.labels == ["Again · $0.12", "Keep", "Download", "1", "2"]
    await app.fake.click(app.ann, panel, "2")
    await app.fake.until(lambda: app.fake.open_view(app.ann) is not panel)
    picked = await app.wait_for_form(app.ann)
    (shown,) = [block for block in picked.blocks if block["type"] == "image"]
    assert shown["slack_file"]["id"] == images(gallery)[1]
    assert app.fake.dms(app.ann) == []


async def test_a_list_that_slack_does_not_show_with_pictures_comes_without(app: App) -> None:
    await app.draw("a red fox --variants 2")
    for file in app.fake.files.values():
        file.processed_at = app.fake.now() + 3_600  # as if Slack had lost them
    command = await app.slash(app.ann, "/recent")
    await app.fake.until(lambda: bool(command.followups))
    assert "a red fox" in command.followups[-1].words
    assert thumbnails(command.followups[-1]) == []


async def test_in_a_direct_message_too_a_page_takes_the_place_of_its_list(app: App) -> None:
    for number in range(1, 7):
        await app.draw(f"fox {number} --variants 1")
    await app.fake.direct(app.ann, "/recent")
    await app.fake.until(lambda: any("Your last pictures" in each.words for each in app.fake.dms(app.ann)))
    (listed,) = [each for each in app.fake.dms(app.ann) if "Your last pictures" in each.words]
    await app.fake.click(app.ann, listed, "Older")
    await app.fake.until(lambda: "fox 1" in listed.words)
    assert listed.labels == ["Newer"]
    assert len(thumbnails(listed)) == 1
    assert app.fake.dms(app.ann)[-1] is listed


def thumbnails(message: Message) -> list[str]:
    accessories = [block.get("accessory", {}) for block in message.blocks]
    return [each["slack_file"]["id"] for each in accessories if each]


def images(message: Message) -> list[str]:
    return [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"]


async def test_vary_draws_from_the_picture_and_the_modal_says_that_it_does(app: App) -> None:
    gallery = await app.draw("a red fox --tier gpt --variants 2")
    panel = await open_panel(app, app.bob, gallery, "1")
    app.backend.painter.gate.clear()
    await app.fake.click(app.bob, panel, "Vary")
    await app.fake.until(lambda: "GPT-Image-2 · medium · 1:1 · 2 pictures" in panel.words)
    assert panel.labels == []
    app.backend.painter.gate.set()
    await app.backend.done()
    assert len(app.room.messages) == 2
    assert len(app.backend.painter.orders[-1].references) == 1
    job = await newest_job(app, app.bob)
    assert (job.origin, job.name) == ("vary", "bob")


async def test_edit_opens_its_form_above_the_panel_and_closes_both(app: App) -> None:
    gallery = await app.draw("a red fox --variants 2")
    panel = await open_panel(app, app.ann, gallery, "2")
    await app.fake.click(app.ann, panel, "Edit")
    await app.fake.until(lambda: app.fake.open_view(app.ann) is not panel)
    form = await app.wait_for_form(app.ann)
    assert form.previous is panel
    assert form.fields["Tier"]["initial_option"]["value"] == "gpt"
    await app.restart()
    await app.fake.submit(app.ann, form, {"Prompt": "now in snow"})
    await app.wait_for_calls("shown")
    assert app.fake.open_view(app.ann) is None
    await app.backend.done()
    order = app.backend.painter.orders[-1]
    assert (order.prompt, order.tier.name, len(order.references)) == ("now in snow", "gpt", 1)


async def test_download_sends_the_original_to_the_presser_alone(app: App) -> None:
    gallery = await app.draw("a red fox --variants 2")
    panel = await open_panel(app, app.bob, gallery, "1")
    await app.fake.click(app.bob, panel, "Download")
    await app.fake.until(lambda: app.fake.dms(app.bob))
    await app.fake.until(lambda: "The file comes as a direct message." in panel.words)
    (message,) = app.fake.dms(app.bob)
    assert [file.data for file in message.files] == [pixels()]
    assert app.room.messages == [gallery]


async def test_a_picture_whose_file_at_slack_is_forgotten_comes_as_a_direct_message(app: App) -> None:
    gallery = await app.draw("a red fox --variants 2")
    app.store.pairs.clear()
    await app.fake.click(app.bob, gallery, "2")
    await app.fake.until(lambda: app.fake.dms(app.bob) and images(app.fake.dms(app.bob)[0]))
    (message,) = app.fake.dms(app.bob)
    assert message.labels == ["Edit", "Vary", "Final · $0.1014", "Download"]
    assert app.fake.open_view(app.bob) is None
    assert app.room.messages == [gallery]
    await app.fake.click(app.bob, message, "Final")
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert app.backend.painter.orders[-1].tier.name == "gpt"


async def test_a_modal_that_was_closed_costs_no_answer(app: App) -> None:
    gallery = await app.draw("a red fox --variants 2")
    panel = await open_panel(app, app.bob, gallery, "1")
    app.fake.fail("views.update", error="not_found")
    await app.fake.click(app.bob, panel, "Vary")
    await app.wait_for_calls("shown", 2)
    await app.backend.done()
    assert len(app.room.messages) == 2
