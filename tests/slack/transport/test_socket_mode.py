"""Socket Mode by itself: what is acknowledged, on which connection, and until when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from adapters.slack.transport import socket_mode as sockets
from adapters.slack.transport.socket_mode import SocketMode
from tests.bot.running_bot import until
from tests.fakes.slack import sockets as fake_sockets
from tests.fakes.slack.deliveries import Ack, Retry
from tests.fakes.slack.world import FakeSlack


@dataclass
class Ear:
    """Hears envelopes in the place of Bolt, and answers once `go` is set."""

    answer: BoltResponse = field(default_factory=lambda: BoltResponse(status=200))
    heard: list[AsyncBoltRequest] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    run: "asyncio.Task[None]" = field(init=False)
    up: asyncio.Event = field(default_factory=asyncio.Event)

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        self.heard.append(request)
        await self.go.wait()
        if isinstance(self.answer.body, Exception):
            raise self.answer.body
        return self.answer


@asynccontextmanager
async def listening(fake: FakeSlack, ear: Ear) -> AsyncIterator[None]:
    async def address() -> str:
        return fake.sockets.new_url()

    async with aiohttp.ClientSession() as session:
        ear.run = asyncio.create_task(SocketMode(session, address, ear.dispatch, ear.up).run())
        try:
            await asyncio.wait_for(ear.up.wait(), 5)
            yield
        finally:
            ear.go.set()
            ear.run.cancel()
            await asyncio.gather(ear.run, return_exceptions=True)


@asynccontextmanager
async def asked(fake: FakeSlack, ear: Ear, retry: Retry | None = None) -> AsyncIterator["asyncio.Task[Ack]"]:
    """While an envelope is being dealt with."""
    kind: Any = "events_api" if retry else "slash_commands"
    task = asyncio.create_task(fake.send(kind, {"command": "/imagine"}, retry))
    await until(lambda: bool(ear.heard))
    yield task


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", {}),
        ("drawing", {"text": "drawing"}),
        ({"response_action": "clear"}, {"response_action": "clear"}),
    ],
)
async def test_what_bolt_answers_goes_with_the_acknowledgement(body: Any, told: dict[str, str]) -> None:
    async with FakeSlack() as fake:
        ear = Ear(BoltResponse(status=200, body=body))
        async with listening(fake, ear), asked(fake, ear) as envelope:
            ear.go.set()
            assert (await envelope).ok
            assert envelope.result().body == told
            assert ear.heard[0].body == {"command": "/imagine"}


async def test_what_bolt_does_not_take_is_not_acknowledged() -> None:
    async with FakeSlack() as fake:
        fake.ack_seconds = 0.1
        ear = Ear(BoltResponse(status=500))
        with capture_logs() as lines:
            async with listening(fake, ear), asked(fake, ear) as envelope:
                ear.go.set()
                assert (await envelope).why == "timeout"
        assert [line["status"] for line in lines if line["event"] == "slack.not_acknowledged"] == [500]


async def test_a_repetition_is_told_as_over_http() -> None:
    async with FakeSlack() as fake:
        ear = Ear()
        async with listening(fake, ear), asked(fake, ear, Retry(number=2, reason="timeout")):
            assert ear.heard[0].headers["x-slack-retry-num"] == ["2"]
            assert ear.heard[0].headers["x-slack-retry-reason"] == ["timeout"]


async def test_what_came_on_the_old_connection_is_acknowledged_there() -> None:
    async with FakeSlack() as fake:
        ear = Ear()
        async with listening(fake, ear), asked(fake, ear) as envelope:
            await fake.refresh()
            await fake.until(lambda: fake.sockets.open_count == 2)
            await asyncio.sleep(0.05)  # in which the old one could have been closed
            assert len(fake.sockets.connections) == 2
            ear.go.set()
            assert (await envelope).ok
            await fake.until(lambda: len(fake.sockets.connections) == 1)


async def test_what_was_heard_before_the_end_is_acknowledged() -> None:
    async with FakeSlack() as fake:
        ear = Ear()
        async with listening(fake, ear), asked(fake, ear) as envelope:
            ear.run.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
            assert not ear.up.is_set()
            ear.go.set()
            assert (await envelope).ok


async def test_what_breaks_is_logged_and_the_next_is_heard() -> None:
    async with FakeSlack() as fake:
        fake.ack_seconds = 0.1
        ear = Ear()
        ear.answer.body = RuntimeError("a secret fox")  # type: ignore[assignment]
        with capture_logs() as lines:
            async with listening(fake, ear), asked(fake, ear) as envelope:
                ear.go.set()
                assert not (await envelope).ok
                ear.answer = BoltResponse(status=200)
                assert (await fake.send("slash_commands", {})).ok
        assert [line["event"] for line in lines].count("slack.envelope_broke") == 1
        assert "secret" not in str(lines)


async def test_an_acknowledgement_that_comes_too_late_breaks_nothing() -> None:
    async with FakeSlack() as fake:
        ear = Ear()
        with capture_logs() as lines:
            async with listening(fake, ear), asked(fake, ear) as envelope:
                fake.drop_socket()
                await fake.until(lambda: fake.sockets.open_count == 2)
                ear.go.set()
                await until(lambda: any(line["event"] == "slack.not_acknowledged" for line in lines))
                envelope.cancel()
                assert (await fake.send("slash_commands", {})).ok


async def test_one_connection_too_many_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "PAUSES", (0.0, 0.01))
    monkeypatch.setattr(fake_sockets, "MOST_CONNECTIONS", 0)
    async with FakeSlack() as fake:
        ear = Ear()

        async def make_room() -> None:
            await until(lambda: any(line["event"] == "slack.reconnecting" for line in lines))
            monkeypatch.setattr(fake_sockets, "MOST_CONNECTIONS", 10)

        with capture_logs() as lines:
            room = asyncio.create_task(make_room())
            async with listening(fake, ear):
                await room
        assert {line["reason"] for line in lines} == {"too_many_websockets"}
