"""The playground as a platform: one channel on one page, served from this very process."""

import asyncio
import errno
import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from adapters.web.board import Board
from adapters.web.feed import Feed
from adapters.web.guard import Guard
from adapters.web.room import Room
from adapters.web.server import Server
from adapters.web.transcript import Transcript
from bot.cards import Card, Delivered, Ended, Working
from bot.messages import Address, MessageRef
from bot.port import Core, DeliveryError, Keep, Preview, Workbench

_CLOSE_SECONDS = 2  # for requests that are being answered when the server closes


class ServeError(Exception):
    """The address cannot be listened on; the message says why and which setting to change."""


class WebAdapter:
    """The Adapter of the playground, and the one web server of the process.

    `commands`: the registry as plain data, for hints and forms. `previews`: what each platform would be
    sent, by its name. `workbench`: where nothing real is served. `extra_routes` are served beside the
    page, without its checks: they bring their own. Raises ValueError for an open host without a token.
    """

    name = "web"
    card_becomes_gallery = True

    def __init__(
        self,
        host: str,
        port: int,
        keep: Keep,
        token: str | None = None,
        *,
        commands: Sequence[Mapping[str, Any]] = (),
        previews: Mapping[str, Preview] | None = None,
        workbench: Workbench | None = None,
        extra_routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        host = host.strip("[]")
        self._host = host
        self._port = port
        feed, transcript = Feed(), Transcript()
        board = Board(keep, feed, workbench.now if workbench else time.time)
        self._room = Room(
            board=board,
            feed=feed,
            transcript=transcript,
            post=self.post,
            commands=commands,
            previews=previews or {},
            workbench=workbench,
        )
        self._server = Server(self._room, Guard(host, token))
        self.app = self._server.application(extra_routes)
        self.listening = asyncio.Event()

    @property
    def port(self) -> int:
        """The port that is listened on: the one asked for, or where that was 0, the one given."""
        return self._server.port

    @property
    def url(self) -> str:
        """Where the page is, once `listening` is set."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    async def run(self, core: Core) -> None:
        """Serve until cancelled. Raises ServeError when the address cannot be listened on."""
        self._room.core = core
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=_CLOSE_SECONDS)
        await runner.setup()
        try:
            await self._listen(runner)
            self.listening.set()
            await asyncio.Event().wait()
        finally:
            self.listening.clear()
            await runner.cleanup()

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        await _mapped(self._show(key, card, address, durable=True))
        return MessageRef(address=address, id=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        board = self._room.board
        await _mapped(board.load())
        if not board.holds(message.id):
            raise DeliveryError(f"message {message.id} is no longer on the page", retryable=False)
        await _mapped(self._show(message.id, card, message.address, durable=not isinstance(card, Working)))
        return message

    async def delete(self, message: MessageRef) -> None:
        await _mapped(self._remove(message.id))

    @property
    def transcript(self) -> Transcript:
        """What was done here since the process began."""
        return self._room.transcript

    async def _show(self, message_id: str, card: Card, address: Address, *, durable: bool) -> None:
        room = self._room
        await room.board.load()
        await room.board.show(message_id, card, address.private_to, durable=durable)
        room.transcript.came(message_id, address.private_to, card)
        if isinstance(card, Delivered | Ended):
            room.feed.send({"type": "spent"}, "")

    async def _remove(self, message_id: str) -> None:
        await self._room.board.load()
        await self._room.board.remove(message_id)
        self._room.transcript.went(message_id)

    async def _listen(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            raise ServeError(_why_not(error, self._host, self._port)) from error
        self._server.port = site.port


async def _mapped(change: Awaitable[None]) -> None:
    """Only the drawer can fail here, and it may work again later."""
    try:
        await change
    except Exception as error:
        raise DeliveryError(f"the playground could not keep a message: {error}", retryable=True) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program; stop it, or set IMAGINE_WEB_PORT to another."
        )
    if error.errno == errno.EACCES:
        return f"This account may not listen on port {port}; set IMAGINE_WEB_PORT to 1024 or above."
    return f"Cannot listen on {host}, port {port}; check IMAGINE_WEB_HOST. ({error.strerror or error})"
