"""The playground's HTTP: the page and its files, the checks before it, its streams, its pictures."""

from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web

from adapters.web.bodies import MAX_BODY, TITLES, person_named
from adapters.web.guard import RequestError, add_headers
from adapters.web.guard_routes import Gate
from adapters.web.playground.chat import Talk
from adapters.web.playground.state import Room
from adapters.web.playground.tools import NO_STORE, Tools

_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


class Server:
    """Routes, the checks before them, and the handlers of what is only read."""

    def __init__(self, room: Room, gate: Gate) -> None:
        self._room = room
        self._gate = gate
        self._talk = Talk(room)
        self._tools = Tools(room)

    def application(self, extra_routes: Iterable[web.AbstractRouteDef]) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._close_streams)
        app.add_routes([*self._gate.routes(), *self._routes(), *extra_routes])
        return app

    def _routes(self) -> list[web.RouteDef]:
        tools = self._tools
        return [
            web.get("/", self._gate.page("page.html")),
            web.get("/api/messages", self._gate.checked(self._messages)),
            web.get("/api/events", self._gate.checked(self._events), allow_head=False),
            web.get("/api/books", self._gate.checked(tools.books)),
            web.get("/api/inspect", self._gate.checked(tools.inspect)),
            web.get("/api/transcript", self._gate.checked(tools.transcript)),
            web.post("/api/workbench", self._gate.checked(tools.turn)),
            web.get("/pictures/{key}", self._gate.checked(self._picture)),
            *(web.post(path, self._gate.checked(handler)) for path, handler in self._talk.routes()),
        ]

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
