"""The `/metrics` route: figures for Prometheus, for the operator alone.

If IMAGINE_WEB_TOKEN is set, the route asks for it as a bearer token. If not, the route answers this machine
alone, and nobody if the server is behind a proxy: requests from a proxy look as if this machine sent them.
"""

import hmac
from collections.abc import Callable

from aiohttp import web

from adapters.web.guard import is_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # of Prometheus' text format
_CLOSED = "Set IMAGINE_WEB_TOKEN to a long secret, start the bot again, and send it as a bearer token.\n"
_WRONG = "Send the value of IMAGINE_WEB_TOKEN as a bearer token.\n"
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def routes(
    figures: Callable[[], bytes], host: str, token: str | None, *, behind_proxy: bool
) -> list[web.RouteDef]:
    """Make the route.

    `figures`: writes the metrics in Prometheus' text format. `host`: the address the server listens on.
    """
    is_closed = not token and (behind_proxy or not is_loopback(host))

    async def metrics(request: web.Request) -> web.Response:
        if is_closed:
            return web.Response(status=403, text=_CLOSED)
        if token and not _has_token(request, token):
            return web.Response(status=401, text=_WRONG, headers={"WWW-Authenticate": "Bearer"})
        if not token and request.url.host not in (*_LOOPBACK_NAMES, host):
            # A web page in a browser on this machine that gave its own name our address (DNS rebinding).
            return web.Response(status=403, text=_CLOSED)
        return web.Response(body=figures(), headers={"Content-Type": CONTENT_TYPE})

    return [web.get("/metrics", metrics)]


def _has_token(request: web.Request, token: str) -> bool:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), token.encode())
