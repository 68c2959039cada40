"""What stands before every handler of ours: the checks, and the form where a token is needed."""

import traceback
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from adapters.web import files
from adapters.web.guard import Guard, RequestError
from adapters.web.server import Front

BROKE = "Something broke on our side. What was accepted goes on; reload the page to see where it is."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger()


class Gate:
    """Lets in what the guard lets in, and turns whatever a handler raises into an answer."""

    def __init__(self, guard: Guard, front: Front) -> None:
        self._guard = guard
        self._front = front

    def routes(self) -> list[web.RouteDef]:
        """What a browser needs before it is let in."""
        parts = [(f"/{name}", files.served(name, kind)) for name, kind in files.PARTS]
        return [
            web.post("/login", self.checked(self._login, admitted=False)),
            *(web.get(path, self.checked(serve, admitted=False)) for path, serve in parts),
        ]

    def page(self, name: str) -> Handler:
        """A handler for a page, or for the form before it."""

        async def opened(request: web.Request) -> web.Response:
            told = self._guard.knows(request.query.get("token", ""))
            if not told and not self._guard.is_admitted(request):
                return files.login(request.path)
            response = files.page(name)
            if told:
                self._guard.remember(response, secure=request.secure)
            return response

        return self.checked(opened, admitted=False)

    def checked(self, handler: Handler, *, admitted: bool = True) -> Handler:
        """The handler behind every check. `admitted`: behind the token, too."""

        async def behind(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check(request, self._front.port)
                if admitted:
                    self._guard.admit(request)
                return await handler(request)
            except RequestError as wrong:
                return web.json_response({"error": wrong.sentence}, status=wrong.status)
            except (web.HTTPException, ConnectionError):
                raise
            except Exception as error:  # its message may quote a prompt, so only the place is logged
                where = traceback.format_tb(error.__traceback__)[-3:]
                log.error("web.broke", path=request.path, error=type(error).__name__, where=where)
                return web.json_response({"error": BROKE}, status=500)

        return behind

    async def _login(self, request: web.Request) -> web.Response:
        sent = await request.post()
        token, to = sent.get("token", ""), sent.get("to", "")
        page = to if isinstance(to, str) and to in files.PAGES else files.FIRST
        if not isinstance(token, str) or not self._guard.knows(token):
            return files.login(page, failed=True)
        response = web.Response(status=303, headers={"Location": page})
        self._guard.remember(response, secure=request.secure)
        return response
