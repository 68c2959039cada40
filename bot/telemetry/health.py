"""What a supervisor asks of the process: does it turn, and is it ready to take requests."""

from collections.abc import Callable, Sequence

from aiohttp import web


def routes(waiting: Callable[[], Sequence[str]]) -> list[web.RouteDef]:
    """`/livez`: the event loop turns. `/readyz`: the core has recovered, and every platform is connected.

    `waiting`: the platforms that are not.
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
