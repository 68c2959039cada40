"""The routes of the library: searches, small pictures, originals, and a zip of all that was found."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import date
from typing import Any, TypeVar

from aiohttp import web

from adapters.web.guard import RequestError
from adapters.web.guard_routes import GuardRoutes
from adapters.web.library.archive import Entry, entries_of, file_name, zip_of
from adapters.web.pictures import picture_response
from adapters.web.render import render
from bot.port.cards import Refused
from bot.port.protocols import Library
from bot.port.requests import Person, Search
from bot.port.views import Found

MOST_IN_ZIP = 500  # pictures: about a gigabyte
ZIPS_AT_ONCE = 2  # each keeps the disk busy for as long as its reader takes
LONGEST = 200  # letters of a field of a search
_PAGE = 100  # requests that are looked up together for a zip
_NO_STORE = {"Cache-Control": "no-store"}
# The bytes of a key never change, but whoever may see them does: ask again once somebody has looked around.
_CACHE = "private, max-age=600"
_TOO_MANY = (
    f"A download holds up to {MOST_IN_ZIP} pictures, and this finds more. Narrow it by day, tier or words."
)
Viewer = Callable[[web.Request], Awaitable[tuple[Person, str]]]
Answer = TypeVar("Answer")


class LibraryRoutes:
    """The handlers of one page's library.

    `prefix`: of the paths. `core`: called at each request, since the core exists only once the bot runs.
    `viewer`: returns who asks, and the workspace. It raises RequestError.
    """

    def __init__(
        self, prefix: str, guard_routes: GuardRoutes, core: Callable[[], Library], viewer: Viewer
    ) -> None:
        self._prefix = prefix
        self._wrap = guard_routes.wrap
        self._core = core
        self._viewer = viewer
        self._zips = asyncio.Semaphore(ZIPS_AT_ONCE)

    def routes(self) -> list[web.RouteDef]:
        handlers = {
            "found": self._found,
            "narrowings": self._narrowings,
            "small/{key}": self._small,
            "original/{key}": self._original,
            "zip": self._zip,
            "zip/size": self._zip_size,
        }
        return [
            web.get(f"{self._prefix}/{path}", self._wrap(handler), allow_head=path != "zip")
            for path, handler in handlers.items()
        ]

    async def _found(self, request: web.Request) -> web.Response:
        """Answer with a page of what the query finds."""
        page = _accepted(await self._core().search(await self._to_search(request)))
        found = [_as_data(each) for each in page.found]
        answer = {"found": found, "count": page.count, "more": page.more}
        return web.json_response(answer, headers=_NO_STORE)

    async def _narrowings(self, request: web.Request) -> web.Response:
        narrowings = _accepted(await self._core().narrowings(*await self._viewer(request)))
        return web.json_response(asdict(narrowings), headers=_NO_STORE)

    async def _small(self, request: web.Request) -> web.Response:
        return await self._picture(request, small=True)

    async def _original(self, request: web.Request) -> web.Response:
        return await self._picture(request, small=False)

    async def _picture(self, request: web.Request, *, small: bool) -> web.Response:
        person, workspace = await self._viewer(request)
        key = request.match_info["key"]
        return await picture_response(self._core().found_picture(person, workspace, key, small=small), _CACHE)

    async def _zip_size(self, request: web.Request) -> web.Response:
        """Answer with the number of pictures of a zip, or with the reason why there is none."""
        entries = await self._entries(await self._to_search(request))
        self._check_room()
        return web.json_response({"pictures": len(entries)}, headers=_NO_STORE)

    async def _zip(self, request: web.Request) -> web.StreamResponse:
        """Answer with all that was found. If a picture cannot be read, the download breaks off."""
        search = await self._to_search(request)
        entries = await self._entries(search)
        self._check_room()
        async with self._zips:
            headers = {**_NO_STORE, "Content-Disposition": 'attachment; filename="imagine-pictures.zip"'}
            response = web.StreamResponse(headers={"Content-Type": "application/zip", **headers})
            await response.prepare(request)

            async def read(key: str) -> bytes | None:
                return await self._core().found_picture(search.person, search.workspace, key)

            try:
                async for piece in zip_of(entries, read, asyncio.to_thread):
                    await response.write(piece)
            except OSError as error:
                if request.transport is not None:
                    request.transport.abort()
                raise ConnectionError(str(error)) from error
            await response.write_eof()
        return response

    def _check_room(self) -> None:
        if self._zips.locked():
            raise RequestError(503, "Others are downloading. Try again in a moment.", retry_after=5)

    async def _entries(self, search: Search) -> list[Entry]:
        """Return what goes into a zip of all that was found. Raises RequestError for none or too many."""
        entries: list[Entry] = []
        search = replace(search, after="", most=_PAGE)
        while True:
            page = _accepted(await self._core().search(search))
            entries += entries_of(page.found)
            if len(entries) > MOST_IN_ZIP:
                raise RequestError(413, _TOO_MANY)
            if not page.more:
                break
            search = replace(search, after=page.more)
        if not entries:
            raise RequestError(404, "There is no picture to download.")
        return entries

    async def _to_search(self, request: web.Request) -> Search:
        person, workspace = await self._viewer(request)
        return Search(
            person=person,
            workspace=workspace,
            words=_text(request, "words"),
            tier=_text(request, "tier"),
            by=_text(request, "by"),
            channel=_text(request, "channel"),
            first_day=_day(request, "first"),
            last_day=_day(request, "last"),
            collection=_text(request, "collection"),
            kept=bool(_text(request, "kept")),
            after=_text(request, "after"),
        )


def _accepted(answer: Answer | Refused) -> Answer:
    if isinstance(answer, Refused):
        raise RequestError(503, answer.sentence)
    return answer


def _as_data(found: Found) -> dict[str, Any]:
    """Return a request with its pictures, as the page draws it; each picture knows its file's name."""
    card = render(found.card)
    for number, (data, picture) in enumerate(zip(card["pictures"], found.card.pictures, strict=True), 1):
        data |= {"key": picture.key, "file": file_name(found, number)}
    card["job"] = found.card.header.job
    return {"card": card, "at": found.at, "day": found.day, "channel": found.channel, "kept": found.kept}


def _text(request: web.Request, name: str) -> str:
    text = request.query.get(name, "")
    if len(text) > LONGEST:
        raise RequestError(400, f"{name}: at most {LONGEST} letters.")
    return text


def _day(request: web.Request, name: str) -> str:
    text = _text(request, name)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise RequestError(400, f"{name}: write a day like 2026-11-30.") from error
