"""A Slack in a process of its own, with people who all ask for pictures at one moment.

    python tests/bench/parts/slack_town.py 200 socket

It prints its base URL and the bot's tokens, as JSON. When it reads a line, the bot is connected; in HTTP mode
the line is the bot's URL. Somebody asks for help, to warm everything up. Then everybody asks, each in a
channel of their own, because Slack takes only one message a second in each channel
(docs.slack.dev/apis/web-api/rate-limits). When each channel has its four pictures, or no more come for too
long, it prints the seconds that people waited, as JSON. With `--only-answers` it waits for no
pictures, and the same people ask again.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from tests.bench.parts.processes import server_context
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.places import Channel, User
from tests.fakes.slack.world import FakeSlack

PICTURES = 4
CONNECTIONS = 50  # at once, over HTTP; what a burst measures is the bot, not this process's handshakes
STILL_SECONDS = 30.0  # without another gallery, after which no more will come
IDLE_SECONDS = 1.0  # without another call, after which a burst is over


async def main(jobs: int, mode: str, *, pictures: bool, one_person: bool) -> None:
    kind = "http" if mode == "http" else "socket"
    async with FakeSlack(kind, keep_bytes=False, check=False, tls=server_context()) as town:
        rooms = [(town.add_user(f"person-{each}"), town.add_channel(f"room-{each}")) for each in range(jobs)]
        town.http.connections = CONNECTIONS
        people = rooms[:1] * jobs if one_person else rooms
        address = {"base": town.base_url, "bot": town.team.token, "secret": town.signing_secret}
        print(json.dumps(address | {"app": town.tokens.app if mode == "socket" else ""}), flush=True)
        town.app_url = (await asyncio.to_thread(sys.stdin.readline)).strip()
        await town.slash(town.add_user("ann"), town.add_channel("help"), "/imagine", "help")
        await wait_idle(town)
        bursts = [await start_burst(town, people)]
        if pictures:
            await wait_for_galleries(town, bursts[0])
        else:
            await wait_idle(town)
            bursts.append(await start_burst(town, people))
        acks = [[each.seconds for each in burst if each.seconds is not None] for burst in bursts]
        galleries = [seconds for each in bursts[0] if (seconds := gallery_seconds(each)) is not None]
        times = {"acks": acks, "galleries": galleries, "drawn": len(galleries)}
        print(json.dumps(times), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def start_burst(town: FakeSlack, people: list[tuple[User, Channel]]) -> list[Interaction]:
    """Let everybody ask; return when each is acknowledged, or it is too late."""
    return await asyncio.gather(
        *(
            town.slash(person, room, "/imagine", f"a red fox in snow, {number} -n 4")
            for number, (person, room) in enumerate(people)
        )
    )


def gallery_seconds(command: Interaction) -> float | None:
    """Return the seconds from a command to its four pictures; None if they did not come."""
    messages = command.channel.messages if command.channel else []
    gallery = next((message for message in messages if len(message.gallery) == PICTURES), None)
    return float(gallery.ts) - command.created if gallery else None


async def wait_for_galleries(town: FakeSlack, burst: list[Interaction]) -> None:
    """Wait for the galleries while they keep coming."""

    def gallery_count() -> int:
        return sum(gallery_seconds(each) is not None for each in burst)

    with contextlib.suppress(TimeoutError):
        while (count := gallery_count()) < len(burst):
            await town.until(lambda before=count: gallery_count() > before, STILL_SECONDS)  # type: ignore[misc]


async def wait_idle(town: FakeSlack) -> None:
    """Wait until the bot makes no more calls."""
    before = -1
    while before != (before := len(town.requests)):  # noqa: ASYNC110 - no event tells of a pause
        await asyncio.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int)
    parser.add_argument("mode", choices=("socket", "http"))
    parser.add_argument("--only-answers", action="store_true", help="no pictures are waited for")
    parser.add_argument("--one-person", action="store_true", help="everything is asked by one person")
    arguments = parser.parse_args()
    pictures = not arguments.only_answers
    asyncio.run(main(arguments.jobs, arguments.mode, pictures=pictures, one_person=arguments.one_person))
