"""Troubles on demand, seen by an unmodified discord.py."""

import asyncio

import aiohttp
import discord
import pytest

from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.scene import Scene, empty_scene, scene
from tests.fakes.discord.small_bot import SmallBot, run_small_bot

__all__ = ["empty_scene", "fake_discord", "scene"]

MESSAGES = r"/channels/\d+/messages$"


async def test_a_login_can_be_refused(empty_scene: Scene) -> None:
    empty_scene.fake.refuse_login()
    bot = SmallBot()
    with pytest.raises(discord.LoginFailure):
        await bot.start(empty_scene.fake.token)
    await bot.close()
    empty_scene.fake.heal()
    async with run_small_bot(empty_scene.fake.token):
        await empty_scene.fake.connected()


async def test_a_wrong_token_cannot_log_in(empty_scene: Scene) -> None:
    bot = SmallBot()
    with pytest.raises(discord.LoginFailure):
        await bot.start("wrong")
    await bot.close()


@pytest.mark.parametrize(
    ("code", "error"), [(4004, discord.ConnectionClosed), (4014, discord.PrivilegedIntentsRequired)]
)
async def test_an_identify_can_be_refused(empty_scene: Scene, code: int, error: type[Exception]) -> None:
    empty_scene.fake.gateway.close_code = code
    bot = SmallBot()
    with pytest.raises(error):
        await bot.start(empty_scene.fake.token)
    await bot.close()


async def test_privileged_intents_are_refused(empty_scene: Scene) -> None:
    bot = discord.Client(intents=discord.Intents.all())
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(empty_scene.fake.token)
    await bot.close()


async def test_discord_py_waits_out_a_429(scene: Scene) -> None:
    scene.fake.fail("POST", MESSAGES, 429, retry_after=0.01, times=2)
    await scene.channel().send("hello")
    scene.fake.fail("POST", MESSAGES, 429, retry_after=0.01, everywhere=True)
    await scene.channel().send("again")
    assert [r.status for r in scene.fake.requests if r.path.endswith("/messages")] == [
        429,
        429,
        200,
        429,
        200,
    ]
    assert [m.text for m in scene.room.messages] == ["hello", "again"]


async def test_a_request_can_fail_before_and_after_it_is_carried_out(scene: Scene) -> None:
    scene.fake.fail("POST", MESSAGES, 503)
    with pytest.raises(discord.DiscordServerError):
        await scene.channel().send("before")
    assert scene.room.messages == []
    scene.fake.fail("POST", MESSAGES, 503, before=False)
    with pytest.raises(discord.DiscordServerError):
        await scene.channel().send("after")
    assert [m.text for m in scene.room.messages] == ["after"]


async def test_an_answer_can_be_lost(scene: Scene) -> None:
    scene.fake.lose("POST", MESSAGES)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await scene.channel().send("lost", nonce="n1")
    assert [m.text for m in scene.room.messages] == ["lost"]
    message = await scene.channel().send("lost", nonce="n1")
    assert [m.id for m in scene.room.messages] == [message.id]


async def test_requests_wait_at_a_gate(scene: Scene) -> None:
    gate = scene.fake.hold("POST", MESSAGES)
    sending = asyncio.create_task(scene.channel().send("held"))
    await scene.fake.until(lambda: gate.waiting)
    assert scene.room.messages == []
    gate.open()
    await sending
    assert (gate.waiting, [m.text for m in scene.room.messages]) == (0, ["held"])


async def test_a_rate_limit_is_announced_and_enforced(scene: Scene) -> None:
    scene.fake.rate("POST", MESSAGES, 2, 0.2)
    for number in range(4):
        await scene.channel().send(str(number))
    posts = [r.status for r in scene.fake.requests if r.path.endswith("/messages")]
    assert posts == [200] * 4  # discord.py read the headers, and waited by itself
    path = f"/channels/{scene.room.id}/messages"
    raw = [(await scene.request("POST", path, {"content": "x"}))[0] for _ in range(4)]
    assert 429 in raw


async def test_the_gateway_compresses_only_if_asked(empty_scene: Scene) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(empty_scene.fake.gateway_url) as socket:
        hello = await socket.receive_json()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41_250)
        await socket.send_json({"op": 3, "d": {}})
        closed = await socket.receive()
        assert closed.data == 4003


async def test_a_heartbeat_is_answered(empty_scene: Scene) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(empty_scene.fake.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11
