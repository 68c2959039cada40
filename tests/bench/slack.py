"""A burst of `/imagine` in Slack, four pictures each: `python tests/bench/slack.py [JOBS …] [--mode MODE]`.

As `discord.py` beside it, in Socket Mode and over HTTP: the whole program beside a handler that acknowledges,
and does nothing, and beside a bot of forty lines, which acknowledges, asks, decodes and uploads. What only
acknowledges is compared over several pairs of bursts: first strangers ask, of whom Slack must be asked who
they are, then the same people, whom the bot knows. What is asked for is durable before it is acknowledged.
"""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[2])  # and not this folder, in which another file is "discord"

from tests.bench.discord import (  # noqa: E402
    WHOLE_ROUNDS,
    BurstResult,
    compare,
    percentile,
    print_result,
    read_line,
    spread,
    start_process,
)
from tests.bench.parts.meters import Usage  # noqa: E402

MODES = ("socket", "http")
COMPARED = (200,)  # jobs: many more of the other bot's would take gigabytes
ROUNDS = 3  # pairs of bursts of which only the acknowledgements are compared
IN_FLIGHT = "200"  # drawings at once; the bot of forty lines has no bound
DEFAULT_IN_FLIGHT = "16"
DELAY, LONG = "2", "60"  # seconds a drawing takes; where none is awaited, longer than all bursts
BURSTS = ("strangers", "known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Seconds to the acknowledgements of each burst, and to the galleries of the first; what the bot used."""

    acks: list[list[float]]
    galleries: list[float]
    used: Usage


def asked(script: str, jobs: int, mode: str, *bot: str, pictures: bool) -> Told:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        start_process("gateway_server.py", "--delay", DELAY if pictures else LONG) as gateway,
        start_process("slack_town.py", str(jobs), mode, *([] if pictures else ["--only-answers"])) as town,
    ):
        place, url = read_line(town), read_line(gateway)
        with start_process(script, place, url, folder, *bot) as served:
            ready, _, address = read_line(served).partition(" ")
            assert ready == "ready"
            assert town.stdin is not None
            assert served.stdin is not None
            town.stdin.write(f"{address}\n")
            town.stdin.flush()
            seen = json.loads(read_line(town))
            served.stdin.close()
            return Told(used=Usage(**json.loads(read_line(served))), **seen)


def delivered(script: str, jobs: int, mode: str, *bot: str) -> BurstResult:
    seen = asked(script, jobs, mode, *bot, pictures=True)
    drawn = len(seen.galleries)
    return BurstResult(jobs=jobs, acks=seen.acks[0], galleries=seen.galleries, drawn=drawn, used=seen.used)


def compare_acks(jobs: int, mode: str) -> None:
    """The bare handler and the whole program in turn, several times."""
    bots = {"bare": [], "whole": [IN_FLIGHT]}
    found = [
        {name: asked(f"slack_{name}.py", jobs, mode, *bot, pictures=False) for name, bot in bots.items()}
        for _ in range(ROUNDS)
    ]
    for number, name in enumerate(BURSTS):
        said = [
            _ratio([{bot: told.acks[number] for bot, told in pair.items()} for pair in found], percent)
            for percent in (50, 99)
        ]
        print(f"{jobs:5} {mode:6} {name:9} {'   '.join(said)}   aim 1.2", flush=True)


def _ratio(pairs: list[dict[str, list[float]]], percent: int) -> str:
    bare, whole = ([percentile(pair[bot], percent) for pair in pairs] for bot in ("bare", "whole"))
    between = f"{1_000 * statistics.median(whole):.0f} / {1_000 * statistics.median(bare):.0f} ms"
    return (
        f"ack p{percent} {between}: {spread([one / other for one, other in zip(whole, bare, strict=True)])}"
    )


def both(jobs: int, mode: str) -> tuple[BurstResult, BurstResult]:
    forty = delivered("slack_forty.py", jobs, mode)
    print_result("forty", forty)
    ours = delivered("slack_whole.py", jobs, mode, IN_FLIGHT)
    print_result("ours", ours)
    return ours, forty


def main(compared: list[int], modes: list[str]) -> None:
    for jobs in compared:
        for mode in modes:
            compare_acks(jobs, mode)
    print(" jobs bot       acked    p50    p99    drawn    p50    p99         peak   CPU/job     block")
    for jobs in compared:
        for mode in modes:
            print(f"== {mode}")
            pairs = [both(jobs, mode) for _ in range(WHOLE_ROUNDS)]
            print_result("ours, 16", delivered("slack_whole.py", jobs, mode, DEFAULT_IN_FLIGHT))
            compare(pairs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int, nargs="*", help="without any, 200")
    parser.add_argument("--mode", choices=MODES, action="append", help="without any, both")
    given = parser.parse_args()
    main(given.jobs or list(COMPARED), given.mode or list(MODES))
