"""The connection's life: login, what only the operator can mend, drops, outages, and the end."""

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
from tests.discord.desk import COMMANDS, NOTICE, Core, Desk, at_desk, unlent
from tests.fakes.discord.gateway import Line
from tests.fakes.discord.world import FakeDiscord
from tests.fakes.key_value import MemoryKeyValue


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py waits five seconds before it identifies again, and we some between connections."""

    async def at_once(_client: object, _shard: object, *, initial: bool = False) -> None:
        return

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    monkeypatch.setattr(identify_limit, "IDENTIFY_INTERVAL", 0.0)
    monkeypatch.setattr(life, "RECONNECT_PAUSES", (0.01,))


@pytest.fixture
def swept() -> Iterator[None]:
    """discord.py lets go of a gateway whose hello never came without closing it; its session does so.

    aiohttp complains of that when the garbage is collected, which would be in another test.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def drawn(desk: Desk, prompt: str = "a fox") -> None:
    """A command is answered, and its card can be revised: the bot lives."""
    card = await desk.card(prompt)
    await desk.adapter.revise(card, desk.gallery(card))


async def cannot(run: "asyncio.Task[None]") -> str:
    with pytest.raises(CannotRun) as caught:
        await asyncio.wait_for(run, 10)
    return str(caught.value)


# --- login


async def test_it_logs_in_tells_its_name_and_syncs_its_commands_once() -> None:
    store = MemoryKeyValue()
    with capture_logs() as lines:
        async with at_desk(store=store) as desk:
            assert desk.adapter.account == "imagine"
            await drawn(desk)
            assert desk.sent("PUT", "/commands") == [200]
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
        said = await cannot(asyncio.create_task(adapter.run(Core())))
        assert "DISCORD_TOKEN" in said
        assert "Reset Token" in said
        assert token not in said
        assert len(fake.requests) == 1


@pytest.mark.parametrize(("code", "says"), [(4014, "intents"), (4004, "DISCORD_TOKEN"), (4011, "servers")])
async def test_what_the_gateway_will_never_take_ends_it(code: int, says: str) -> None:
    async with FakeDiscord() as fake:
        fake.gateway.close_code = code
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        assert says in await cannot(asyncio.create_task(adapter.run(Core())))
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
        lost = [line for line in lines if line["event"] == "discord.lost"]
        assert "503" in lost[0]["reason"]
        assert fake.token not in str(lines)


async def test_a_gateway_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeDiscord() as fake:
        there = DiscordWebSocket.DEFAULT_GATEWAY
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{nobody.getsockname()[1]}/")
            adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
            with capture_logs() as lines:
                run = asyncio.create_task(adapter.run(Core()))
                await until(lambda: sum(line["event"] == "discord.lost" for line in lines) > 1)
        DiscordWebSocket.DEFAULT_GATEWAY = there
        await asyncio.wait_for(adapter.ready.wait(), 10)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


@pytest.mark.parametrize("status", [400, 503])
async def test_commands_that_discord_will_not_take_are_no_reason_not_to_serve(status: int) -> None:
    store = MemoryKeyValue()
    with capture_logs() as lines:
        async with at_desk(store=store, before=lambda fake: fake.fail("PUT", "/commands", status)) as desk:
            place = Address(platform="discord", workspace="dm", channel=f"discord:{desk.room.id}")
            await desk.adapter.post(place, NOTICE, key="JOB")
    assert [line for line in lines if line["event"] == "discord.not_synced"]
    assert store.pairs == {}


# --- drops


async def test_a_dropped_gateway_is_resumed_and_nothing_asked_meanwhile_is_missed() -> None:
    async with at_desk() as desk:
        before = desk.fake.gateway.identifies
        desk.fake.drop_gateway()
        await drawn(desk)
        assert desk.fake.gateway.resumes == 1
        assert desk.fake.gateway.identifies == before
        await asyncio.wait_for(desk.adapter.ready.wait(), 10)


async def test_a_reconnect_that_discord_asks_for_is_done() -> None:
    async with at_desk() as desk:
        desk.fake.ask_reconnect()
        await until(lambda: desk.fake.gateway.resumes == 1)
        await drawn(desk)


async def test_a_session_that_is_no_more_begins_anew() -> None:
    async with at_desk() as desk:
        desk.fake.drop_gateway(resumable=False)
        await until(lambda: desk.fake.gateway.identifies == 2)
        await desk.fake.connected()
        await drawn(desk)
        assert desk.fake.gateway.invalidated == 1


async def test_a_gateway_that_drops_every_resume_is_not_hammered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk() as desk:
        resumes: list[object] = []

        def drop(line: Line, _data: object) -> None:
            resumes.append(asyncio.ensure_future(line.close(4000)))

        monkeypatch.setattr(desk.fake.gateway, "_resume", drop)
        desk.fake.drop_gateway()
        await until(lambda: desk.fake.gateway.identifies == 2)
        assert len(resumes) <= life.MAX_DROPS
        await asyncio.wait_for(desk.adapter.ready.wait(), 10)
        await drawn(desk)


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


async def test_a_token_that_is_taken_back_ends_it_instead_of_hammering() -> None:
    async with at_desk() as desk:
        card = unlent(await desk.card())
        desk.fake.token = "another"
        with pytest.raises(DeliveryError):
            await desk.adapter.revise(card, desk.working(card))
        assert "DISCORD_TOKEN" in await cannot(desk.run)
        assert len([each for each in desk.fake.requests if each.status == 401]) == 1


@pytest.mark.usefixtures("swept")
async def test_a_token_that_is_taken_back_is_noticed_at_the_gateway_too() -> None:
    async with at_desk() as desk:
        desk.fake.token = "another"
        desk.fake.drop_gateway()
        assert "DISCORD_TOKEN" in await cannot(desk.run)


# --- the end


class Slow(Core):
    """Thinks about a request until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.thinking = False

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        self.thinking = True
        await self.gate.wait()
        return await super().imagine(request)


async def test_what_is_being_answered_is_answered_before_the_end() -> None:
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        core = Slow()
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        run = asyncio.create_task(adapter.run(core))
        await asyncio.wait_for(adapter.ready.wait(), 10)
        asking = asyncio.create_task(fake.slash(ann, room, "imagine", {"prompt": "a fox"}))
        await until(lambda: core.thinking)
        run.cancel()
        core.gate.set()
        asked = await asking
        assert asked.response
        await asyncio.gather(run, return_exceptions=True)
        assert run.cancelled()
        assert not fake.gateway.connected


async def test_an_answer_that_never_comes_does_not_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "DRAIN_SECONDS", 0.05)
    async with FakeDiscord() as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        fake.patience = 0.05
        adapter = DiscordAdapter(fake.token, MemoryKeyValue(), commands=COMMANDS)
        run = asyncio.create_task(adapter.run(Slow()))
        await asyncio.wait_for(adapter.ready.wait(), 10)
        await fake.slash(ann, room, "imagine", {"prompt": "a fox"})
        run.cancel()
        await asyncio.wait_for(asyncio.gather(run, return_exceptions=True), 5)
        assert not fake.gateway.connected


async def test_nothing_is_left_behind() -> None:
    """No task, and no session that complains when it is collected."""
    before = asyncio.all_tasks()
    async with at_desk() as desk:
        await drawn(desk)
        desk.run.cancel()
        await asyncio.gather(desk.run, return_exceptions=True)
        gc.collect()
        left = {task.get_name() for task in asyncio.all_tasks() - before if "discord" in task.get_name()}
        assert not left
        assert not desk.adapter.ready.is_set()


@pytest.mark.usefixtures("swept")
async def test_a_goodbye_that_is_not_answered_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the network is gone; discord.py waits for half a minute before it closes the rest."""

    async def unanswered(gateway: DiscordWebSocket, code: int = 4000) -> None:
        assert gateway._keep_alive
        gateway._keep_alive.stop()
        await asyncio.Event().wait()

    monkeypatch.setattr(DiscordWebSocket, "close", unanswered)
    monkeypatch.setattr(life, "CLOSE_SECONDS", 0.05)
    async with at_desk() as desk:
        assert desk.fake.gateway.connected
        desk.run.cancel()
        await asyncio.gather(desk.run, return_exceptions=True)
        await desk.fake.until(lambda: not desk.fake.gateway.connected)
