"""The gateway websocket: HELLO, IDENTIFY, READY, heartbeats, RESUME, and the ways to lose it.

Each session's events are numbered and kept, so a session that resumes misses nothing.
"""

import asyncio
import contextlib
import json
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.fakes.discord import place_payloads
from tests.fakes.discord.errors import Json
from tests.fakes.discord.identify_limit import IdentifyLimit
from tests.fakes.discord.places import Guild

if TYPE_CHECKING:
    from tests.fakes.discord.state import State

# topics/gateway and topics/opcodes-and-status-codes
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
NOT_AUTHENTICATED, BAD_TOKEN, NO_SUCH_SHARD, TOO_FEW_SHARDS, DISALLOWED_INTENTS = 4003, 4004, 4010, 4011, 4014
GUILDS = 1 << 0
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
MAX_GUILDS_PER_SHARD = 2_500  # topics/gateway, "Sharding"
HEARTBEAT_INTERVAL = 41_250  # ms; Discord's value today


class Connection:
    """One connection: sends what is put, in order; as a zlib stream if the URL asks for one."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self.session: Session | None = None

    def put(self, op: int, data: object, sequence: int | None = None, event: str | None = None) -> None:
        self._queue.put_nowait(json.dumps({"op": op, "d": data, "s": sequence, "t": event}))

    async def write(self) -> None:
        """Send from the queue until cancelled or cut."""
        with contextlib.suppress(ConnectionError):
            while True:
                text = await self._queue.get()
                if self._zlib is None:
                    await self._socket.send_str(text)
                else:
                    chunk = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(chunk)

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def cut(self) -> None:
        """Lose the connection without a close frame."""
        if self._request.transport is not None:
            self._request.transport.abort()


@dataclass(eq=False, slots=True)
class Session:
    """One session of a bot.

    `connection`: None while the bot is away.
    `events`: every event of the session, as (sequence number, name, data).
    """

    id: str
    intents: int
    shard: tuple[int, int]
    connection: Connection | None
    events: list[tuple[int, str, Json]] = field(default_factory=list)

    def send(self, event: str, data: Json) -> None:
        self.events.append((len(self.events) + 1, event, data))
        if self.connection is not None:
            self.connection.put(DISPATCH, data, len(self.events), event)

    def receives(self, intent: int, guild: Guild | None) -> bool:
        number, count = self.shard
        is_own_shard = (guild.id >> 22) % count == number if guild else number == 0
        return is_own_shard and (not intent or bool(self.intents & intent))


class Gateway:
    """All sessions.

    `identifies`, `resumes`, `invalidated`: how often each happened.
    `intents`: the intents of the last IDENTIFY.
    `close_code`: the code that refuses every IDENTIFY; 0 refuses none.
    `shards`: the count of shards that this Discord recommends.
    """

    def __init__(self, state: "State") -> None:
        self._state = state
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies = 0
        self.resumes = 0
        self.invalidated = 0
        self.intents = 0
        self.close_code = 0
        self.heartbeats = 0
        self.shards = 1
        self.max_guilds_per_shard = MAX_GUILDS_PER_SHARD
        self.identify_limit = IdentifyLimit(state.now)

    @property
    def connected(self) -> bool:
        """Return whether any bot has a session and is connected now."""
        return bool(self.connected_shards)

    @property
    def connected_shards(self) -> set[tuple[int, int]]:
        """Return the shards that are connected, as (number, count)."""
        return {session.shard for session in self.sessions.values() if session.connection}

    def dispatch(self, event: str, data: Json, intent: int = 0, guild: Guild | None = None) -> None:
        """Send an event to every session that wants it; those that are away get it when they resume."""
        for session in self.sessions.values():
            if session.receives(intent, guild):
                session.send(event, data)

    def forget_sessions(self, shard: int | None = None) -> None:
        """Forget the sessions of one shard or of all; they cannot resume any more."""
        for session in [each for each in self.sessions.values() if shard in (None, each.shard[0])]:
            del self.sessions[session.id]

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=16 * 1024)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.put(HELLO, {"heartbeat_interval": HEARTBEAT_INTERVAL})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            writer.cancel()
            self.connections.discard(connection)
            if connection.session is not None and connection.session.connection is connection:
                connection.session.connection = None
            self._state.touch()
        return socket

    async def _receive(self, connection: Connection, message: Json) -> None:
        op, data = message["op"], message["d"]
        if op == HEARTBEAT:
            self.heartbeats += 1
            connection.put(ACK, None)
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            await connection.close(NOT_AUTHENTICATED)

    async def _identify(self, connection: Connection, data: Json) -> None:
        self.identifies += 1
        self.intents = data["intents"]
        number, count = shard = tuple(data.get("shard", (0, 1)))
        if not self.identify_limit.take():
            self._state.reset_token()
        if close_code := self._close_code(data, number, count):
            await connection.close(close_code)
            return
        if not self.identify_limit.is_turn(number):
            connection.put(INVALID_SESSION, False)
            return
        session = Session(secrets.token_hex(16), self.intents, shard, connection)
        connection.session = session
        self.sessions[session.id] = session
        guilds = [g for g in self._state.bot_guilds() if session.receives(GUILDS, g)]
        session.send("READY", place_payloads.ready_json(self._state, session.id, guilds, session.shard))
        for guild in guilds:
            session.send("GUILD_CREATE", place_payloads.guild_json(self._state, guild))
        self._state.touch()

    def _close_code(self, data: Json, number: int, count: int) -> int:
        """Return the close code that refuses an IDENTIFY; 0 if it is valid."""
        if self.close_code or data["token"] != self._state.token:
            return self.close_code or BAD_TOKEN
        if self.intents & PRIVILEGED:
            return DISALLOWED_INTENTS
        if not 0 <= number < count:
            return NO_SUCH_SHARD
        guilds = [guild for guild in self._state.bot_guilds() if (guild.id >> 22) % count == number]
        return TOO_FEW_SHARDS if len(guilds) > self.max_guilds_per_shard else 0

    def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self._state.token or data["seq"] > len(session.events):
            self.invalidated += 1
            connection.put(INVALID_SESSION, False)
            return
        self.resumes += 1
        for sequence, event, event_data in session.events[data["seq"] :]:
            connection.put(DISPATCH, event_data, sequence, event)
        connection.session, session.connection = session, connection
        session.send("RESUMED", {})
        self._state.touch()

    def for_each(self, act: Callable[[Connection], None], shard: int | None = None) -> None:
        for connection in list(self.connections):
            if shard is None or (connection.session and connection.session.shard[0] == shard):
                act(connection)
