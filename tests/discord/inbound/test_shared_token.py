"""Two processes with one token and a data folder each: Discord tells both, and takes one answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from discord.webhook import async_ as webhook_module
from structlog.testing import capture_logs

from adapters.discord import messages
from adapters.discord.errors import NO_ANSWER
from adapters.discord.inbound import burst, response
from tests.discord.app import App, running_app
from tests.discord.backend import Backend, until

CARD, DEFERRED = 4, 5  # receiving-and-responding, "Interaction Callback Type"
CALLBACK = "/callback$"
LOST = 0  # the status of an answer that is lost


@pytest.fixture
async def first(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path / "first") as app:
        yield app


@pytest.fixture
async def second(first: App, tmp_path: Path) -> AsyncIterator[App]:
    people = {name: getattr(first, name) for name in ("fake", "guild", "room", "ann", "bob", "boss")}
    app = App(backend=Backend(tmp_path / "second"), **people)
    await app.open()
    await app.adapter.ready.wait()
    yield app
    await app.close()


async def imagine(first: App, second: App, prompt: str = "a red fox") -> Any:
    """Use `/imagine`; wait until both processes have tried to answer, and have no open job."""
    before = callbacks(first)
    interaction = await first.imagine(prompt)
    await until(lambda: callbacks(first) >= before + 2)
    await first.backend.done()
    await second.backend.done()
    return interaction


def callbacks(app: App) -> int:
    return sum(request.path.endswith("/callback") for request in app.fake.requests)


def drawn(*apps: App) -> int:
    return sum(len(app.backend.painter.orders) for app in apps)


def asked(app: App) -> int:
    """Count the requests for pictures that reached the core."""
    return sum(name == "imagine" for name, _ in app.core_proxy.calls)


def warnings(lines: Any) -> list[str]:
    return [line["fix"] for line in lines if line["event"] == "discord.token_shared"]


def events(lines: Any, name: str) -> int:
    return sum(line["event"] == name for line in lines)


async def test_one_of_two_processes_draws_and_each_says_once_that_there_are_two(
    first: App, second: App
) -> None:
    with capture_logs() as lines:
        for prompt in ("a red fox", "a blue fox", "a green fox"):
            await imagine(first, second, prompt)
    assert drawn(first, second) == 3
    assert events(lines, "job.accepted") == 6
    assert events(lines, "job.released") == 3
    assert [len(message.gallery) for message in first.room.messages] == [4, 4, 4]
    assert first.room.gone == first.fake.ephemerals(first.ann) == first.fake.dms(first.ann) == []
    assert 1 <= len(warnings(lines)) <= 2
    assert set(warnings(lines)) == {messages.TOKEN_SHARED}
    assert not events(lines, "card.unknown")
    assert "red fox" not in str(lines)


async def test_in_a_burst_the_slower_process_reserves_nothing(
    first: App, second: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(burst, "BURST_SIZE", 1)
    interaction = await imagine(first, second)
    assert interaction.response.type == DEFERRED
    await first.fake.until(lambda: interaction.original.gallery)
    assert asked(first) + asked(second) == drawn(first, second) == 1
    assert first.room.messages == [interaction.original]


async def test_a_slow_process_whose_deferral_comes_too_late_releases_its_job(
    first: App, second: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "DEFER_AFTER", 0.2)
    second.core_proxy.slow.add("imagine")
    interaction = await first.imagine()
    await until(lambda: callbacks(first) == 2)
    with capture_logs() as lines:
        second.core_proxy.gate.set()
        await until(lambda: events(lines, "job.released") == 1)
    await first.backend.done()
    assert drawn(first, second) == 1
    assert first.room.messages == [interaction.original]


async def test_a_refusal_of_the_slower_process_is_not_shown(first: App, second: App) -> None:
    await imagine(first, second, "a red fox --tier best")
    (refusal,) = first.fake.ephemerals(first.ann)
    assert "best" in refusal.text
    assert first.room.messages == first.fake.dms(first.ann) == []


async def test_an_own_try_whose_answer_was_lost_keeps_its_job(first: App, second: App) -> None:
    first.fake.lose("POST", CALLBACK)
    interaction = await imagine(first, second)
    assert drawn(first, second) == 1
    assert first.room.messages == [interaction.original]
    assert len(interaction.original.gallery) == 4


@pytest.mark.parametrize("body", [{"type": CARD, "data": {"content": "a blue fox"}}, {"type": DEFERRED}])
async def test_if_another_process_answers_between_two_tries_the_job_is_released(
    first: App, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    respond = response.respond

    async def respond_late(interaction: Any, *args: Any, **more: Any) -> int:
        try:
            return await respond(interaction, *args, **more)
        except NO_ANSWER:
            url = f"{first.fake.base}/interactions/{interaction.id}/{interaction.token}/callback"
            async with aiohttp.ClientSession() as session, session.post(url, json=body):
                raise

    monkeypatch.setattr(response, "respond", respond_late)
    first.fake.fail("POST", CALLBACK, LOST)
    with capture_logs() as lines:
        interaction = await first.imagine()
        await until(lambda: events(lines, "job.released") == 1)
        await first.backend.done()
    assert drawn(first) == 0
    assert first.room.messages == [interaction.original]
    assert interaction.original.edited is None
    assert warnings(lines) == [messages.TOKEN_SHARED]


class NoPauses:
    """The module asyncio, as far as discord.py's webhooks use it, without their pauses."""

    Lock = asyncio.Lock

    @staticmethod
    async def sleep(_seconds: float) -> None:
        return


@pytest.mark.parametrize("is_burst", [False, True])
@pytest.mark.parametrize("status", [LOST, 502])
@pytest.mark.parametrize("losses", [1, 2])
async def test_an_answer_that_was_taken_and_lost_is_its_own(
    first: App, monkeypatch: pytest.MonkeyPatch, *, losses: int, status: int, is_burst: bool
) -> None:
    """discord.py would repeat a call after a 502, and then be refused what it had answered."""
    monkeypatch.setattr(webhook_module, "asyncio", NoPauses)
    monkeypatch.setattr(burst, "BURST_SIZE", 1 if is_burst else 8)
    first.fake.fail("POST", CALLBACK, status, before=False, times=losses)
    with capture_logs() as lines:
        interaction = await first.imagine()
        await first.fake.until(lambda: interaction.original.gallery)
        await first.backend.done()
    assert first.room.messages == [interaction.original]
    assert first.fake.dms(first.ann) == []
    assert warnings(lines) == []
