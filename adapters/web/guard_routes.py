"""The checks before every handler of our pages, and the routes that need no sign-in."""

import traceback
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from adapters.web import files
from adapters.web.guard import Guard, RequestError
from adapters.web.server import WebServer

INTERNAL_ERROR = "Something broke on our side. What was accepted goes on; reload the page to see where it is."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger()


class GuardRoutes:
    """Wraps handlers with the checks of the guard, and turns what a handler raises into a response."""

    def __init__(self, guard: Guard, server: WebServer) -> None:
        self._guard = guard
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that a browser needs before it is signed in."""
        assets = [(f"/{name}", files.file_handler(name, kind)) for name, kind in files.ASSETS]
        return [
            web.post("/login", self.wrap(self._login, sign_in=False)),
            *(web.get(path, self.wrap(serve, sign_in=False)) for path, serve in assets),
        ]

    def page_handler(self, name: str) -> Handler:
        """Return a handler for a page; it serves the sign-in form if the browser is not signed in."""

        async def serve_page(request: web.Request) -> web.Response:
            has_token = self._guard.is_token(request.query.get("token", ""))
            if not has_token and not self._guard.is_signed_in(request):
                return files.login_response(request.path)
            response = files.page_response(name)
            if has_token:
                self._guard.sign_in(response, secure=request.secure)
            return response

        return self.wrap(serve_page, sign_in=False)

    def wrap(self, handler: Handler, *, sign_in: bool = True) -> Handler:
        """Wrap a handler with the checks. `sign_in`: it needs the token, too."""

        async def check_and_handle(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check(request, self._server.port)
                if sign_in:
                    self._guard.require_sign_in(request)
                return await handler(request)
            except RequestError as error:
                return web.json_response({"error": error.sentence}, status=error.status)
            except (web.HTTPException, ConnectionError):
                raise
            except Exception as error:
                # The message may quote a prompt, so the log gets only the type and the place.
                where = traceback.format_tb(error.__traceback__)[-3:]
                log.error("web.broke", path=request.path, error=type(error).__name__, where=where)
                return web.json_response({"error": INTERNAL_ERROR}, status=500)

        return check_and_handle

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        token, to = form.get("token", ""), form.get("to", "")
        page = to if isinstance(to, str) and to in files.PAGES else files.HOME
        if not isinstance(token, str) or not self._guard.is_token(token):
            return files.login_response(page, failed=True)
        response = web.Response(status=303, headers={"Location": page})
        self._guard.sign_in(response, secure=request.secure)
        return response
