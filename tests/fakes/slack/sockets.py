"""Socket Mode: websockets that carry envelopes to the app and acknowledgements back.

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

MOST_CONNECTIONS = 10  # using-socket-mode, "Using multiple connections"


class Connection:
    """One websocket. `waiting`: a future for each envelope that is not acknowledged, by the envelope's id."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self.socket = socket
        self.waiting: dict[str, asyncio.Future[Json]] = {}

    @property
    def is_open(self) -> bool:
        return not self.socket.closed

    async def put(self, message: Json) -> None:
        await self.socket.send_str(json.dumps(message))

    def resolve(self, message: Json) -> None:
        """Take in an acknowledgement; ignore one that comes too late."""
        future = self.waiting.get(message.get("envelope_id", ""))
        if future is not None and not future.done():
            payload = message.get("payload")
            future.set_result(payload if isinstance(payload, dict) else {})

    def cut(self) -> None:
        """Lose the connection without a close frame."""
        if self._request.transport is not None:
            self._request.transport.abort()


class Sockets:
    """All websockets.

    `connections`: those that are open.
    `open_count`: how many have been opened so far.
    `strays`: messages from the app that are no acknowledgements.
    `refusal`: the error that apps.connections.open answers; "" if it works.
    """

    def __init__(self, state: "State") -> None:
        self._state = state
        self._tickets: set[str] = set()
        self.connections: list[Connection] = []
        self.open_count = 0
        self.strays: list[str] = []
        self.refusal = ""

    def new_url(self) -> str:
        """Make a URL for apps.connections.open. It works for one connection."""
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
        connection = Connection(request, socket)
        if len(self.connections) >= MOST_CONNECTIONS:
            await connection.put(disconnect_json("too_many_websockets"))
            await socket.close()
            return socket
        self.open_count += 1
        self.connections.append(connection)
        try:
            await connection.put(self._hello())
            self._state.touch()
            async for message in socket:
                self._receive(connection, message.type, message.data)
        finally:
            self.connections.remove(connection)
            self._state.touch()
        return socket

    def _receive(self, connection: Connection, kind: WSMsgType, data: str) -> None:
        if kind is WSMsgType.TEXT and data.startswith("{") and "envelope_id" in data:
            connection.resolve(json.loads(data))
        else:
            self.strays.append(str(data))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._state.app_id},
        }

    async def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Send an envelope on one connection, picked at random, and wait for the acknowledgement."""
        open_connections = [connection for connection in self.connections if connection.is_open]
        if not open_connections:
            return Ack(why="no_connection")
        connection, envelope_id, start = (
            random.choice(open_connections),
            secrets.token_hex(16),
            time.monotonic(),
        )
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
        connection.waiting[envelope_id] = future
        try:
            async with asyncio.timeout(self._state.ack_seconds):
                await connection.put(envelope)
                body = await future
        except (TimeoutError, ConnectionError):
            return Ack(why="timeout", seconds=time.monotonic() - start)
        finally:
            connection.waiting.pop(envelope_id, None)
        return Ack(body=body, seconds=time.monotonic() - start)

    async def send_disconnect(self, reason: str) -> None:
        """Announce on every connection that it will end.

        `reason`: warning, refresh_requested or link_disabled.
        """
        for connection in list(self.connections):
            await connection.put(disconnect_json(reason))

    async def close(self) -> None:
        for connection in list(self.connections):
            await connection.socket.close()

    def cut(self) -> None:
        for connection in list(self.connections):
            connection.cut()


def disconnect_json(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
