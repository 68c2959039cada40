"""The health routes for a supervisor: whether the process is alive, and whether it can take requests.

This module stands alone because aiohttp's web server takes 140 ms to import, and only serving needs it.
"""

from collections.abc import Callable, Sequence

from aiohttp import web


def routes(waiting: Callable[[], Sequence[str]]) -> list[web.RouteDef]:
    """Return the routes `/livez` and `/readyz`.

    `/livez` answers while the event loop runs; `/readyz` answers 503 until the core has recovered and every
    platform is connected.

    `waiting`: returns the platforms that are not ready.
    """

    async def ready(_request: web.Request) -> web.Response:
        names = waiting()
        return (
            web.Response(status=503, text=f"waiting for {', '.join(names)}\n")
            if names
            else await _ok(_request)
        )

    return [web.get("/livez", _ok), web.get("/readyz", ready)]


async def _ok(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")
