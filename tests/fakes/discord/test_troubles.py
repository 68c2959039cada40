"""Troubles on demand, as an unmodified discord.py meets them."""

import asyncio

import aiohttp
import discord
import pytest

from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.small_bot import SmallBot, running
from tests.fakes.discord.town import Town, quiet, town

__all__ = ["fake_discord", "quiet", "town"]

MESSAGES = r"/channels/\d+/messages$"


async def test_a_refused_login(quiet: Town) -> None:
    quiet.fake.refuse_login()
    bot = SmallBot()
    with pytest.raises(discord.LoginFailure):
        await bot.start(quiet.fake.token)
    await bot.close()
    quiet.fake.heal()
    async with running(quiet.fake.token):
        await quiet.fake.connected()


async def test_a_wrong_token(quiet: Town) -> None:
    bot = SmallBot()
    with pytest.raises(discord.LoginFailure):
        await bot.start("wrong")
    await bot.close()


@pytest.mark.parametrize(
    ("code", "error"), [(4004, discord.ConnectionClosed), (4014, discord.PrivilegedIntentsRequired)]
)
async def test_a_refused_identify(quiet: Town, code: int, error: type[Exception]) -> None:
    quiet.fake.gateway.close_code = code
    bot = SmallBot()
    with pytest.raises(error):
        await bot.start(quiet.fake.token)
    await bot.close()


async def test_privileged_intents_are_refused(quiet: Town) -> None:
    bot = discord.Client(intents=discord.Intents.all())
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(quiet.fake.token)
    await bot.close()


async def test_a_429_is_waited_out(town: Town) -> None:
    town.fake.fail("POST", MESSAGES, 429, retry_after=0.01, times=2)
    await town.channel().send("hello")
    town.fake.fail("POST", MESSAGES, 429, retry_after=0.01, everywhere=True)
    await town.channel().send("again")
    assert [r.status for r in town.fake.requests if r.path.endswith("/messages")] == [429, 429, 200, 429, 200]
    assert [m.text for m in town.room.messages] == ["hello", "again"]


async def test_an_error_before_and_after_the_fact(town: Town) -> None:
    town.fake.fail("POST", MESSAGES, 503)
    with pytest.raises(discord.DiscordServerError):
        await town.channel().send("before")
    assert town.room.messages == []
    town.fake.fail("POST", MESSAGES, 503, before=False)
    with pytest.raises(discord.DiscordServerError):
        await town.channel().send("after")
    assert [m.text for m in town.room.messages] == ["after"]


async def test_a_lost_answer(town: Town) -> None:
    town.fake.lose("POST", MESSAGES)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await town.channel().send("lost", nonce="n1")
    assert [m.text for m in town.room.messages] == ["lost"]
    found = await town.channel().send("lost", nonce="n1")
    assert [m.id for m in town.room.messages] == [found.id]


async def test_requests_wait_at_a_gate(town: Town) -> None:
    gate = town.fake.hold("POST", MESSAGES)
    sending = asyncio.create_task(town.channel().send("held"))
    await town.fake.until(lambda: gate.waiting)
    assert town.room.messages == []
    gate.open()
    await sending
    assert (gate.waiting, [m.text for m in town.room.messages]) == (0, ["held"])


async def test_a_rate_is_told_and_held(town: Town) -> None:
    town.fake.rate("POST", MESSAGES, 2, 0.2)
    for number in range(4):
        await town.channel().send(str(number))
    posts = [r.status for r in town.fake.requests if r.path.endswith("/messages")]
    assert posts == [200] * 4  # discord.py read the headers, and waited by itself
    path = f"/channels/{town.room.id}/messages"
    raw = [(await town.rest("POST", path, {"content": "x"}))[0] for _ in range(4)]
    assert 429 in raw


async def test_no_compression_unless_asked(quiet: Town) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(quiet.fake.gateway_url) as socket:
        hello = await socket.receive_json()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41_250)
        await socket.send_json({"op": 3, "d": {}})
        closed = await socket.receive()
        assert closed.data == 4003


async def test_a_heartbeat_is_answered(quiet: Town) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(quiet.fake.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11
