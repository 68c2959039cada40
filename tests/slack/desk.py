"""The real adapter on the loopback Slack, with a scripted core: for what is posted, revised and deleted.

async with at_desk() as desk:
    card = desk.working("a red fox")                      # of a job of Ann's
    ref = await desk.adapter.post(desk.lent(), card, key=desk.job)
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.adapter import SlackAdapter
from adapters.slack.inbound.convert import LENT_SECONDS
from bot.port.cards import Delivered, Ended, Header, Notice, Working
from bot.port.requests import Address, Lent, Person
from tests.fakes.core import ScriptedCore, delivered_card, header, working_card
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.slack.deliveries import Interaction, Kind
from tests.fakes.slack.interactions import begin
from tests.fakes.slack.messages import Message
from tests.fakes.slack.places import Channel, User
from tests.fakes.slack.world import FakeSlack

NOTICE = Notice(sentence="Only you see this.")


class Core(ScriptedCore):
    """`fetched`: whose bytes were asked for; `pictures`: bytes in place of the painted ones."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.pictures: dict[str, bytes] = {}

    async def picture(self, key: str) -> bytes | None:
        self.fetched.append(key)
        return self.pictures.get(key) or await super().picture(key)


@dataclass
class Desk:
    """`asked`: what lent the newest response_url."""

    fake: FakeSlack
    room: Channel
    ann: User
    adapter: SlackAdapter
    core: Core
    store: MemoryKeyValue
    run: "asyncio.Task[None]"
    asked: list[Interaction] = field(default_factory=list)

    @property
    def person(self) -> Person:
        return Person(id=f"slack:{self.fake.team.id}:{self.ann.id}", name="ann")

    def address(self, room: Channel | None = None, *, thread: str = "") -> Address:
        """Where anybody can be answered, with nothing lent."""
        place = room or self.room
        return Address(
            platform="slack",
            workspace=f"slack:{place.team.id}",
            channel=f"slack:{place.id}",
            thread=thread,
        )

    def lent(self, room: Channel | None = None, *, on: Message | None = None) -> Address:
        """Where Ann typed a command of this moment, or pressed a button `on` a message, with what that lent.

        The bot is not told, so that nothing else answers.
        """
        kind: Kind = "interactive" if on else "slash_commands"
        asked = begin(self.fake, kind, self.ann, {}, room or self.room)
        asked.original = on
        self.asked.append(asked)
        until = int(self.fake.now()) + LENT_SECONDS
        return replace(self.address(room), lent=Lent(token=asked.response_url, until=until))

    def mine(self, address: Address) -> Address:
        """For Ann's eyes alone."""
        return replace(address, private_to=self.person.id)

    def header(self, prompt: str = "a red fox", job: str = "JOB0000000001", **changes: object) -> Header:
        head = header(job, prompt, self.person, **changes)
        self.core.headers[job] = head
        return head

    def working(self, prompt: str = "a red fox", **changes: Any) -> Working:
        return working_card(self.header(prompt), **changes)

    def gallery(self, prompt: str = "a red fox", **changes: object) -> Delivered:
        return delivered_card(self.header(prompt, **changes))

    def ended(self) -> Ended:
        return Ended(header=self.header(), why="refused", sentence="It would not draw this.")

    def called(self, method: str) -> list[dict[str, Any]]:
        """The arguments of each call of a method, whatever became of it."""
        return [asked.args for asked in self.fake.requests if asked.method == method]

    @property
    def message(self) -> Message:
        """The one message in the channel."""
        (message,) = self.room.messages
        return message


def make(fake: FakeSlack, store: MemoryKeyValue, **how: Any) -> SlackAdapter:
    listens: dict[str, Any]
    listens = (
        {"app_token": fake.tokens.app} if fake.mode == "socket" else {"signing_secret": fake.signing_secret}
    )
    how = {"bot_token": fake.team.token, **listens, **how}
    return SlackAdapter(store, base_url=fake.base_url, clock=fake.now, **how)


@asynccontextmanager
async def serving(
    adapter: SlackAdapter, core: Core, *, seconds: float = 10
) -> AsyncIterator["asyncio.Task[None]"]:
    """Connected, and gone without a trace afterwards."""
    run = asyncio.create_task(adapter.run(core))
    try:
        await asyncio.wait_for(adapter.ready.wait(), seconds)
        yield run
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


@asynccontextmanager
async def at_desk(
    *,
    store: MemoryKeyValue | None = None,
    before: Callable[[FakeSlack], None] | None = None,
    rate_limits: bool = False,
    **how: Any,
) -> AsyncIterator[Desk]:
    """At the end nothing sent may be against what Slack publishes."""
    async with FakeSlack("socket", rate_limits=rate_limits) as fake:
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        if before:
            before(fake)
        core, store = Core(), store or MemoryKeyValue()
        adapter = make(fake, store, **how)
        core.adapter = adapter
        async with serving(adapter, core) as run:
            yield Desk(fake, room, ann, adapter, core, store, run)
        assert fake.violations == []


def client(fake: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(fake.team.token, fake.base_url)
