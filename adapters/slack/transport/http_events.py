"""HTTP mode, and the pages of installing, as routes of the process's one web server.

Everybody can reach these, so that nothing of a request is looked at before its signature is: Bolt, which
checks it again, would read the body first, and answer 500 to a signature that is none.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from adapters.slack.oauth import pages
from adapters.slack.oauth.flow import STATE_SECONDS, OAuth
from adapters.slack.oauth.pages import BACK, EVENTS, INSTALL, Page

BODY_LIMIT = 1_048_576  # bytes; a form of a message of 50 full blocks is half of it
BODY_SECONDS = 10.0  # to send them in; Slack itself gives up after 3
COOKIE = "imagine_slack_state"
_COOKIE_PATH = "/slack"
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


def install_routes(oauth: OAuth) -> list[web.RouteDef]:
    """Where a browser begins to install the app, and where Slack sends it back to."""

    async def begin(_request: web.Request) -> web.Response:
        begun = oauth.begin()
        if begun is None:
            return _shown(pages.NOT_YET)
        url, state = begun
        response = web.Response(status=302, headers={**pages.HEADERS, "Location": url})
        response.set_cookie(
            COOKIE,
            state,
            max_age=STATE_SECONDS,
            path=_COOKIE_PATH,
            secure=True,
            httponly=True,
            samesite="Lax",  # it comes along when Slack sends the browser back
        )
        return response

    async def back(request: web.Request) -> web.Response:
        told = request.query
        kept = request.cookies.get(COOKIE, "")
        page = await oauth.finish(state=told.get("state", ""), kept=kept, code=told.get("code", ""))
        response = _shown(page)
        response.del_cookie(COOKIE, path=_COOKIE_PATH, secure=True, httponly=True, samesite="Lax")
        return response

    return [web.get(INSTALL, begin, allow_head=False), web.get(BACK, back, allow_head=False)]


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


def _shown(page: Page) -> web.Response:
    return web.Response(status=page.status, text=page.html(), content_type="text/html", headers=pages.HEADERS)
