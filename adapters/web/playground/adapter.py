"""The playground as a platform: one channel on one page, served from this very process."""

import asyncio
import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from adapters.web.admin.routes import Admin, shut
from adapters.web.guard import Guard
from adapters.web.guard_routes import Gate
from adapters.web.playground.chat import WORKSPACE
from adapters.web.playground.events import Feed
from adapters.web.playground.messages import Board
from adapters.web.playground.routes import Server
from adapters.web.playground.state import Room
from adapters.web.playground.transcript import Transcript
from adapters.web.server import Front
from bot.port.cards import Card, Delivered, Ended, Working
from bot.port.protocols import DeliveryError, KeyValue, OperatorCore, Preview, Workbench
from bot.port.requests import Address, MessageRef


class WebAdapter:
    """The Adapter of the playground, and the one web server of the process.

    `commands`: the registry as plain data, for hints and forms. `previews`: what each platform would be
    sent, by its name. `workbench`: where nothing real is served. `extra_routes` are served beside the
    page, without its checks: they bring their own. `reached`: a proxy leads others to this server. Raises
    ValueError for an open host without a token.
    """

    name = "web"
    card_becomes_gallery = True

    def __init__(
        self,
        host: str,
        port: int,
        keep: KeyValue,
        token: str | None = None,
        *,
        commands: Sequence[Mapping[str, Any]] = (),
        previews: Mapping[str, Preview] | None = None,
        workbench: Workbench | None = None,
        extra_routes: Iterable[web.AbstractRouteDef] = (),
        reached: bool = False,
    ) -> None:
        self.front = front = Front(host, port)
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
        gate = Gate(Guard(front.host, token), front)
        page = Admin(gate, lambda: self._room.core, commands, home=WORKSPACE)
        beside = page.routes() if token or not reached else shut()
        self.app = Server(self._room, gate).application([*beside, *extra_routes])

    @property
    def listening(self) -> asyncio.Event:
        return self.front.listening

    @property
    def port(self) -> int:
        """The port that is listened on: the one asked for, or where that was 0, the one given."""
        return self.front.port

    @property
    def url(self) -> str:
        """Where the page is, once `listening` is set."""
        return self.front.url

    async def run(self, core: OperatorCore) -> None:
        """Serve until cancelled. Raises CannotRun when the address cannot be listened on."""
        self._room.core = core
        await self.front.serve(self.app)

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

    async def forget(self, person: str) -> None:
        """The page is the chat, and kept here: what they asked for goes with them."""
        await _mapped(self._room.board.load())
        await _mapped(self._room.board.forget(person))

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


async def _mapped(change: Awaitable[None]) -> None:
    """Only the drawer can fail here, and it may work again later."""
    try:
        await change
    except Exception as error:
        raise DeliveryError(f"the playground could not keep a message: {error}", retryable=True) from error
