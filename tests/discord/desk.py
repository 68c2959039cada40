"""The real adapter on the loopback Discord, with a scripted core, to test posting, revising and deleting.

async with at_desk() as desk:
    card = await desk.card("a red fox")           # Ann's card, the answer to her command
    await desk.adapter.revise(card, desk.gallery(card))
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from adapters.discord.adapter import DiscordAdapter
from bot.commands.registry import registry
from bot.port.cards import Delivered, Ended, Notice, Working
from bot.port.requests import Address, MessageRef
from quotas.catalog import load_catalog
from tests.bot.running_bot import until
from tests.fakes.core import ScriptedCore, delivered_card, working_card
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.messages import Message
from tests.fakes.discord.places import Channel, Guild, Member
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue

COMMANDS = registry(load_catalog())


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
    """The adapter, and a server with a channel where Ann is.

    `interactions`: Ann's commands, by the ids of the messages that show their cards.
    """

    fake: FakeDiscord
    guild: Guild
    room: Channel
    ann: Member
    adapter: DiscordAdapter
    core: Core
    run: "asyncio.Task[None]"
    interactions: dict[str, Interaction] = field(default_factory=dict)

    async def card(self, prompt: str = "a red fox", room: Channel | None = None) -> MessageRef:
        """Let Ann ask for pictures; return the message with her job's card."""
        interaction = await self.fake.slash(self.ann, room or self.room, "imagine", {"prompt": prompt})
        assert interaction.response
        job = list(self.core.headers)[-1]
        await until(lambda: job in self.core.message_refs)
        card = self.core.message_refs[job]
        self.interactions[card.id] = interaction
        return card

    def job(self, card: MessageRef) -> str:
        return next(job for job, ref in self.core.message_refs.items() if ref.id == card.id)

    def gallery(self, card: MessageRef) -> Delivered:
        return delivered_card(self.core.headers[self.job(card)])

    def working(self, card: MessageRef) -> Working:
        return working_card(
            self.core.headers[self.job(card)], progress=0.5, line="drawing, 10 s of about 20 s"
        )

    def ended(self, card: MessageRef) -> Ended:
        return Ended(
            header=self.core.headers[self.job(card)], why="refused", sentence="It would not draw this."
        )

    def expire(self, card: MessageRef) -> None:
        """End the reply token of the card's interaction, before the adapter expects it."""
        self.fake.expire(self.interactions[card.id])

    def statuses(self, method: str, part: str) -> list[int]:
        """Return the statuses of the bot's requests with this method and this part in their path."""
        requests = (each for each in self.fake.requests if each.method == method and part in each.path)
        return [each.status for each in requests]

    @property
    def message(self) -> Message:
        """Return the only message in the channel."""
        (message,) = self.room.messages
        return message


def without_token(card: MessageRef) -> MessageRef:
    """Remove the reply token, as the core does when it is over."""
    return replace(card, address=replace(card.address, lent=None))


def private(address: Address, person: Member) -> Address:
    return replace(address, private_to=f"discord:{person.user.id}")


@asynccontextmanager
async def at_desk(
    *,
    start: bool = True,
    store: MemoryKeyValue | None = None,
    spoiler: bool = False,
    before: Callable[[FakeDiscord], None] | None = None,
) -> AsyncIterator[Desk]:
    """Run the adapter until it is connected; only make it if `start` is false.

    At the end, check that nothing that was sent violates Discord's own API document.
    `before`: changes the Discord before the adapter connects.
    """
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        if before:
            before(fake)
        core = Core()
        store = store or MemoryKeyValue()
        adapter = DiscordAdapter(fake.token, store, commands=COMMANDS, spoiler=spoiler, clock=fake.now)
        core.adapter = adapter
        serving = adapter.run(core) if start else asyncio.sleep(0)
        run = asyncio.create_task(serving)
        try:
            if start:
                await fake.connected()
                await asyncio.wait_for(adapter.ready.wait(), 10)
            yield Desk(fake, guild, room, ann, adapter, core, run)
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        assert fake.violations == []


NOTICE = Notice(sentence="Only you see this.")
