"""A burst of `/imagine` in Slack, four pictures each: `python tests/bench/slack.py [JOBS …] [--mode MODE]`.

It works like `discord.py`, in Socket Mode and over HTTP. It measures the whole program, a handler that only
acknowledges, and a bot of forty lines that acknowledges, asks, decodes and uploads. Acknowledgements alone
are compared over several pairs of bursts: in the first burst of a pair the bot must ask Slack who each person
is, in the second it knows them. The whole program acknowledges only what is durable.
"""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[2])  # not this folder: its discord.py would hide the library

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
COMPARED = (200,)  # jobs; many more would take gigabytes in the other bot
ROUNDS = 3  # pairs of bursts in which only the acknowledgements are compared
IN_FLIGHT = "200"  # drawings at once; the bot of forty lines has no bound
DEFAULT_IN_FLIGHT = "16"
DELAY = "2"  # seconds that a drawing takes
LONG_DELAY = "60"  # the same if the bench waits for no drawing: longer than all bursts
BURSTS = ("strangers", "known")


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstTimes:
    """The times of one or two bursts.

    `acks`: seconds to the acknowledgements of each burst.
    `galleries`: seconds to the galleries of the first burst.
    """

    acks: list[list[float]]
    galleries: list[float]
    used: Usage


def measure(script: str, jobs: int, mode: str, *bot: str, pictures: bool) -> BurstTimes:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        start_process("gateway_server.py", "--delay", DELAY if pictures else LONG_DELAY) as gateway,
        start_process("slack_town.py", str(jobs), mode, *([] if pictures else ["--only-answers"])) as town,
    ):
        place, url = read_line(town), read_line(gateway)
        with start_process(script, place, url, folder, *bot) as process:
            ready, _, address = read_line(process).partition(" ")
            assert ready == "ready"
            assert town.stdin is not None
            assert process.stdin is not None
            town.stdin.write(f"{address}\n")
            town.stdin.flush()
            times = json.loads(read_line(town))
            process.stdin.close()
            return BurstTimes(used=Usage(**json.loads(read_line(process))), **times)


def measure_delivery(script: str, jobs: int, mode: str, *bot: str) -> BurstResult:
    times = measure(script, jobs, mode, *bot, pictures=True)
    return BurstResult(
        jobs=jobs,
        acks=times.acks[0],
        galleries=times.galleries,
        drawn=len(times.galleries),
        used=times.used,
    )


def compare_acks(jobs: int, mode: str) -> None:
    """Compare the acknowledgements of the bare handler and the whole program, in turn and several times."""
    bots = {"bare": [], "whole": [IN_FLIGHT]}
    pairs = [
        {name: measure(f"slack_{name}.py", jobs, mode, *bot, pictures=False) for name, bot in bots.items()}
        for _ in range(ROUNDS)
    ]
    for number, name in enumerate(BURSTS):
        columns = [
            _ratio([{bot: times.acks[number] for bot, times in pair.items()} for pair in pairs], percent)
            for percent in (50, 99)
        ]
        print(f"{jobs:5} {mode:6} {name:9} {'   '.join(columns)}   aim 1.2", flush=True)


def _ratio(pairs: list[dict[str, list[float]]], percent: int) -> str:
    bare, whole = ([percentile(pair[bot], percent) for pair in pairs] for bot in ("bare", "whole"))
    medians = f"{1_000 * statistics.median(whole):.0f} / {1_000 * statistics.median(bare):.0f} ms"
    return (
        f"ack p{percent} {medians}: {spread([one / other for one, other in zip(whole, bare, strict=True)])}"
    )


def both(jobs: int, mode: str) -> tuple[BurstResult, BurstResult]:
    forty = measure_delivery("slack_forty.py", jobs, mode)
    print_result("forty", forty)
    ours = measure_delivery("slack_whole.py", jobs, mode, IN_FLIGHT)
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
            print_result("ours, 16", measure_delivery("slack_whole.py", jobs, mode, DEFAULT_IN_FLIGHT))
            compare(pairs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=int, nargs="*", help="without any, 200")
    parser.add_argument("--mode", choices=MODES, action="append", help="without any, both")
    arguments = parser.parse_args()
    main(arguments.jobs or list(COMPARED), arguments.mode or list(MODES))
