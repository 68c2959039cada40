"""A Slack in a process of its own, and the people in it: so many of them ask for pictures at one moment.

    python tests/bench/parts/slack_town.py 200 socket

Prints where it is and the bot's tokens, as JSON. When a line comes in, the bot has come (in HTTP mode, to the
address in that line), somebody asks for help so that all is warm, and then everybody asks, each in a channel
of their own: Slack takes one message a second in each (docs.slack.dev/apis/web-api/rate-limits), which is not
the bot's doing. When each channel has its four pictures, or none came for too long, it prints the seconds
that they waited, as JSON. With `--only-answers` no pictures are awaited; the same people then ask again.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.places import Channel, User
from tests.fakes.slack.world import FakeSlack

PICTURES = 4
STILL_SECONDS = 30.0  # without another gallery: no more will come
QUIET_SECONDS = 1.0  # without another call: what the first burst set off is over


async def main(jobs: int, mode: str, *, pictures: bool) -> None:
    async with FakeSlack("http" if mode == "http" else "socket", keep_bytes=False, check=False) as town:
        people = [(town.add_user(f"person-{each}"), town.add_channel(f"room-{each}")) for each in range(jobs)]
        place = {"base": town.base_url, "bot": town.team.token, "secret": town.signing_secret}
        print(json.dumps(place | {"app": town.tokens.app if mode == "socket" else ""}), flush=True)
        town.app_url = (await asyncio.to_thread(sys.stdin.readline)).strip()
        await town.slash(town.add_user("ann"), town.add_channel("help"), "/imagine", "help")
        await still(town)
        bursts = [await burst(town, people)]
        if pictures:
            await all_drawn(town, people)
        else:
            await still(town)
            bursts.append(await burst(town, people))
        acks = [[each.seconds for each in asked if each.seconds is not None] for asked in bursts]
        galleries = [waited for each in bursts[0] if (waited := drawn(each)) is not None]
        print(json.dumps({"acks": acks, "galleries": galleries}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def burst(town: FakeSlack, people: list[tuple[User, Channel]]) -> list[Interaction]:
    """Everybody asks, and each is acknowledged, or not in time."""
    return await asyncio.gather(
        *(
            town.slash(person, room, "/imagine", f"a red fox in snow, {number} -n 4")
            for number, (person, room) in enumerate(people)
        )
    )


def drawn(asked: Interaction) -> float | None:
    """How long after the command its four pictures were there, in seconds; None if they are not."""
    there = asked.channel.messages if asked.channel else []
    gallery = next((message for message in there if len(message.gallery) == PICTURES), None)
    return float(gallery.ts) - asked.created if gallery else None


async def all_drawn(town: FakeSlack, people: list[tuple[User, Channel]]) -> None:
    """Wait for the galleries, for as long as they keep coming."""

    def answered() -> int:
        return sum(bool(room.messages) for _, room in people)

    with contextlib.suppress(TimeoutError):
        while (so_far := answered()) < len(people):
            await town.until(lambda before=so_far: answered() > before, STILL_SECONDS)  # type: ignore[misc]


async def still(town: FakeSlack) -> None:
    """Wait until the bot asks for nothing more."""
    before = -1
    while before != (before := len(town.requests)):  # noqa: ASYNC110 - of a pause, nobody is told
        await asyncio.sleep(QUIET_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int)
    parser.add_argument("mode", choices=("socket", "http"))
    parser.add_argument("--only-answers", action="store_true", help="no pictures are waited for")
    given = parser.parse_args()
    asyncio.run(main(given.jobs, given.mode, pictures=not given.only_answers))
