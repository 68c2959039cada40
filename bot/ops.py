"""What a supervisor asks of the process: does it turn, and is it ready to take requests."""

from aiohttp import web


def routes() -> list[web.RouteDef]:
    """`/livez`: the event loop turns. `/readyz`: the same, as nothing is served before the core recovered."""
    return [web.get("/livez", _ok), web.get("/readyz", _ok)]


async def _ok(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")
