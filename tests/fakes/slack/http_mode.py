"""HTTP mode: signed requests to the app's URL, and wrongly signed ones on demand.

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
# The ways to sign a request; the app must refuse all but "good".
FORGERIES = ("good", "wrong", "stale", "future", "unsigned", "no_timestamp", "not_a_number", "other_secret")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to the app. `FakeSlack.replay` sends the same one again."""

    headers: dict[str, str]
    body: bytes


class HttpMode:
    """The requests to the app.

    `app_url`: such as http://127.0.0.1:8080/slack/events.
    `requests`: every request so far, in order.
    `connections`: at once; 0 means as many as there are requests. Set it before the first.
    """

    def __init__(self, state: "State") -> None:
        self._state = state
        self._session: aiohttp.ClientSession | None = None
        self.app_url = ""
        self.requests: list[HttpRequest] = []
        self.connections = 0

    async def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Send a rightly signed request to the app, and wait for its answer."""
        return await self.post(self.sign_request(kind, payload, retry))

    def sign_request(
        self, kind: Kind, payload: Json, retry: Retry | None = None, forgery: str = "good"
    ) -> HttpRequest:
        """Make a request, signed in one of the ways of FORGERIES."""
        if forgery not in FORGERIES:
            raise ValueError(f"no such forgery: {forgery}")
        body = encode(kind, payload)
        headers = {
            "Content-Type": JSON if kind == "events_api" else FORM,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        headers |= self.signature(body, forgery)
        if retry is not None:
            reason = "http_timeout" if retry.reason == "timeout" else retry.reason
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": reason}
        return HttpRequest(headers, body)

    def signature(self, body: bytes, forgery: str = "good") -> dict[str, str]:
        """Return the headers that sign a body, in one of the ways of FORGERIES."""
        offset = {"stale": -301, "future": 301}.get(forgery, 0)
        stamp = "yesterday" if forgery == "not_a_number" else str(int(time.time()) + offset)
        secret = "0" * 32 if forgery == "other_secret" else self._state.signing_secret
        signature = sign(secret, stamp, body)
        if forgery == "wrong":
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        missing = {"unsigned": "X-Slack-Signature", "no_timestamp": "X-Slack-Request-Timestamp"}.get(forgery)
        return {name: value for name, value in headers.items() if name != missing}

    async def post(self, request: HttpRequest) -> Ack:
        """Send a request as it is, and wait for its answer."""
        self.requests.append(request)
        start = time.monotonic()
        try:
            async with self._open().post(
                self.app_url,
                data=request.body,
                headers=request.headers,
                timeout=aiohttp.ClientTimeout(total=self._state.ack_seconds),
            ) as answer:
                text, status = await answer.text(), answer.status
        except TimeoutError:
            return Ack(why="timeout", seconds=time.monotonic() - start, status=0)
        except aiohttp.ClientError:
            return Ack(why="connection_failed", seconds=time.monotonic() - start, status=0)
        why = "" if status == 200 else "http_error"
        return Ack(body=_decode(text), seconds=time.monotonic() - start, status=status, why=why)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=self.connections))
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def encode(kind: Kind, payload: Json) -> bytes:
    """Write a body: a command as a form, an interaction as one field of a form, an event as JSON."""
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
    """Read an acknowledgement's body: an object, or plain text, which Slack shows as a message."""
    if not text:
        return {}
    try:
        body: Any = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
