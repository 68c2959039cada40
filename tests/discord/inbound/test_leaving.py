"""Servers that add and remove the bot; an outage is neither."""

import asyncio
from pathlib import Path

from tests.bot.running_bot import until
from tests.discord.app import App, running_app
from tests.fakes.discord.state import GUILDS


def calls(app: App, method: str) -> list[str]:
    return [workspace for name, workspace in app.core_proxy.calls if name == method]


async def test_at_its_start_the_core_learns_which_servers_have_the_bot(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await until(lambda: app.core_proxy.serving_calls)
        assert app.core_proxy.serving_calls == [("serving", [f"discord:{app.guild.id}"])]


async def test_the_core_learns_of_servers_that_add_and_remove_the_bot(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await until(lambda: app.core_proxy.serving_calls)
        other = app.fake.add_guild("Owl Club")
        await until(lambda: f"discord:{other.id}" in calls(app, "joined"))
        app.fake.remove_bot(other)
        await until(lambda: calls(app, "left"))
        assert calls(app, "left") == [f"discord:{other.id}"]


async def test_an_outage_of_a_server_is_no_removal(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await until(lambda: app.core_proxy.serving_calls)
        other = app.fake.add_guild("Owl Club")
        gone = {"id": str(app.guild.id), "unavailable": True}
        app.fake.gateway.dispatch("GUILD_DELETE", gone, GUILDS, app.guild)
        app.fake.remove_bot(other)  # this event comes after that of the outage
        await until(lambda: calls(app, "left"))
        assert calls(app, "left") == [f"discord:{other.id}"]


async def test_a_removal_while_the_bot_is_stopped_is_noticed_at_the_next_start(tmp_path: Path) -> None:
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
            while not (entries := await app.backend.ledger.privacy.list_departures()):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.005)
        assert [workspace for workspace, _ in entries] == [f"discord:{other.id}"]
