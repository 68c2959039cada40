"""Listening, over real sockets: slow cores, answers that are lost, and events that come twice."""

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
from tests.discord.app import App, running_app
from tests.discord.backend import until
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.places import Person

NOW, LATER = 4, 5  # receiving-and-responding, "Interaction Callback Type"
CALLBACK = "/callback$"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


def slow_down(app: App, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a method of the core take longer than the adapter waits, until `app.core_proxy.gate` is opened."""
    app.core_proxy.slow.add(method)
    monkeypatch.setattr(response, "DEFER_AFTER", 0.01)
    monkeypatch.setattr(listen, "FORM_TIMEOUT", 0.01)


async def jobs(app: App, by: Person | None = None, workspace: str = "") -> list[Job]:
    """Return a person's jobs, newest first."""
    where = workspace or f"discord:{app.guild.id}"
    return await app.backend.ledger.jobs.list_recent(where, f"discord:{(by or app.ann).id}", 20)


# --- in time


async def test_a_card_is_the_answer_and_becomes_the_gallery(app: App) -> None:
    app.backend.painter.gate.clear()
    interaction = await app.imagine("a red fox", tier="fast", variants=2)
    assert interaction.response.type == NOW
    (card,) = app.room.messages
    assert "a red fox" in card.text
    app.backend.painter.gate.set()
    await app.backend.done()
    assert app.room.messages == [card]
    assert len(card.gallery) == 2


async def test_a_slow_core_causes_a_public_deferral(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(app, "imagine", monkeypatch)
    interaction = await app.imagine("a red fox")
    assert interaction.response.type == LATER
    (waiting,) = app.room.messages
    assert waiting.loading
    app.core_proxy.gate.set()
    await app.fake.until(lambda: not waiting.loading)
    await app.backend.done()
    assert app.room.messages == [waiting]
    assert len(waiting.gallery) == 4


async def test_a_deferral_on_its_way_still_becomes_the_card(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(app, "imagine", monkeypatch)
    gate = app.fake.hold("POST", CALLBACK)
    asking = asyncio.create_task(app.imagine("a red fox"))
    await app.fake.until(lambda: gate.waiting == 1)
    app.core_proxy.gate.set()
    while not await app.backend.ledger.jobs.list_open():  # noqa: ASYNC110 - the ledger's word
        await asyncio.sleep(0)
    for _ in range(10):  # time enough for an edit that would not wait for the deferral
        await app.backend.ledger.jobs.erase_reply_tokens()
    gate.open()
    interaction = await asking
    assert interaction.response.type == LATER
    await app.fake.until(lambda: interaction.original.components)
    await app.backend.done()
    assert app.room.messages == [interaction.original], "the deferral became the card and then the gallery"
    assert app.room.gone == []


async def test_a_quick_core_causes_no_deferral_later(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response, "DEFER_AFTER", 0.5)
    await app.draw()
    interaction = [request for request in app.fake.requests if request.path.endswith("/callback")]
    await asyncio.sleep(0.6)
    assert [request for request in app.fake.requests if request.path.endswith("/callback")] == interaction
    assert len(interaction) == 1


@pytest.mark.parametrize(("prompt", "options"), [("a fox", {"private": True}), ("a fox —private", {})])
async def test_a_slow_private_request_causes_a_private_deferral(
    app: App, monkeypatch: pytest.MonkeyPatch, prompt: str, options: dict[str, bool]
) -> None:
    slow_down(app, "imagine", monkeypatch)
    interaction = await app.imagine(prompt, **options)
    assert interaction.response.type == LATER
    (waiting,) = app.fake.ephemerals(app.ann)
    app.core_proxy.gate.set()
    await app.fake.until(lambda: not waiting.loading)
    await app.backend.done()
    assert app.room.messages == app.room.gone == []
    assert len(waiting.gallery) == 4


async def test_a_slow_refusal_is_private_and_the_public_deferral_is_deleted(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(app, "imagine", monkeypatch)
    await app.imagine("a red fox --tier best")
    app.core_proxy.gate.set()
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    (message,) = app.fake.ephemerals(app.ann)
    assert "best" in message.text
    assert app.room.messages == []


@pytest.mark.parametrize("verb", ["Details", "Delete"])
async def test_a_slow_button_for_one_person_causes_a_private_deferral(
    app: App, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    gallery = await app.draw()
    slow_down(app, "press", monkeypatch)
    click = await app.fake.click(app.ann, gallery, verb)
    assert click.response.type == LATER
    assert app.room.messages == [gallery]
    (waiting,) = app.fake.ephemerals(app.ann)
    app.core_proxy.gate.set()
    await app.fake.until(lambda: not waiting.loading)


async def test_a_slow_again_on_a_private_gallery_causes_a_private_deferral(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = await app.draw("a red fox", private=True)
    slow_down(app, "press", monkeypatch)
    click = await app.fake.click(app.ann, gallery, "Again")
    assert click.original.only_for is app.ann.user
    app.core_proxy.gate.set()
    await app.fake.until(lambda: not click.original.loading)
    await app.backend.done()
    assert app.room.messages == app.room.gone == []
    assert len(click.original.gallery) == 4


async def test_a_private_deferral_of_a_public_card_is_replaced(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is seen by one person, but the pictures drawn by its button are for everybody."""
    refusal = await app.imagine("a red fox --stylize 100")
    slow_down(app, "press", monkeypatch)
    click = await app.fake.click(app.ann, refusal.original, wording.PLAIN)
    assert click.original.only_for is app.ann.user
    app.core_proxy.gate.set()
    await app.fake.until(lambda: app.room.messages)
    await app.backend.done()
    assert app.fake.ephemerals(app.ann) == [refusal.original], "and no deferral is left"
    (gallery,) = app.room.messages
    assert len(gallery.gallery) == 4


async def test_instead_of_a_slow_form_comes_a_sentence(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = await app.draw()
    slow_down(app, "form", monkeypatch)
    click = await app.fake.click(app.ann, gallery, "Edit prompt")
    assert click.original.text == wording.SLOW_FORM
    assert click.original.only_for is app.ann.user


# --- a core that breaks


@pytest.mark.parametrize("method", ["imagine", "command"])
async def test_an_error_of_the_core_is_told_and_logged_without_the_prompt(app: App, method: str) -> None:
    app.core_proxy.broken.add(method)
    name, options = ("imagine", {"prompt": "a red fox"}) if method == "imagine" else ("usage", {})
    with capture_logs() as logs:
        interaction = await app.fake.slash(app.ann, app.room, name, options)
    assert interaction.original.text == wording.broke(str(interaction.id))
    assert interaction.original.only_for is app.ann.user
    (line,) = [line for line in logs if line["event"] == "discord.broke"]
    assert line["job"] == str(interaction.id)
    assert "red fox" not in str(logs)


@pytest.mark.parametrize(("label", "method"), [("Again", "press"), ("Edit prompt", "form")])
async def test_an_error_after_a_button_is_told_to_the_person_who_pressed(
    app: App, label: str, method: str
) -> None:
    gallery = await app.draw()
    app.core_proxy.broken.add(method)
    click = await app.fake.click(app.bob, gallery, label)
    assert click.original.text == wording.broke(str(click.id))
    assert click.original.only_for is app.bob.user
    assert app.room.messages == [gallery]


async def test_an_error_after_a_public_deferral_is_told_in_private(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(app, "imagine", monkeypatch)
    interaction = await app.imagine("a red fox")
    assert app.room.messages[0].loading
    app.core_proxy._core = None  # type: ignore[assignment]
    app.core_proxy.gate.set()
    await app.fake.until(lambda: app.fake.ephemerals(app.ann))
    (message,) = app.fake.ephemerals(app.ann)
    assert message.text == wording.broke(str(interaction.id))
    assert app.room.messages == []


async def test_a_job_whose_card_cannot_be_recorded_still_ends_in_a_gallery(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.1)
    app.core_proxy.broken.add("shown")
    await app.imagine("a red fox")
    await app.backend.done()
    assert app.fake.ephemerals(app.ann) == []
    assert len(app.room.messages[-1].gallery) == 4


# --- answers that are lost


async def test_an_answer_that_arrived_without_a_reply_is_found(app: App) -> None:
    app.fake.lose("POST", CALLBACK)
    await app.imagine("a red fox")
    await until(lambda: [name for name, _ in app.core_proxy.calls if name == "shown"] != [])
    await app.backend.done()
    (gallery,) = app.room.messages
    assert len(gallery.gallery) == 4


async def test_a_deferral_that_arrived_without_a_reply_becomes_the_card(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.fake.lose("POST", CALLBACK)
    slow_down(app, "imagine", monkeypatch)
    await app.imagine("a red fox")
    app.core_proxy.gate.set()
    await app.fake.until(lambda: app.room.messages and not app.room.messages[0].loading)
    await app.backend.done()
    (gallery,) = app.room.messages
    assert len(gallery.gallery) == 4


@pytest.mark.parametrize("status", [404, 400, 401])
async def test_a_card_that_discord_takes_as_an_answer_no_more_is_posted(app: App, status: int) -> None:
    code = {404: 10062, 400: 50035, 401: 50027}[status]
    app.fake.patience = 0.01
    app.fake.fail("POST", CALLBACK, status, {"code": code, "message": "no"})
    await app.imagine("a red fox")
    await app.fake.until(lambda: app.room.messages)
    await app.backend.done()
    (gallery,) = app.room.messages
    assert len(gallery.gallery) == 4
    assert gallery.nonce, "the bot posted it, because the token never worked"


async def test_a_private_card_that_cannot_be_the_answer_comes_as_a_direct_message(app: App) -> None:
    app.fake.patience = 0.01
    app.fake.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
    await app.imagine("a red fox", private=True)
    await app.fake.until(lambda: app.fake.dms(app.ann))
    await app.backend.done()
    assert app.room.messages == []
    (gallery,) = app.fake.dms(app.ann)
    assert len(gallery.gallery) == 4


async def test_a_refusal_that_cannot_be_the_answer_comes_as_a_direct_message(app: App) -> None:
    app.fake.patience = 0.01
    app.fake.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
    await app.imagine("a red fox --tier best")
    await app.fake.until(lambda: app.fake.dms(app.ann))
    assert "best" in app.fake.dms(app.ann)[0].text


async def test_if_nothing_reaches_a_person_it_is_logged_without_the_prompt(app: App) -> None:
    app.fake.patience = 0.01
    app.ann.user.accepts_dms = False
    app.fake.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
    with capture_logs() as logs:
        await app.imagine("a red fox --tier best")
        await until(lambda: any(line["event"] == "discord.not_answered" for line in logs))
    assert "red fox" not in str(logs)


async def test_an_event_that_comes_twice_is_one_job(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch = Gateway.dispatch

    def dispatch_twice(gateway: Gateway, *arguments: Any) -> None:
        dispatch(gateway, *arguments)
        dispatch(gateway, *arguments)

    monkeypatch.setattr(Gateway, "dispatch", dispatch_twice)
    app.backend.painter.gate.clear()
    await app.imagine("a red fox")
    await until(lambda: "shown" in [name for name, _ in app.core_proxy.calls])
    app.backend.painter.gate.set()
    await app.backend.done()
    names = [name for name, _ in app.core_proxy.calls]
    assert (names.count("imagine"), names.count("shown")) == (1, 1), "the copy is ignored"
    assert len(await jobs(app)) == 1
    assert len(app.room.messages) == 1
    assert app.fake.ephemerals(app.ann) == app.fake.dms(app.ann) == []


async def test_a_comparison_that_comes_twice_is_one(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the copy comes to the next process, which does not remember it."""
    packets: list[tuple[Any, ...]] = []
    dispatch = Gateway.dispatch

    def record(gateway: Gateway, *arguments: Any) -> None:
        packets.append(arguments)
        dispatch(gateway, *arguments)

    monkeypatch.setattr(Gateway, "dispatch", record)
    await app.fake.slash(app.ann, app.room, "compare", {"prompt": "a red fox"})
    await app.backend.done()
    await app.restart()
    (packet,) = [each for each in packets if each[0] == "INTERACTION_CREATE"]
    dispatch(app.fake.gateway, *packet)
    await until(lambda: "imagine" in [name for name, _ in app.core_proxy.calls])
    await app.backend.done()
    tiers = [order.tier.name for order in app.backend.painter.orders]
    assert sorted(tiers) == ["fast", "gpt", "standard", "ultra"]
    # No sheet of them can be made: this painter's bytes are no pictures. The originals come without it.
    assert [len(message.gallery) for message in app.room.messages] == [4]


async def test_at_the_end_it_waits_for_answers_under_way(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.core_proxy.slow.add("command")
    draining = asyncio.Event()
    drain = listen.Listener.drain

    async def drain_and_tell(listener: listen.Listener, seconds: float) -> None:
        draining.set()
        await drain(listener, seconds)

    monkeypatch.setattr(listen.Listener, "drain", drain_and_tell)
    asking = asyncio.create_task(app.fake.slash(app.ann, app.room, "help"))
    await until(lambda: app.core_proxy.calls != [])
    app._run.cancel()
    await draining.wait()
    for _ in range(10):
        await asyncio.sleep(0)  # an end that would not wait goes on now
    app.core_proxy.gate.set()
    interaction = await asking
    assert interaction.original.only_for is app.ann.user
