"""A whole house on the loopback Slack: the real adapter over real sockets, a real core on a real ledger.

async with housed(tmp_path) as house:            # or mode="http"
    asked = await house.imagine("a red fox")
    await house.home.done()
    (gallery,) = house.room.messages
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from aiohttp import web
from PIL import Image

from adapters.slack.adapter import SlackAdapter
from adapters.slack.oauth.pages import EVENTS_PATH
from adapters.slack.outbound import rate_limit
from adapters.slack.transport.http_events import event_routes
from bot.painters.port import Drawn, Outcome, PaintOrder
from tests.discord.backend import Backend, until
from tests.discord.core_proxy import CoreProxy
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.painter import FakePainter
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.messages import Message, View
from tests.fakes.slack.places import Channel, User
from tests.fakes.slack.world import FakeSlack

__all__ = ["House", "housed", "until"]

Mode = Literal["socket", "http"]


@cache
def pixels() -> bytes:
    """A small sound PNG: Slack looks at what it is sent."""
    data = io.BytesIO()
    Image.new("RGB", (16, 9), (200, 90, 30)).save(data, "PNG")
    return data.getvalue()


@dataclass
class Painter(FakePainter):
    async def draw(self, order: PaintOrder) -> Outcome:
        outcome = await FakePainter.draw(self, order)
        if not isinstance(outcome, Drawn):
            return outcome
        drawings = (replace(each, data=pixels(), format="png") for each in outcome.drawings)
        return replace(outcome, drawings=tuple(drawings))


@dataclass
class House:
    """A team with a channel; Ann and Bob in it, Boss, who is an admin, and Guy, a guest in the channel.

    `between`: what the adapter asks in place of the core, which is behind it.
    """

    home: Backend
    fake: FakeSlack
    room: Channel
    ann: User
    bob: User
    boss: User
    guy: User
    admins: str = ""
    store: MemoryKeyValue = field(default_factory=MemoryKeyValue)
    adapter: SlackAdapter = field(init=False)
    between: CoreProxy = field(init=False)
    _stack: AsyncExitStack = field(init=False)

    async def open(self) -> None:
        """Start as a process does: with what the folder holds, and connected."""
        fake = self.fake
        by_socket = fake.mode == "socket"
        self.adapter = SlackAdapter(
            self.store,
            bot_token=fake.team.token,
            app_token=fake.tokens.app if by_socket else "",
            signing_secret=fake.signing_secret,
            admins_group=self.admins,
            base_url=fake.base_url,
            clock=self.home.clock,
        )
        await self.home.open(self.adapter)
        self.between = CoreProxy(self.home.bot)
        self._stack = AsyncExitStack()
        run = asyncio.create_task(self.adapter.run(self.between))
        self._stack.push_async_callback(_ended, run)
        if not by_socket:
            await self._stack.enter_async_context(_listening(fake, self.adapter))
        ready = asyncio.create_task(self.adapter.ready.wait())
        await asyncio.wait({run, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        ready.cancel()
        assert self.adapter.ready.is_set(), run

    async def close(self) -> None:
        """Stop as a process does; balances add up."""
        await self.home.close()
        await self._stack.aclose()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    def ids(self, user: User) -> str:
        return f"slack:{user.team.id}:{user.id}"

    def asked(self, method: str) -> list[Any]:
        """What came to the core by a method, in order."""
        return [what for name, what in self.between.calls if name == method]

    async def reached(self, method: str, number: int = 1) -> list[Any]:
        """The same, once there is so much."""
        await until(lambda: len(self.asked(method)) >= number)
        return self.asked(method)

    def answering(self) -> "list[asyncio.Task[Any]]":
        """What is being answered just now."""
        return [task for task in asyncio.all_tasks() if "Listener._run" in repr(task.get_coro())]

    async def quiet(self) -> None:
        """Wait until all is answered."""
        await until(lambda: not self.answering())

    async def form(self, by: User) -> View:
        """The form that somebody has open, once they have."""
        await self.fake.until(lambda: self.fake.open_view(by))
        form = self.fake.open_view(by)
        assert form is not None
        return form

    async def slash(self, by: User, command: str, text: str = "") -> Interaction:
        """A command in the room, answered."""
        asked = await self.fake.slash(by, self.room, command, text)
        await self.fake.until(lambda: asked.followups)
        return asked

    async def imagine(self, prompt: str = "a red fox", by: User | None = None) -> Interaction:
        """`/imagine` in the room; its card, or a refusal, is there."""
        return await self.slash(by or self.ann, "/imagine", prompt)

    async def drawn(self, prompt: str = "a red fox", by: User | None = None) -> Message:
        """The gallery that the channel sees at the end."""
        await self.imagine(prompt, by)
        await self.home.done()
        return self.room.messages[-1]


async def _ended(run: "asyncio.Task[None]") -> None:
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


@asynccontextmanager
async def _listening(fake: FakeSlack, adapter: SlackAdapter) -> AsyncIterator[None]:
    app = web.Application()
    app.add_routes(event_routes(lambda: adapter.app, fake.signing_secret))
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.app_url = f"http://127.0.0.1:{runner.addresses[0][1]}{EVENTS_PATH}"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _unpaced() -> AsyncIterator[None]:
    """This Slack does not count how often a channel is posted to."""
    with patch.object(rate_limit, "CHANNEL_SECONDS", 0.0):
        yield


@asynccontextmanager
async def housed(
    folder: Path, mode: Mode = "socket", *, admins: bool = False, **measures: Any
) -> AsyncIterator[House]:
    """`admins`: Bob's user group counts as admins; `measures`: the home's. At the end nothing that was sent
    may be against Slack's published limits.
    """
    async with FakeSlack(mode) as fake, _unpaced():
        bob, guy = fake.add_user("bob"), fake.add_user("guy", guest=True)
        ann, boss = fake.add_user("ann"), fake.add_user("boss", admin=True)
        room = fake.add_channel("general", members=[ann, bob, boss, guy])
        group = fake.add_group("keepers", bob)
        home = Backend(folder, painter=Painter(), **measures)
        house = House(home, fake, room, ann, bob, boss, guy, admins=group.id if admins else "")
        await house.open()
        try:
            yield house
        finally:
            await house.close()
        assert fake.violations == []
