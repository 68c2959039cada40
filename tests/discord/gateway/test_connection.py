"""One connection: login, errors that only the operator can mend, drops, outages, and the end."""

import asyncio
import gc
import socket
import warnings
from collections.abc import Iterator

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from structlog.testing import capture_logs

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.gateway import identify_limit
from adapters.discord.gateway import shard as life
from bot.port.cards import Accepted, Refused
from bot.port.protocols import CannotRun, DeliveryError
from bot.port.requests import Address, Imagine
from tests.bot.running_bot import until
from tests.discord.desk import COMMANDS, NOTICE, Core, Desk, at_desk, without_token
from tests.fakes.discord.gateway import Connection
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away discord.py's five seconds before it identifies again, and our pauses between connections."""

    async def no_pause(_client: object, _shard: object, *, initial: bool = False) -> None:
        return

    monkeypatch.setattr(discord.Client, "before_identify_hook", no_pause)
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", 0.0)
    monkeypatch.setattr(life, "RECONNECT_PAUSES", (0.01,))


@pytest.fixture
def collect_garbage() -> Iterator[None]:
    """Collect the garbage of this test here, without its warnings.

    discord.py drops a gateway whose hello never came without closing it. aiohttp complains about that when
    the garbage is collected, which would be in another test.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def draw(desk: Desk, prompt: str = "a fox") -> None:
    """Check that the bot works: a command is answered, and its card can be revised."""
    card = await desk.card(prompt)
    await desk.adapter.revise(card, desk.gallery(card))


async def why_it_cannot_run(run: "asyncio.Task[None]") -> str:
    with pytest.raises(CannotRun) as caught:
        await asyncio.wait_for(run, 10)
    return str(caught.value)


# --- login


async def test_it_logs_in_knows_its_name_and_syncs_its_commands_once() -> None:
    store = MemoryKeyValue()
    with capture_logs() as lines:
        async with at_desk(store=store) as desk:
            assert desk.adapter.account == "imagine"
            await draw(desk)
            assert desk.statuses("PUT", "/commands") == [200]
            token = desk.fake.token
    assert [line["event"] for line in lines][:2] == ["discord.connecting", "discord.commands"]
    assert token not in str(lines)
    async with FakeDiscord() as again:
        again.application_id = desk.fake.application_id
        again.token = desk.fake.token
        adapter = DiscordAdapter(again.token, store, commands=COMMANDS)
        run = asyncio.create_task(adapter.run(Core()))
        await asyncio.wait_for(adapter.ready.wait(), 10)
        assert not [each for each in again.requests if each.method == "PUT"]
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def test_it_asks_for_no_privileged_intent() -> None:
    async with at_desk() as desk:
        intents = discord.Intents._from_value(desk.fake.gateway.intents)
        assert not intents.members
        assert not intents.presences
        assert not intents.message_content
        assert intents.guild_reactions
        assert intents.dm_reactions


async def test_a_bad_token_ends_it_with_where_to_get_a_good_one() -> None:
    async with FakeDiscord() as fake:
        token = "not.a.token"
        adapter = DiscordAdapter(token, MemoryKeyValue(), commands=COMMANDS)
        sentence = await why_it_cannot_run(asyncio.create_task(adapter.run(Core())))
        assert "DISCORD_TOKEN" in sentence
        assert "Reset Token" in sentence
        assert token not in sentence
        assert len(fake.requests) == 1


@pytest.mark.parametrize(("code", "word"), [(4014, "intents"), (4004, "DISCORD_TOKEN"), (4011, "servers")])
async def test_a_fatal_close_code_ends_it(code: int, word: str) -> None:
    async with FakeDiscord() as fake:
        fake.gateway.close_code = code
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        assert word in await why_it_cannot_run(asyncio.create_task(adapter.run(Core())))
        assert fake.gateway.identifies == 1


async def test_an_outage_at_the_start_is_waited_for() -> None:
    async with FakeDiscord() as fake:
        fake.refuse_login(503)
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        with capture_logs() as lines:
            run = asyncio.create_task(adapter.run(Core()))
            await until(lambda: len(fake.requests) > 3)
            assert not run.done()
            fake.heal()
            await asyncio.wait_for(adapter.ready.wait(), 10)
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        losses = [line for line in lines if line["event"] == "discord.lost"]
        assert "503" in losses[0]["reason"]
        assert fake.token not in str(lines)


async def test_a_gateway_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeDiscord() as fake:
        gateway = DiscordWebSocket.DEFAULT_GATEWAY
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{unused.getsockname()[1]}/")
            adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
            with capture_logs() as lines:
                run = asyncio.create_task(adapter.run(Core()))
                await until(lambda: sum(line["event"] == "discord.lost" for line in lines) > 1)
        DiscordWebSocket.DEFAULT_GATEWAY = gateway
        await asyncio.wait_for(adapter.ready.wait(), 10)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


@pytest.mark.parametrize("status", [400, 503])
async def test_the_bot_serves_even_if_discord_does_not_take_its_commands(status: int) -> None:
    store = MemoryKeyValue()
    with capture_logs() as lines:
        async with at_desk(store=store, before=lambda fake: fake.fail("PUT", "/commands", status)) as desk:
            place = Address(platform="discord", workspace="dm", channel=f"discord:{desk.room.id}")
            await desk.adapter.post(place, NOTICE, key="JOB")
    assert [line for line in lines if line["event"] == "discord.not_synced"]
    assert store.pairs == {}


# --- drops


async def test_a_dropped_gateway_is_resumed_and_no_request_is_missed() -> None:
    async with at_desk() as desk:
        before = desk.fake.gateway.identifies
        desk.fake.drop_gateway()
        await draw(desk)
        assert desk.fake.gateway.resumes == 1
        assert desk.fake.gateway.identifies == before
        await asyncio.wait_for(desk.adapter.ready.wait(), 10)


async def test_the_bot_reconnects_if_discord_asks_it_to() -> None:
    async with at_desk() as desk:
        desk.fake.ask_reconnect()
        await until(lambda: desk.fake.gateway.resumes == 1)
        await draw(desk)


async def test_a_session_that_discord_forgot_begins_anew() -> None:
    async with at_desk() as desk:
        desk.fake.drop_gateway(resumable=False)
        await until(lambda: desk.fake.gateway.identifies == 2)
        await desk.fake.connected()
        await draw(desk)
        assert desk.fake.gateway.invalidated == 1


async def test_a_gateway_that_drops_every_resume_is_not_hammered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk() as desk:
        resumes: list[object] = []

        def drop(connection: Connection, _data: object) -> None:
            resumes.append(asyncio.ensure_future(connection.close(4000)))

        monkeypatch.setattr(desk.fake.gateway, "_resume", drop)
        desk.fake.drop_gateway()
        await until(lambda: desk.fake.gateway.identifies == 2)
        assert len(resumes) <= life.MAX_DROPS
        await asyncio.wait_for(desk.adapter.ready.wait(), 10)
        await draw(desk)


async def test_a_network_that_is_gone_for_a_while_gives_a_new_connection() -> None:
    async with FakeDiscord() as later:
        later.refuse_login(503)
        async with FakeDiscord() as fake:
            later.token, later.application_id = fake.token, fake.application_id
            adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
            run = asyncio.create_task(adapter.run(Core()))
            await asyncio.wait_for(adapter.ready.wait(), 10)
        await until(lambda: len(later.requests) > 1)
        assert not adapter.ready.is_set()
        later.heal()
        await asyncio.wait_for(adapter.ready.wait(), 10)
        assert later.gateway.identifies == 1
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def test_a_token_that_is_revoked_ends_it_instead_of_hammering() -> None:
    async with at_desk() as desk:
        card = without_token(await desk.card())
        desk.fake.token = "another"
        with pytest.raises(DeliveryError):
            await desk.adapter.revise(card, desk.working(card))
        assert "DISCORD_TOKEN" in await why_it_cannot_run(desk.run)
        assert len([each for each in desk.fake.requests if each.status == 401]) == 1


@pytest.mark.usefixtures("collect_garbage")
async def test_a_token_that_is_revoked_is_noticed_at_the_gateway_too() -> None:
    async with at_desk() as desk:
        desk.fake.token = "another"
        desk.fake.drop_gateway()
        assert "DISCORD_TOKEN" in await why_it_cannot_run(desk.run)


# --- the end


class SlowCore(Core):
    """A core that answers `/imagine` only when its gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.is_waiting = False

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        self.is_waiting = True
        await self.gate.wait()
        return await super().imagine(request)


async def test_an_answer_under_way_is_finished_before_the_end() -> None:
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        core = SlowCore()
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        run = asyncio.create_task(adapter.run(core))
        await asyncio.wait_for(adapter.ready.wait(), 10)
        asking = asyncio.create_task(fake.slash(ann, room, "imagine", {"prompt": "a fox"}))
        await until(lambda: core.is_waiting)
        run.cancel()
        core.gate.set()
        interaction = await asking
        assert interaction.response
        await asyncio.gather(run, return_exceptions=True)
        assert run.cancelled()
        assert not fake.gateway.connected


async def test_an_answer_that_never_comes_does_not_delay_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "DRAIN_SECONDS", 0.05)
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        fake.patience = 0.05
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        run = asyncio.create_task(adapter.run(SlowCore()))
        await asyncio.wait_for(adapter.ready.wait(), 10)
        await fake.slash(ann, room, "imagine", {"prompt": "a fox"})
        run.cancel()
        await asyncio.wait_for(asyncio.gather(run, return_exceptions=True), 5)
        assert not fake.gateway.connected


async def test_nothing_is_left_behind() -> None:
    """Neither a task is left, nor a session that complains when it is collected."""
    before = asyncio.all_tasks()
    async with at_desk() as desk:
        await draw(desk)
        desk.run.cancel()
        await asyncio.gather(desk.run, return_exceptions=True)
        gc.collect()
        names = {task.get_name() for task in asyncio.all_tasks() - before if "discord" in task.get_name()}
        assert not names
        assert not desk.adapter.ready.is_set()


@pytest.mark.usefixtures("collect_garbage")
async def test_a_close_that_discord_does_not_answer_leaves_no_socket_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same happens if the network is gone; discord.py waits half a minute before it closes the rest."""

    async def wait_for_ever(gateway: DiscordWebSocket, code: int = 4000) -> None:
        assert gateway._keep_alive
        gateway._keep_alive.stop()
        await asyncio.Event().wait()

    monkeypatch.setattr(DiscordWebSocket, "close", wait_for_ever)
    monkeypatch.setattr(life, "CLOSE_SECONDS", 0.05)
    async with at_desk() as desk:
        assert desk.fake.gateway.connected
        desk.run.cancel()
        await asyncio.gather(desk.run, return_exceptions=True)
        await desk.fake.until(lambda: not desk.fake.gateway.connected)
