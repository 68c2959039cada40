"""Socket Mode by itself: the acknowledgements of envelopes, over several connections, and at the end."""

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

from adapters.slack import messages
from adapters.slack.transport import socket_mode
from adapters.slack.transport.socket_mode import SocketMode
from tests.bot.running_bot import until
from tests.fakes.slack import sockets
from tests.fakes.slack.deliveries import Ack, Retry
from tests.fakes.slack.world import FakeSlack


@dataclass
class Receiver:
    """A stand-in for Bolt: it collects `requests`, and gives its `answer` when `gate` is set."""

    answer: BoltResponse = field(default_factory=lambda: BoltResponse(status=200))
    requests: list[AsyncBoltRequest] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    run: "asyncio.Task[None]" = field(init=False)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        self.requests.append(request)
        await self.gate.wait()
        if isinstance(self.answer.body, Exception):
            raise self.answer.body
        return self.answer


@asynccontextmanager
async def connected(fake: FakeSlack, receiver: Receiver) -> AsyncIterator[None]:
    """Run Socket Mode with the receiver; wait until it is connected."""

    async def open_url() -> str:
        return fake.sockets.new_url()

    async with aiohttp.ClientSession() as session:
        receiver.run = asyncio.create_task(
            SocketMode(session, open_url, receiver.dispatch, receiver.ready).run()
        )
        try:
            await asyncio.wait_for(receiver.ready.wait(), 5)
            yield
        finally:
            receiver.gate.set()
            receiver.run.cancel()
            await asyncio.gather(receiver.run, return_exceptions=True)


@asynccontextmanager
async def open_envelope(
    fake: FakeSlack, receiver: Receiver, retry: Retry | None = None
) -> AsyncIterator["asyncio.Task[Ack]"]:
    """Send an envelope; yield the task that waits for its acknowledgement, when the receiver has it."""
    kind: Any = "events_api" if retry else "slash_commands"
    task = asyncio.create_task(fake.send(kind, {"command": "/imagine"}, retry))
    await until(lambda: bool(receiver.requests))
    yield task


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ("", {}),
        ("drawing", {"text": "drawing"}),
        ({"response_action": "clear"}, {"response_action": "clear"}),
    ],
)
async def test_bolts_answer_is_the_payload_of_the_acknowledgement(body: Any, payload: dict[str, str]) -> None:
    async with FakeSlack() as fake:
        receiver = Receiver(BoltResponse(status=200, body=body))
        async with connected(fake, receiver), open_envelope(fake, receiver) as envelope:
            receiver.gate.set()
            assert (await envelope).ok
            assert envelope.result().body == payload
            assert receiver.requests[0].body == {"command": "/imagine"}


async def test_an_envelope_that_bolt_refuses_is_not_acknowledged() -> None:
    async with FakeSlack() as fake:
        fake.ack_seconds = 0.1
        receiver = Receiver(BoltResponse(status=500))
        with capture_logs() as lines:
            async with connected(fake, receiver), open_envelope(fake, receiver) as envelope:
                receiver.gate.set()
                assert (await envelope).why == "timeout"
        assert [line["status"] for line in lines if line["event"] == "slack.not_acknowledged"] == [500]


async def test_a_repeated_event_has_the_headers_of_http_mode() -> None:
    async with FakeSlack() as fake:
        receiver = Receiver()
        async with (
            connected(fake, receiver),
            open_envelope(fake, receiver, Retry(number=2, reason="timeout")),
        ):
            assert receiver.requests[0].headers["x-slack-retry-num"] == ["2"]
            assert receiver.requests[0].headers["x-slack-retry-reason"] == ["timeout"]


async def test_an_envelope_is_acknowledged_on_its_own_connection() -> None:
    async with FakeSlack() as fake:
        receiver = Receiver()
        async with connected(fake, receiver), open_envelope(fake, receiver) as envelope:
            await fake.refresh()
            await fake.until(lambda: fake.sockets.open_count == 2)
            await asyncio.sleep(0.05)  # time in which the old one could have been closed
            assert len(fake.sockets.connections) == 2
            receiver.gate.set()
            assert (await envelope).ok
            await fake.until(lambda: len(fake.sockets.connections) == 1)


async def test_a_second_process_with_the_token_is_in_the_log_once() -> None:
    async with FakeSlack() as fake:
        first, second = Receiver(), Receiver()
        with capture_logs() as lines:
            async with connected(fake, first):
                await fake.refresh()  # the next connection opens before the old one closes
                await fake.until(lambda: fake.sockets.open_count == 2 and len(fake.sockets.connections) == 1)
                assert not [line for line in lines if line["event"] == "slack.token_shared"]
                async with connected(fake, second):
                    await fake.refresh()
                    await fake.until(lambda: fake.sockets.open_count == 5)
        warnings = [line for line in lines if line["event"] == "slack.token_shared"]
        assert 1 <= len(warnings) <= 2, "each process says it once"
        assert (warnings[0]["connections"], warnings[0]["own"]) == (2, 1)
        assert warnings[0]["fix"] == messages.TOKEN_SHARED


async def test_an_open_envelope_is_acknowledged_before_the_end() -> None:
    async with FakeSlack() as fake:
        receiver = Receiver()
        async with connected(fake, receiver), open_envelope(fake, receiver) as envelope:
            receiver.run.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
            assert not receiver.ready.is_set()
            receiver.gate.set()
            assert (await envelope).ok


async def test_an_error_is_logged_and_the_next_envelope_is_received() -> None:
    async with FakeSlack() as fake:
        fake.ack_seconds = 0.1
        receiver = Receiver()
        receiver.answer.body = RuntimeError("a secret fox")  # type: ignore[assignment]
        with capture_logs() as lines:
            async with connected(fake, receiver), open_envelope(fake, receiver) as envelope:
                receiver.gate.set()
                assert not (await envelope).ok
                receiver.answer = BoltResponse(status=200)
                assert (await fake.send("slash_commands", {})).ok
        assert [line["event"] for line in lines].count("slack.envelope_broke") == 1
        assert "secret" not in str(lines)


async def test_an_acknowledgement_on_a_lost_connection_is_logged() -> None:
    async with FakeSlack() as fake:
        receiver = Receiver()
        with capture_logs() as lines:
            async with connected(fake, receiver), open_envelope(fake, receiver) as envelope:
                fake.drop_socket()
                await fake.until(lambda: fake.sockets.open_count == 2)
                receiver.gate.set()
                await until(lambda: any(line["event"] == "slack.not_acknowledged" for line in lines))
                envelope.cancel()
                assert (await fake.send("slash_commands", {})).ok


async def test_a_connection_that_slack_closes_at_once_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_mode, "PAUSES", (0.0, 0.01))
    monkeypatch.setattr(sockets, "MOST_CONNECTIONS", 0)
    async with FakeSlack() as fake:
        receiver = Receiver()

        async def make_room() -> None:
            await until(lambda: any(line["event"] == "slack.reconnecting" for line in lines))
            monkeypatch.setattr(sockets, "MOST_CONNECTIONS", 10)

        with capture_logs() as lines:
            room = asyncio.create_task(make_room())
            async with connected(fake, receiver):
                await room
        assert {line["reason"] for line in lines} == {"too_many_websockets"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "null", '"x"', "[" * 100_000, '{"a": NaN}', '{"envelope_id": [], "payload": []}'],
)
async def test_a_message_that_is_no_envelope_does_not_cost_the_connection(text: str) -> None:
    async with FakeSlack() as fake:
        receiver = Receiver()
        receiver.gate.set()
        with capture_logs() as lines:
            async with connected(fake, receiver):
                await fake.sockets.connections[0].socket.send_str(text)
                assert (await fake.send("slash_commands", {})).ok
        assert fake.sockets.open_count == 1
        assert "trace" not in str(lines)
