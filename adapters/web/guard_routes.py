"""The checks before every handler of our pages, and the routes that need no sign-in."""

import traceback
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from adapters.web import files
from adapters.web.bodies import read_form
from adapters.web.guard import SHUT, Guard, RequestError
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
            web.post(files.LOGIN, self.wrap(self._login, sign_in=False)),
            *(web.get(path, self.wrap(serve, sign_in=False)) for path, serve in assets),
        ]

    def page_handler(self, name: str) -> Handler:
        """Return a handler for a page; it serves the sign-in form if the browser is not signed in."""

        async def serve_page(request: web.Request) -> web.Response:
            token = request.query.get("token", "")
            has_token = bool(token) and self._guard.is_token(token, request)
            if not has_token and not self._guard.is_signed_in(request):
                return files.login_response(request.path)
            response = files.page_response(name)
            if has_token:
                self._guard.sign_in(request, response)
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
                return _refusal(request, error)
            except (web.HTTPException, ConnectionError):
                raise
            except Exception as error:
                # The message may quote a prompt, so the log gets only the type and the place.
                where = traceback.format_tb(error.__traceback__)[-3:]
                log.error("web.broke", path=request.path, error=type(error).__name__, where=where)
                return web.json_response({"error": INTERNAL_ERROR}, status=500)

        return check_and_handle

    async def _login(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        page = to if (to := form.get("to", "")) in files.PAGES else files.HOME
        if not self._guard.is_token(form.get("token", ""), request):
            return files.login_response(page, failed=True)
        response = web.Response(status=303, headers={"Location": page})
        self._guard.sign_in(request, response)
        return response


def closed_routes(*pages: str) -> list[web.RouteDef]:
    """Make the routes that stand in place of closed pages. They answer 403 and say how to open them."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(text=f"{SHUT}\n", status=403, headers={"Cache-Control": "no-store"})

    return [web.get(page, refuse) for page in pages]


def _refusal(request: web.Request, error: RequestError) -> web.Response:
    """Answer with the sentence: as text where a browser shows it, else as JSON for our scripts."""
    if request.path in (*files.PAGES, files.LOGIN):
        return web.Response(text=f"{error.sentence}\n", status=error.status, headers=error.headers)
    return web.json_response({"error": error.sentence}, status=error.status, headers=error.headers)
