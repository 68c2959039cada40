"""Servers that take the bot in and out; an outage is neither."""

import asyncio
from pathlib import Path

from tests.bot.running_bot import until
from tests.discord.house import House, housed
from tests.fakes.discord.state import GUILDS


def told(house: House, method: str) -> list[str]:
    return [what for name, what in house.between.asked if name == method]


async def test_where_it_is_when_it_comes(tmp_path: Path) -> None:
    async with housed(tmp_path) as house:
        await until(lambda: house.between.served)
        assert house.between.served == [("serving", [f"discord:{house.guild.id}"])]


async def test_taken_in_and_out(tmp_path: Path) -> None:
    async with housed(tmp_path) as house:
        await until(lambda: house.between.served)
        other = house.fake.add_guild("Owl Club")
        await until(lambda: f"discord:{other.id}" in told(house, "joined"))
        house.fake.remove_bot(other)
        await until(lambda: told(house, "left"))
        assert told(house, "left") == [f"discord:{other.id}"]


async def test_an_outage_is_no_goodbye(tmp_path: Path) -> None:
    async with housed(tmp_path) as house:
        await until(lambda: house.between.served)
        other = house.fake.add_guild("Owl Club")
        gone = {"id": str(house.guild.id), "unavailable": True}
        house.fake.gateway.dispatch("GUILD_DELETE", gone, GUILDS, house.guild)
        house.fake.remove_bot(other)  # comes after it
        await until(lambda: told(house, "left"))
        assert told(house, "left") == [f"discord:{other.id}"]


async def test_taken_out_while_it_was_away(tmp_path: Path) -> None:
    async with housed(tmp_path) as house:
        other = house.fake.add_guild("Owl Club")
        room = other.add_channel("general")
        owl = other.add_member("Owl")
        await house.fake.slash(owl, room, "imagine", {"prompt": "an owl"})
        await house.home.done()
        await house.close()
        house.fake.remove_bot(other)
        await house.open()
        await until(lambda: house.between.served)
        async with asyncio.timeout(10):
            while not (kept := await house.home.ledger.kept.items("left", "", 9)):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.005)
        assert [workspace for workspace, _ in kept] == [f"discord:{other.id}"]
