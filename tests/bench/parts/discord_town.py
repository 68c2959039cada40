"""A Discord in a process of its own, with people who all ask for pictures at one moment.

    python tests/bench/parts/discord_town.py 200

It prints its base URL and the bot's token, as JSON. When it reads a line, the bot is connected, and everybody
asks. When each answer has its four pictures, or no more come for too long, it prints the seconds that people
waited, as JSON. Pictures that the bot posted without a token are counted, but nobody knows whose they are.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from tests.bench.parts.processes import server_context
from tests.fakes.discord.messages import Message
from tests.fakes.discord.world import FakeDiscord

PICTURES = 4
ANSWER_SECONDS = 20.0
STILL_SECONDS = 30.0  # without another gallery, after which no more will come


class Town(FakeDiscord):
    """A Discord that notes galleries.

    `galleries`: by a message's id, its interaction's token and the time when it first had four pictures.
    """

    def __init__(self) -> None:
        super().__init__(keep_bytes=False, check=False, tls=server_context())
        self.patience = ANSWER_SECONDS
        self.galleries: dict[int, tuple[str, float]] = {}

    def tell_message(self, event: str, message: Message) -> None:
        if len(message.attachments) == PICTURES:
            self.galleries.setdefault(message.id, (message.token, self.now()))
        super().tell_message(event, message)


async def main(jobs: int, *, pictures: bool, one_person: bool) -> None:
    async with Town() as town:
        guild = town.add_guild("Studio")
        room = guild.add_channel("general")
        people = [guild.add_member(f"Person {number}") for number in range(1 if one_person else jobs)]
        print(json.dumps({"base": town.base, "token": town.token}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        asking = [
            town.slash(
                people[number % len(people)], room, "imagine", {"prompt": f"a red fox in snow, {number}"}
            )
            for number in range(jobs)
        ]
        interactions = await asyncio.gather(*asking)
        if pictures:
            await wait_for_galleries(town, jobs)
        began = {each.token: each.created for each in interactions}
        times = {
            "acks": [[each.seconds for each in interactions if each.seconds is not None]],
            "galleries": [when - began[token] for token, when in town.galleries.values() if token in began],
            "drawn": len(town.galleries),
        }
        print(json.dumps(times), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def wait_for_galleries(town: Town, jobs: int) -> None:
    """Wait for the galleries while they keep coming."""
    with contextlib.suppress(TimeoutError):
        while (count := len(town.galleries)) < jobs:
            await town.until(lambda before=count: len(town.galleries) > before, STILL_SECONDS)  # type: ignore[misc]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int)
    parser.add_argument("--only-answers", action="store_true", help="no pictures are waited for")
    parser.add_argument("--one-person", action="store_true", help="everything is asked by one person")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.jobs, pictures=not arguments.only_answers, one_person=arguments.one_person))
