"""The whole program in a process, on the loopback Discord: stopped while it has jobs, and started again."""

import signal
from pathlib import Path

from tests.fakes.discord.world import FakeDiscord
from tests.fakes.program import Program, query_rows, until

RUNNING = "SELECT 1 FROM jobs WHERE state = 'running'"
DELIVERED = "SELECT 1 FROM jobs WHERE delivered_at IS NOT NULL"


def bot_program(fake: FakeDiscord, folder: Path) -> Program:
    """Make a program that draws one job at a time."""
    entry = ("-m", "tests.fakes.discord.launch", fake.base, "--")
    return Program(folder, {"DISCORD_TOKEN": fake.token, "IMAGINE_MAX_IN_FLIGHT": "1"}, entry=entry)


async def test_jobs_that_wait_when_a_process_ends_are_drawn_by_the_next(tmp_path: Path) -> None:
    """The first job is finished before the end, the others after the restart, with or without a token."""
    async with FakeDiscord(point=False) as fake:
        guild = fake.add_guild("Fox Club")
        room, ann = guild.add_channel("general"), guild.add_member("Ann")
        async with bot_program(fake, tmp_path) as program:
            await until(lambda: fake.gateway.connected)
            interactions = []
            for prompt, private in (
                ("boat 1", False),
                ("boat 2", False),
                ("boat 3", False),
                ("boat 4", True),
            ):
                options = {"prompt": prompt, "tier": "fast", "variants": 1, "private": private}
                interactions.append(await fake.slash(ann, room, "imagine", options))
                assert interactions[-1].response
            await until(lambda: query_rows(tmp_path, RUNNING))
            program.send(signal.SIGTERM)
            assert await program.wait() == 0
            assert not fake.gateway.connected
        assert [len(message.gallery) for message in room.messages] == [1, 0, 0]
        fake.expire(interactions[1])
        async with bot_program(fake, tmp_path) as program:
            await until(lambda: len(query_rows(tmp_path, DELIVERED)) == 4)
            assert [message.id for message in room.messages] == [
                each.original.id for each in interactions[:3]
            ]
            assert [len(message.gallery) for message in room.messages] == [1, 1, 1]
            assert [len(message.gallery) for message in fake.ephemerals(ann)] == [1]
            program.send(signal.SIGTERM)
            assert await program.wait() == 0
        log = (tmp_path / "log.txt").read_text()
        for never in (
            fake.token,
            "boat",
            "Traceback",
            "was destroyed",
            *(each.token for each in interactions),
        ):
            assert never not in log
        assert fake.violations == []
