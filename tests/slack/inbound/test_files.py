"""Pictures as input: mentions and messages with files, the form, and *Edit this*; what is read, and how."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs

from adapters.slack.inbound import convert
from adapters.slack.oauth.manifest import DESCRIBE_THIS, EDIT_THIS
from bot import wording
from bot.writers.samples import SampleWriter
from tests.bot.references.pictures import encode, photo
from tests.fakes.slack import people
from tests.fakes.slack.messages import File
from tests.fakes.slack.payloads import file_json
from tests.slack.app import App, running_app

FOX = encode(photo(90, 60))
SQUARE = encode(photo(60, 60), "jpeg")
HTML = b"<!DOCTYPE html><title>Not a picture</title>"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


def kept(app: App) -> list[str]:
    return [path.name for path in (app.backend.folder / "pictures").rglob("*.*")]


def files_of(app: App, *data: bytes) -> list[File]:
    return [app.fake.file(f"fox{number}.png", each) for number, each in enumerate(data, start=1)]


async def refusal(app: App, files: list[File]) -> str:
    """Mention the bot with files, and return what Ann alone reads; nothing is kept."""
    await app.fake.mention(app.ann, app.room, "make it snow", files=files)
    await app.wait_idle()
    assert (kept(app), app.backend.painter.orders) == ([], [])
    assert {each.author for each in app.room.messages} == {app.ann}, "nobody else reads it"
    return app.fake.ephemerals(app.ann)[-1].text


def alter_files(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Change these fields of every file that comes with an event; remove those that are None."""

    def alter(state: Any, file: File) -> dict[str, Any]:
        body = file_json(state, file) | fields
        return {name: value for name, value in body.items() if value is not None}

    monkeypatch.setattr(people, "file_json", alter)


# --- mentions and direct messages


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_mention_with_files_is_drawn_from_them(tmp_path: Path, mode: Any) -> None:
    async with running_app(tmp_path, mode) as app:
        await app.fake.mention(app.ann, app.room, "make it snow -n 1", files=files_of(app, FOX, SQUARE))
        await app.wait_idle()
        await app.backend.done()
        (order,) = app.backend.painter.orders
        assert [(each.width, each.height) for each in order.references] == [(90, 60), (60, 60)]
        assert (order.prompt, order.tier.name, order.ratio) == ("make it snow", "gpt", "3:2")
        assert len(app.room.messages[-1].gallery) == 1


async def test_a_direct_message_with_a_file_is_drawn_from_it(app: App) -> None:
    await app.fake.direct(app.ann, "make it snow -n 1", files=files_of(app, FOX))
    await app.wait_idle()
    await app.backend.done()
    (order,) = app.backend.painter.orders
    assert len(order.references) == 1
    assert app.room.messages == []


async def test_a_file_that_is_no_picture_is_refused_privately(app: App) -> None:
    text = await refusal(app, files_of(app, FOX, HTML))
    assert "fox2.png isn't a picture I can use." in text


async def test_more_than_four_files_are_refused_before_one_is_read(app: App) -> None:
    assert "You sent 5 pictures" in await refusal(app, files_of(app, *[HTML] * 5))


async def test_without_the_scope_people_read_what_an_admin_can_do(app: App) -> None:
    """Slack answers 200 with its login page then."""
    app.fake.team.scopes = app.fake.team.scopes - {"files:read"}
    with capture_logs() as logs:
        text = await refusal(app, files_of(app, FOX))
    assert "An admin has to install me again, with the permission files:read." in text
    assert [each["scope"] for each in logs if each["event"] == "slack.missing_scope"] == ["files:read"]


async def test_a_deleted_file_is_refused(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_of(app, FOX)
    del app.fake.files[files[0].id]
    assert "fox1.png is no longer there." in await refusal(app, files)
    alter_files(monkeypatch, url_private=None, url_private_download=None, name=None, title="Fox")
    assert "Fox is no longer there." in await refusal(app, files)


async def test_a_file_without_a_link_is_looked_up(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    alter_files(monkeypatch, url_private=None, url_private_download=None, file_access="check_file_info")
    await app.fake.mention(app.ann, app.room, "make it snow -n 1", files=files_of(app, FOX))
    await app.wait_idle()
    await app.backend.done()
    assert len(app.backend.painter.orders[0].references) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.example.org/fox.png",
        "http://169.254.169.254/fox.png",
        "https://files.slack.com.example.org/fox.png",
        "https://files.slack.com@example.org/fox.png",
        "file:///etc/passwd",
    ],
)
async def test_the_token_goes_to_no_other_host(app: App, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A file that is only linked has a link of its own as url_private."""
    alter_files(monkeypatch, url_private=url, url_private_download=None, is_external=True)
    assert "fox1.png is only linked" in await refusal(app, files_of(app, FOX))


# --- the form


async def test_the_form_takes_pictures_and_a_mask(app: App) -> None:
    await app.fake.slash(app.ann, app.room, "/imagine", "")
    form = await app.wait_for_form(app.ann)
    values = {"prompt": "make it snow", "reference": files_of(app, FOX, FOX), "mask": files_of(app, SQUARE)}
    await app.fake.submit(app.ann, form, values)
    await app.wait_idle()
    assert form.errors == {"prompt": form.errors["prompt"]}
    assert "another shape" in form.errors["prompt"], "the form stays open, with all that was entered"
    await app.fake.submit(app.ann, form, {**values, "mask": []})
    await app.wait_idle()
    await app.backend.done()
    (order,) = app.backend.painter.orders
    assert (len(order.references), order.mask, order.tier.name) == (2, None, "gpt")


async def test_the_edit_form_takes_pictures_and_a_mask(app: App) -> None:
    gallery = await app.draw("a fox --variants 1")
    await app.fake.click(app.ann, gallery, "Edit prompt")
    form = await app.wait_for_form(app.ann)
    (mask_field,) = [block for block in form.blocks if block["block_id"] == "mask"]
    assert mask_field["hint"]["text"].startswith("⬜ White or see-through may change, ⬛ black stays.")
    half = Image.new("L", (90, 60), 0)
    half.paste(255, (0, 0, 45, 60))
    values = {"reference": files_of(app, FOX, FOX), "mask": files_of(app, encode(half))}
    await app.fake.submit(app.ann, form, values)
    await app.wait_idle()
    await app.backend.done()
    order = app.backend.painter.orders[-1]
    assert (len(order.references), order.prompt, order.tier.name, order.ratio) == (2, "a fox", "gpt", "3:2")
    assert order.mask is not None


async def test_the_form_without_files_is_as_before(app: App) -> None:
    await app.fake.slash(app.ann, app.room, "/imagine", "")
    form = await app.wait_for_form(app.ann)
    await app.fake.submit(app.ann, form, {"prompt": "a fox"})
    await app.wait_idle()
    await app.backend.done()
    assert app.backend.painter.orders[0].references == ()


# --- Edit this


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_edit_this_draws_from_the_pictures_of_a_message(tmp_path: Path, mode: Any) -> None:
    async with running_app(tmp_path, mode) as app:
        notes = app.fake.file("notes.txt", b"no picture")
        message = app.fake.say(app.bob, app.room, "look", files=[notes, *files_of(app, FOX, SQUARE)])
        await app.fake.shortcut(app.ann, message, EDIT_THIS)
        form = await app.wait_for_form(app.ann)
        names = [block["block_id"] for block in form.blocks]
        assert names == ["prompt", "tier", "variants", "private", "mask"]
        assert len(form.payload["private_metadata"]) < 3_000
        await app.fake.submit(app.ann, form, {"prompt": "make it snow", "variants": "1"})
        await app.wait_idle()
        await app.backend.done()
        (order,) = app.backend.painter.orders
        assert [each.width for each in order.references] == [90, 60]
        assert app.room.messages[-1].thread_ts == message.ts


async def test_edit_this_works_on_the_bots_own_gallery(app: App) -> None:
    gallery = await app.draw("a fox -n 2")
    await app.fake.shortcut(app.ann, gallery, EDIT_THIS)
    form = await app.wait_for_form(app.ann)
    await app.fake.submit(app.ann, form, {"prompt": "make it snow", "variants": "1"})
    await app.wait_idle()
    await app.backend.done()
    assert len(app.backend.painter.orders[1].references) == 2


async def test_edit_this_on_a_message_without_pictures_says_so(app: App) -> None:
    message = app.fake.say(app.bob, app.room, "look", files=[app.fake.file("notes.txt", b"no picture")])
    await app.fake.shortcut(app.ann, message, EDIT_THIS)
    await app.wait_idle()
    assert app.fake.ephemerals(app.ann)[-1].text == wording.NO_PICTURES_HERE


async def test_describe_this_names_its_price_and_describes_one_picture_privately(tmp_path: Path) -> None:
    async with running_app(tmp_path, writer=SampleWriter()) as app:
        message = app.fake.say(app.bob, app.room, "look", files=files_of(app, FOX, SQUARE))
        await app.fake.shortcut(app.ann, message, DESCRIBE_THIS)
        await app.wait_idle()
        question = app.fake.ephemerals(app.ann)[-1]
        await app.fake.click(app.ann, question, "Describe · up to $0.0")
        await app.wait_idle()
        answer = app.fake.ephemerals(app.ann)[-1]
        await app.fake.click(app.ann, answer, "Draw this")
        await app.wait_idle()
        await app.backend.done()
        (order,) = app.backend.painter.orders
        assert order.prompt.endswith("(a sample)")
        assert order.references == ()


def test_the_longest_names_fit_into_a_views_metadata() -> None:
    lent = convert.Lent(token="https://hooks.slack.com/" + "x" * 200, until=1_900_000_000)
    (upload,) = convert.read_uploads([{"id": "F" + "0" * 20, "name": "🦊" * 500}])
    event = convert.Event(
        id="1", team="T1", user="U1", channel="C" * 20, thread="1" * 20, lent=lent, uploads=(upload,) * 4
    )
    text = convert.view_metadata(event)
    assert len(text) < 3_000
    view = {"id": "V1", "hash": "1", "private_metadata": text}
    restored = convert.from_submission({"view": view, "user": {"id": "U1"}}, "T1")
    assert (restored.uploads, restored.lent, restored.thread) == (event.uploads, lent, event.thread)
    without = replace(event, uploads=(), lent=None)
    view["private_metadata"] = convert.view_metadata(without)
    assert convert.from_submission({"view": view, "user": {"id": "U1"}}, "T1").uploads == ()


async def test_the_edit_of_a_direct_message_stays_in_it(app: App) -> None:
    """Neither the picture nor what is drawn from it is shown to anybody who could not see the message."""
    await app.fake.direct(app.ann, "a fox", files=files_of(app, FOX))
    await app.wait_idle()
    await app.backend.done()
    message = next(each for each in app.fake.dms(app.ann) if each.files)
    await app.fake.shortcut(app.ann, message, EDIT_THIS)
    form = await app.wait_for_form(app.ann)
    await app.fake.submit(app.ann, form, {"prompt": "make it snow", "variants": "1"})
    await app.wait_idle()
    await app.backend.done()
    assert len(app.backend.painter.orders[-1].references) == 1
    assert app.room.messages == []
    assert app.fake.dms(app.bob) == []
    assert app.fake.ephemerals(app.bob) == []
