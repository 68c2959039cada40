"""Listening, over real sockets: slow cores, answers that are lost, and the same thing told twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.discord.inbound import listener as listen
from adapters.discord.inbound import response
from bot import wording
from bot.imagine import delivery
from quotas.records import Job
from tests.discord.home import until
from tests.discord.house import House, housed
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.places import Person

NOW, LATER = 4, 5  # receiving-and-responding, "Interaction Callback Type"
CALLBACK = "/callback$"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as house:
        yield house


def slow(house: House, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the core takes longer than the adapter waits, until `house.between.gate` is opened."""
    house.between.slow.add(method)
    monkeypatch.setattr(response, "DEFER_AFTER", 0.01)
    monkeypatch.setattr(listen, "FORM_TIMEOUT", 0.01)


async def jobs(house: House, by: Person | None = None, workspace: str = "") -> list[Job]:
    """Newest first."""
    where = workspace or f"discord:{house.guild.id}"
    return await house.home.ledger.jobs.list_recent(where, f"discord:{(by or house.ann).id}", 20)


# --- in time


async def test_a_card_is_the_answer_and_becomes_the_gallery(house: House) -> None:
    house.home.painter.gate.clear()
    asked = await house.imagine("a red fox", tier="fast", variants=2)
    assert asked.response.type == NOW
    (card,) = house.room.messages
    assert "a red fox" in card.text
    house.home.painter.gate.set()
    await house.home.done()
    assert house.room.messages == [card]
    assert len(card.gallery) == 2


async def test_a_slow_core_is_waited_for_in_public(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(house, "imagine", monkeypatch)
    asked = await house.imagine("a red fox")
    assert asked.response.type == LATER
    (waiting,) = house.room.messages
    assert waiting.loading
    house.between.gate.set()
    await house.fake.until(lambda: not waiting.loading)
    await house.home.done()
    assert house.room.messages == [waiting]
    assert len(waiting.gallery) == 4


async def test_a_core_that_answers_while_the_deferral_is_on_its_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(house, "imagine", monkeypatch)
    gate = house.fake.hold("POST", CALLBACK)
    asking = asyncio.create_task(house.imagine("a red fox"))
    await house.fake.until(lambda: gate.waiting == 1)
    house.between.gate.set()
    while not await house.home.ledger.jobs.list_open():  # noqa: ASYNC110 - the ledger's word
        await asyncio.sleep(0)
    for _ in range(10):  # time enough for an edit that would not wait
        await house.home.ledger.jobs.erase_reply_tokens()
    gate.open()
    asked = await asking
    assert asked.response.type == LATER
    await house.fake.until(lambda: asked.original.components)
    await house.home.done()
    assert house.room.messages == [asked.original], "the deferral became the card, and that the gallery"
    assert house.room.gone == []


async def test_a_core_that_was_quick_is_not_waited_for_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "DEFER_AFTER", 0.5)
    await house.draw()
    asked = [request for request in house.fake.requests if request.path.endswith("/callback")]
    await asyncio.sleep(0.6)
    assert [request for request in house.fake.requests if request.path.endswith("/callback")] == asked
    assert len(asked) == 1


@pytest.mark.parametrize(("prompt", "options"), [("a fox", {"private": True}), ("a fox —private", {})])
async def test_a_slow_private_one_is_waited_for_in_private(
    house: House, monkeypatch: pytest.MonkeyPatch, prompt: str, options: dict[str, bool]
) -> None:
    slow(house, "imagine", monkeypatch)
    asked = await house.imagine(prompt, **options)
    assert asked.response.type == LATER
    (waiting,) = house.fake.ephemerals(house.ann)
    house.between.gate.set()
    await house.fake.until(lambda: not waiting.loading)
    await house.home.done()
    assert house.room.messages == house.room.gone == []
    assert len(waiting.gallery) == 4


async def test_a_slow_refusal_is_private_and_the_public_wait_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(house, "imagine", monkeypatch)
    await house.imagine("a red fox --tier best")
    house.between.gate.set()
    await house.fake.until(lambda: house.fake.ephemerals(house.ann))
    (told,) = house.fake.ephemerals(house.ann)
    assert "best" in told.text
    assert house.room.messages == []


@pytest.mark.parametrize("verb", ["Details", "Delete"])
async def test_a_slow_button_for_one_person_waits_in_private(
    house: House, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    gallery = await house.draw()
    slow(house, "press", monkeypatch)
    pressed = await house.fake.click(house.ann, gallery, verb)
    assert pressed.response.type == LATER
    assert house.room.messages == [gallery]
    (waiting,) = house.fake.ephemerals(house.ann)
    house.between.gate.set()
    await house.fake.until(lambda: not waiting.loading)


async def test_a_slow_again_on_a_private_gallery_waits_in_private(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = await house.draw("a red fox", private=True)
    slow(house, "press", monkeypatch)
    pressed = await house.fake.click(house.ann, gallery, "Again")
    assert pressed.original.only_for is house.ann.user
    house.between.gate.set()
    await house.fake.until(lambda: not pressed.original.loading)
    await house.home.done()
    assert house.room.messages == house.room.gone == []
    assert len(pressed.original.gallery) == 4


async def test_a_guess_that_was_wrong_is_put_right(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn from a refusal, which one person sees, is for everybody."""
    refused = await house.imagine("a red fox --stylize 100")
    slow(house, "press", monkeypatch)
    pressed = await house.fake.click(house.ann, refused.original, wording.PLAIN)
    assert pressed.original.only_for is house.ann.user
    house.between.gate.set()
    await house.fake.until(lambda: house.room.messages)
    await house.home.done()
    assert house.fake.ephemerals(house.ann) == [refused.original], "and nothing goes on waiting"
    (gallery,) = house.room.messages
    assert len(gallery.gallery) == 4


async def test_a_form_that_takes_too_long_is_a_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = await house.draw()
    slow(house, "form", monkeypatch)
    pressed = await house.fake.click(house.ann, gallery, "Edit prompt")
    assert pressed.original.text == wording.SLOW_FORM
    assert pressed.original.only_for is house.ann.user


# --- a core that breaks


@pytest.mark.parametrize("method", ["imagine", "command"])
async def test_a_core_that_breaks_is_owned_up_to(house: House, method: str) -> None:
    house.between.broken.add(method)
    name, options = ("imagine", {"prompt": "a red fox"}) if method == "imagine" else ("usage", {})
    with capture_logs() as logs:
        asked = await house.fake.slash(house.ann, house.room, name, options)
    assert asked.original.text == wording.broke(str(asked.id))
    assert asked.original.only_for is house.ann.user
    (line,) = [line for line in logs if line["event"] == "discord.broke"]
    assert line["job"] == str(asked.id)
    assert "red fox" not in str(logs)


@pytest.mark.parametrize(("label", "method"), [("Again", "press"), ("Edit prompt", "form")])
async def test_a_button_that_breaks_is_owned_up_to(house: House, label: str, method: str) -> None:
    gallery = await house.draw()
    house.between.broken.add(method)
    pressed = await house.fake.click(house.bob, gallery, label)
    assert pressed.original.text == wording.broke(str(pressed.id))
    assert pressed.original.only_for is house.bob.user
    assert house.room.messages == [gallery]


async def test_one_that_breaks_late_is_owned_up_to_in_private(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(house, "imagine", monkeypatch)
    asked = await house.imagine("a red fox")
    assert house.room.messages[0].loading
    house.between._core = None  # type: ignore[assignment]
    house.between.gate.set()
    await house.fake.until(lambda: house.fake.ephemerals(house.ann))
    (told,) = house.fake.ephemerals(house.ann)
    assert told.text == wording.broke(str(asked.id))
    assert house.room.messages == []


async def test_a_card_whose_place_cannot_be_noted_is_a_matter_for_the_log(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.1)
    house.between.broken.add("shown")
    await house.imagine("a red fox")
    await house.home.done()
    assert house.fake.ephemerals(house.ann) == []
    assert len(house.room.messages[-1].gallery) == 4


# --- answers that are lost


async def test_an_answer_that_arrived_unheard_is_found(house: House) -> None:
    house.fake.lose("POST", CALLBACK)
    await house.imagine("a red fox")
    await until(lambda: [name for name, _ in house.between.asked if name == "shown"] != [])
    await house.home.done()
    (gallery,) = house.room.messages
    assert len(gallery.gallery) == 4


async def test_a_wait_that_arrived_unheard_becomes_the_card(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.fake.lose("POST", CALLBACK)
    slow(house, "imagine", monkeypatch)
    await house.imagine("a red fox")
    house.between.gate.set()
    await house.fake.until(lambda: house.room.messages and not house.room.messages[0].loading)
    await house.home.done()
    (gallery,) = house.room.messages
    assert len(gallery.gallery) == 4


@pytest.mark.parametrize("status", [404, 400, 401])
async def test_a_card_that_is_no_answer_any_more_is_posted(house: House, status: int) -> None:
    code = {404: 10062, 400: 50035, 401: 50027}[status]
    house.fake.patience = 0.01
    house.fake.fail("POST", CALLBACK, status, {"code": code, "message": "no"})
    await house.imagine("a red fox")
    await house.fake.until(lambda: house.room.messages)
    await house.home.done()
    (gallery,) = house.room.messages
    assert len(gallery.gallery) == 4
    assert gallery.nonce, "as the bot: the token was never good for anything"


async def test_a_private_card_that_is_no_answer_any_more_comes_directly(house: House) -> None:
    house.fake.patience = 0.01
    house.fake.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
    await house.imagine("a red fox", private=True)
    await house.fake.until(lambda: house.fake.dms(house.ann))
    await house.home.done()
    assert house.room.messages == []
    (gallery,) = house.fake.dms(house.ann)
    assert len(gallery.gallery) == 4


async def test_a_refusal_that_is_no_answer_any_more_comes_directly(house: House) -> None:
    house.fake.patience = 0.01
    house.fake.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
    await house.imagine("a red fox --tier best")
    await house.fake.until(lambda: house.fake.dms(house.ann))
    assert "best" in house.fake.dms(house.ann)[0].text


async def test_where_nothing_reaches_a_person_it_is_a_matter_for_the_log(house: House) -> None:
    house.fake.patience = 0.01
    house.ann.user.accepts_dms = False
    house.fake.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
    with capture_logs() as logs:
        await house.imagine("a red fox --tier best")
        await until(lambda: any(line["event"] == "discord.not_answered" for line in logs))
    assert "red fox" not in str(logs)


async def test_the_same_thing_told_twice_is_one_job(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch = Gateway.dispatch

    def twice(gateway: Gateway, *told: Any) -> None:
        dispatch(gateway, *told)
        dispatch(gateway, *told)

    monkeypatch.setattr(Gateway, "dispatch", twice)
    house.home.painter.gate.clear()
    await house.imagine("a red fox")
    await until(lambda: len([name for name, _ in house.between.asked if name == "shown"]) == 2)
    house.home.painter.gate.set()
    await house.home.done()
    assert len(await jobs(house)) == 1
    assert len(house.room.messages) == 1
    assert house.fake.ephemerals(house.ann) == house.fake.dms(house.ann) == []


async def test_at_the_end_what_is_being_answered_is_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.between.slow.add("command")
    resting = asyncio.Event()
    rest = listen.Listener.drain

    async def noticed(listener: listen.Listener, seconds: float) -> None:
        resting.set()
        await rest(listener, seconds)

    monkeypatch.setattr(listen.Listener, "drain", noticed)
    asking = asyncio.create_task(house.fake.slash(house.ann, house.room, "help"))
    await until(lambda: house.between.asked != [])
    house._run.cancel()
    await resting.wait()
    for _ in range(10):
        await asyncio.sleep(0)  # what would not wait goes on now
    house.between.gate.set()
    asked = await asking
    assert asked.original.only_for is house.ann.user
