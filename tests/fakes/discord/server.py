"""The HTTP server on a loopback address: REST under /api/v10, the gateway, and the files of CDN links."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web
from discord.gateway import KeepAliveHandler

from tests.fakes.discord import api_accounts, api_commands, api_interactions, api_messages, openapi
from tests.fakes.discord.call import REQUEST_LIMIT, Call, make_call, read_body
from tests.fakes.discord.errors import ApiError, Json, refusal, unauthorized
from tests.fakes.discord.gateway import Connection
from tests.fakes.discord.openapi import Violation
from tests.fakes.discord.people import People
from tests.fakes.discord.places import MIB
from tests.fakes.discord.pointing import pointed
from tests.fakes.discord.troubles import Rate, Troubles

API = "/api/v10"
VIA = {"Via": "1.1 google"}  # without it discord.py takes a 429 for Cloudflare's
BACKLOG = 1024  # connections that a burst opens at once
ROUTES = [*api_accounts.ROUTES, *api_commands.ROUTES, *api_messages.ROUTES, *api_interactions.ROUTES]
Action = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request and the status of its answer.

    `status`: 0 if the answer was lost.
    `body`: the JSON part of the request.
    """

    method: str
    path: str
    status: int
    body: Any


class Server(People):
    """The server.

    `tls`: the context to serve HTTPS with; None for plain HTTP.
    `requests`: every request so far. `cdn_headers`: the headers of each request for a file.
    `violations`: bodies that do not match Discord's document, and unknown routes.
    """

    def __init__(
        self,
        *,
        keep_bytes: bool = True,
        check: bool = True,
        point: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(keep_bytes=keep_bytes)
        self._tls = tls
        self.requests: list[Request] = []
        self.cdn_headers: list[dict[str, str]] = []
        self.violations: list[Violation] = []
        self._document = openapi.load() if check else None
        self._point = point
        self._troubles = Troubles(self.touch)
        self._stack = contextlib.AsyncExitStack()
        self._runner: web.AppRunner

    @property
    def connections(self) -> int:
        """Count the connections that are open, the gateway's among them."""
        return len(self._runner.server.connections) if self._runner.server else 0

    @property
    def base(self) -> str:
        """Return the base URL for discord.py's Route.BASE."""
        return self.origin + API

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=REQUEST_LIMIT + MIB)
        for method, path, action in ROUTES:
            app.router.add_route(method, API + path, self._handler(action))
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/attachments/{channel}/{id}/{name}", self._file)
        app.router.add_route("*", "/{anything:.*}", self._unknown)
        self._runner = runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls, backlog=BACKLOG).start()
        host, port = runner.addresses[0][:2]
        self.origin = f"{'https' if self._tls else 'http'}://{host}:{port}"
        if self._point:
            self._stack.enter_context(pointed(self.base))
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._troubles.clear()
        self.gateway.for_each(Connection.cut)
        await self._stack.aclose()
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler):  # of a killed client; it would send on a closed loop
                thread.stop()

    def _handler(self, action: Action) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = make_call(request, API)
            headers: dict[str, str] = {}
            try:
                await read_body(request, call, keep_bytes=self.keep_bytes)
            except ApiError as error:
                status, body = error.status, error.body
            else:
                self._check(call)
                status, body, headers = await self._carry_out(action, call)
            self.requests.append(Request(call.method, call.path, status, call.body))
            self.touch()
            if not status and request.transport is not None:
                request.transport.abort()
            return _answer(status or 500, body, headers)

        return handle

    async def _carry_out(self, action: Action, call: Call) -> tuple[int, Any, dict[str, str]]:
        """Return the status, body and headers of the answer; status 0 means to cut the connection."""
        trouble = await self._troubles.take(call)
        if trouble is not None and trouble.before:
            return trouble.status, trouble.body, trouble.headers
        rate = next(
            (r for r in self._troubles.rates if r.method == call.method and r.path.search(call.path)), None
        )
        headers = rate.take(call) if rate else {}
        if headers is None:
            assert rate
            return 429, *_rate_limited(rate)
        status, body = self._run(action, call)
        if trouble is not None:
            return trouble.status, trouble.body, trouble.headers
        return status, body, headers

    def _run(self, action: Action, call: Call) -> tuple[int, Any]:
        has_token_in_path = call.path.startswith(("/webhooks/", "/interactions/"))
        try:
            if not has_token_in_path and call.authorization != f"Bot {self.token}":
                raise unauthorized()
            body = action(self, call)
        except ApiError as error:
            return error.status, error.body
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            self.violations.append(Violation(call.method, call.route, "", f"senseless body: {error!r}"))
            return 400, refusal(50035).body
        return (204 if body is None else 200), body

    def _check(self, call: Call) -> None:
        if self._document is not None:
            self.violations += self._document.check(call.method, call.route, call.body)

    async def _unknown(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(API)
        self.violations.append(Violation(request.method, path, "", "there is no such route here"))
        return _answer(404, refusal(0).body, {})

    async def _file(self, request: web.Request) -> web.Response:
        """Answer a CDN link with its file, whoever asks: a link is all that it takes."""
        number = int(request.match_info["id"])
        self.cdn_headers.append(dict(request.headers))
        if number in self.files:
            return web.Response(body=self.files[number].data)
        for message in self.every_message.values():
            for attachment in message.attachments:
                if attachment.id == number and attachment.data is not None:
                    return web.Response(body=attachment.data)
        return web.Response(status=404)


def _rate_limited(rate: Rate) -> tuple[Json, dict[str, str]]:
    headers = rate.headers(rate.per, 0) | {"Retry-After": str(rate.per), "X-RateLimit-Scope": "user"}
    return {"message": "You are being rate limited.", "retry_after": rate.per, "global": False}, headers


def _answer(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    """Make an answer; discord.py reads JSON only if the content type is application/json and nothing more."""
    if body is None:
        return web.Response(status=status, headers=VIA | headers)
    text = json.dumps(body).encode()
    return web.Response(status=status, body=text, content_type="application/json", headers=VIA | headers)
