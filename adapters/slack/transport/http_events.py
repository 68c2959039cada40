"""HTTP mode: the route of the process's web server that takes Slack's signed requests.

Everybody can reach it, so it checks the signature over the raw body before it uses anything else of a
request. Bolt checks the signature again, but it parses the body first, and answers 500 to a malformed
signature.
"""

import asyncio
import re
from collections.abc import Callable, Mapping

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from adapters.common.seldom import Seldom
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.transport.shapes import Malformed, read_request

BODY_LIMIT = 1_048_576  # bytes; a form of a message with 50 full blocks takes half of it
BODY_SECONDS = 10.0  # for the whole body to arrive; Slack itself gives up after 3
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
# Slack sends it unsigned now and then, to check the certificate (interactivity/implementing-slash-commands).
_SSL_CHECK = re.compile(rb"(?:.*&)?ssl_check=1(?:&.*)?", re.DOTALL)


def event_routes(app: Callable[[], AsyncApp | None], signing_secret: str) -> list[web.RouteDef]:
    """Make the one route for commands, interactions and events.

    `app`: returns Bolt's app; None while the adapter does not serve.
    """
    verifier, malformed = SignatureVerifier(signing_secret), Seldom("slack.malformed")

    async def receive(request: web.Request) -> web.Response:
        try:
            body = await _read_body(request)
        except TimeoutError:
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413)
        if _SSL_CHECK.fullmatch(body):
            return web.Response()
        if not _is_signed(verifier, request.headers, body):
            return web.Response(status=401)
        bolt = app()
        if bolt is None:
            return web.Response(status=503)
        try:
            bolt_request = read_request(
                body.decode(), request.headers, mode="http", query=request.query_string
            )
        except Malformed as error:
            malformed.warn(where=str(error))
            return web.Response(status=400)
        return await to_aiohttp_response(await bolt.async_dispatch(bolt_request))

    return [web.post(EVENTS_PATH, receive)]


async def _read_body(request: web.Request) -> bytes | None:
    """Read a request's body; None if it is too long. Raises TimeoutError."""
    data = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > BODY_LIMIT:
                return None
    return bytes(data)


def _is_signed(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether Slack signed a request within the last five minutes.

    authentication/verifying-requests-from-slack
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        return False
    try:
        return verifier.is_valid(body, timestamp, signature)
    except UnicodeDecodeError:  # Slack writes UTF-8
        return False
