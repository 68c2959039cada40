"""The whole program on the loopback Slack: the real adapter over sockets, a real core on a real ledger.

async with running_app(tmp_path) as app:         # or mode="http"
    interaction = await app.imagine("a red fox")
    await app.backend.done()
    (gallery,) = app.room.messages
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
from tests.slack.web_server import web_server

__all__ = ["App", "running_app", "until"]

Mode = Literal["socket", "http"]


@cache
def pixels() -> bytes:
    """Return a small, sound PNG: Slack looks into the files that it gets."""
    data = io.BytesIO()
    Image.new("RGB", (16, 9), (200, 90, 30)).save(data, "PNG")
    return data.getvalue()


@dataclass
class Painter(FakePainter):
    """Paints with pixels that Slack accepts."""

    async def draw(self, order: PaintOrder) -> Outcome:
        outcome = await FakePainter.draw(self, order)
        if not isinstance(outcome, Drawn):
            return outcome
        drawings = (replace(each, data=pixels(), format="png") for each in outcome.drawings)
        return replace(outcome, drawings=tuple(drawings))


@dataclass
class App:
    """A team with a channel. Ann, Bob, Boss (an admin) and Guy (a guest) are in it.

    `admins_group`: the id of the user group whose members are admins.
    `core_proxy`: stands between the adapter and the core.
    """

    backend: Backend
    fake: FakeSlack
    room: Channel
    ann: User
    bob: User
    boss: User
    guy: User
    admins_group: str = ""
    store: MemoryKeyValue = field(default_factory=MemoryKeyValue)
    adapter: SlackAdapter = field(init=False)
    core_proxy: CoreProxy = field(init=False)
    _stack: AsyncExitStack = field(init=False)

    async def open(self) -> None:
        """Start as a process does, on the data in the folder; wait until the bot is ready."""
        fake = self.fake
        is_socket_mode = fake.mode == "socket"
        self.adapter = SlackAdapter(
            self.store,
            bot_token=fake.team.token,
            app_token=fake.tokens.app if is_socket_mode else "",
            signing_secret=fake.signing_secret,
            admins_group=self.admins_group,
            base_url=fake.base_url,
            file_origins={fake.origin},
            clock=self.backend.clock,
        )
        await self.backend.open(self.adapter)
        self.core_proxy = CoreProxy(self.backend.bot)
        self._stack = AsyncExitStack()
        run = asyncio.create_task(self.adapter.run(self.core_proxy))
        self._stack.push_async_callback(_cancel, run)
        if not is_socket_mode:
            routes = event_routes(lambda: self.adapter.app, fake.signing_secret)
            url = await self._stack.enter_async_context(web_server(routes))
            fake.app_url = url + EVENTS_PATH
        ready = asyncio.create_task(self.adapter.ready.wait())
        await asyncio.wait({run, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        ready.cancel()
        assert self.adapter.ready.is_set(), run

    async def close(self) -> None:
        """Stop as a process does; check that balances add up."""
        await self.backend.close()
        await self._stack.aclose()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    def id_of(self, user: User) -> str:
        return f"slack:{user.team.id}:{user.id}"

    def calls_of(self, method: str) -> list[Any]:
        """Return the first arguments of the calls of a core's method, in order."""
        return [argument for name, argument in self.core_proxy.calls if name == method]

    async def wait_for_calls(self, method: str, count: int = 1) -> list[Any]:
        """Wait for so many calls of a core's method; return their first arguments."""
        await until(lambda: len(self.calls_of(method)) >= count)
        return self.calls_of(method)

    def open_answers(self) -> "list[asyncio.Task[Any]]":
        """Return the tasks in which the listener answers something now."""
        return [task for task in asyncio.all_tasks() if "Listener._run" in repr(task.get_coro())]

    async def wait_idle(self) -> None:
        """Wait until the listener has answered everything."""
        await until(lambda: not self.open_answers())

    async def wait_for_form(self, by: User) -> View:
        """Wait until a form is open for a user; return it."""
        await self.fake.until(lambda: self.fake.open_view(by))
        form = self.fake.open_view(by)
        assert form is not None
        return form

    async def slash(self, by: User, command: str, text: str = "") -> Interaction:
        """Use a command in the channel, and wait for the answer."""
        interaction = await self.fake.slash(by, self.room, command, text)
        await self.fake.until(lambda: interaction.followups)
        return interaction

    async def imagine(self, prompt: str = "a red fox", by: User | None = None) -> Interaction:
        """Use `/imagine` in the channel, and wait for the card or the refusal."""
        return await self.slash(by or self.ann, "/imagine", prompt)

    async def draw(self, prompt: str = "a red fox", by: User | None = None) -> Message:
        """Use `/imagine` and wait until the job is delivered; return the message with the gallery."""
        await self.imagine(prompt, by)
        await self.backend.done()
        return self.room.messages[-1]


async def _cancel(run: "asyncio.Task[None]") -> None:
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


@asynccontextmanager
async def running_app(
    folder: Path, mode: Mode = "socket", *, admins: bool = False, **options: Any
) -> AsyncIterator[App]:
    """Run the whole program, without a pause between two messages of a channel.

    At the end, check that nothing that was sent violates Slack's published limits.

    `admins`: the members of Bob's user group are admins. `options`: passed on to Backend.
    """
    async with FakeSlack(mode) as fake:
        bob, guy = fake.add_user("bob"), fake.add_user("guy", guest=True)
        ann, boss = fake.add_user("ann"), fake.add_user("boss", admin=True)
        room = fake.add_channel("general", members=[ann, bob, boss, guy])
        group = fake.add_group("keepers", bob)
        backend = Backend(folder, painter=Painter(), **options)
        app = App(backend, fake, room, ann, bob, boss, guy, admins_group=group.id if admins else "")
        with patch.object(rate_limit, "CHANNEL_SECONDS", 0.0):
            await app.open()
            try:
                yield app
            finally:
                await app.close()
        assert fake.violations == []
