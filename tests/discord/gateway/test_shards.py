"""Many shards: when each identifies, which servers are whose, and what the loss of one shard does."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.gateway import identify_limit
from adapters.discord.gateway import shard as life
from adapters.discord.gateway.shards import ShardRange
from adapters.discord.ids import qualified_id
from bot.port.protocols import CannotRun
from tests.bot.running_bot import until
from tests.discord.desk import COMMANDS, Core
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.identify_limit import DAILY_LIMIT
from tests.fakes.discord.places import Channel, Guild, Member
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.program import imagine

NEVER = 1_000.0  # seconds: longer than any test


class ServersCore(Core):
    """A core that records the calls about servers."""

    def __init__(self) -> None:
        super().__init__()
        self.served: list[set[str]] = []
        self.joined_workspaces: list[str] = []

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        self.served.append(set(workspaces))

    async def joined(self, workspace: str) -> None:
        self.joined_workspaces.append(workspace)


@dataclass
class Cluster:
    """A server on each shard, with a channel; Ann is in all of them."""

    fake: FakeDiscord
    adapter: DiscordAdapter
    core: ServersCore
    rooms: list[tuple[Channel, Member]] = field(default_factory=list)
    run: "asyncio.Task[None]" = field(init=False)

    def guild(self, shard: int) -> Guild:
        guild = self.rooms[shard][0].guild
        assert guild
        return guild

    def ask(self, shard: int) -> Any:
        room, ann = self.rooms[shard]
        return self.fake.slash(ann, room, "imagine", {"prompt": "a red fox"})

    async def why_it_cannot_run(self) -> str:
        with pytest.raises(CannotRun) as caught:
            await asyncio.wait_for(self.run, 10)
        return str(caught.value)


@asynccontextmanager
async def running_cluster(
    servers: int = 3, *, recommended: int = 3, shard_range: ShardRange | None = None, ready: bool = True
) -> AsyncIterator[Cluster]:
    """Run the adapter. `servers`: so many, each on a shard of its own."""
    async with FakeDiscord() as fake:
        fake.gateway.shards = recommended
        core = ServersCore()
        adapter = DiscordAdapter(
            fake.token, MemoryKeyValue(), commands=COMMANDS, shard_range=shard_range, clock=fake.now
        )
        core.adapter = adapter
        cluster = Cluster(fake, adapter, core)
        for number in range(servers):
            guild = fake.add_guild(f"Club {number}", shard=(number, servers))
            cluster.rooms.append((guild.add_channel("general"), guild.add_member("Ann")))
        cluster.run = asyncio.create_task(adapter.run(core))
        try:
            if ready:
                await asyncio.wait_for(adapter.ready.wait(), 10)
            yield cluster
        finally:
            cluster.run.cancel()
            await asyncio.gather(cluster.run, return_exceptions=True)
        assert fake.violations == []


def events(logs: list[Any], event: str) -> list[Any]:
    return [line for line in logs if line["event"] == event]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_pause(_client: object, _shard: object, *, initial: bool = False) -> None:
        return

    monkeypatch.setattr(discord.Client, "before_identify_hook", no_pause)
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", 0.0)
    monkeypatch.setattr(life, "RECONNECT_PAUSES", (0.01,))


# --- how many


async def test_there_are_as_many_shards_as_discord_recommends_and_each_serves_its_servers() -> None:
    async with running_cluster() as cluster:
        assert cluster.fake.gateway.connected_shards == {(0, 3), (1, 3), (2, 3)}
        for number in range(3):
            assert (await cluster.ask(number)).response
        await until(lambda: cluster.core.served)
        assert cluster.core.served[-1] == {qualified_id(cluster.guild(number).id) for number in range(3)}


async def test_the_shard_of_a_server_posts_there() -> None:
    async with running_cluster() as cluster:
        for number in range(3):
            posting = cluster.adapter._shards.posting_for(qualified_id(cluster.guild(number).id))
            assert posting._client.get_guild(cluster.guild(number).id)


async def test_direct_messages_come_to_the_first_shard() -> None:
    async with running_cluster() as cluster:
        user = cluster.fake.add_user("Bob", installed=True)
        assert (
            await cluster.fake.slash(user, cluster.fake.dm(user), "imagine", {"prompt": "a fox"})
        ).response


async def test_a_small_bot_asks_once_and_has_one_shard() -> None:
    async with running_cluster(1, recommended=1) as cluster:
        assert cluster.fake.gateway.connected_shards == {(0, 1)}
        paths = [request.path for request in cluster.fake.requests if request.method == "GET"]
        assert sorted(paths) == ["/gateway/bot", "/oauth2/applications/@me", "/users/@me"]


async def test_a_process_with_a_range_calls_no_server_gone() -> None:
    """A server that no shard of this process lists may be on a shard of another process."""
    async with running_cluster(4, recommended=1, shard_range=(1, 2, 4)) as cluster:
        assert cluster.fake.gateway.connected_shards == {(1, 4), (2, 4)}
        await until(lambda: len(cluster.core.joined_workspaces) >= 2)
        own_servers = {qualified_id(cluster.guild(number).id) for number in (1, 2)}
        assert own_servers == set(cluster.core.joined_workspaces)
        assert not cluster.core.served
        assert (await cluster.ask(2)).response
        cluster.fake.patience = 0.05
        assert not (await cluster.ask(3)).response


async def test_there_are_more_shards_if_discord_closes_with_too_few() -> None:
    async with running_cluster(2, recommended=1) as cluster:
        cluster.fake.gateway.shards, cluster.fake.gateway.max_guilds_per_shard = 2, 1
        cluster.fake.drop_gateway(resumable=False)
        await until(lambda: cluster.fake.gateway.connected_shards == {(0, 2), (1, 2)})
        await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
        assert (await cluster.ask(1)).response


async def test_if_discord_shards_is_too_small_the_operator_is_told() -> None:
    async with running_cluster(2, recommended=2, shard_range=(0, 0, 1), ready=False) as cluster:
        cluster.fake.gateway.max_guilds_per_shard = 1
        assert "DISCORD_SHARDS" in await cluster.why_it_cannot_run()


@pytest.mark.parametrize(("shards", "example"), [("0-3", "0-3/16"), ("4-4/4", "0-3/4")])
async def test_impossible_shards_are_refused_at_the_start(shards: str, example: str, tmp_path: Path) -> None:
    result = await imagine(tmp_path, "run", env={"DISCORD_TOKEN": "a.b.c", "DISCORD_SHARDS": shards})
    assert result.code == 2
    assert "DISCORD_SHARDS: " in result.err
    assert example in result.err


# --- when they identify


async def test_in_a_bucket_one_shard_identifies_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", 0.2)
    async with running_cluster(ready=False) as cluster:
        cluster.fake.gateway.identify_limit.interval = 0.1
        await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
        assert cluster.fake.gateway.identifies == 3
        assert cluster.fake.gateway.identify_limit.too_quick == 0


async def test_buckets_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", NEVER)
    async with running_cluster(ready=False) as cluster:
        cluster.fake.gateway.identify_limit.buckets, cluster.fake.gateway.identify_limit.interval = 3, NEVER
        await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
        assert cluster.fake.gateway.identify_limit.too_quick == 0


async def test_a_shard_that_identified_too_early_tries_again() -> None:
    """Another process may have used the bucket."""
    async with running_cluster(ready=False) as cluster:
        limit = cluster.fake.gateway.identify_limit
        limit.interval = NEVER
        await until(lambda: limit.too_quick)
        limit.interval = 0.0
        await asyncio.wait_for(cluster.adapter.ready.wait(), 10)


async def test_a_fatal_close_code_ends_the_run_before_other_shards_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", NEVER)
    async with running_cluster(ready=False) as cluster:
        cluster.fake.gateway.close_code = 4004
        assert "DISCORD_TOKEN" in await cluster.why_it_cannot_run()
        assert cluster.fake.gateway.identifies == 1


async def test_a_shard_does_not_connect_long_before_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py gives up a connection that has not identified within a minute."""
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", NEVER)
    async with running_cluster(ready=False) as cluster:
        await until(lambda: cluster.fake.gateway.connected_shards)
        await until(lambda: sum(each.path == "/users/@me" for each in cluster.fake.requests) == 3)
        assert (await cluster.ask(0)).response
        assert len(cluster.fake.gateway.connections) == 1
        assert not cluster.adapter.ready.is_set()


async def test_if_the_days_identifies_are_used_up_it_waits_and_logs_that_once() -> None:
    with capture_logs() as logs:
        async with running_cluster(ready=False) as cluster:
            token = cluster.fake.token
            cluster.fake.gateway.identify_limit.set_remaining(2, 0.2)
            await until(lambda: events(logs, "discord.starts_used_up"))
            assert cluster.fake.gateway.identifies == 0
            await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
            assert cluster.fake.token == token
    (line,) = events(logs, "discord.starts_used_up")
    assert (line["needed"], line["left"]) == (3, 2)


async def test_it_also_waits_for_identifies_before_new_sessions() -> None:
    with capture_logs() as logs:
        async with running_cluster() as cluster:
            token, before = cluster.fake.token, cluster.fake.gateway.identifies
            cluster.fake.gateway.identify_limit.set_remaining(0, 0.2)
            cluster.fake.drop_gateway(resumable=False)
            await until(lambda: cluster.fake.gateway.identifies == before + 3)
            await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
            assert cluster.fake.token == token
    assert len(events(logs, "discord.starts_used_up")) == 1


async def test_if_more_shards_are_set_than_a_day_allows_the_operator_is_told() -> None:
    async with running_cluster(0, shard_range=(0, DAILY_LIMIT, DAILY_LIMIT + 1), ready=False) as cluster:
        assert "1,001 shards" in await cluster.why_it_cannot_run()
        assert cluster.fake.gateway.identifies == 0


# --- one that is away


async def test_a_shard_that_resumes_misses_nothing_and_disturbs_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resume = Gateway._resume
    async with running_cluster() as cluster:
        monkeypatch.setattr(Gateway, "_resume", lambda *_: None)
        cluster.fake.drop_gateway(shard=1)
        await until(lambda: cluster.fake.gateway.connected_shards == {(0, 3), (2, 3)})
        waiting = asyncio.create_task(cluster.ask(1))
        assert (await cluster.ask(0)).response
        assert (await cluster.ask(2)).response
        assert cluster.adapter.ready.is_set()
        assert not waiting.done()
        monkeypatch.setattr(Gateway, "_resume", resume)
        cluster.fake.gateway.for_each(lambda connection: None if connection.session else connection.cut())
        assert (await waiting).response
        assert (cluster.fake.gateway.identifies, cluster.fake.gateway.resumes) == (3, 1)


async def test_without_a_session_of_each_shard_the_adapter_is_not_ready() -> None:
    async with running_cluster() as cluster:
        asking = cluster.fake.hold("GET", "/gateway/bot")
        cluster.fake.drop_gateway(resumable=False, shard=1)
        await until(lambda: asking.waiting)
        assert (await cluster.ask(2)).response
        await until(lambda: not cluster.adapter.ready.is_set())
        asking.open()
        await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
        assert (await cluster.ask(1)).response


async def test_without_any_connection_the_adapter_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_cluster() as cluster:
        monkeypatch.setattr(Gateway, "_resume", lambda *_: None)
        cluster.fake.drop_gateway()
        await until(lambda: not cluster.adapter.ready.is_set())


async def test_a_shard_that_is_dropped_again_and_again_begins_anew_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_cluster() as cluster:
        closing: list[object] = []

        def drop(_gateway: Gateway, connection: Any, _data: object) -> None:
            closing.append(asyncio.ensure_future(connection.close(4000)))

        monkeypatch.setattr(Gateway, "_resume", drop)
        cluster.fake.drop_gateway(shard=2)
        await until(lambda: cluster.fake.gateway.identifies == 4)
        assert len(closing) <= life.MAX_DROPS
        await asyncio.wait_for(cluster.adapter.ready.wait(), 10)
        assert (await cluster.ask(2)).response
        assert cluster.fake.gateway.identifies == 4
