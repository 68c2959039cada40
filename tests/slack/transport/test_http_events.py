"""HTTP mode on real sockets: what is let in, what is turned away, and with which status."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.transport import http_events
from adapters.slack.transport.http_events import BODY_LIMIT, event_routes
from bot.port.requests import Imagine
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack.http_mode import FORGERIES, HttpRequest
from tests.fakes.slack.world import FakeSlack
from tests.slack.desk import make_adapter, serving

PROMPT = "a canaryprompt at dusk"


@asynccontextmanager
async def reached(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """The routes as the one web server serves them; where it is."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Place:
    """A team whose app listens over HTTP."""

    def __init__(self, fake: FakeSlack, core: ScriptedCore, adapter: SlackAdapter) -> None:
        self.fake, self.core, self.adapter = fake, core, adapter
        self.ann, self.room = fake.add_user("ann"), fake.add_channel("general")

    @property
    def asked(self) -> list[str]:
        """The prompts that came to the core."""
        return [each.text for each in self.core.requests if isinstance(each, Imagine)]

    async def status(self, body: bytes, **headers: str) -> int:
        """What a body is answered with, with these headers alone."""
        return (await self.fake.http.post(HttpRequest(headers, body))).status

    async def forge(self, forgery: str) -> int:
        return (await self.fake.forge(forgery, self.ann, self.room, "/imagine", PROMPT)).status


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with FakeSlack("http") as fake:
        core, adapter = ScriptedCore(), make_adapter(fake, MemoryKeyValue())
        core.adapter = adapter
        async with (
            reached(event_routes(lambda: adapter.app, fake.signing_secret)) as url,
            serving(adapter, core),
        ):
            fake.app_url = url + EVENTS_PATH
            yield Place(fake, core, adapter)
        assert fake.violations == []


async def test_a_command_is_answered(place: Place) -> None:
    asked = await place.fake.slash(place.ann, place.room, "/imagine", PROMPT)
    assert asked.acked
    await place.fake.until(lambda: asked.followups)
    assert place.asked == [PROMPT]


async def test_events_and_the_handshake_come_to_the_same_address(place: Place) -> None:
    assert (await place.fake.verify_url()).body == {"challenge": "3eZbrw1a"}
    told = await place.fake.mention(place.ann, place.room, PROMPT)
    assert told.acked
    await place.fake.until(lambda: place.asked)


@pytest.mark.parametrize("forgery", [each for each in FORGERIES if each != "good"])
async def test_what_slack_did_not_sign_is_turned_away(place: Place, forgery: str) -> None:
    assert await place.forge(forgery) == 401
    assert await place.forge("good") == 200
    await place.fake.until(lambda: place.asked)
    assert place.asked == [PROMPT]


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        ("-1", "v0=00"),
        ("١٢٣", "v0=00"),  # digits to int(), but not Slack's
        ("9" * 5_000, "v0=00"),  # more than int() takes
        ("1e9", "v0=00"),
        ("", ""),
        ("now", "v0=ü"),
    ],
)
async def test_no_signature_makes_it_break(place: Place, stamp: str, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    assert await place.status(b"command=/imagine", **headers) == 401


async def test_signatures_and_bodies_of_any_bytes_are_turned_away(place: Place) -> None:
    good = place.fake.http.sign_request("slash_commands", {"command": "/imagine"})
    assert await place.status(b"\xff\xfe", **good.headers) == 401
    assert await place.status(good.body, **{**good.headers, "X-Slack-Signature": "v0=ü"}) == 401
    assert await place.status(good.body + b"&text=more", **good.headers) == 401
    assert place.core.requests == []


async def test_a_body_beyond_the_limit_is_not_read_on(place: Place) -> None:
    """Before its signature is looked at: that would take all of it."""
    async with aiohttp.ClientSession() as session:
        for size, status in ((BODY_LIMIT + 1, 413), (BODY_LIMIT, 401)):
            async with session.post(place.fake.app_url, data=io.BytesIO(b"x" * size)) as answer:
                assert answer.status == status


async def test_a_body_that_never_ends_is_waited_for_no_longer(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_events, "BODY_SECONDS", 0.05)
    host, port = place.fake.app_url.removeprefix("http://").removesuffix(EVENTS_PATH).split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {EVENTS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
    async with asyncio.timeout(10):
        assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"
    writer.close()
    await writer.wait_closed()


async def test_a_look_at_the_certificate_needs_no_signature(place: Place) -> None:
    for body in (b"ssl_check=1&token=x", b"token=x&ssl_check=1"):
        assert await place.status(body) == 200
    for body in (b"ssl_check=12", b"text=ssl_check=1", b"command=/imagine"):
        assert await place.status(body) == 401
    assert place.core.requests == []


async def test_other_methods_and_addresses_are_not_there(place: Place) -> None:
    assert (await place.fake.http.post(HttpRequest({}, b""))).status == 401
    place.fake.app_url += "/more"
    assert await place.forge("good") == 404


async def test_a_request_sent_once_more_draws_nothing_more(place: Place) -> None:
    asked = await place.fake.slash(place.ann, place.room, "/imagine", PROMPT)
    await place.fake.until(lambda: asked.followups)
    told = await place.fake.mention(place.ann, place.room, "another")
    await place.fake.until(lambda: len(place.asked) == 2)
    for sent in place.fake.http.requests[:2]:
        assert (await place.fake.replay(sent)).status == 200
    assert told.acked
    assert len(place.core.headers) == 2  # the core knows a request by its id, the listener an event


async def test_while_nobody_listens_slack_is_told_to_come_again() -> None:
    async with FakeSlack("http") as fake, reached(event_routes(lambda: None, fake.signing_secret)) as url:
        fake.app_url = url + EVENTS_PATH
        ann, room = fake.add_user("ann"), fake.add_channel("general")
        assert (await fake.forge("good", ann, room, "/imagine", PROMPT)).status == 503
        assert (await fake.forge("wrong", ann, room, "/imagine", PROMPT)).status == 401
