"""The bot's client in a simulated Discord (simcord), with a real core on a real ledger.

simcord does not say who installed the application. Here every server did, unless `personal` is set.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord import interactions
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle
from simcord.env import Env
from simcord.results import ResponseMessage

from adapters.discord.gateway.client import Client
from adapters.discord.inbound.commands import build
from adapters.discord.inbound.listener import Listener
from adapters.discord.inbound.pictures import Pictures
from adapters.discord.outbound.posting import Posting
from bot.commands.registry import registry
from bot.imagine import queue
from bot.port.cards import Card
from bot.port.protocols import Core, WholeCore
from bot.port.requests import Address, MessageRef
from quotas.records import Job
from tests.discord.backend import Backend
from tests.fakes.key_value import MemoryKeyValue

Message = discord.Message | ResponseMessage


@dataclass
class PostingAdapter:
    """An adapter that only posts; the simulated Discord makes the connection."""

    posting: Posting | None = None
    name: str = "discord"
    card_becomes_gallery: bool = True
    has_buttons: bool = True

    async def run(self, core: WholeCore) -> None:
        raise AssertionError("simcord connects")

    async def post(self, address: Address, card: Card, *, key: str) -> MessageRef:
        assert self.posting
        return await self.posting.post(address, card, key=key)

    async def revise(self, message: MessageRef, card: Card) -> MessageRef:
        assert self.posting
        return await self.posting.revise(message, card)

    def owns_channel(self, workspace: str, channel: str) -> bool | None:
        return None

    async def delete(self, message: MessageRef) -> None:
        assert self.posting
        await self.posting.delete(message)


@dataclass
class Sim:
    """A server with a channel; Ann and Bob are in it, and Boss, who manages it.

    `interactions`: every interaction's payload, as Discord sent it.
    """

    env: Env
    backend: Backend
    adapter: PostingAdapter
    guild: GuildHandle
    channel: ChannelHandle
    ann: MemberActor
    bob: MemberActor
    boss: MemberActor
    interactions: list[dict[str, Any]] = field(default_factory=list)

    def serve(self, client: Client, core: Core | None = None) -> None:
        """Do what an adapter does once it is connected. `core`: replaces the real one."""
        posting = self.adapter.posting = Posting(client, pictures=self.backend.bot.picture)
        pictures = Pictures(MemoryKeyValue(), self.backend.clock)
        listener = Listener(core or self.backend.bot, posting, pictures)
        build(client.tree, registry(self.backend.catalog), listener)
        client.attach(listener)

    async def restart(self, core: Core | None = None) -> None:
        """Start the next process: another client, and a core that knows only what is on disk."""
        await self.backend.close()
        await self.backend.open(self.adapter)
        client = Client()
        self.serve(client, core)
        await self.env.restart_bot(client)

    async def imagine(self, prompt: str = "a red fox", by: MemberActor | None = None, **options: Any) -> Any:
        return await (by or self.ann).slash(self.channel, "imagine", prompt=prompt, **options)

    async def draw(self, prompt: str = "a red fox", by: MemberActor | None = None, **options: Any) -> Any:
        """Use `/imagine` and wait until the job is delivered; return the gallery as the person sees it."""
        result = await self.imagine(prompt, by, **options)
        await self.backend.done()
        return result.response

    async def jobs(self, by: MemberActor | None = None, workspace: str = "") -> list[Job]:
        """Return the jobs of Ann, or of another, newest first."""
        where = workspace or f"discord:{self.guild.id}"
        return await self.backend.ledger.jobs.list_recent(where, f"discord:{(by or self.ann).id}", 20)

    @property
    def messages(self) -> list[discord.Message]:
        """Return the messages that everybody in the channel sees."""
        return self.channel.history()


def text_of(message: Message) -> str:
    """Return all the text of a message."""
    return "\n".join(part["content"] for part in _parts(_components(message)) if part["type"] == 10)


def labels(message: Message) -> list[str]:
    return [part["label"] for part in _parts(_components(message)) if part["type"] == 2]


def label(message: Message, prefix: str) -> str:
    """Return the label of the only button that begins with `prefix`."""
    (match,) = [each for each in labels(message) if each.startswith(prefix)]
    return match


def _components(message: Message) -> Any:
    is_raw = isinstance(message, ResponseMessage)
    return message.components if is_raw else [each.to_dict() for each in message.components]


def _parts(parts: Any) -> list[Mapping[str, Any]]:
    return [each for part in parts for each in (part, *_parts(part.get("components", ())))]


@asynccontextmanager
async def simulation(folder: Path, *, personal: bool = False, **options: Any) -> AsyncIterator[Sim]:
    """Run a simulation. `options`: passed on to Backend.

    `personal`: the person installed the application, and the server did not.
    """
    client, adapter, backend = Client(), PostingAdapter(), Backend(folder, **options)
    payloads: list[dict[str, Any]] = []
    base_payload = _with_owners(interactions.base_payload, personal, payloads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "CARDS_FIRST", 0.01)  # simcord waits for every timer that was ever set
        patch.setattr(interactions, "base_payload", base_payload)
        env = Env(client, settle_timeout=20.0)  # drawing a chart imports a library, in a thread
        await env.start()
        try:
            with env.time_context():  # then what the core sends on its own goes through simcord, too
                await backend.open(adapter)
            sim = _make_sim(env, backend, adapter, payloads)
            sim.serve(client)
            await client.tree.sync()
            yield sim
            await backend.close()
        finally:
            await env.shutdown()
        env.raise_errors()


def _make_sim(env: Env, backend: Backend, adapter: PostingAdapter, payloads: list[dict[str, Any]]) -> Sim:
    guild = env.create_guild("Fox Club")
    manager = guild.create_role("Manager", permissions=discord.Permissions(manage_guild=True))
    return Sim(
        env=env,
        backend=backend,
        adapter=adapter,
        guild=guild,
        channel=guild.create_text_channel("general"),
        ann=guild.add_member(env.create_user("ann", global_name="Ann")),
        bob=guild.add_member(env.create_user("bob", global_name="Bob")),
        boss=guild.add_member(env.create_user("boss", global_name="Boss"), roles=[manager]),
        interactions=payloads,
    )


def _with_owners(base_payload: Any, personal: bool, payloads: list[dict[str, Any]]) -> Any:
    """Wrap simcord's function: its payloads also say who installed the application, and are recorded."""

    def with_owners(*args: Any, **kwargs: Any) -> Any:
        record, payload = base_payload(*args, **kwargs)
        owner = {"1": str(kwargs["user_id"])} if personal else {"0": str(kwargs["guild_id"] or 0)}
        payload["authorizing_integration_owners"] = owner
        payloads.append(payload)
        return record, payload

    return with_owners
