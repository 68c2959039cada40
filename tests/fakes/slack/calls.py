"""HTTP mode: signed requests to the app's URL, and badly signed ones on demand.

docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.deliveries import Ack, Kind, Retry
from tests.fakes.slack.errors import Json

if TYPE_CHECKING:
    from tests.fakes.slack.state import State

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
# How a request can be forged: what the app must refuse, and what it must not.
FORGERIES = ("good", "wrong", "stale", "future", "unsigned", "no_timestamp", "not_a_number", "other_secret")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out; `Calls.replay` sends the very same once more."""

    headers: dict[str, str]
    body: bytes


class Calls:
    """What goes to `app_url`, such as http://127.0.0.1:8080/slack/events. `sent`: every request, in order."""

    def __init__(self, state: "State") -> None:
        self._state = state
        self._session: aiohttp.ClientSession | None = None
        self.app_url = ""
        self.sent: list[Sent] = []

    async def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Tell the app, rightly signed, and wait for its answer."""
        return await self.post(self.signed(kind, payload, retry))

    def signed(self, kind: Kind, payload: Json, retry: Retry | None = None, forgery: str = "good") -> Sent:
        """A request, signed as `forgery` says: one of FORGERIES."""
        if forgery not in FORGERIES:
            raise ValueError(f"no such forgery: {forgery}")
        body = encode(kind, payload)
        headers = {
            "Content-Type": JSON if kind == "events_api" else FORM,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        headers |= self._signature(body, forgery)
        if retry is not None:
            reason = "http_timeout" if retry.reason == "timeout" else retry.reason
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": reason}
        return Sent(headers, body)

    def _signature(self, body: bytes, forgery: str) -> dict[str, str]:
        off = {"stale": -301, "future": 301}.get(forgery, 0)
        stamp = "yesterday" if forgery == "not_a_number" else str(int(time.time()) + off)
        secret = "0" * 32 if forgery == "other_secret" else self._state.signing_secret
        signature = sign(secret, stamp, body)
        if forgery == "wrong":
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        left_out = {"unsigned": "X-Slack-Signature", "no_timestamp": "X-Slack-Request-Timestamp"}.get(forgery)
        return {name: value for name, value in headers.items() if name != left_out}

    async def post(self, request: Sent) -> Ack:
        """Send a request as it is."""
        self.sent.append(request)
        begun = time.monotonic()
        try:
            async with self._open().post(
                self.app_url,
                data=request.body,
                headers=request.headers,
                timeout=aiohttp.ClientTimeout(total=self._state.ack_seconds),
            ) as answer:
                text, status = await answer.text(), answer.status
        except TimeoutError:
            return Ack(why="timeout", seconds=time.monotonic() - begun, status=0)
        except aiohttp.ClientError:
            return Ack(why="connection_failed", seconds=time.monotonic() - begun, status=0)
        why = "" if status == 200 else "http_error"
        return Ack(body=_decode(text), seconds=time.monotonic() - begun, status=status, why=why)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def encode(kind: Kind, payload: Json) -> bytes:
    """The body of a request: commands as a form, interactions as one field of a form, events as JSON."""
    if kind == "events_api":
        return json.dumps(payload).encode()
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode()
    return urlencode(payload).encode()


def sign(secret: str, stamp: str, body: bytes) -> str:
    return (
        "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    )


def _decode(text: str) -> Json:
    """An ack's body: an object, or plain text, which shows as a message."""
    if not text:
        return {}
    try:
        body: Any = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
