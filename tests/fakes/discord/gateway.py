"""The gateway websocket: HELLO, IDENTIFY, READY, heartbeats, RESUME, and the ways to lose it.

What happens is numbered and kept for each session, so that one that resumes misses nothing.
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
from tests.fakes.discord.places import Guild
from tests.fakes.discord.starts import Starts

if TYPE_CHECKING:
    from tests.fakes.discord.state import State

# topics/gateway and topics/opcodes-and-status-codes
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
NOT_AUTHENTICATED, BAD_TOKEN, NO_SUCH_SHARD, TOO_FEW_SHARDS, DISALLOWED_INTENTS = 4003, 4004, 4010, 4011, 4014
GUILDS = 1 << 0
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
GUILDS_A_SHARD = 2_500  # topics/gateway, "Sharding"
HEARTBEAT_INTERVAL = 41_250  # ms; what Discord says today


class Line:
    """One connection: what is put is sent in order, zlib-streamed where the URL asked for that."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self.session: Session | None = None

    def put(self, op: int, data: object, sequence: int | None = None, event: str | None = None) -> None:
        self._queue.put_nowait(json.dumps({"op": op, "d": data, "s": sequence, "t": event}))

    async def write(self) -> None:
        """Send what is put, until cancelled or cut."""
        with contextlib.suppress(ConnectionError):
            while True:
                text = await self._queue.get()
                if self._zlib is None:
                    await self._socket.send_str(text)
                else:
                    packed = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(packed)

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


@dataclass(eq=False, slots=True)
class Session:
    """What a bot identified as. `line`: None while it is away. `sent`: everything it was told."""

    id: str
    intents: int
    shard: tuple[int, int]
    line: Line | None
    sent: list[tuple[int, str, Json]] = field(default_factory=list)

    def tell(self, event: str, data: Json) -> None:
        self.sent.append((len(self.sent) + 1, event, data))
        if self.line is not None:
            self.line.put(DISPATCH, data, len(self.sent), event)

    def hears(self, intent: int, guild: Guild | None) -> bool:
        number, count = self.shard
        mine = (guild.id >> 22) % count == number if guild else number == 0
        return mine and (not intent or bool(self.intents & intent))


class Gateway:
    """Every session. `identifies`, `resumes`, `invalidated`: how often. `intents`: as last asked for.

    `close_code`: with which every IDENTIFY is refused; 0 for not at all. `shards`: how many are recommended.
    """

    def __init__(self, state: "State") -> None:
        self._state = state
        self.sessions: dict[str, Session] = {}
        self.lines: set[Line] = set()
        self.identifies = 0
        self.resumes = 0
        self.invalidated = 0
        self.intents = 0
        self.close_code = 0
        self.heartbeats = 0
        self.shards = 1
        self.guilds_a_shard = GUILDS_A_SHARD
        self.starts = Starts(state.now)

    @property
    def connected(self) -> bool:
        """Somebody identified or resumed, and is there now."""
        return bool(self.there)

    @property
    def there(self) -> set[tuple[int, int]]:
        """The shards that are connected, each with the count it gave."""
        return {session.shard for session in self.sessions.values() if session.line}

    def dispatch(self, event: str, data: Json, intent: int = 0, guild: Guild | None = None) -> None:
        """Tell every session that listens; those that are away hear it when they resume."""
        for session in self.sessions.values():
            if session.hears(intent, guild):
                session.tell(event, data)

    def forget_sessions(self, shard: int | None = None) -> None:
        """No session can be resumed any more, of one shard or of all."""
        for session in [each for each in self.sessions.values() if shard in (None, each.shard[0])]:
            del self.sessions[session.id]

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=16 * 1024)
        await socket.prepare(request)
        line = Line(request, socket)
        self.lines.add(line)
        writer = asyncio.create_task(line.write())
        line.put(HELLO, {"heartbeat_interval": HEARTBEAT_INTERVAL})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(line, json.loads(message.data))
        finally:
            writer.cancel()
            self.lines.discard(line)
            if line.session is not None and line.session.line is line:
                line.session.line = None
            self._state.touch()
        return socket

    async def _receive(self, line: Line, message: Json) -> None:
        op, data = message["op"], message["d"]
        if op == HEARTBEAT:
            self.heartbeats += 1
            line.put(ACK, None)
        elif op == IDENTIFY:
            await self._identify(line, data)
        elif op == RESUME:
            self._resume(line, data)
        elif line.session is None:
            await line.close(NOT_AUTHENTICATED)

    async def _identify(self, line: Line, data: Json) -> None:
        self.identifies += 1
        self.intents = data["intents"]
        number, count = shard = tuple(data.get("shard", (0, 1)))
        if not self.starts.take():
            self._state.reset_token()
        if wrong := self._wrong(data, number, count):
            await line.close(wrong)
            return
        if not self.starts.is_turn(number):
            line.put(INVALID_SESSION, False)
            return
        session = Session(secrets.token_hex(16), self.intents, shard, line)
        line.session = session
        self.sessions[session.id] = session
        guilds = [g for g in self._state.bot_guilds() if session.hears(GUILDS, g)]
        session.tell("READY", place_payloads.ready_json(self._state, session.id, guilds, session.shard))
        for guild in guilds:
            session.tell("GUILD_CREATE", place_payloads.guild_json(self._state, guild))
        self._state.touch()

    def _wrong(self, data: Json, number: int, count: int) -> int:
        """The code with which an IDENTIFY is refused; 0: it is right."""
        if self.close_code or data["token"] != self._state.token:
            return self.close_code or BAD_TOKEN
        if self.intents & PRIVILEGED:
            return DISALLOWED_INTENTS
        if not 0 <= number < count:
            return NO_SUCH_SHARD
        guilds = [guild for guild in self._state.bot_guilds() if (guild.id >> 22) % count == number]
        return TOO_FEW_SHARDS if len(guilds) > self.guilds_a_shard else 0

    def _resume(self, line: Line, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self._state.token or data["seq"] > len(session.sent):
            self.invalidated += 1
            line.put(INVALID_SESSION, False)
            return
        self.resumes += 1
        for sequence, event, told in session.sent[data["seq"] :]:
            line.put(DISPATCH, told, sequence, event)
        line.session, session.line = session, line
        session.tell("RESUMED", {})
        self._state.touch()

    def each(self, act: Callable[[Line], None], shard: int | None = None) -> None:
        for line in list(self.lines):
            if shard is None or (line.session and line.session.shard[0] == shard):
                act(line)
