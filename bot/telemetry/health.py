"""The health routes for a supervisor: whether the process is alive, and whether it can take requests.

This module stands alone because aiohttp's web server takes 140 ms to import, and only serving needs it.
"""

from collections.abc import Callable, Sequence

from aiohttp import web


def routes(waiting: Callable[[], Sequence[str]], off: Callable[[], str]) -> list[web.RouteDef]:
    """Return the routes `/livez` and `/readyz`.

    `/livez` answers while the event loop runs; `/readyz` answers 503 until the core has recovered and every
    platform is connected, and while drawing is off. Everybody may ask, so no folder is named.

    `waiting`: returns the platforms that are not ready. `off`: returns the cause if drawing is off, else "".
    """

    async def ready(_request: web.Request) -> web.Response:
        names, cause = waiting(), off()
        lines = [f"waiting for {', '.join(names)}\n"] if names else []
        lines += [f"drawing is off: pictures cannot be stored: {cause}\n"] if cause else []
        return web.Response(status=503, text="".join(lines)) if lines else await _ok(_request)

    return [web.get("/livez", _ok), web.get("/readyz", ready)]


async def _ok(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")
