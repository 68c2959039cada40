"""Servers that take the bot in and out; an outage is neither."""

import asyncio
from pathlib import Path

from tests.bot.running_bot import until
from tests.discord.app import App, running_app
from tests.fakes.discord.state import GUILDS


def told(app: App, method: str) -> list[str]:
    return [what for name, what in app.core_proxy.calls if name == method]


async def test_where_it_is_when_it_comes(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await until(lambda: app.core_proxy.serving_calls)
        assert app.core_proxy.serving_calls == [("serving", [f"discord:{app.guild.id}"])]


async def test_taken_in_and_out(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await until(lambda: app.core_proxy.serving_calls)
        other = app.fake.add_guild("Owl Club")
        await until(lambda: f"discord:{other.id}" in told(app, "joined"))
        app.fake.remove_bot(other)
        await until(lambda: told(app, "left"))
        assert told(app, "left") == [f"discord:{other.id}"]


async def test_an_outage_is_no_goodbye(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await until(lambda: app.core_proxy.serving_calls)
        other = app.fake.add_guild("Owl Club")
        gone = {"id": str(app.guild.id), "unavailable": True}
        app.fake.gateway.dispatch("GUILD_DELETE", gone, GUILDS, app.guild)
        app.fake.remove_bot(other)  # comes after it
        await until(lambda: told(app, "left"))
        assert told(app, "left") == [f"discord:{other.id}"]


async def test_taken_out_while_it_was_away(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        other = app.fake.add_guild("Owl Club")
        room = other.add_channel("general")
        owl = other.add_member("Owl")
        await app.fake.slash(owl, room, "imagine", {"prompt": "an owl"})
        await app.backend.done()
        await app.close()
        app.fake.remove_bot(other)
        await app.open()
        await until(lambda: app.core_proxy.serving_calls)
        async with asyncio.timeout(10):
            while not (kept := await app.backend.ledger.kept.items("left", "", 9)):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.005)
        assert [workspace for workspace, _ in kept] == [f"discord:{other.id}"]
