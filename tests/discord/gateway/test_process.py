"""The whole program in a process, against the loopback Discord: ended amid its jobs, and started again."""

import signal
from pathlib import Path

from tests.fakes.discord.world import FakeDiscord
from tests.fakes.program import Program, rows, until

RUNNING = "SELECT 1 FROM jobs WHERE state = 'running'"
TOLD = "SELECT 1 FROM jobs WHERE delivered_at IS NOT NULL"


def serving(fake: FakeDiscord, folder: Path) -> Program:
    """One picture is drawn at a time."""
    entry = ("-m", "tests.fakes.discord.launch", fake.base, "--")
    return Program(folder, {"DISCORD_TOKEN": fake.token, "IMAGINE_MAX_IN_FLIGHT": "1"}, entry=entry)


async def test_what_waited_when_it_ended_is_drawn_and_delivered_by_the_next(tmp_path: Path) -> None:
    """The first is finished within the grace, the others after the restart: by token, or without."""
    async with FakeDiscord(point=False) as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        async with serving(fake, tmp_path) as program:
            await until(lambda: fake.gateway.connected)
            asked = []
            for prompt, private in (
                ("boat 1", False),
                ("boat 2", False),
                ("boat 3", False),
                ("boat 4", True),
            ):
                options = {"prompt": prompt, "tier": "fast", "variants": 1, "private": private}
                asked.append(await fake.slash(ann, room, "imagine", options))
                assert asked[-1].response
            await until(lambda: rows(tmp_path, RUNNING))
            program.send(signal.SIGTERM)
            assert await program.wait() == 0
            assert not fake.gateway.connected
        assert [len(message.gallery) for message in room.messages] == [1, 0, 0]
        fake.expire(asked[1])
        async with serving(fake, tmp_path) as program:
            await until(lambda: len(rows(tmp_path, TOLD)) == 4)
            assert [message.id for message in room.messages] == [each.original.id for each in asked[:3]]
            assert [len(message.gallery) for message in room.messages] == [1, 1, 1]
            assert [len(message.gallery) for message in fake.ephemerals(ann)] == [1]
            program.send(signal.SIGTERM)
            assert await program.wait() == 0
        log = (tmp_path / "log.txt").read_text()
        for never in (fake.token, "boat", "Traceback", "was destroyed", *(each.token for each in asked)):
            assert never not in log
        assert fake.violations == []
