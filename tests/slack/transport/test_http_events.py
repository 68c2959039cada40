"""HTTP mode on real sockets: which requests are accepted, and the status of the others."""

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest

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
from tests.slack.web_server import web_server

PROMPT = "a canaryprompt at dusk"


class HttpApp:
    """A team with a user and a channel, whose app receives requests over HTTP."""

    def __init__(self, fake: FakeSlack, core: ScriptedCore, adapter: SlackAdapter) -> None:
        self.fake, self.core, self.adapter = fake, core, adapter
        self.ann, self.room = fake.add_user("ann"), fake.add_channel("general")

    @property
    def prompts(self) -> list[str]:
        """The prompts that reached the core."""
        return [each.text for each in self.core.requests if isinstance(each, Imagine)]

    async def status(self, body: bytes, **headers: str) -> int:
        """Post a body with only these headers; return the status."""
        return (await self.fake.http.post(HttpRequest(headers, body))).status

    async def forge(self, forgery: str) -> int:
        """Use `/imagine` with a forged signature; return the status."""
        return (await self.fake.forge(forgery, self.ann, self.room, "/imagine", PROMPT)).status


@pytest.fixture
async def app() -> AsyncIterator[HttpApp]:
    async with FakeSlack("http") as fake:
        core, adapter = ScriptedCore(), make_adapter(fake, MemoryKeyValue())
        core.adapter = adapter
        async with (
            web_server(event_routes(lambda: adapter.app, fake.signing_secret)) as url,
            serving(adapter, core),
        ):
            fake.app_url = url + EVENTS_PATH
            yield HttpApp(fake, core, adapter)
        assert fake.violations == []


async def test_a_command_is_answered(app: HttpApp) -> None:
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", PROMPT)
    assert interaction.acked
    await app.fake.until(lambda: interaction.followups)
    assert app.prompts == [PROMPT]


async def test_events_and_the_handshake_use_the_same_url(app: HttpApp) -> None:
    assert (await app.fake.verify_url()).body == {"challenge": "3eZbrw1a"}
    event = await app.fake.mention(app.ann, app.room, PROMPT)
    assert event.acked
    await app.fake.until(lambda: app.prompts)


@pytest.mark.parametrize("forgery", [forgery for forgery in FORGERIES if forgery != "good"])
async def test_a_request_that_slack_did_not_sign_gets_401(app: HttpApp, forgery: str) -> None:
    assert await app.forge(forgery) == 401
    assert await app.forge("good") == 200
    await app.fake.until(lambda: app.prompts)
    assert app.prompts == [PROMPT]


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        ("-1", "v0=00"),
        ("١٢٣", "v0=00"),  # digits for int(), but not Slack's
        ("9" * 5_000, "v0=00"),  # too long for int()
        ("1e9", "v0=00"),
        ("", ""),
        ("now", "v0=ü"),
    ],
)
async def test_a_malformed_signature_gets_401(app: HttpApp, stamp: str, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    assert await app.status(b"command=/imagine", **headers) == 401


async def test_wrong_bytes_in_a_signature_or_a_body_get_401(app: HttpApp) -> None:
    good = app.fake.http.sign_request("slash_commands", {"command": "/imagine"})
    assert await app.status(b"\xff\xfe", **good.headers) == 401
    assert await app.status(good.body, **{**good.headers, "X-Slack-Signature": "v0=ü"}) == 401
    assert await app.status(good.body + b"&text=more", **good.headers) == 401
    assert app.core.requests == []


async def test_a_body_beyond_the_limit_gets_413(app: HttpApp) -> None:
    """The limit comes before the signature, whose check needs the whole body."""
    async with aiohttp.ClientSession() as session:
        for size, status in ((BODY_LIMIT + 1, 413), (BODY_LIMIT, 401)):
            async with session.post(app.fake.app_url, data=io.BytesIO(b"x" * size)) as answer:
                assert answer.status == status


async def test_a_body_that_never_ends_gets_408(app: HttpApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_events, "BODY_SECONDS", 0.05)
    host, port = app.fake.app_url.removeprefix("http://").removesuffix(EVENTS_PATH).split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {EVENTS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
    async with asyncio.timeout(10):
        assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"
    writer.close()
    await writer.wait_closed()


async def test_slacks_certificate_check_needs_no_signature(app: HttpApp) -> None:
    for body in (b"ssl_check=1&token=x", b"token=x&ssl_check=1"):
        assert await app.status(body) == 200
    for body in (b"ssl_check=12", b"text=ssl_check=1", b"command=/imagine"):
        assert await app.status(body) == 401
    assert app.core.requests == []


async def test_other_paths_get_404(app: HttpApp) -> None:
    assert (await app.fake.http.post(HttpRequest({}, b""))).status == 401
    app.fake.app_url += "/more"
    assert await app.forge("good") == 404


async def test_a_repeated_request_draws_nothing_more(app: HttpApp) -> None:
    interaction = await app.fake.slash(app.ann, app.room, "/imagine", PROMPT)
    await app.fake.until(lambda: interaction.followups)
    event = await app.fake.mention(app.ann, app.room, "another")
    await app.fake.until(lambda: len(app.prompts) == 2)
    for request in app.fake.http.requests[:2]:
        assert (await app.fake.replay(request)).status == 200
    assert event.acked
    assert len(app.core.headers) == 2  # the core recognizes the command's id, the listener the event's


async def test_while_the_adapter_does_not_serve_slack_gets_503() -> None:
    async with FakeSlack("http") as fake, web_server(event_routes(lambda: None, fake.signing_secret)) as url:
        fake.app_url = url + EVENTS_PATH
        ann, room = fake.add_user("ann"), fake.add_channel("general")
        assert (await fake.forge("good", ann, room, "/imagine", PROMPT)).status == 503
        assert (await fake.forge("wrong", ann, room, "/imagine", PROMPT)).status == 401
