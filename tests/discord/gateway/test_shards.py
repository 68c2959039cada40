"""Many connections: who identifies when, whose servers are whose, and what one that is away takes with it."""

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
from adapters.discord.ids import named
from bot.port.protocols import CannotRun
from tests.bot.running_bot import until
from tests.discord.desk import COMMANDS, Core
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.places import Channel, Guild, Member
from tests.fakes.discord.starts import A_DAY
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.program import imagine

NEVER = 1_000.0  # seconds: longer than any test


class Servers(Core):
    """Remembers what it is told of servers."""

    def __init__(self) -> None:
        super().__init__()
        self.here: list[set[str]] = []
        self.back: list[str] = []

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        self.here.append(set(workspaces))

    async def joined(self, workspace: str) -> None:
        self.back.append(workspace)


@dataclass
class Town:
    """A server on each shard, with a channel; Ann is in all of them."""

    fake: FakeDiscord
    adapter: DiscordAdapter
    core: Servers
    rooms: list[tuple[Channel, Member]] = field(default_factory=list)
    run: "asyncio.Task[None]" = field(init=False)

    def guild(self, shard: int) -> Guild:
        guild = self.rooms[shard][0].guild
        assert guild
        return guild

    def ask(self, shard: int) -> Any:
        room, ann = self.rooms[shard]
        return self.fake.slash(ann, room, "imagine", {"prompt": "a red fox"})

    async def cannot(self) -> str:
        with pytest.raises(CannotRun) as caught:
            await asyncio.wait_for(self.run, 10)
        return str(caught.value)


@asynccontextmanager
async def town(
    servers: int = 3, *, recommended: int = 3, wanted: ShardRange | None = None, ready: bool = True
) -> AsyncIterator[Town]:
    """`servers`: one on each of so many shards."""
    async with FakeDiscord() as fake:
        fake.gateway.shards = recommended
        core = Servers()
        adapter = DiscordAdapter(
            fake.token, MemoryKeyValue(), commands=COMMANDS, shard_range=wanted, clock=fake.now
        )
        core.adapter = adapter
        here = Town(fake, adapter, core)
        for number in range(servers):
            guild = fake.add_guild(f"Club {number}", shard=(number, servers))
            here.rooms.append((guild.add_channel("general"), guild.add_member("Ann")))
        here.run = asyncio.create_task(adapter.run(core))
        try:
            if ready:
                await asyncio.wait_for(adapter.ready.wait(), 10)
            yield here
        finally:
            here.run.cancel()
            await asyncio.gather(here.run, return_exceptions=True)
        assert fake.violations == []


def lines(said: list[Any], event: str) -> list[Any]:
    return [line for line in said if line["event"] == event]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_client: object, _shard: object, *, initial: bool = False) -> None:
        return

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", 0.0)
    monkeypatch.setattr(life, "RECONNECT_PAUSES", (0.01,))


# --- how many


async def test_as_many_as_discord_recommends_and_each_answers_in_its_servers() -> None:
    async with town() as here:
        assert here.fake.gateway.there == {(0, 3), (1, 3), (2, 3)}
        for number in range(3):
            assert (await here.ask(number)).response
        await until(lambda: here.core.here)
        assert here.core.here[-1] == {named(here.guild(number).id) for number in range(3)}


async def test_a_server_is_posted_to_by_its_own_shard() -> None:
    async with town() as here:
        for number in range(3):
            posting = here.adapter._shards.posting_for(named(here.guild(number).id))
            assert posting._client.get_guild(here.guild(number).id)


async def test_a_direct_message_comes_by_the_first() -> None:
    async with town() as here:
        user = here.fake.add_user("Bob", installed=True)
        assert (await here.fake.slash(user, here.fake.dm(user), "imagine", {"prompt": "a fox"})).response


async def test_a_small_bot_asks_once_and_has_one() -> None:
    async with town(1, recommended=1) as here:
        assert here.fake.gateway.there == {(0, 1)}
        asked = [request.path for request in here.fake.requests if request.method == "GET"]
        assert sorted(asked) == ["/gateway/bot", "/oauth2/applications/@me", "/users/@me"]


async def test_a_range_is_served_and_tells_nothing_of_other_servers() -> None:
    """What is not heard of here may well be there."""
    async with town(4, recommended=1, wanted=(1, 2, 4)) as here:
        assert here.fake.gateway.there == {(1, 4), (2, 4)}
        await until(lambda: len(here.core.back) >= 2)
        assert {named(here.guild(number).id) for number in (1, 2)} == set(here.core.back)
        assert not here.core.here
        assert (await here.ask(2)).response
        here.fake.patience = 0.05
        assert not (await here.ask(3)).response


async def test_more_where_discord_wants_more() -> None:
    async with town(2, recommended=1) as here:
        here.fake.gateway.shards, here.fake.gateway.guilds_a_shard = 2, 1
        here.fake.drop_gateway(resumable=False)
        await until(lambda: here.fake.gateway.there == {(0, 2), (1, 2)})
        await asyncio.wait_for(here.adapter.ready.wait(), 10)
        assert (await here.ask(1)).response


async def test_a_number_that_is_too_small_is_for_the_operator() -> None:
    async with town(2, recommended=2, wanted=(0, 0, 1), ready=False) as here:
        here.fake.gateway.guilds_a_shard = 1
        assert "DISCORD_SHARDS" in await here.cannot()


@pytest.mark.parametrize(("shards", "says"), [("0-3", "0-3/16"), ("4-4/4", "0-3/4")])
async def test_shards_that_there_cannot_be_are_refused_at_the_start(
    shards: str, says: str, tmp_path: Path
) -> None:
    ended = await imagine(tmp_path, "run", env={"DISCORD_TOKEN": "a.b.c", "DISCORD_SHARDS": shards})
    assert ended.code == 2
    assert "DISCORD_SHARDS: " in ended.err
    assert says in ended.err


# --- when they identify


async def test_one_after_the_other_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", 0.2)
    async with town(ready=False) as here:
        here.fake.gateway.starts.row_seconds = 0.1
        await asyncio.wait_for(here.adapter.ready.wait(), 10)
        assert here.fake.gateway.identifies == 3
        assert here.fake.gateway.starts.too_quick == 0


async def test_rows_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", NEVER)
    async with town(ready=False) as here:
        here.fake.gateway.starts.rows, here.fake.gateway.starts.row_seconds = 3, NEVER
        await asyncio.wait_for(here.adapter.ready.wait(), 10)
        assert here.fake.gateway.starts.too_quick == 0


async def test_one_that_was_too_quick_all_the_same_comes_again() -> None:
    """Another process may have used the row."""
    async with town(ready=False) as here:
        rest = here.fake.gateway.starts
        rest.row_seconds = NEVER
        await until(lambda: rest.too_quick)
        rest.row_seconds = 0.0
        await asyncio.wait_for(here.adapter.ready.wait(), 10)


async def test_what_discord_will_never_take_ends_it_before_the_others_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", NEVER)
    async with town(ready=False) as here:
        here.fake.gateway.close_code = 4004
        assert "DISCORD_TOKEN" in await here.cannot()
        assert here.fake.gateway.identifies == 1


async def test_whose_turn_is_far_off_does_not_connect_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py gives up a connection that has not identified within a minute."""
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", NEVER)
    async with town(ready=False) as here:
        await until(lambda: here.fake.gateway.there)
        await until(lambda: sum(each.path == "/users/@me" for each in here.fake.requests) == 3)
        assert (await here.ask(0)).response
        assert len(here.fake.gateway.lines) == 1
        assert not here.adapter.ready.is_set()


async def test_a_days_starts_that_are_used_up_are_waited_for_with_one_line() -> None:
    with capture_logs() as said:
        async with town(ready=False) as here:
            token = here.fake.token
            here.fake.gateway.starts.leave(2, 0.2)
            await until(lambda: lines(said, "discord.starts_used_up"))
            assert here.fake.gateway.identifies == 0
            await asyncio.wait_for(here.adapter.ready.wait(), 10)
            assert here.fake.token == token
    (line,) = lines(said, "discord.starts_used_up")
    assert (line["needed"], line["left"]) == (3, 2)


async def test_they_are_waited_for_before_a_session_is_begun_anew_too() -> None:
    with capture_logs() as said:
        async with town() as here:
            token, before = here.fake.token, here.fake.gateway.identifies
            here.fake.gateway.starts.leave(0, 0.2)
            here.fake.drop_gateway(resumable=False)
            await until(lambda: here.fake.gateway.identifies == before + 3)
            await asyncio.wait_for(here.adapter.ready.wait(), 10)
            assert here.fake.token == token
    assert len(lines(said, "discord.starts_used_up")) == 1


async def test_more_than_a_day_has_is_for_the_operator() -> None:
    async with town(0, wanted=(0, A_DAY, A_DAY + 1), ready=False) as here:
        assert "1,001 shards" in await here.cannot()
        assert here.fake.gateway.identifies == 0


# --- one that is away


async def test_one_that_resumes_misses_nothing_and_takes_nobody_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resume = Gateway._resume
    async with town() as here:
        monkeypatch.setattr(Gateway, "_resume", lambda *_: None)
        here.fake.drop_gateway(shard=1)
        await until(lambda: here.fake.gateway.there == {(0, 3), (2, 3)})
        waiting = asyncio.create_task(here.ask(1))
        assert (await here.ask(0)).response
        assert (await here.ask(2)).response
        assert here.adapter.ready.is_set()
        assert not waiting.done()
        monkeypatch.setattr(Gateway, "_resume", resume)
        here.fake.gateway.each(lambda line: None if line.session else line.cut())
        assert (await waiting).response
        assert (here.fake.gateway.identifies, here.fake.gateway.resumes) == (3, 1)


async def test_one_without_a_session_is_not_ready_until_it_has_another() -> None:
    async with town() as here:
        asking = here.fake.hold("GET", "/gateway/bot")
        here.fake.drop_gateway(resumable=False, shard=1)
        await until(lambda: asking.waiting)
        assert (await here.ask(2)).response
        await until(lambda: not here.adapter.ready.is_set())
        asking.open()
        await asyncio.wait_for(here.adapter.ready.wait(), 10)
        assert (await here.ask(1)).response


async def test_none_connected_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    async with town() as here:
        monkeypatch.setattr(Gateway, "_resume", lambda *_: None)
        here.fake.drop_gateway()
        await until(lambda: not here.adapter.ready.is_set())


async def test_one_that_is_dropped_again_and_again_begins_anew_and_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with town() as here:
        closing: list[object] = []

        def drop(_gateway: Gateway, line: Any, _data: object) -> None:
            closing.append(asyncio.ensure_future(line.close(4000)))

        monkeypatch.setattr(Gateway, "_resume", drop)
        here.fake.drop_gateway(shard=2)
        await until(lambda: here.fake.gateway.identifies == 4)
        assert len(closing) <= life.MAX_DROPS
        await asyncio.wait_for(here.adapter.ready.wait(), 10)
        assert (await here.ask(2)).response
        assert here.fake.gateway.identifies == 4
