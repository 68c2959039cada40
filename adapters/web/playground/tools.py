"""What stands beside the chat: the workbench, the ledger's figures, the inspector, the transcript."""

import asyncio
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web

from adapters.web.bodies import Turned, person_named, read
from adapters.web.guard import RequestError
from adapters.web.playground.chat import WORKSPACE
from adapters.web.playground.state import Room
from bot import wording
from bot.port.cards import Card

NO_STORE = {"Cache-Control": "no-store"}


class Tools:
    """The handlers of what a person reads or turns beside the chat."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def turn(self, request: web.Request) -> web.Response:
        """Turn the workbench, and tell every open page."""
        turned = await read(request, Turned)
        bench = self._room.workbench
        if bench is None:
            raise RequestError(404, "There is no workbench here.")
        step = self._room.transcript.begin(turned.model_dump(exclude_none=True))
        if turned.mood is not None:
            try:
                await bench.set_mood(turned.mood)
            except ValueError as error:
                raise RequestError(400, f"mood: {error}.") from error
        elif turned.skip_day:
            await bench.skip_day()
        else:
            raise RequestError(400, "Send skip_day or mood.")
        self._room.transcript.end(step, {})
        self._room.feed.send({"type": "bench", "bench": self._room.bench()}, "")
        return web.json_response(self._room.bench())

    async def books(self, request: web.Request) -> web.Response:
        """What was spent, under the names that every report gives it."""
        try:
            spending = await self._room.core.spending(request.query.get("by", "tier"))
        except ValueError as error:
            raise RequestError(400, f"by: {error}.") from error
        rows = [{"key": key, "name": name, **asdict(sums)} for key, name, sums in spending.rows]
        answer = {"totals": asdict(spending.totals), "by": spending.by, "rows": rows}
        return web.json_response(answer, headers=NO_STORE)

    async def inspect(self, request: web.Request) -> web.Response:
        """One message's card as data, and what each platform would be sent for it."""
        person = person_named(request.query.get("persona", ""))
        await self._room.board.load()
        card = self._room.board.card(request.query.get("message", ""), person.id)
        if card is None:
            raise RequestError(404, "That message is gone.")
        wording.activate(await self._room.core.language(WORKSPACE))
        previews = {  # the first one may import a platform's library
            platform: await asyncio.to_thread(preview, card)
            for platform, preview in self._room.previews.items()
        }
        return web.json_response({"card": _plain(card), "previews": previews}, headers=NO_STORE)

    async def transcript(self, _request: web.Request) -> web.Response:
        headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="transcript.json"'}
        return web.json_response({"steps": self._room.transcript.steps()}, headers=headers)


def _plain(card: Card) -> dict[str, Any]:
    """The card field by field, under its own name; a chart's bytes only counted."""
    assert is_dataclass(card)
    return {"card": type(card).__name__, **asdict(card, dict_factory=_readable)}


def _readable(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: f"{len(value):,} bytes" if isinstance(value, bytes) else value for name, value in fields}
