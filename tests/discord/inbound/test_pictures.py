"""Pictures as input: files of `/imagine`, and *Edit this* on a message; what is read, and what never."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from adapters.discord.inbound import pictures
from bot import wording
from bot.imagine.records import spec_of
from bot.painters.port import Drawing, Drawn, PaintOrder
from bot.writers.samples import SampleWriter
from tests.bot.references.pictures import encode, photo
from tests.discord.app import App, running_app
from tests.fakes.discord.errors import NotOffered
from tests.fakes.discord.interactions import DEFERRED, MODAL, Interaction
from tests.fakes.discord.messages import EPHEMERAL, Attachment
from tests.fakes.discord.modals import fields

FOX = encode(photo(90, 60), "jpeg")
SQUARE = encode(photo(60, 60))
HALF = Image.new("L", (60, 60), 0)
HALF.paste(255, (0, 0, 30, 60))
MASK = encode(HALF)
HTML = b"<!DOCTYPE html><title>Not a picture</title>"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


def kept(app: App) -> list[str]:
    """List the stored files."""
    return sorted(path.name for path in (app.backend.folder / "pictures").rglob("*.*"))


def as_foxes(order: PaintOrder) -> Drawn:
    """Draw pictures that can be drawn from."""
    fox = Drawing(data=FOX, format="jpeg", width=90, height=60)
    return Drawn(drawings=(fox,) * order.images, cost_micros=0)


async def answered(app: App, interaction: Interaction) -> None:
    """Wait until nothing is "thinking…" any more."""
    first = interaction.original
    await app.fake.until(lambda: first is None or not first.loading or first.id not in app.fake.every_message)


def options(app: App, *files: Attachment, **others: object) -> dict[str, object]:
    names = ("reference", "reference_2", "reference_3", "reference_4")
    return {"prompt": "make it snow", **dict(zip(names, files, strict=False)), **others}


async def ask(app: App, *files: Attachment, **others: object) -> Interaction:
    interaction = await app.fake.slash(app.ann, app.room, "imagine", options(app, *files, **others))
    await answered(app, interaction)
    return interaction


async def refusal(app: App, *files: Attachment, **others: object) -> str:
    """Ask, and return the only words that Ann reads; nobody else sees any, and nothing is kept."""
    interaction = await ask(app, *files, **others)
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    assert (app.room.messages, kept(app), app.backend.painter.orders) == ([], [], [])
    assert interaction.answered_with == DEFERRED
    return app.fake.ephemerals(app.ann)[-1].text


# --- the options of /imagine


async def test_files_are_deferred_at_once_and_drawn_from_in_their_order(app: App) -> None:
    app.core_proxy.slow.add("imagine")
    app.backend.painter.script = [as_foxes]
    files = [app.fake.file(f"{number}.png", encode(photo(60 + number, 60))) for number in range(4)]
    asking = asyncio.create_task(ask(app, *files, mask=app.fake.file("mask.png", MASK), ratio="1:1"))
    await app.fake.until(lambda: "imagine" in dict(app.core_proxy.calls))
    (deferral,) = app.room.messages
    assert deferral.loading, "before the core has read anything"
    app.core_proxy.gate.set()
    assert (await asking).answered_with == DEFERRED
    await app.backend.done()
    (order,) = app.backend.painter.orders
    assert [each.width for each in order.references] == [60, 61, 62, 63]
    assert order.mask is not None
    (gallery,) = app.room.messages
    assert gallery.id == deferral.id
    assert len(gallery.gallery) == 4


async def test_a_private_request_with_files_is_deferred_privately(app: App) -> None:
    await ask(app, app.fake.file("fox.jpg", FOX), private=True)
    await app.backend.done()
    assert app.room.messages == []
    assert any(len(each.gallery) == 4 for each in app.fake.ephemerals(app.ann))
    assert all(each.flags & EPHEMERAL for each in app.fake.ephemerals(app.ann))


async def test_a_download_goes_without_the_bots_token(app: App) -> None:
    await ask(app, app.fake.file("fox.jpg", FOX))
    (headers,) = app.fake.cdn_headers
    assert not {"Authorization", "Cookie"} & set(headers)
    assert app.fake.token not in str(headers)
    await app.backend.done()


async def test_a_file_that_is_no_picture_is_refused_privately(app: App) -> None:
    text = await refusal(app, app.fake.file("fox.jpg", FOX), app.fake.file("page.png", HTML))
    assert "page.png isn't a picture I can use." in text


async def test_a_deleted_file_is_refused_privately(app: App) -> None:
    file = app.fake.file("fox.jpg", FOX)
    del app.fake.files[file.id]
    assert "fox.jpg is no longer there. Send it again." in await refusal(app, file)


async def test_a_mask_alone_is_refused(app: App) -> None:
    assert "A mask needs a picture" in await refusal(app, mask=app.fake.file("mask.png", SQUARE))


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/fox.png",
        "http://localhost:{port}/attachments/0/1/fox.png",
        "http://127.0.0.1:{port}@example.org/fox.png",
        "https://cdn.discordapp.com.example.org/fox.png",
        "https://cdn.discordapp.com:8443/fox.png",
        "http://cdn.discordapp.com/fox.png",
        "file:///etc/passwd",
        "fox.png",
    ],
)
async def test_another_host_is_never_asked(app: App, url: str) -> None:
    port = app.fake.origin.rpartition(":")[2]
    file = replace(app.fake.file("fox.jpg", FOX), url=url.format(port=port))
    assert "fox.jpg is only linked" in await refusal(app, file)
    assert app.fake.cdn_headers == []


async def test_typed_flags_say_where_files_go(app: App) -> None:
    for flag in ("--reference fox.png", "--mask=fox.png", "--reference"):
        await app.imagine(f"a fox {flag}")
        text = app.fake.ephemerals(app.ann)[-1].text
        assert "takes a picture, which can't be typed" in text
        assert "the options reference and mask of /imagine" in text


# --- Edit this


async def say(app: App, **files: bytes) -> tuple[Interaction, str]:
    """Let Bob post files, and Ann choose *Edit this* on them; return her answer and its form's id."""
    message = await app.fake.say(
        app.bob, app.room, "look", files={name.replace("_", "."): data for name, data in files.items()}
    )
    interaction = await app.fake.menu(app.ann, message, wording.EDIT_THIS)
    return interaction, interaction.modal.custom_id if interaction.answered_with == MODAL else ""


async def test_edit_this_draws_from_the_pictures_of_the_message(app: App) -> None:
    interaction, _ = await say(app, fox_jpg=FOX, notes_txt=b"no picture", square_png=SQUARE)
    names = [field["custom_id"] for _, field in fields(interaction.modal.components)]
    assert names == ["prompt", "tier", "variants", "private", "mask"]
    submitted = await app.fake.submit(app.ann, interaction.modal, {"prompt": "make it snow"})
    assert submitted.answered_with == DEFERRED
    await answered(app, submitted)
    await app.backend.done()
    (order,) = app.backend.painter.orders
    assert [(each.width, each.height) for each in order.references] == [(90, 60), (60, 60)]
    assert (order.tier.name, order.ratio, order.prompt) == ("gpt", "3:2", "make it snow")
    assert app.store.pairs.keys() == {key for key in app.store.pairs if not key.startswith("edit:")}


async def test_edit_this_takes_a_mask(app: App) -> None:
    interaction, _ = await say(app, square_png=SQUARE)
    (label,) = [each for each in interaction.modal.components if each["component"]["custom_id"] == "mask"]
    assert label["description"].startswith("⬜ White or see-through may change, ⬛ black stays.")
    mask = app.fake.file("mask.png", MASK)
    await answered(app, await app.fake.submit(app.ann, interaction.modal, {"prompt": "snow", "mask": [mask]}))
    await app.backend.done()
    (order,) = app.backend.painter.orders
    assert order.mask is not None
    assert len(order.references) == 1


async def test_the_edit_form_takes_pictures_instead_of_the_requests_own(app: App) -> None:
    await ask(app, app.fake.file("fox.jpg", FOX), variants=1)
    await app.backend.done()
    (gallery,) = app.room.messages
    interaction = await app.fake.click(app.ann, gallery, "Edit prompt")
    names = {field["custom_id"]: label for label, field in fields(interaction.modal.components)}
    assert list(names) == ["prompt", "tier", "ratio", "variants", "reference"]
    files = [app.fake.file(f"{number}.png", SQUARE) for number in range(2)]
    submitted = await app.fake.submit(app.ann, interaction.modal, {"reference": files})
    assert submitted.answered_with == DEFERRED, "before the core has read anything"
    await answered(app, submitted)
    await app.backend.done()
    order = app.backend.painter.orders[-1]
    assert [(each.width, each.height) for each in order.references] == [(60, 60)] * 2
    unchanged = await app.fake.click(app.ann, gallery, "Edit prompt")
    await answered(app, await app.fake.submit(app.ann, unchanged.modal, {"prompt": "rain"}))
    await app.backend.done()
    assert [each.width for each in app.backend.painter.orders[-1].references] == [90]


async def test_the_edit_of_one_picture_takes_a_mask(app: App) -> None:
    app.backend.painter.script = [as_foxes]
    await app.fake.slash(app.ann, app.room, "imagine", {"prompt": "a fox", "variants": 2})
    await app.backend.done()
    (gallery,) = app.room.messages
    panel = (await app.fake.click(app.ann, gallery, "2")).original
    assert panel is not None
    interaction = await app.fake.click(app.ann, panel, "Edit")
    mask = app.fake.file("mask.png", encode(Image.linear_gradient("L").resize((90, 60))))
    await answered(app, await app.fake.submit(app.ann, interaction.modal, {"mask": [mask]}))
    await app.backend.done()
    order = app.backend.painter.orders[-1]
    assert (len(order.references), order.references[0].width, order.tier.name) == (1, 90, "gpt")
    assert order.mask is not None


async def test_edit_this_takes_four_pictures_at_most(app: App) -> None:
    interaction, _ = await say(app, **{f"fox{number}_jpg": FOX for number in range(6)})
    await app.fake.submit(app.ann, interaction.modal, {"prompt": "snow"})
    await app.backend.done()
    await app.fake.until(lambda: app.backend.painter.orders)
    assert len(app.backend.painter.orders[0].references) == 4
    await app.backend.done()


async def test_a_form_works_after_a_restart(app: App) -> None:
    interaction, _ = await say(app, fox_jpg=FOX)
    await app.restart()
    submitted = await app.fake.submit(app.ann, interaction.modal, {"prompt": "snow"})
    await answered(app, submitted)
    await app.backend.done()
    assert len(app.backend.painter.orders) == 1


async def test_the_edit_of_what_one_person_sees_stays_with_them(app: App) -> None:
    app.backend.painter.script = [as_foxes]
    await app.draw(private=True)
    mine = app.fake.ephemerals(app.ann)[-1]
    interaction = await app.fake.menu(app.ann, mine, wording.EDIT_THIS)
    await answered(app, await app.fake.submit(app.ann, interaction.modal, {"prompt": "snow"}))
    await app.backend.done()
    assert app.room.messages == []
    jobs = await app.backend.ledger.jobs.list_recent(f"discord:{app.guild.id}", f"discord:{app.ann.id}", 9)
    assert [spec_of(job).private for job in jobs] == [True, True]


async def test_a_message_without_pictures_says_so(app: App) -> None:
    interaction, _ = await say(app, notes_txt=b"no picture")
    assert interaction.posted.text == wording.NO_PICTURES_HERE
    assert interaction.posted.only_for is app.ann.user


async def test_nobody_else_can_use_a_form_and_none_works_twice(app: App) -> None:
    interaction, form = await say(app, fox_jpg=FOX)
    assert re.fullmatch(r"a1:imagine:[0-9a-f]{16}:0", form)
    stolen = await app.fake.submit(app.bob, interaction.modal, {"prompt": "snow"})
    assert stolen.posted.text == wording.FORM_OVER
    assert app.fake.cdn_headers == []
    await answered(app, await app.fake.submit(app.ann, interaction.modal, {"prompt": "snow"}))
    await app.backend.done()
    twice = await app.fake.submit(app.ann, interaction.modal, {"prompt": "snow"})
    assert twice.posted.text == wording.FORM_OVER
    assert len(app.backend.painter.orders) == 1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_links_are_kept_for_an_hour_and_not_without_end(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_KEPT", 3)
    clock = Clock()
    kept_pictures = pictures.Pictures(app.store, clock)

    def links() -> int:
        return len([key for key in app.store.pairs if key.startswith("edit:")])

    first = await kept_pictures.keep("discord:1", [])
    for _ in range(5):
        await kept_pictures.keep("discord:1", [])
    assert links() == 3
    assert await kept_pictures.take("discord:1", first) == ()
    clock.now = pictures.KEPT_SECONDS
    await kept_pictures.keep("discord:2", [])
    assert links() == 1
    assert set(app.store.people.values()) >= {frozenset({"discord:2"})}


async def test_the_menu_is_not_offered_for_what_one_cannot_see(app: App) -> None:
    await app.draw(private=True)
    with pytest.raises(NotOffered):
        await app.fake.menu(app.bob, app.fake.ephemerals(app.ann)[-1], wording.EDIT_THIS)


# --- Describe this


async def test_describe_this_names_its_price_and_describes_one_picture_privately(tmp_path: Path) -> None:
    async with running_app(tmp_path, writer=SampleWriter()) as app:
        message = await app.fake.say(app.bob, app.room, "look", files={"a.jpg": FOX, "b.png": SQUARE})
        asked = await app.fake.menu(app.ann, message, wording.DESCRIBE_THIS)
        await answered(app, asked)
        question = app.fake.ephemerals(app.ann)[-1]
        assert await app.backend.ledger.jobs.list_open_help() == []
        await answered(app, await app.fake.click(app.ann, question, "Describe · up to $0.0"))
        answer = app.fake.ephemerals(app.ann)[-1]
        await app.fake.click(app.ann, answer, "Draw this")
        await app.backend.done()
        (order,) = app.backend.painter.orders
        assert order.prompt.endswith("(a sample)")
        assert order.references == ()


async def test_describe_this_is_offered_only_with_a_language_model(app: App) -> None:
    message = await app.fake.say(app.bob, app.room, "look", files={"a.jpg": FOX})
    with pytest.raises(NotOffered):
        await app.fake.menu(app.ann, message, wording.DESCRIBE_THIS)
