"""The playground's HTTP: the page and its files, the checks before it, its streams, its pictures."""

import traceback
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import structlog
from aiohttp import web

from adapters.web import files
from adapters.web.bodies import MAX_BODY, TITLES, person_named
from adapters.web.front import Front
from adapters.web.guard import Guard, RequestError, add_headers
from adapters.web.room import Room
from adapters.web.talk import Talk
from adapters.web.tools import NO_STORE, Tools

_BROKE = "Something broke on our side. What was accepted goes on; reload the page to see where it is."
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger()


class Server:
    """Routes, the checks before them, and the handlers of what is only read."""

    def __init__(self, room: Room, guard: Guard, front: Front) -> None:
        self._front = front
        self._room = room
        self._guard = guard
        self._talk = Talk(room)
        self._tools = Tools(room)

    def application(self, extra_routes: Iterable[web.AbstractRouteDef]) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._close_streams)
        app.add_routes([*self._open_routes(), *self._routes(), *extra_routes])
        return app

    def _open_routes(self) -> list[web.RouteDef]:
        """What a browser needs before it is let in."""
        parts = [(f"/{name}", files.served(name, kind)) for name, kind in files.PARTS]
        return [
            web.get("/", self._guarded(self._page, admitted=False)),
            web.post("/login", self._guarded(self._login, admitted=False)),
            *(web.get(path, self._guarded(serve, admitted=False)) for path, serve in parts),
        ]

    def _routes(self) -> list[web.RouteDef]:
        tools = self._tools
        return [
            web.get("/api/messages", self._guarded(self._messages)),
            web.get("/api/events", self._guarded(self._events), allow_head=False),
            web.get("/api/books", self._guarded(tools.books)),
            web.get("/api/inspect", self._guarded(tools.inspect)),
            web.get("/api/transcript", self._guarded(tools.transcript)),
            web.post("/api/workbench", self._guarded(tools.turn)),
            web.get("/pictures/{key}", self._guarded(self._picture)),
            *(web.post(path, self._guarded(handler)) for path, handler in self._talk.routes()),
        ]

    def _guarded(self, handler: Handler, *, admitted: bool = True) -> Handler:
        """The handler behind every check, with whatever it raises turned into an answer."""

        async def checked(request: web.Request) -> web.StreamResponse:
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
                return web.json_response({"error": _BROKE}, status=500)

        return checked

    async def _page(self, request: web.Request) -> web.Response:
        told = self._guard.knows(request.query.get("token", ""))
        if not told and not self._guard.is_admitted(request):
            return files.login()
        response = files.page()
        if told:
            self._guard.remember(response, secure=request.secure)
        return response

    async def _login(self, request: web.Request) -> web.Response:
        token = (await request.post()).get("token", "")
        if not isinstance(token, str) or not self._guard.knows(token):
            return files.login(failed=True)
        response = web.Response(status=303, headers={"Location": "/"})
        self._guard.remember(response, secure=request.secure)
        return response

    async def _messages(self, request: web.Request) -> web.Response:
        person = person_named(request.query.get("persona", ""))
        await self._room.board.load()
        return web.json_response(
            {
                "messages": self._room.board.seen_by(person.id),
                "last": self._room.feed.last,
                "personas": TITLES,
                "commands": self._room.commands,
                "bench": self._room.bench(),
            },
            headers=NO_STORE,
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        person = person_named(request.query.get("persona", ""))
        if self._room.feed.full or request.transport is None:
            raise RequestError(503, "Too many pages are open; close one.")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        with (
            self._room.feed.follow(person.id, after, request.transport.abort) as stream,
            suppress(ConnectionError),
        ):
            await response.prepare(request)
            async for chunk in stream.chunks():
                await response.write(chunk)
        return response

    async def _picture(self, request: web.Request) -> web.Response:
        data = await self._room.core.picture(request.match_info["key"])
        kind = next((kind for magic, kind in _MAGIC if data and data.startswith(magic)), None)
        if kind is None:
            raise RequestError(404, "This picture is no longer kept.")
        return web.Response(
            body=data,
            content_type=kind,
            headers={"Cache-Control": "private, max-age=31536000, immutable"},
        )

    async def _close_streams(self, _app: web.Application) -> None:
        self._room.feed.close()
