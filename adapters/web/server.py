"""The playground's HTTP: the page and its files, what it says, what it hears, the pictures it shows."""

import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web

from adapters.web import files
from adapters.web.board import Board
from adapters.web.bodies import (
    MAX_BODY,
    TITLES,
    Dismissed,
    Pressed,
    Reacted,
    Say,
    person_named,
    read,
)
from adapters.web.feed import Feed
from adapters.web.guard import Guard, RequestError, add_headers
from adapters.web.render import render
from bot.cards import Accepted, Card, Ended, Reply
from bot.messages import Address, Command, Imagine, MessageRef, Person, Press, Reaction
from bot.port import Core

WORKSPACE = "web:playground"
CHANNEL = "web:general"
_BROKE = "Something broke on our side. What was accepted goes on; reload the page to see where it is."
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))

Post = Callable[..., Awaitable[MessageRef]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger()


def address(private_to: str = "") -> Address:
    """The playground's one channel; with a person's id, what only this person sees there."""
    return Address(platform="web", workspace=WORKSPACE, channel=CHANNEL, private_to=private_to)


class Server:
    """Routes and handlers. `core` is there from `run` on; `port` once the server listens."""

    core: Core

    def __init__(
        self, board: Board, feed: Feed, guard: Guard, post: Post, choices: Mapping[str, Sequence[str]]
    ) -> None:
        self.port = 0
        self._board = board
        self._feed = feed
        self._guard = guard
        self._post = post
        self._choices = {name: list(values) for name, values in choices.items()}

    def application(self, extra_routes: Iterable[web.AbstractRouteDef]) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._close_streams)
        app.add_routes(
            [
                web.get("/", self._guarded(self._page, admitted=False)),
                web.post("/login", self._guarded(self._login, admitted=False)),
                *(
                    web.get(f"/{name}", self._guarded(files.served(name, kind), admitted=False))
                    for name, kind in files.PARTS
                ),
                web.get("/api/messages", self._guarded(self._messages)),
                web.get("/api/events", self._guarded(self._events), allow_head=False),
                web.post("/api/say", self._guarded(self._say)),
                web.post("/api/press", self._guarded(self._press)),
                web.post("/api/react", self._guarded(self._react)),
                web.post("/api/dismiss", self._guarded(self._dismiss)),
                web.get("/pictures/{key}", self._guarded(self._picture)),
                *extra_routes,
            ]
        )
        return app

    def _guarded(self, handler: Handler, *, admitted: bool = True) -> Handler:
        """The handler behind every check, with whatever it raises turned into an answer."""

        async def checked(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check(request, self.port)
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
        await self._board.load()
        return web.json_response(
            {
                "messages": self._board.seen_by(person.id),
                "last": self._feed.last,
                "personas": TITLES,
                "choices": self._choices,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        person = person_named(request.query.get("persona", ""))
        if self._feed.full or request.transport is None:
            raise RequestError(503, "Too many pages are open; close one.")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        with (
            self._feed.follow(person.id, after, request.transport.abort) as stream,
            suppress(ConnectionError),
        ):
            await response.prepare(request)
            async for chunk in stream.chunks():
                await response.write(chunk)
        return response

    async def _say(self, request: web.Request) -> web.Response:
        say = await read(request, Say)
        name, text = _command(say.text)
        common: dict[str, Any] = {"id": f"web:{say.id}", "person": say.person, "address": address()}
        if name == "imagine":
            return await self._answer(say.person, await self.core.imagine(Imagine(text=text, **common)))
        reply = await self.core.command(Command(name=name, text=text, **common))
        return await self._answer(say.person, reply)

    async def _press(self, request: web.Request) -> web.Response:
        pressed = await read(request, Pressed)
        reply = await self.core.press(
            Press(
                id=f"web:{pressed.id}",
                person=pressed.person,
                address=address(),
                verb=pressed.verb,
                job=pressed.job,
                index=pressed.index,
                options=pressed.options,
            )
        )
        return await self._answer(pressed.person, reply)

    async def _react(self, request: web.Request) -> web.Response:
        reacted = await read(request, Reacted)
        person = reacted.person
        await self._board.load()
        message = self._board.find(reacted.message, person.id)
        if message is None:
            raise RequestError(404, "That message is gone.")
        await self._board.react(message, person.id, reacted.emoji, on=reacted.on)
        if not reacted.on:
            return web.json_response({})
        ref = MessageRef(address=address(message.private_to), id=message.id)
        reply = await self.core.react(Reaction(person=person, message=ref, emoji=reacted.emoji))
        return await self._answer(person, reply)

    async def _dismiss(self, request: web.Request) -> web.Response:
        dismissed = await read(request, Dismissed)
        await self._board.load()
        message = self._board.find(dismissed.message, dismissed.person.id)
        if message and message.private_to:
            await self._board.remove(message.id)
        return web.json_response({})

    async def _picture(self, request: web.Request) -> web.Response:
        data = await self.core.picture(request.match_info["key"])
        kind = next((kind for magic, kind in _MAGIC if data and data.startswith(magic)), None)
        if kind is None:
            raise RequestError(404, "This picture is no longer kept.")
        return web.Response(
            body=data,
            content_type=kind,
            headers={"Cache-Control": "private, max-age=31536000, immutable"},
        )

    async def _answer(self, person: Person, reply: Reply | None) -> web.Response:
        """Show an accepted job in the channel and say where; give any other reply to its person alone."""
        if reply is None:
            return web.json_response({})
        card: Card = reply.card if isinstance(reply, Accepted) else reply
        if not isinstance(reply, Accepted) or isinstance(card, Ended):
            return web.json_response({"reply": render(card)})
        await self._board.load()
        place = address(person.id if reply.card.header.private else "")
        if reply.fresh or not self._board.holds(reply.job):
            await self._post(place, card, key=reply.job)
        await self.core.shown(reply.job, MessageRef(address=place, id=reply.job))
        return web.json_response({"message": reply.job})

    async def _close_streams(self, _app: web.Application) -> None:
        self._feed.close()


def _command(text: str) -> tuple[str, str]:
    """Name and words of a typed line; a line without a slash is a prompt."""
    words = text[1:].split(maxsplit=1) if text.startswith("/") else []
    if not words:
        return "imagine", text
    return words[0].lower(), words[1] if len(words) > 1 else ""
