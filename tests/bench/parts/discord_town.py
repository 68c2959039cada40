"""A Discord in a process of its own, and the people in it: so many of them ask for pictures at one moment.

    python tests/bench/parts/discord_town.py 200

Prints its base URL and the bot's token. When a line comes in, the bot has come, and everybody asks; when each
answer has its four pictures, or none came for too long, it prints the seconds that they waited, as JSON.
Pictures that the bot had to post by itself are counted, but nobody can tell whose they are.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.fakes.discord.messages import Message
from tests.fakes.discord.world import FakeDiscord

PICTURES = 4
ANSWER_SECONDS = 20.0
STILL_SECONDS = 30.0  # without another gallery: no more will come


class Town(FakeDiscord):
    """`drawn`: when each message first had its four pictures, by its id, and the token that it came by."""

    def __init__(self) -> None:
        super().__init__(keep_bytes=False, check=False)
        self.patience = ANSWER_SECONDS
        self.drawn: dict[int, tuple[str, float]] = {}

    def tell_message(self, event: str, message: Message) -> None:
        if len(message.attachments) == PICTURES:
            self.drawn.setdefault(message.id, (message.token, self.now()))
        super().tell_message(event, message)


async def main(jobs: int, *, pictures: bool) -> None:
    async with Town() as town:
        guild = town.add_guild("Studio")
        room = guild.add_channel("general")
        people = [guild.add_member(f"Person {number}") for number in range(jobs)]
        print(json.dumps({"base": town.base, "token": town.token}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        asking = [
            town.slash(person, room, "imagine", {"prompt": f"a red fox in snow, {number}"})
            for number, person in enumerate(people)
        ]
        asked = await asyncio.gather(*asking)
        if pictures:
            await all_drawn(town, jobs)
        began = {each.token: each.created for each in asked}
        seen = {
            "acks": [each.seconds for each in asked if each.seconds is not None],
            "galleries": [when - began[token] for token, when in town.drawn.values() if token in began],
            "drawn": len(town.drawn),
        }
        print(json.dumps(seen), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def all_drawn(town: Town, jobs: int) -> None:
    """Wait for the galleries, for as long as they keep coming."""
    with contextlib.suppress(TimeoutError):
        while (so_far := len(town.drawn)) < jobs:
            await town.until(lambda before=so_far: len(town.drawn) > before, STILL_SECONDS)  # type: ignore[misc]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int)
    parser.add_argument("--only-answers", action="store_true", help="no pictures are waited for")
    given = parser.parse_args()
    asyncio.run(main(given.jobs, pictures=not given.only_answers))
