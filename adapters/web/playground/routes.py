"""The routes of the playground: the page, its messages, live events and pictures, the chat and the tools."""

from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web

from adapters.web.bodies import MAX_BODY, PERSONA_TITLES, get_persona
from adapters.web.guard import RequestError, add_headers
from adapters.web.guard_routes import GuardRoutes
from adapters.web.library.routes import LibraryRoutes
from adapters.web.pictures import picture_response
from adapters.web.playground.chat import WORKSPACE, ChatRoutes
from adapters.web.playground.state import PlaygroundState
from adapters.web.playground.tools import NO_STORE, ToolRoutes
from bot.port.requests import Person

_FOR_EVER = "private, max-age=31536000, immutable"


class PlaygroundRoutes:
    """All routes of the playground, behind the guard, and the handlers that only read."""

    def __init__(self, state: PlaygroundState, guard_routes: GuardRoutes) -> None:
        self._state = state
        self._guard_routes = guard_routes
        self._chat = ChatRoutes(state)
        self._tools = ToolRoutes(state)
        self._library = LibraryRoutes("/api/library", guard_routes, lambda: state.core, _viewer)

    def application(self, extra_routes: Iterable[web.AbstractRouteDef]) -> web.Application:
        """Make the server's application. `extra_routes`: served without the guard's checks."""
        app = web.Application(client_max_size=MAX_BODY)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._close_streams)
        app.add_routes([*self._guard_routes.routes(), *self._routes(), *extra_routes])
        return app

    def _routes(self) -> list[web.RouteDef]:
        wrap, tools = self._guard_routes.wrap, self._tools
        return [
            web.get("/", self._guard_routes.page_handler("page.html")),
            web.get("/api/messages", wrap(self._messages)),
            web.get("/api/events", wrap(self._events), allow_head=False),
            web.get("/api/books", wrap(tools.spending)),
            web.get("/api/inspect", wrap(tools.inspect)),
            web.get("/api/transcript", wrap(tools.transcript)),
            web.post("/api/workbench", wrap(tools.set_workbench)),
            web.get("/pictures/{key}", wrap(self._picture)),
            *(web.post(path, wrap(handler)) for path, handler in self._chat.routes()),
            *self._library.routes(),
        ]

    async def _messages(self, request: web.Request) -> web.Response:
        person = get_persona(request.query.get("persona", ""))
        await self._state.messages.load()
        return web.json_response(
            {
                "messages": self._state.messages.visible_to(person.id),
                "last": self._state.events.last_id,
                "personas": PERSONA_TITLES,
                "commands": self._state.commands,
                "bench": self._state.bench(),
            },
            headers=NO_STORE,
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        person = get_persona(request.query.get("persona", ""))
        if self._state.events.is_full or request.transport is None:
            raise RequestError(503, "Too many pages are open; close one.")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        with (
            self._state.events.subscribe(person.id, after, request.transport.abort) as subscriber,
            suppress(ConnectionError),
        ):
            await response.prepare(request)
            async for chunk in subscriber.chunks():
                await response.write(chunk)
        return response

    async def _picture(self, request: web.Request) -> web.Response:
        return await picture_response(self._state.core.picture(request.match_info["key"]), _FOR_EVER)

    async def _close_streams(self, _app: web.Application) -> None:
        self._state.events.close()


async def _viewer(request: web.Request) -> tuple[Person, str]:
    return get_persona(request.query.get("persona", "")), WORKSPACE
