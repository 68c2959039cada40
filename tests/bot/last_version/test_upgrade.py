"""A ledger of version 0.1.0 opens in this one: no open job is lost, and its messages still work.

The dump beside this file was made by that version's own code. It was killed while one job was drawn and one
waited, a question waited to be confirmed, somebody had asked for more, and a private gallery was shared.
"""

import sqlite3
from pathlib import Path

import pytest

from bot.port.cards import Accepted, Delivered, Ended, Form, Notice, Report
from bot.port.requests import MessageRef, Person
from quotas.ids import id_number
from tests.bot.admin.admins import OPERATOR, sentence
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at
from tests.fakes.chat import Message

DUMP = Path(__file__).with_name("ledger_0.1.0.sql")
# What the buttons of its messages carry.
GALLERY, PRIVATE, SHARED = "1M8P3XWZ6PD95", "1M8P3XWZM6465", "1M8P3XX06GTSF"
RUNNING, WAITING = "1M8P3XX8HAFAG", "1M8P3XX8RS2S9"
DENIED, ASKED = "1M8P3XX1F1RK1", "1M8P3XX1GVT2C"  # *Ask for more*: not pressed, and pressed
CONFIRM, FORGET, PLAIN = "1M8P3XX83J2NA", "1M8P3XX85F6Q9", "1M8P3XX86S34N"
SHARED_IN = "m5"  # the message in which Bob's private gallery was shared
ANOTHER = Person(id="chat:cleo", name="Cleo")


@pytest.fixture
async def upgraded(tmp_path: Path, build: Build) -> RunningBot:
    database = sqlite3.connect(tmp_path / "imagine.db")
    database.executescript(DUMP.read_text(encoding="utf-8"))
    database.close()
    return await build(images=12, operators=frozenset({OPERATOR}))


async def test_the_ledger_is_migrated_and_adds_up(upgraded: RunningBot) -> None:
    assert await upgraded.ledger.verify() == []


async def test_open_jobs_end_in_one_outcome_each(upgraded: RunningBot) -> None:
    await upgraded.finish()
    running, waiting = await upgraded.job(RUNNING), await upgraded.job(WAITING)
    assert (running.state, running.charge_micros, running.uncertain_micros) == ("released", 0, 60_000)
    assert (waiting.state, waiting.charge_images) == ("settled", 1)
    cards = {message.card.header.job: message.card for message in upgraded.outcomes}  # type: ignore[union-attr]
    assert isinstance(cards[RUNNING], Ended)
    assert isinstance(cards[WAITING], Delivered)


async def test_buttons_of_its_galleries_work(upgraded: RunningBot) -> None:
    again = await upgraded.press("again", GALLERY, ANOTHER)
    assert isinstance(again, Accepted)
    header = again.card.header
    assert (header.prompt, header.tier, header.ratio, header.images) == (
        "a red fox in snow",
        "fast",
        "16:9",
        4,
    )
    form = await upgraded.form(GALLERY, ANOTHER)
    assert isinstance(form, Form)
    assert {field.name: field.value for field in form.fields}["variants"] == "4"
    edited = await upgraded.press("edit", GALLERY, ANOTHER, prompt="a blue fox", variants="2")
    assert isinstance(edited, Accepted)
    assert (edited.card.header.prompt, edited.card.header.images) == ("a blue fox", 2)
    assert isinstance(await upgraded.press("final", GALLERY, ANOTHER), Accepted)
    assert isinstance(await upgraded.press("details", GALLERY, ANN), Report)
    assert isinstance(await upgraded.press("again", PRIVATE, BOB), Notice), "a private job stays private"
    await upgraded.finish()


async def test_a_reaction_on_its_gallery_draws_again(upgraded: RunningBot) -> None:
    job = await upgraded.job(GALLERY)
    assert job.card is not None
    message = MessageRef(address=at(), id=_message_of(GALLERY))
    assert isinstance(await upgraded.react("🔁", message, ANOTHER), Accepted)
    await upgraded.finish()


async def test_a_shared_gallery_is_deleted_in_both_messages(upgraded: RunningBot) -> None:
    await upgraded.finish()
    upgraded.chat.messages |= {
        name: Message(MessageRef(address=at(), id=name), [Notice(sentence="an old gallery")])
        for name in (_message_of(SHARED), SHARED_IN)
    }
    assert isinstance(await upgraded.press("delete", SHARED, BOB), Notice)
    assert [message.ref.id for message in upgraded.chat.deleted] == [_message_of(SHARED), SHARED_IN]


async def test_what_was_asked_for_is_answered(upgraded: RunningBot) -> None:
    await upgraded.finish()
    answer = await upgraded.press("approve", ASKED, BOSS)
    assert isinstance(answer, Report | Notice)
    used = (await upgraded.ledger.reports.allowance("chat:team", ANN.id, ())).images_day
    assert used.granted > 0
    assert "asked" in sentence(await upgraded.press("more", DENIED, ANN)).lower()


async def test_what_waited_to_be_confirmed_is_carried_out(upgraded: RunningBot) -> None:
    await upgraded.finish()
    assert "paused" in sentence(await upgraded.press("confirm", CONFIRM, BOSS))
    assert isinstance(await upgraded.press("confirm", CONFIRM, BOSS), Notice)


async def test_what_was_misread_is_drawn_without_its_flags(upgraded: RunningBot) -> None:
    answer = await upgraded.press("plain", PLAIN, ANN)
    assert isinstance(answer, Accepted)
    assert (answer.card.header.prompt, answer.card.header.ratio) == ("a red fox", "3:2")
    await upgraded.finish()


async def test_somebody_is_forgotten_in_every_table(upgraded: RunningBot, tmp_path: Path) -> None:
    await upgraded.finish()
    await upgraded.press("confirm", FORGET, BOB)
    assert isinstance(await upgraded.bot.forget(ANN.id, OPERATOR), Notice)
    await upgraded.bot.stop(1)
    await upgraded.ledger.close()
    text = (tmp_path / "imagine.db").read_bytes()
    for name in (b"chat:ann", b"chat:bob", b"a red fox", b"a private fox", b"a shared fox"):
        assert name not in text, name
    assert id_number(GALLERY)
    await upgraded.open()


def _message_of(job: str) -> str:
    """The id of the message that shows a job, in the dump."""
    database = sqlite3.connect(":memory:")
    database.executescript(DUMP.read_text(encoding="utf-8"))
    (message,) = database.execute(
        "SELECT message FROM messages WHERE job = ? ORDER BY message LIMIT 1", (id_number(job),)
    ).fetchone()
    database.close()
    return str(message)
