"""Socket Mode: websockets that envelopes go out on and acknowledgements come back on.

docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import random
import secrets
import time
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.fakes.slack.deliveries import Ack, Kind, Retry
from tests.fakes.slack.errors import Json

if TYPE_CHECKING:
    from tests.fakes.slack.state import State

MOST_LINKS = 10  # using-socket-mode, "Using multiple connections"


class Link:
    """One connection, and the envelopes on it that wait for an acknowledgement."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self.socket = socket
        self.waiting: dict[str, asyncio.Future[Json]] = {}

    @property
    def open(self) -> bool:
        return not self.socket.closed

    async def put(self, message: Json) -> None:
        await self.socket.send_str(json.dumps(message))

    def take(self, message: Json) -> None:
        """An acknowledgement came in; one that nobody waits for any more is dropped."""
        future = self.waiting.get(message.get("envelope_id", ""))
        if future is not None and not future.done():
            payload = message.get("payload")
            future.set_result(payload if isinstance(payload, dict) else {})

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


class Links:
    """Every connection. `refuse`: the error that opening one is answered with, "" for none.

    `opened`: how many there have been. `strays`: what came in that was no acknowledgement.
    """

    def __init__(self, state: "State") -> None:
        self._state = state
        self._tickets: set[str] = set()
        self.links: list[Link] = []
        self.opened = 0
        self.strays: list[str] = []
        self.refuse = ""

    def new_url(self) -> str:
        """What apps.connections.open answers: good for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        host = self._state.origin.removeprefix("http")
        return f"ws{host}/link/?ticket={ticket}&app_id={self._state.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="this URL was used already, or never given out")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        link = Link(request, socket)
        if len(self.links) >= MOST_LINKS:
            await link.put(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self.opened += 1
        self.links.append(link)
        try:
            await link.put(self._hello())
            self._state.touch()
            async for message in socket:
                self._receive(link, message.type, message.data)
        finally:
            self.links.remove(link)
            self._state.touch()
        return socket

    def _receive(self, link: Link, kind: WSMsgType, data: str) -> None:
        if kind is WSMsgType.TEXT and data.startswith("{") and "envelope_id" in data:
            link.take(json.loads(data))
        else:
            self.strays.append(str(data))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._state.app_id},
        }

    async def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Tell one connection, at random, and wait for the acknowledgement."""
        there = [link for link in self.links if link.open]
        if not there:
            return Ack(why="no_connection")
        link, envelope_id, begun = random.choice(there), secrets.token_hex(16), time.monotonic()
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            number, reason = (retry.number, retry.reason) if retry else (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        link.waiting[envelope_id] = future
        try:
            async with asyncio.timeout(self._state.ack_seconds):
                await link.put(envelope)
                body = await future
        except (TimeoutError, ConnectionError):
            return Ack(why="timeout", seconds=time.monotonic() - begun)
        finally:
            link.waiting.pop(envelope_id, None)
        return Ack(body=body, seconds=time.monotonic() - begun)

    async def ask_away(self, reason: str) -> None:
        """Send `disconnect` on every connection: warning, refresh_requested, link_disabled."""
        for link in list(self.links):
            await link.put(_disconnect(reason))

    async def close(self) -> None:
        for link in list(self.links):
            await link.socket.close()

    def cut(self) -> None:
        for link in list(self.links):
            link.cut()


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
