"""Malformed bodies that are signed rightly, or come by Socket Mode: no error of ours, and no traceback."""

import copy
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.slack.transport.shapes import Malformed, read_request
from tests.fakes.slack.deliveries import Delivery, Kind
from tests.fakes.slack.errors import Json
from tests.fakes.slack.http_mode import HttpRequest
from tests.slack.app import App, Mode, running_app

SEED = 20_261_130
SAMPLE = 200  # of the bodies that differ in one field
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ODD = (None, "", 7, True, [], ["x"], {}, {"id": 1}, "\ud800", "\x00", "x" * 3_000, 10**400, float("nan"))
GONE = object()
NOT_READ = ("blocks", "profile", "message.team", "edited")
BODIES = (  # with the way they are sent
    (JSON, b""),
    (JSON, b"null"),
    (JSON, b"[]"),
    (JSON, b"[{}]"),
    (JSON, b"7"),
    (JSON, b"{"),
    (JSON, b'"x"'),
    (JSON, b"[" * 100_000),
    (JSON, b'{"a":' * 100_000),
    (JSON, b'{"type": ' + b"9" * 5_000 + b"}"),
    (JSON, b'{"type": NaN}'),
    (JSON, b'{"type": "url_verification"}'),
    (JSON, b'{"type": "url_verification", "challenge": {}}'),
    (JSON, b'{"type": "no_such_type"}'),
    (JSON, b'{"type": "event_callback"}'),
    (JSON, b'{"type": "event_callback", "event": null}'),
    (JSON, b'{"type": "event_callback", "event": "x"}'),
    (JSON, b'{"type": "event_callback", "event": {}}'),
    (JSON, b'{"type": "event_callback", "event": {"type": "no_such_event", "user": "U1"}}'),
    (JSON, b'{"type": "event_callback", "event": {"type": "tokens_revoked", "tokens": "x"}}'),
    (JSON, b'{"type": "event_callback", "authorizations": "x", "event": {"type": "app_mention"}}'),
    (JSON, b'{"type": "event_callback", "authorizations": [7], "event": {"type": "app_mention"}}'),
    (FORM, b"payload="),
    (FORM, b"payload=x"),
    (FORM, b"payload=[]"),
    (FORM, b"payload=null"),
    (FORM, b"payload=%7B"),
    (FORM, b"payload=%ff"),
    (FORM, b"nopayload=1"),
    (FORM, b"&&==%zz"),
    (FORM, b"command=/imagine"),
    (FORM, b"command=%ff&trigger_id=%00&user_id=U1&channel_id=C1"),
    (FORM, b"command=/imagine&command=/quota"),
    ("multipart/form-data; boundary=x", b"--x--"),
    ("", b"command=/imagine"),
)
INTERACTIONS: tuple[Json, ...] = (
    {"type": "block_actions"},
    {"type": "block_actions", "actions": None},
    {"type": "block_actions", "actions": "x"},
    {"type": "block_actions", "actions": []},
    {"type": "block_actions", "actions": [None]},
    {"type": "view_submission"},
    {"type": "view_submission", "view": {}},
    {"type": "view_submission", "view": {"id": "V1", "hash": "h", "private_metadata": "[]", "state": None}},
    {"type": "view_submission", "view": {"id": "V1", "hash": "h", "private_metadata": "{", "state": {}}},
    {"type": "message_action", "message": "x"},
    {"type": 7},
    {"response_urls": [7]},
    {"response_urls": 7},
    {"user": 7, "team": 7, "channel": 7},
)


async def record(app: App) -> list[Delivery]:
    """Do what people do, and return what Slack sent of it."""
    fake = app.fake
    gallery = await app.draw()
    empty = await fake.slash(app.ann, app.room, "/imagine")
    form = await app.wait_for_form(app.ann)
    return [
        empty,
        await fake.submit(app.ann, form, {"prompt": "a fox"}),
        await fake.click(app.ann, gallery, "Details"),
        await fake.shortcut(app.ann, gallery, "imagine_this"),
        await fake.mention(app.ann, app.room, "a fox"),
        await fake.direct(app.ann, "a fox"),
        await fake.react(app.ann, gallery, "repeat"),
        await fake.open_home(app.ann),
    ]


def paths(body: Any, before: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each field of a body, and to each field in it."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in items:
        way = (*before, key)
        if not any(name in ".".join(map(str, way)) for name in NOT_READ):
            yield way
            yield from paths(value, way)


def variants(deliveries: list[Delivery]) -> list[tuple[Kind, Json]]:
    """Return bodies that differ from good ones in one field."""
    found: list[tuple[Kind, Json]] = []
    for delivery in deliveries:
        for way in paths(delivery.payload):
            for odd in (*ODD, GONE):
                body = copy.deepcopy(delivery.payload)
                place: Any = body
                for key in way[:-1]:
                    place = place[key]
                if odd is GONE:
                    del place[way[-1]]
                else:
                    place[way[-1]] = odd
                found.append((delivery.kind, body))
    return random.Random(SEED).sample(found, SAMPLE)


def assert_quiet(printed: str) -> None:
    for word in ("Traceback", "_broke", "trace"):
        assert word not in printed, printed[-3_000:]


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_a_body_that_is_wrong_in_one_field_breaks_nothing(
    mode: Mode, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with running_app(tmp_path, mode) as app:
        transport = app.fake.http if mode == "http" else app.fake.sockets
        bodies = variants(await record(app)) + [("interactive", body) for body in INTERACTIONS]
        app.fake.ack_seconds = 5.0 if mode == "http" else 0.02  # a malformed envelope is not acknowledged
        for kind, body in bodies:
            with suppress(UnicodeEncodeError):  # a form cannot hold a lone surrogate
                ack = await transport.send(kind, body, None)
                assert ack.status < 500, (kind, body)
        app.fake.ack_seconds = 5.0
        assert (await app.fake.slash(app.ann, app.room, "/quota")).acked
    assert_quiet("".join(capfd.readouterr()) + caplog.text)


async def test_a_body_that_is_signed_rightly_and_malformed_is_400(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with running_app(tmp_path, "http") as app:
        for kind, body in BODIES:
            request = HttpRequest({**app.fake.http.signature(body), "Content-Type": kind}, body)
            ack = await app.fake.http.post(request)
            assert ack.status in (200, 400, 404), (kind, body[:100])
        for payload in (
            "x",
            "[]",
            "null",
            "7",
            '"x"',
            '{"actions": null}',
            '{"actions": "x"}',
            '{"team": 7}',
        ):
            body = urlencode({"payload": payload}).encode()
            headers = {**app.fake.http.signature(body), "Content-Type": FORM}
            assert (await app.fake.http.post(HttpRequest(headers, body))).status == 400, payload
    printed = "".join(capfd.readouterr())
    assert_quiet(printed + caplog.text)
    assert printed.count("slack.malformed") == 1


def test_the_fields_that_nobody_reads_may_be_anything() -> None:
    body = {"type": "event_callback", "odd": 7, "event": {"type": "team_join", "user": {"id": "U1", "x": []}}}
    assert read_request(json.dumps(body), {}, mode="http").body == body
    with pytest.raises(Malformed, match="event"):
        read_request({"event": {"type": 7, "secret": "fox"}}, {}, mode="socket_mode")
