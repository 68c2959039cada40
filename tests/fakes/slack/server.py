"""The loopback server: Web API, uploads, downloads, response_urls, OAuth's page, websockets."""

import copy
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Self

from aiohttp import web

from tests.fakes.slack import (
    methods_apps,
    methods_chat,
    methods_files,
    methods_people,
    methods_views,
    responding,
)
from tests.fakes.slack.call import Call, Method, missing_scope, read_args
from tests.fakes.slack.deliveries import Ack, Interaction, Kind, Retry
from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.events import Events
from tests.fakes.slack.http_mode import HttpMode
from tests.fakes.slack.places import Team, User
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.state import State
from tests.fakes.slack.troubles import Rates, Troubles

METHODS: dict[str, Method] = (
    methods_apps.METHODS
    | methods_chat.METHODS
    | methods_files.METHODS
    | methods_people.METHODS
    | methods_views.METHODS
)
BACKLOG = 1024  # connections that a burst opens at once
BODY_LIMIT = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A call of the Web API as it came in, with or without success."""

    method: str
    args: Json


class Server(State):
    """The server of this Slack.

    `mode`: the way in which requests reach the app.
    `tls`: the context to serve HTTPS with; None for plain HTTP.
    `requests`: every call of the Web API, in order.
    `triggers`, `urls`: the interactions by their trigger_id, and by the key in their response_url.
    `installer`: the user who agrees on OAuth's page; None refuses.
    `redirect_uri`: the app's own, if a request to OAuth's page names none.
    """

    def __init__(
        self,
        mode: Literal["socket", "http"] = "socket",
        *,
        keep_bytes: bool = True,
        check: bool = True,
        rate_limits: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(keep_bytes=keep_bytes, check=check)
        self._tls = tls
        self.mode = mode
        self.sockets = Sockets(self)
        self.http = HttpMode(self)
        self.events = Events(self)
        self.rates = Rates(self.now, rate_limits)
        self.troubles = Troubles(self.touch)
        self.requests: list[ApiRequest] = []
        self.triggers: dict[str, Interaction] = {}
        self.urls: dict[str, Interaction] = {}
        self.installer: User | None = None
        self.redirect_uri = ""
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_get("/link/", self.sockets.serve)
        app.router.add_post("/upload/v1/{file_id}", self._around("upload", methods_files.upload))
        app.router.add_get("/files-pri/{name}/{file}", self._around("file", methods_files.download))
        app.router.add_post("/respond/{key}", self._around("response_url", responding.respond))
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls, backlog=BACKLOG).start()
        scheme = "https" if self._tls else "http"
        self.origin = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        self.base_url = f"{self.origin}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.troubles.clear()
        await self.stop_tasks()
        await self.sockets.close()
        await self.http.close()
        await self._runner.cleanup()

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Ack:
        """Send something to the app, over a websocket or over HTTP."""
        send = self.sockets.send if self.mode == "socket" else self.http.send
        return await send(kind, payload, retry)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name, scopes = request.match_info["method"], ""
        try:
            args, token = await read_args(request)
            self.requests.append(ApiRequest(name, copy.deepcopy(args)))
            trouble = await self.troubles.meet(name)
            if trouble is not None and trouble.error is not None and trouble.before:
                raise trouble.error
            call = Call(self, name, args, token)
            body = {"ok": True, **await self._carry_out(call)}
            if trouble is not None and trouble.error is not None:
                raise trouble.error
            scopes = ",".join(sorted(call.team.scopes)) if call.team_or_none else ""
        except ApiError as error:
            return _refusal(error)
        except Exception as error:  # the test must see what this Slack cannot handle
            self.complain(name, [f"could not be carried out: {error!r}"])
            return web.Response(status=500)
        if trouble is not None and trouble.lost:
            return _cut(request)
        return web.json_response(body, headers={"X-OAuth-Scopes": scopes})

    async def _carry_out(self, call: Call) -> Json:
        method = METHODS.get(call.method)
        if method is None:
            raise ApiError("unknown_method")
        call.team_or_none = None if method.by == "nobody" else self._team(call.token, method)
        if method.scopes and not call.team.scopes & set(method.scopes):
            raise missing_scope(call.team, *method.scopes[:1])
        self.rates.check(call.method, call.team_or_none.id if call.team_or_none else "", method.tier)
        answer = method.handler(call)
        return await answer if isinstance(answer, Awaitable) else answer

    def _team(self, text: str, method: Method) -> Team | None:
        token = self.tokens.find(text)
        if (token.team is None) != (method.by == "app"):
            raise ApiError("not_allowed_token_type")
        return token.team

    def _around(
        self, name: str, serve: Callable[["Server", web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Let troubles hit a route that is no method of the Web API."""

        async def handle(request: web.Request) -> web.StreamResponse:
            trouble = await self.troubles.meet(name)
            if trouble is not None and trouble.error is not None:
                await (request.read() if trouble.before else serve(self, request))
                return _refusal(trouble.error)
            answer = await serve(self, request)
            return _cut(request) if trouble is not None and trouble.lost else answer

        return handle

    async def _authorize(self, request: web.Request) -> web.Response:
        return methods_apps.authorize(self, request)


def _refusal(error: ApiError) -> web.Response:
    headers = {} if error.retry_after is None else {"Retry-After": str(max(1, round(error.retry_after)))}
    if error.status not in (200, 429):
        return web.Response(status=error.status, text="<html>Something went wrong</html>", headers=headers)
    return web.json_response(error.body, status=error.status, headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Cut the connection in place of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
