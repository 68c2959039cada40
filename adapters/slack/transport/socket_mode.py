"""Socket Mode: what people do arrives over a websocket that this side opens, and is acknowledged on it.

docs.slack.dev/apis/events-api/using-socket-mode. slack_sdk has a client for it, but that one tries a refused
token again for ever, notices a lost connection only after a ping or two, in which every command fails, and
closes the old connection before it opens the next.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import aiohttp
import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack import messages
from adapters.slack.errors import cannot_run, reason
from bot.errors import trace
from bot.port.protocols import CannotRun

log = structlog.get_logger()

HELLO_SECONDS = 10.0  # for Slack to say that a connection is there
HEARTBEAT = 20.0  # seconds between pings; half of it later the connection counts as lost
REST_SECONDS = 4.0  # at the end of a connection, for what is to be acknowledged: Slack waits for 3
CLOSE_SECONDS = 2.0  # for Slack to say goodbye
STEADY_SECONDS = 60.0  # a connection that held so long was a good one: the pauses begin anew
# Seconds before the next connection; the last repeats: an outage may take hours.
PAUSES = (0.0, 1.0, 5.0, 15.0, 60.0)
DISABLED = "link_disabled"  # the reason Slack gives when somebody turns Socket Mode off

Dispatch = Callable[[AsyncBoltRequest], Coroutine[Any, Any, BoltResponse]]


class _Link:
    """One connection. `there`: between Slack's hello and its end; `leaving`: set when it ends, or Slack says
    that it will; `why`: Slack's reason.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.begun = asyncio.get_running_loop().time()
        self.there = False
        self.hello = asyncio.Event()
        self.leaving = asyncio.Event()
        self.why = "lost"
        self.reader: asyncio.Task[None]


class SocketMode:
    """`address`: a fresh URL to connect to; `dispatch`: bolt's; `up`: set while a connection is there."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: Callable[[], Awaitable[str]],
        dispatch: Dispatch,
        up: asyncio.Event,
        proxy: str | None = None,
    ) -> None:
        self._session = session
        self._address = address
        self._dispatch = dispatch
        self._up = up
        self._proxy = proxy
        self._links: list[_Link] = []  # the newest last
        self._tasks: set[asyncio.Task[None]] = set()
        self._tries = 0

    async def run(self) -> None:
        """Until cancelled, through every outage. Raises CannotRun where only the operator can help."""
        try:
            link = await self._connect()
            while True:
                await link.leaving.wait()
                if link.why == DISABLED:
                    raise CannotRun(messages.SOCKET_OFF.format(code=DISABLED))
                old, link = link, await self._connect(link)
                self._go(self._close(old))
        finally:
            await self._rest()

    async def _connect(self, last: _Link | None = None) -> _Link:
        loop = asyncio.get_running_loop()
        if last is None or loop.time() - last.begun > STEADY_SECONDS:
            self._tries = 0
        while True:
            again_in = PAUSES[min(self._tries, len(PAUSES) - 1)]
            if last is not None:
                log.info("slack.reconnecting", reason=last.why, again_in=again_in)
            await asyncio.sleep(again_in)
            self._tries += 1
            try:
                return await self._open()
            except Exception as error:
                if (fatal := cannot_run(error, messages.BAD_APP_TOKEN)) is not None:
                    raise fatal from error
                log.warning("slack.lost", reason=reason(error), tries=self._tries)

    async def _open(self) -> _Link:
        async with asyncio.timeout(HELLO_SECONDS):
            url = await self._address()
            socket = await self._session.ws_connect(url, heartbeat=HEARTBEAT, proxy=self._proxy)
        link = _Link(socket)
        link.reader = asyncio.create_task(self._read(link))
        self._links.append(link)
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                await link.hello.wait()
        except BaseException:
            self._go(self._close(link))
            raise
        return link

    async def _read(self, link: _Link) -> None:
        try:
            async for message in link.socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._receive(link, json.loads(message.data))
        except Exception as error:
            log.error("slack.socket_broke", trace=trace(error))
        finally:
            link.there = False
            if not any(each.there for each in self._links):
                self._up.clear()
            link.hello.set()
            link.leaving.set()

    def _receive(self, link: _Link, told: Mapping[str, Any]) -> None:
        match told.get("type"):
            case "hello":
                link.there = True
                link.hello.set()
                self._up.set()
            case "disconnect":
                link.why = str(told.get("reason"))
                link.leaving.set()
            case _ if "envelope_id" in told:
                self._go(self._handle(link, told))

    async def _handle(self, link: _Link, envelope: Mapping[str, Any]) -> None:
        try:
            response = await self._dispatch(_request(envelope))
            if response.status != 200:
                log.warning("slack.not_acknowledged", kind=envelope.get("type"), status=response.status)
                return
            await self._acknowledge(link, str(envelope["envelope_id"]), _payload(response))
        except Exception as error:
            log.error("slack.envelope_broke", trace=trace(error))

    async def _acknowledge(self, link: _Link, envelope_id: str, payload: Mapping[str, Any]) -> None:
        """Where it came from."""
        try:
            await link.socket.send_json(
                {"envelope_id": envelope_id} | ({"payload": payload} if payload else {})
            )
        except ConnectionError as error:
            log.warning("slack.not_acknowledged", reason=reason(error))

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self, link: _Link) -> None:
        """What came on it may still be acknowledged there."""
        handling = [task for task in self._tasks if task is not asyncio.current_task()]
        if handling:
            await asyncio.wait(handling, timeout=REST_SECONDS)
        await _end(link)
        self._links.remove(link)

    async def _rest(self) -> None:
        """Hear nothing more, let what was heard be acknowledged, and go."""
        for link in self._links:
            link.reader.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=REST_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*map(_end, self._links), *self._tasks, return_exceptions=True)


async def _end(link: _Link) -> None:
    link.reader.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await link.socket.close()
    await asyncio.gather(link.reader, return_exceptions=True)


def _request(envelope: Mapping[str, Any]) -> AsyncBoltRequest:
    """The headers are those that Slack gives a repeated event over HTTP."""
    names = {"retry_attempt": "x-slack-retry-num", "retry_reason": "x-slack-retry-reason"}
    headers: dict[str, str | Sequence[str]]
    headers = {header: str(envelope[name]) for name, header in names.items() if envelope.get(name)}
    return AsyncBoltRequest(mode="socket_mode", body=envelope.get("payload") or {}, headers=headers)


def _payload(response: BoltResponse) -> Mapping[str, Any]:
    """What Slack is told with the acknowledgement: what a form should do now, or words."""
    if not response.body:
        return {}
    if response.first_headers().get("content-type", "").startswith("application/json"):
        told: Mapping[str, Any] = json.loads(response.body)
        return told
    return {"text": response.body}
