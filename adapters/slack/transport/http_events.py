"""HTTP mode: the route of the process's one web server that takes Slack's signed requests.

Everybody can reach it, so it checks the signature before it looks at anything else of a request. Bolt checks
again, but reads the body first and answers 500 to a signature that is none.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from adapters.slack.oauth.pages import EVENTS

BODY_LIMIT = 1_048_576  # bytes; a form of a message of 50 full blocks is half of it
BODY_SECONDS = 10.0  # to send them in; Slack itself gives up after 3
_STAMP = re.compile(r"[0-9]{1,12}")
# What Slack sends now and then to see the certificate, unsigned (interactivity/implementing-slash-commands).
_SSL_CHECK = re.compile(rb"(?:.*&)?ssl_check=1(?:&.*)?", re.DOTALL)


def event_routes(app: Callable[[], AsyncApp | None], signing_secret: str) -> list[web.RouteDef]:
    """Commands, interactions and events, all to one address. `app`: None while nobody listens."""
    verifier = SignatureVerifier(signing_secret)

    async def hear(request: web.Request) -> web.Response:
        try:
            body = await _body(request)
        except TimeoutError:
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413)
        if _SSL_CHECK.fullmatch(body):
            return web.Response()
        if not _is_signed(verifier, request.headers, body):
            return web.Response(status=401)
        listening = app()
        if listening is None:
            return web.Response(status=503)
        headers: dict[str, str | Sequence[str]] = {**request.headers}
        asked = AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=headers)
        return await to_aiohttp_response(await listening.async_dispatch(asked))

    return [web.post(EVENTS, hear)]


async def _body(request: web.Request) -> bytes | None:
    """None where it is too long."""
    data = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > BODY_LIMIT:
                return None
    return bytes(data)


def _is_signed(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    """By Slack, within five minutes (authentication/verifying-requests-from-slack)."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not _STAMP.fullmatch(stamp) or not signature.isascii():
        return False
    try:
        return verifier.is_valid(body, stamp, signature)
    except UnicodeDecodeError:  # Slack writes UTF-8
        return False
