"""Bodies at Slack's URL: malformed ones break nothing, and unsigned ones go no further."""

import asyncio
import copy
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import structlog

from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.transport.http_events import event_routes
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack.http_mode import FORM, JSON, sign
from tests.fakes.slack.world import FakeSlack
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged, damaged_bytes, odd_text
from tests.slack.desk import make_adapter, serving
from tests.slack.web_server import web_server

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

TEAM, ANN, ROOM, TRIGGER = "T-HERE", "U-ANN", "C-ROOM", "1.2.3"  # the fake's ids take the places of these
COMMAND = {
    "team_id": TEAM,
    "channel_id": ROOM,
    "channel_name": "general",
    "user_id": ANN,
    "command": "/imagine",
    "text": "refuse <@U1|ann> <#C1|general>",
    "trigger_id": TRIGGER,
    "is_enterprise_install": "false",
}
_ACTOR = {"team": {"id": TEAM}, "user": {"id": ANN, "team_id": TEAM}, "trigger_id": TRIGGER}
_VIEW = {
    "id": "V1",
    "hash": "1.a",
    "callback_id": "a1:edit:1M8PCEG5K5J40",
    "private_metadata": '[ROOM, ""]',
    "state": {"values": {"prompt": {"prompt": {"type": "plain_text_input", "value": "refuse"}}}},
}
_MESSAGE = {"ts": "1.1", "text": "refuse", "user": ANN, "type": "message"}
INTERACTIONS = [
    {
        **_ACTOR,
        "type": "block_actions",
        "channel": {"id": ROOM, "name": "general"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": ROOM, "is_ephemeral": True},
        "actions": [
            {"action_id": "a1:cancel", "value": "1M8PCEG5K5J40:0", "type": "button", "block_id": "b"}
        ],
    },
    {
        **_ACTOR,
        "type": "block_actions",
        "view": _VIEW,
        "actions": [{"action_id": "a1:imagine", "value": ":0"}],
    },
    {**_ACTOR, "type": "view_submission", "view": _VIEW},
    {
        **_ACTOR,
        "type": "message_action",
        "callback_id": "a1:imagine",
        "channel": {"id": ROOM},
        "message": _MESSAGE,
    },
    {**_ACTOR, "type": "view_closed", "view": _VIEW},
]
_EVENT = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "authorizations": [{"team_id": TEAM}]}
_REACTION = {
    "reaction": "repeat",
    "item": {"type": "message", "channel": ROOM, "ts": "1.1"},
    "event_ts": "1.3",
}
EVENTS = [
    {
        **_EVENT,
        "event": {"type": "app_mention", "user": ANN, "text": "<@B1> refuse", "ts": "1.2", "channel": ROOM},
    },
    {**_EVENT, "event": {**_MESSAGE, "channel": "D1", "channel_type": "im"}},
    {**_EVENT, "event": {"type": "reaction_added", "user": ANN, **_REACTION}},
    {**_EVENT, "event": {"type": "app_home_opened", "user": ANN, "tab": "home", "channel": "D1"}},
    {"type": "url_verification", "challenge": "x"},
]
TYPES = (
    None,
    True,
    0,
    -1,
    1e99,
    "",
    "x",
    [],
    {},
    [None],
    {"id": None},
    {"type": "im"},
    "\ud800",
    "x" * 5_000,
)


def damaged_json(dice: Random, body: Any) -> Any:
    """Return the body with some values of another type, missing, or doubled."""
    body = copy.deepcopy(body)
    for _ in range(dice.randint(0, 3)):
        table, key = body, dice.choice(list(body))
        while isinstance(table[key], dict | list) and table[key] and dice.random() < 0.8:
            table = table[key]
            key = dice.choice(list(table)) if isinstance(table, dict) else dice.randrange(len(table))
        match dice.randrange(4):
            case 0:
                table[key] = copy.deepcopy(dice.choice(TYPES))
            case 1:
                table[key] = damaged(dice, table[key]) if isinstance(table[key], str) else odd_text(dice)
            case 2 if len(table) > 1:
                del table[key]
            case 3 if isinstance(table, dict):
                table[odd_text(dice)] = copy.deepcopy(table[key])
    return body


def any_body(dice: Random) -> tuple[str, bytes]:
    """Return a content type, and a body."""
    match dice.randrange(3):
        case 0:
            body = damaged_json(dice, COMMAND)
            kind, data = FORM, urlencode(body, errors="replace").encode()
        case 1:
            text = json.dumps(damaged_json(dice, dice.choice(INTERACTIONS)))
            text = damaged(dice, text) if dice.random() < 0.2 else text
            kind, data = FORM, urlencode({"payload": text}, errors="replace").encode()
        case _:
            kind, data = JSON, json.dumps(damaged_json(dice, dice.choice(EVENTS))).encode()
    if dice.random() < 0.2:
        data = damaged_bytes(dice, data)
    if dice.random() < 0.05:
        data = dice.choice(
            (b"", b"{", b"[]", b"null", b"payload=", b"payload=[]", b"%", b"[" * 9_000, b"\xff")
        )
    if dice.random() < 0.1:
        kind = dice.choice((JSON, FORM, "text/plain", "multipart/form-data", ""))
    return kind, data


def forged(dice: Random, secret: str, data: bytes) -> dict[str, str]:
    """Sign in a way that is wrong."""
    stamp = str(int(time.time()))
    signature = sign(secret, stamp, data)
    other = dice.choice(
        (str(int(stamp) - 301), str(int(stamp) + 600), f"0{stamp}", f"{stamp}.0", "", stamp + "0")
    )
    flipped = list(signature)
    flipped[dice.randrange(3, len(flipped))] = "g"
    return dice.choice(
        (
            {},
            {"X-Slack-Signature": signature},
            {"X-Slack-Request-Timestamp": stamp},
            {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "".join(flipped)},
            {"X-Slack-Request-Timestamp": other, "X-Slack-Signature": signature},
            {"X-Slack-Request-Timestamp": other, "X-Slack-Signature": sign("no", other, data)},
            {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(secret, stamp, data + b" ")},
            {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature.replace("v0=", "v1=")},
            {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature[: dice.randint(0, 66)]},
        )
    )


class Endpoint:
    """The adapter's URL, a user who asks in signed requests, and one who asks in forged ones."""

    def __init__(self, fake: FakeSlack, core: ScriptedCore, url: str, session: aiohttp.ClientSession) -> None:
        self.core = core
        self.ann, self.eve, self.room = (
            fake.add_user("ann"),
            fake.add_user("eve"),
            fake.add_channel("general"),
        )
        self._fake, self._url, self._session = fake, url, session

    async def post(self, dice: Random, kind: str, data: bytes, *, forge: bool) -> int:
        """Post a body, rightly or wrongly signed; return the status."""
        user = self.eve if forge else self.ann
        for place, id_ in ((TEAM, self._fake.team.id), (ANN, user.id), (ROOM, self.room.id)):
            data = data.replace(place.encode(), id_.encode())
        secret, stamp = self._fake.signing_secret, str(int(time.time()))
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(secret, stamp, data)}
        headers = {**(forged(dice, secret, data) if forge else headers), "Content-Type": kind}
        async with self._session.post(self._url, data=data, headers=headers) as answer:
            await answer.read()
            return answer.status

    def people(self) -> set[str]:
        """Return the ids of everybody whose requests reached the core."""
        return {each.person.id.rpartition(":")[2] for each in self.core.requests}


@pytest.fixture
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def endpoint(_quiet: None) -> AsyncIterator[Endpoint]:
    async with FakeSlack("http") as fake, aiohttp.ClientSession() as session:
        core, adapter = ScriptedCore(), make_adapter(fake, MemoryKeyValue())
        core.adapter = adapter
        async with (
            web_server(event_routes(lambda: adapter.app, fake.signing_secret)) as url,
            serving(adapter, core),
        ):
            yield Endpoint(fake, core, url + EVENTS_PATH, session)


async def test_slack_bodies(fuzzer: Fuzzer, endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    for dice in fuzzer:
        kind, data = any_body(dice)
        fuzzer.input = (kind, data)
        forge = dice.random() < 0.25 and b"ssl_check" not in data
        status = await endpoint.post(dice, kind, data, forge=forge)
        assert status == 401 if forge else status < 500
        assert [record.getMessage() for record in caplog.records] == []
    await asyncio.sleep(0.1)
    assert endpoint.ann.id in endpoint.people()  # some bodies are whole
    assert endpoint.eve.id not in endpoint.people()
