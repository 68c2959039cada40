"""The journal of commands over a kill, and the acknowledgements of a burst before cards."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack import adapter
from adapters.slack.inbound import burst as burst_module
from adapters.slack.inbound import journal
from adapters.slack.inbound.burst import Burst
from adapters.slack.transport import bolt
from tests.fakes.key_value import MemoryKeyValue
from tests.slack.app import App, running_app, until


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path) as app:
        yield app


def entries(app: App) -> list[str]:
    return [key for key in app.store.pairs if key.startswith(journal._PREFIX)]


async def kill_during_command(app: App, monkeypatch: pytest.MonkeyPatch, by: Any) -> None:
    """Let a command be acknowledged, and end the process before the core has taken it."""
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.0)
    app.core_proxy.slow.add("imagine")
    interaction = await app.fake.slash(by, app.room, "/imagine", "a red fox -n 2")
    assert interaction.acked
    await app.wait_for_calls("imagine")
    (key,) = entries(app)
    assert app.store.people[key] == {app.id_of(by)}, "forgetting them must delete it"
    await app.close()


async def test_a_command_is_acknowledged_after_it_is_written_down(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, put = asyncio.Event(), MemoryKeyValue.put

    async def slow_put(store: MemoryKeyValue, key: str, value: str, people: Collection[str]) -> None:
        await gate.wait()
        await put(store, key, value, people)

    monkeypatch.setattr(MemoryKeyValue, "put", slow_put)
    command = asyncio.create_task(app.imagine("a red fox"))
    await until(lambda: app.open_answers())
    [interaction] = app.fake.triggers.values()
    assert not interaction.acks
    assert not app.calls_of("imagine")
    gate.set()
    await command
    await app.backend.done()
    assert entries(app) == []


async def test_the_next_process_draws_an_acknowledged_command(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kill_during_command(app, monkeypatch, app.ann)
    await app.open()
    await app.wait_for_calls("shown")
    await app.backend.done()
    [request] = app.calls_of("imagine")
    assert (request.text, request.person.id) == ("a red fox -n 2", app.id_of(app.ann))
    [gallery] = app.room.messages
    assert len(gallery.gallery) == 2
    assert len(app.fake.ephemerals(app.ann)) == 1
    assert entries(app) == []
    await app.restart()
    await app.wait_idle()
    assert app.calls_of("imagine") == []


async def test_the_next_process_compares_what_was_acknowledged(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.0)
    app.core_proxy.slow.add("imagine")
    assert (await app.fake.slash(app.ann, app.room, "/compare", "a red fox --tiers fast,gpt")).acked
    await app.wait_for_calls("imagine")
    await app.close()
    await app.open()
    await app.wait_for_calls("shown")
    await app.backend.done()
    [request] = app.calls_of("imagine")
    assert (request.command, request.text) == ("compare", "a red fox --tiers fast,gpt")
    [gallery] = app.room.messages
    assert len(gallery.gallery) == 3
    assert entries(app) == []


async def test_a_command_that_an_earlier_version_wrote_down_is_drawn(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kill_during_command(app, monkeypatch, app.ann)
    [key] = entries(app)
    *about, name, token, until = json.loads(app.store.pairs[key])
    assert name == "imagine"
    app.store.pairs[key] = json.dumps([*about, token, until])
    await app.open()
    await app.wait_for_calls("shown")
    await app.backend.done()
    [gallery] = app.room.messages
    assert len(gallery.gallery) == 2


async def test_the_next_process_draws_a_command_whose_person_was_not_fetched_yet(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "DRAIN_SECONDS", 0.0)
    gate = app.fake.hold("users.info")
    assert (await app.fake.slash(app.ann, app.room, "/imagine", "a red fox")).acked
    assert app.calls_of("imagine") == []
    await app.close()
    gate.open()
    await app.open()
    await app.wait_for_calls("shown")
    await app.backend.done()
    assert len(app.room.messages) == 1


async def test_a_command_whose_response_url_expired_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0
    async with running_app(tmp_path, clock=lambda: 1_763_860_000.0 + seconds) as app:
        await kill_during_command(app, monkeypatch, app.ann)
        seconds = 1_740.0
        await app.open()
        await app.wait_idle()
        assert entries(app) == app.calls_of("imagine") == []


async def test_a_command_that_cannot_be_written_down_is_acknowledged_when_the_core_has_it(app: App) -> None:
    await app.imagine("a first fox")  # now the directory knows Ann
    app.store.fails = True
    app.core_proxy.slow.add("imagine")
    with capture_logs() as logs:
        command = asyncio.create_task(app.imagine("a red fox"))
        await app.wait_for_calls("imagine", 2)
        interaction = list(app.fake.triggers.values())[-1]
        assert not interaction.acks
        app.core_proxy.gate.set()
        assert (await command).acked
        await app.backend.done()
    assert len(app.room.messages) == 2
    assert "slack.not_noted" in {line["event"] for line in logs}
    assert "fox" not in str(logs)


async def test_a_journal_that_cannot_be_read_stops_nothing(app: App) -> None:
    app.store.pairs[f"{journal._PREFIX}x"] = "{"
    with capture_logs() as logs:
        await app.restart()
        await app.imagine("a red fox")
    assert "slack.not_read" in {line["event"] for line in logs}
    await app.backend.done()
    assert len(app.room.messages) == 1


async def test_a_command_that_broke_is_answered_once_and_not_run_again(app: App) -> None:
    app.core_proxy.broken.add("imagine")
    interaction = await app.imagine("a red fox")
    assert len(interaction.followups) == 1
    assert entries(app) == []


async def test_a_card_waits_until_every_request_is_acknowledged(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolt, "ACK_AFTER", 60.0)
    monkeypatch.setattr(burst_module, "WAIT_SECONDS", 60.0)
    await app.slash(app.ann, "/quota")
    gallery = await app.draw(by=app.bob)
    app.core_proxy.slow.add("press")
    press = asyncio.create_task(app.fake.click(app.bob, gallery, "Again"))
    await app.wait_for_calls("press")
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", "a red fox")
    assert interaction.acked
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(app.calls_of("imagine")) == 1
    app.core_proxy.gate.set()
    await press
    await app.fake.until(lambda: interaction.followups)
    await app.backend.done()


async def test_a_single_request_does_not_wait() -> None:
    task = asyncio.create_task(Burst().wait())
    await asyncio.sleep(0)
    assert task.done()


async def test_waiting_requests_go_on_one_at_a_time() -> None:
    """Each turn of the event loop lets one go on, and lets new requests be read."""
    burst = Burst()
    with burst.acknowledging():
        tasks = [asyncio.create_task(burst.wait()) for _ in range(5)]
        await asyncio.sleep(0)
    done_counts = [0]
    while done_counts[-1] < len(tasks):
        await asyncio.sleep(0)
        done_counts.append(sum(task.done() for task in tasks))
    assert max(after - before for before, after in pairwise(done_counts)) == 1


async def test_a_new_request_is_acknowledged_before_a_waiting_one_goes_on() -> None:
    burst = Burst()
    new = burst.acknowledging()
    with burst.acknowledging():
        task = asyncio.create_task(burst.wait())
        await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(new.__enter__)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not task.done()
    new.__exit__(None, None, None)
    await task


async def test_a_stream_of_requests_delays_a_waiting_one_only_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(burst_module, "WAIT_SECONDS", 0.01)
    burst = Burst()
    with burst.acknowledging():
        await burst.wait()


async def test_a_request_shortly_after_another_waits_for_the_end_of_the_burst(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A single request does not wait."""
    monkeypatch.setattr(burst_module, "CALM_SECONDS", 60.0)
    burst = Burst()
    with burst.acknowledging():
        pass
    single = asyncio.create_task(burst.wait())
    await asyncio.sleep(0)
    assert single.done()
    with burst.acknowledging():
        pass
    second = asyncio.create_task(burst.wait())
    await asyncio.sleep(0)
    assert not second.done()
    second.cancel()


async def test_a_burst_is_over_when_no_new_request_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burst_module, "CALM_SECONDS", 0.01)
    monkeypatch.setattr(burst_module, "WAIT_SECONDS", 60.0)
    burst = Burst()
    for _ in range(2):
        with burst.acknowledging():
            pass
    await asyncio.wait_for(burst.wait(), 10)
