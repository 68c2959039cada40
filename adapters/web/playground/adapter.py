"""The adapter of the playground: one channel on one web page, served by this process."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from adapters.web.admin.routes import AdminRoutes
from adapters.web.guard import Guard
from adapters.web.guard_routes import GuardRoutes
from adapters.web.playground.chat import CHANNEL, WORKSPACE
from adapters.web.playground.events import EventFeed
from adapters.web.playground.messages import Messages
from adapters.web.playground.routes import PlaygroundRoutes
from adapters.web.playground.state import PlaygroundState
from adapters.web.playground.transcript import Transcript
from adapters.web.server import WebServer
from adapters.web.token import Token
from bot.port.cards import Card
from bot.port.protocols import KeyValue, PageCore, Preview, Workbench
from bot.port.requests import Address, MessageRef


class WebAdapter:
    """The Adapter of the playground, and the web server of the process.

    `store`: keeps the messages. `commands`: the registry as plain data, for hints and forms. `previews`: by
    platform, the payload that it would be sent for a card. `workbench`: None if a real platform is served.
    `extra_routes`: served beside the page without its checks, since they bring their own. Raises ValueError
    if other machines can reach the host and there is no token.
    """

    name = "web"
    card_becomes_gallery = True
    has_buttons = True

    def __init__(
        self,
        host: str,
        port: int,
        store: KeyValue,
        token: Token | None = None,
        *,
        commands: Sequence[Mapping[str, Any]] = (),
        previews: Mapping[str, Preview] | None = None,
        workbench: Workbench | None = None,
        extra_routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self.server = server = WebServer(host, port)
        events = EventFeed()
        self._state = PlaygroundState(
            messages=Messages(store, events, workbench.now if workbench else time.time),
            events=events,
            transcript=Transcript(),
            commands=commands,
            previews=previews or {},
            workbench=workbench,
        )
        guard_routes = GuardRoutes(Guard(server.host, token), server)
        admin = AdminRoutes(guard_routes, lambda: self._state.core, commands, home=WORKSPACE)
        self.app = PlaygroundRoutes(self._state, guard_routes).application([*admin.routes(), *extra_routes])

    @property
    def listening(self) -> asyncio.Event:
        return self.server.listening

    @property
    def port(self) -> int:
        """The port, as configured; if that was 0, the real port once `listening` is set."""
        return self.server.port

    @property
    def url(self) -> str:
        """The address of the page; valid once `listening` is set."""
        return self.server.url

    async def run(self, core: PageCore) -> None:
        """Serve until cancelled. Raises CannotRun if the address cannot be listened on."""
        self._state.core = core
        await self.server.serve(self.app)

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        """Post a message whose id is the key, so that the same key replaces it."""
        await self._state.show(key, card, address)
        return MessageRef(address=address, id=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        await self._state.replace(message.id, card, message.address)
        return message

    async def delete(self, message: MessageRef) -> None:
        await self._state.remove(message.id)

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        return workspace == WORKSPACE and channel == CHANNEL

    async def forget(self, person: str) -> None:
        """Remove the person's messages too: this page is the chat itself, and we keep it."""
        await self._state.forget(person)

    @property
    def transcript(self) -> Transcript:
        """The transcript since the process began."""
        return self._state.transcript
