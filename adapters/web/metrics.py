"""The `/metrics` route: figures for Prometheus, for the operator alone.

If IMAGINE_WEB_TOKEN is set, the route asks for it as a bearer token. If not, the route answers this machine
alone, and nobody if the server is behind a proxy: requests from a proxy look as if this machine sent them.
"""

import math
from collections.abc import Callable

from aiohttp import web

from adapters.web.peers import came_through_proxy
from adapters.web.token import Token, TooManyGuesses
from bot.hosts import is_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # of Prometheus' text format
_CLOSED = "Set IMAGINE_WEB_TOKEN to a long secret, start the bot again, and send it as a bearer token.\n"
_WRONG = "Send the value of IMAGINE_WEB_TOKEN as a bearer token.\n"
_TOO_MANY = "There were too many wrong tokens; try again later.\n"
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def routes(
    figures: Callable[[], bytes], host: str, token: Token | None, *, behind_proxy: bool
) -> list[web.RouteDef]:
    """Make the route.

    `figures`: writes the metrics in Prometheus' text format. `host`: the address the server listens on.
    """
    is_closed = token is None and (behind_proxy or not is_loopback(host))
    own_names = (*_LOOPBACK_NAMES, f"[{host}]" if ":" in host else host)

    async def metrics(request: web.Request) -> web.Response:
        if token is not None:
            return _refuse(token, request) or _answer()
        # Another name is of a web page in a browser on this machine that gave it our address (DNS rebinding).
        is_own_name = _name(request.headers.get("Host", "")) in own_names
        if is_closed or came_through_proxy(request) or not is_own_name:
            return web.Response(status=403, text=_CLOSED)
        return _answer()

    def _answer() -> web.Response:
        return web.Response(body=figures(), headers={"Content-Type": CONTENT_TYPE})

    return [web.get("/metrics", metrics)]


def _refuse(token: Token, request: web.Request) -> web.Response | None:
    """Return the refusal of a request that does not hold the token; None if it does."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() == "bearer" and token.is_right(value.strip(), request):
            return None
    except TooManyGuesses as error:
        headers = {"Retry-After": str(math.ceil(error.seconds))}
        return web.Response(status=429, text=_TOO_MANY, headers=headers)
    return web.Response(status=401, text=_WRONG, headers={"WWW-Authenticate": "Bearer"})


def _name(host: str) -> str:
    """Return a Host without its port."""
    name, _, port = host.rpartition(":")
    return (name if port.isdigit() else host).lower()
