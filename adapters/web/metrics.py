"""`/metrics`: figures for Prometheus, which are nobody's business but the operator's.

With IMAGINE_WEB_TOKEN they are behind it, as a bearer token, wherever the server listens. Without, they are
for this machine alone, and for nobody where a proxy leads others to this server: whom it lets in looks alike.
"""

import hmac
from collections.abc import Callable

from aiohttp import web

from adapters.web.guard import is_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # of the format that Prometheus reads
_SHUT = "Set IMAGINE_WEB_TOKEN to a long secret, start the bot again, and send it as a bearer token.\n"
_WRONG = "Send the value of IMAGINE_WEB_TOKEN as a bearer token.\n"
_HERE = ("127.0.0.1", "localhost", "::1")


def routes(
    figures: Callable[[], bytes], host: str, token: str | None, *, reached: bool
) -> list[web.RouteDef]:
    """`host`: where the server listens; `reached`: a proxy leads others to it."""
    shut = not token and (reached or not is_loopback(host))

    async def metrics(request: web.Request) -> web.Response:
        if shut:
            return web.Response(status=403, text=_SHUT)
        if token and not _knows(request, token):
            return web.Response(status=401, text=_WRONG, headers={"WWW-Authenticate": "Bearer"})
        if not token and request.url.host not in (*_HERE, host):
            return web.Response(status=403, text=_SHUT)  # a page in a browser here, under a name of its own
        return web.Response(body=figures(), headers={"Content-Type": CONTENT_TYPE})

    return [web.get("/metrics", metrics)]


def _knows(request: web.Request, token: str) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
