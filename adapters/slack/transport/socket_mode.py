"""Socket Mode: requests arrive over a websocket that the bot opens, and are acknowledged on it.

docs.slack.dev/apis/events-api/using-socket-mode. slack_sdk has a client for it, but that client retries a
rejected token for ever, notices a lost connection only after one or two pings (until then every command
fails), and closes the old connection before it opens the next.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.common.seldom import Seldom
from adapters.slack import messages
from adapters.slack.errors import cannot_run, reason
from adapters.slack.transport.shapes import Malformed, read_request
from bot.errors import trace
from bot.port.protocols import CannotRun
from bot.tasks import Background, backoff

log = structlog.get_logger()

HELLO_SECONDS = 10.0  # for Slack to confirm a new connection
HEARTBEAT = 20.0  # seconds between pings; without an answer, the connection counts as lost after half of it
DRAIN_SECONDS = 4.0  # for acknowledgements when a connection ends; Slack itself waits for 3
CLOSE_SECONDS = 2.0  # for Slack to close its side
STEADY_SECONDS = (
    60.0  # a connection that lasted so long was a good one: the pauses start again from the first
)
# Seconds before the next connection; the last repeats: an outage may take hours.
PAUSES = (0.0, 1.0, 5.0, 15.0, 60.0)
HOUR = 3600.0  # seconds between warnings of a second process
DISABLED = "link_disabled"  # Slack's reason when somebody turns Socket Mode off

Dispatch = Callable[[AsyncBoltRequest], Coroutine[Any, Any, BoltResponse]]


class _Connection:
    """One websocket.

    `is_open`: from Slack's hello to the end.
    `ending`: set when the connection ends, or when Slack announces that it will.
    `end_reason`: Slack's reason for the end; "lost" if it gave none.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.opened_at = asyncio.get_running_loop().time()
        self.is_open = False
        self.hello = asyncio.Event()
        self.ending = asyncio.Event()
        self.end_reason = "lost"
        self.reader: asyncio.Task[None]


class SocketMode:
    """A client that keeps one connection open, and opens the next one before it closes the old one.

    `open_url`: asks Slack for a new URL to connect to; each works once.
    `dispatch`: Bolt's handler of a request.
    `ready`: set while a connection is open.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        open_url: Callable[[], Awaitable[str]],
        dispatch: Dispatch,
        ready: asyncio.Event,
        proxy: str | None = None,
    ) -> None:
        self._session = session
        self._open_url = open_url
        self._dispatch = dispatch
        self._ready = ready
        self._proxy = proxy
        self._connections: list[_Connection] = []  # the newest last
        self._tasks = Background()
        self._tries = 0
        self._malformed = Seldom("slack.malformed")
        self._other_process = Seldom("slack.token_shared", pause=HOUR)

    async def run(self) -> None:
        """Serve until cancelled, through every outage. Raises CannotRun if only the operator can help."""
        try:
            connection = await self._connect()
            while True:
                await connection.ending.wait()
                if connection.end_reason == DISABLED:
                    raise CannotRun(messages.SOCKET_MODE_OFF.format(code=DISABLED))
                old, connection = connection, await self._connect(connection)
                self._tasks.start(self._close(old))
        finally:
            await self._stop()

    async def _connect(self, last: _Connection | None = None) -> _Connection:
        """Open a connection, with longer pauses after each failure. `last`: the connection that ends."""
        loop = asyncio.get_running_loop()
        if last is None or loop.time() - last.opened_at > STEADY_SECONDS:
            self._tries = 0
        while True:
            pause = backoff(PAUSES, self._tries)
            if last is not None:
                log.info("slack.reconnecting", reason=last.end_reason, again_in=pause)
            await asyncio.sleep(pause)
            self._tries += 1
            try:
                return await self._open()
            except Exception as error:
                if (fatal := cannot_run(error, messages.BAD_APP_TOKEN)) is not None:
                    raise fatal from error
                log.warning("slack.lost", reason=reason(error), tries=self._tries)

    async def _open(self) -> _Connection:
        """Connect, and wait for Slack's hello."""
        async with asyncio.timeout(HELLO_SECONDS):
            url = await self._open_url()
            socket = await self._session.ws_connect(url, heartbeat=HEARTBEAT, proxy=self._proxy)
        connection = _Connection(socket)
        connection.reader = asyncio.create_task(self._read(connection))
        self._connections.append(connection)
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                await connection.hello.wait()
        except BaseException:
            self._tasks.start(self._close(connection))
            raise
        return connection

    async def _read(self, connection: _Connection) -> None:
        """Read messages until the connection ends."""
        try:
            async for message in connection.socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._receive(connection, _envelope(message.data))
        except Exception as error:
            log.error("slack.socket_broke", trace=trace(error))
        finally:
            connection.is_open = False
            if not any(each.is_open for each in self._connections):
                self._ready.clear()
            connection.hello.set()
            connection.ending.set()

    def _receive(self, connection: _Connection, envelope: Mapping[str, Any]) -> None:
        match envelope.get("type"):
            case "hello":
                connection.is_open = True
                self._compare_count(envelope.get("num_connections"))
                connection.hello.set()
                self._ready.set()
            case "disconnect":
                connection.end_reason = str(envelope.get("reason"))
                connection.ending.set()
            case _ if "envelope_id" in envelope:
                self._tasks.start(self._handle(connection, envelope))

    def _compare_count(self, count: object) -> None:
        """Warn if Slack counts more connections of the app than this process has."""
        own = sum(each.is_open for each in self._connections)
        if isinstance(count, int) and count > own:
            self._other_process.warn(fix=messages.TOKEN_SHARED, connections=count, own=own)

    async def _handle(self, connection: _Connection, envelope: Mapping[str, Any]) -> None:
        try:
            response = await self._dispatch(_request(envelope))
            if response.status != 200:
                log.warning("slack.not_acknowledged", kind=envelope.get("type"), status=response.status)
                return
            await self._acknowledge(connection, str(envelope["envelope_id"]), _payload(response))
        except Malformed as error:
            self._malformed.warn(where=str(error))
        except Exception as error:
            log.error("slack.envelope_broke", trace=trace(error))

    async def _acknowledge(
        self, connection: _Connection, envelope_id: str, payload: Mapping[str, Any]
    ) -> None:
        """Acknowledge an envelope on the connection that it came on."""
        try:
            await connection.socket.send_json(
                {"envelope_id": envelope_id} | ({"payload": payload} if payload else {})
            )
        except ConnectionError as error:
            log.warning("slack.not_acknowledged", reason=reason(error))

    async def _close(self, connection: _Connection) -> None:
        """Close a connection after the envelopes that came on it had time to be acknowledged there."""
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        if others:
            await asyncio.wait(others, timeout=DRAIN_SECONDS)
        await _end(connection)
        self._connections.remove(connection)

    async def _stop(self) -> None:
        """Read nothing more, give open envelopes time to be acknowledged, then close everything."""
        for connection in self._connections:
            connection.reader.cancel()
        await self._tasks.drain(DRAIN_SECONDS)
        await asyncio.gather(*map(_end, self._connections), return_exceptions=True)


async def _end(connection: _Connection) -> None:
    connection.reader.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.socket.close()
    await asyncio.gather(connection.reader, return_exceptions=True)


def _envelope(text: str) -> Mapping[str, Any]:
    """Read a message of Slack's; {} if it is no object, which no message is."""
    try:
        envelope = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _request(envelope: Mapping[str, Any]) -> AsyncBoltRequest:
    """Make Bolt's request, with the headers that Slack gives to a repeated event over HTTP."""
    names = {"retry_attempt": "x-slack-retry-num", "retry_reason": "x-slack-retry-reason"}
    headers = {header: str(envelope[name]) for name, header in names.items() if envelope.get(name)}
    return read_request(envelope.get("payload") or {}, headers, mode="socket_mode")


def _payload(response: BoltResponse) -> Mapping[str, Any]:
    """Return the payload of the acknowledgement: the next step of a form, or words; {} if there is none."""
    if not response.body:
        return {}
    if response.first_headers().get("content-type", "").startswith("application/json"):
        payload: Mapping[str, Any] = json.loads(response.body)
        return payload
    return {"text": response.body}
