"""The real adapter on the loopback Slack, with a scripted core, to test posting, revising and deleting.

async with at_desk() as desk:
    card = desk.working("a red fox")                      # the card of a job of Ann's
    ref = await desk.adapter.post(desk.lent_address(), card, key="1")
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

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
    """A scripted core.

    `read_keys`: the keys of the pictures that the adapter read.
    `pictures`: bytes that replace the painted ones, by key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.read_keys: list[str] = []
        self.pictures: dict[str, bytes] = {}

    async def picture(self, key: str) -> bytes | None:
        self.read_keys.append(key)
        return self.pictures.get(key) or await super().picture(key)


@dataclass
class Desk:
    """The adapter, and a team with a channel where Ann is.

    `interactions`: those whose response_urls `lent_address` lent, the newest last.
    """

    fake: FakeSlack
    room: Channel
    ann: User
    adapter: SlackAdapter
    core: Core
    store: MemoryKeyValue
    run: "asyncio.Task[None]"
    interactions: list[Interaction] = field(default_factory=list)

    @property
    def person(self) -> Person:
        return Person(id=f"slack:{self.fake.team.id}:{self.ann.id}", name="ann")

    def address(self, room: Channel | None = None, *, thread: str = "") -> Address:
        """Return the address of a channel, without a response_url."""
        channel = room or self.room
        return Address(
            platform="slack",
            workspace=f"slack:{channel.team.id}",
            channel=f"slack:{channel.id}",
            thread=thread,
        )

    def lent_address(self, room: Channel | None = None, *, pressed: Message | None = None) -> Address:
        """Return the address of a channel with a response_url, as after a command of Ann's.

        The bot does not get that command, so it does not answer it.

        `pressed`: the response_url is from Ann's press of a button in this message.
        """
        kind: Kind = "interactive" if pressed else "slash_commands"
        interaction = begin(self.fake, kind, self.ann, {}, room or self.room)
        interaction.original = pressed
        self.interactions.append(interaction)
        until = int(self.fake.now()) + LENT_SECONDS
        return replace(self.address(room), lent=Lent(token=interaction.response_url, until=until))

    def private(self, address: Address) -> Address:
        """Return the address, private to Ann."""
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

    @property
    def message(self) -> Message:
        """Return the only message in the channel."""
        (message,) = self.room.messages
        return message


def make_adapter(fake: FakeSlack, store: MemoryKeyValue, **options: Any) -> SlackAdapter:
    """Make an adapter for the fake's mode. `options`: passed on to SlackAdapter."""
    defaults: dict[str, Any] = {"bot_token": fake.team.token}
    if fake.mode == "socket":
        defaults["app_token"] = fake.tokens.app
    else:
        defaults["signing_secret"] = fake.signing_secret
    return SlackAdapter(store, base_url=fake.base_url, clock=fake.now, **(defaults | options))


@asynccontextmanager
async def serving(adapter: SlackAdapter, core: Core) -> AsyncIterator["asyncio.Task[None]"]:
    """Run an adapter; wait until it is ready."""
    run = asyncio.create_task(adapter.run(core))
    try:
        await asyncio.wait_for(adapter.ready.wait(), 10)
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
    **options: Any,
) -> AsyncIterator[Desk]:
    """Run the adapter with a scripted core, in Socket Mode.

    At the end, check that nothing that was sent violates Slack's published limits.

    `before`: called with the fake before the adapter starts.
    `rate_limits`: the fake refuses calls that are too frequent.
    `options`: passed on to SlackAdapter.
    """
    async with FakeSlack("socket", rate_limits=rate_limits) as fake:
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        if before:
            before(fake)
        core, store = Core(), store or MemoryKeyValue()
        adapter = make_adapter(fake, store, **options)
        core.adapter = adapter
        async with serving(adapter, core) as run:
            yield Desk(fake, room, ann, adapter, core, store, run)
        assert fake.violations == []
