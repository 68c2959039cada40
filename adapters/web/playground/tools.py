"""The routes beside the chat: workbench, ledger, inspector and transcript."""

import asyncio
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web

from adapters.web.bodies import WorkbenchBody, get_persona, read_body
from adapters.web.guard import RequestError
from adapters.web.playground.chat import WORKSPACE
from adapters.web.playground.state import PlaygroundState
from bot import wording
from bot.port.cards import Card

NO_STORE = {"Cache-Control": "no-store"}


class ToolRoutes:
    """The handlers of the tools."""

    def __init__(self, state: PlaygroundState) -> None:
        self._state = state

    async def set_workbench(self, request: web.Request) -> web.Response:
        """Skip a day or set the mood of the gateway, and send the change to every open page."""
        body = await read_body(request, WorkbenchBody)
        bench = self._state.workbench
        if bench is None:
            raise RequestError(404, "There is no workbench here.")
        if body.mood is not None and body.skip_day is None:
            try:
                await bench.set_mood(body.mood)
            except ValueError as error:
                raise RequestError(400, f"mood: {error}.") from error
            self._add_to_transcript({"mood": body.mood})
        elif body.skip_day and body.mood is None and body.id is not None:
            if await bench.skip_day(str(body.id)):
                self._add_to_transcript({"skip_day": True})
        else:
            raise RequestError(400, "Send either mood, or skip_day with an id.")
        self._state.events.send({"type": "bench", "bench": self._state.bench()}, "")
        return web.json_response(self._state.bench())

    def _add_to_transcript(self, action: dict[str, Any]) -> None:
        self._state.transcript.end_step(self._state.transcript.begin_step(action), {})

    async def spending(self, request: web.Request) -> web.Response:
        """Answer with the spending of all time, under the names that every report uses."""
        try:
            spending = await self._state.core.spending(request.query.get("by", "tier"))
        except ValueError as error:
            raise RequestError(400, f"by: {error}.") from error
        rows = [{"key": key, "name": name, **asdict(sums)} for key, name, sums in spending.rows]
        answer = {"totals": asdict(spending.totals), "by": spending.by, "rows": rows}
        return web.json_response(answer, headers=NO_STORE)

    async def inspect(self, request: web.Request) -> web.Response:
        """Answer with one message's card as data, and the payload that each platform would be sent for it."""
        person = get_persona(request.query.get("persona", ""))
        await self._state.messages.load()
        card = self._state.messages.card(request.query.get("message", ""), person.id)
        if card is None:
            raise RequestError(404, "That message is gone.")
        wording.activate(await self._state.core.language(WORKSPACE))
        # In a thread, since the first preview may import a platform's library.
        previews = {
            platform: await asyncio.to_thread(preview, card)
            for platform, preview in self._state.previews.items()
        }
        return web.json_response({"card": _plain(card), "previews": previews}, headers=NO_STORE)

    async def transcript(self, _request: web.Request) -> web.Response:
        headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="transcript.json"'}
        return web.json_response({"steps": self._state.transcript.steps()}, headers=headers)


def _plain(card: Card) -> dict[str, Any]:
    """Return the card's class name and fields; bytes become their count."""
    assert is_dataclass(card)
    return {"card": type(card).__name__, **asdict(card, dict_factory=_readable)}


def _readable(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: f"{len(value):,} bytes" if isinstance(value, bytes) else value for name, value in fields}
