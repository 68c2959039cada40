"""Commands for a server's admins: who may use them, and the values suggested as they type."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from simcord.backend.errors import SetupError

from bot import wording
from bot.port.cards import Notice
from bot.port.requests import Command
from tests.discord.sim import Sim, simulation


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Sim]:
    async with simulation(tmp_path) as sim:
        yield sim


class CommandRecorder:
    """A core that records commands."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    async def language(self, workspace: str) -> str:
        return wording.USUAL

    async def command(self, command: Command) -> Notice:
        self.commands.append(command)
        return Notice(sentence="Done.")

    async def picture(self, key: str) -> None:
        """Return no picture."""


async def test_values_are_suggested_while_somebody_types(sim: Sim) -> None:
    days = await sim.boss.autocomplete(sim.channel, "quotas set", "until", "friday")
    assert days[0]["name"].startswith("Friday, ")
    tiers = await sim.boss.autocomplete(sim.channel, "quotas set", "tiers", "fast,g")
    assert [tier["value"] for tier in tiers] == ["fast,gpt"]
    tiers = await sim.ann.autocomplete(sim.channel, "compare", "tiers", "fast,")
    assert [tier["value"] for tier in tiers] == ["fast,standard", "fast,ultra", "fast,gpt"]
    zones = await sim.boss.autocomplete(sim.channel, "quotas settings", "time_zone", "berlin")
    assert [zone["value"] for zone in zones] == ["Europe/Berlin"]


async def test_a_person_whom_the_server_lets_use_a_command_for_admins_acts_as_admin(sim: Sim) -> None:
    """Boss manages the server. Ann does not, so Discord does not let her use it at first."""
    await sim.restart(core := CommandRecorder())  # type: ignore[arg-type]
    await sim.boss.slash(sim.channel, "quotas pause")
    with pytest.raises(SetupError, match="not visible"):
        await sim.ann.slash(sim.channel, "quotas pause")
    commands = {each.name: each for each in await sim.env.bot.tree.fetch_commands()}  # type: ignore[attr-defined]
    sim.guild.set_command_permissions(commands["quotas"], {sim.ann: True})
    await sim.ann.slash(sim.channel, "quotas pause")
    await sim.ann.slash(sim.channel, "quota")
    assert [(each.name, each.person.id, each.person.admin) for each in core.commands] == [
        ("quotas pause", f"discord:{sim.boss.id}", True),
        ("quotas pause", f"discord:{sim.ann.id}", True),
        ("quota", f"discord:{sim.ann.id}", False),
    ]
