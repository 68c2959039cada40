"""A burst of `/imagine` in Discord, four pictures each: `python tests/bench/discord.py [JOBS …] [--png]`.

It measures the whole program, a bot of forty lines that defers, asks, decodes and sends, and a bot that only
answers. Each runs in a fresh process. A Discord and a gateway that takes 2 s for a drawing run in processes
of their own, on loopback and without TLS. Results per number of jobs: answers in time, delivered jobs, how
long both took, peak memory above the idle process, CPU per job, and the longest block of the event loop.
First answers take only milliseconds, so they are compared over several bursts.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[2])  # not this folder: in it, "discord" would be this file

from tests.bench.parts.meters import Usage  # noqa: E402

PARTS = Path(__file__).parent / "parts"
COMPARED, ALONE = (200,), (50, 1_000)  # jobs of all bots; of ours only, since others would take gigabytes
ROUNDS = 6  # bursts in which only the first answers are compared
WHOLE_ROUNDS = 3  # bursts with their pictures
IN_FLIGHT = "200"  # drawings at once; the bot of forty lines has no bound
DEFAULT_IN_FLIGHT = "16"
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstResult:
    """The result of one burst.

    `acks`: seconds to the first answers.
    `galleries`: seconds to the pictures.
    `drawn`: jobs that were delivered.
    """

    jobs: int
    acks: list[float]
    galleries: list[float]
    drawn: int
    used: Usage


@contextlib.contextmanager
def start_process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process of this bench; it ends when its standard input is closed."""
    command = [sys.executable, str(PARTS / script), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit(f"{process.args!r} ended without a word")
    return line


def burst(script: str, jobs: int, *bot: str, png: bool = False, pictures: bool = True) -> BurstResult:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        start_process("gateway_server.py", *(["--png"] if png else [])) as gateway,
        start_process("discord_town.py", str(jobs), *([] if pictures else ["--only-answers"])) as town,
    ):
        address, url = json.loads(read_line(town)), read_line(gateway)
        with start_process(script, address["base"], address["token"], url, folder, *bot) as process:
            assert read_line(process) == "ready"
            assert town.stdin is not None
            assert process.stdin is not None
            town.stdin.write("go\n")
            town.stdin.flush()
            times = json.loads(read_line(town))
            process.stdin.close()
            return BurstResult(jobs=jobs, used=Usage(**json.loads(read_line(process))), **times)


def percentile(seconds: list[float], percent: int) -> float:
    """Return a percentile, in seconds; NaN of fewer than two figures."""
    if len(seconds) < 2:
        return float("nan")
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def print_result(name: str, result: BurstResult) -> None:
    used, acks, galleries = result.used, result.acks, result.galleries
    answers = f"{len(acks):5} {1_000 * percentile(acks, 50):6.0f} {1_000 * percentile(acks, 99):6.0f} ms"
    pictures = f"{result.drawn:5} {percentile(galleries, 50):6.1f} {percentile(galleries, 99):6.1f} s"
    cpu, block = 1_000 * used.cpu / result.jobs, 1_000 * used.block
    usage = f"{used.peak / MEBIBYTE:6.0f} MiB {cpu:6.1f} ms {block:6.0f} ms"
    print(f"{result.jobs:5} {name:9} {answers} {pictures} {usage}", flush=True)


def compare(pairs: list[tuple[BurstResult, BurstResult]]) -> None:
    """Print the ratios of our bursts to the other bot's: median, least and most."""
    figures: dict[str, Callable[[BurstResult], float]] = {
        "delivered p50": lambda result: percentile(result.galleries, 50),
        "p99": lambda result: percentile(result.galleries, 99),
        "CPU": lambda result: result.used.cpu,
        "peak": lambda result: result.used.peak,
    }
    ratios = [
        f"{name} {spread([of(ours) / of(forty) for ours, forty in pairs])}" for name, of in figures.items()
    ]
    print(f"{pairs[0][0].jobs:5} ours / forty: {', '.join(ratios)}   aims 1, 1, 1, 0.33", flush=True)


def spread(ratios: list[float]) -> str:
    """Write the median, the least and the most of ratios."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"


def compare_answers(jobs: int) -> None:
    """Compare the three bots' first answers, several times, each round beginning with another bot."""
    acks: dict[str, list[list[float]]] = {"bare": [], "forty": [], "whole": []}
    names = list(acks)
    for turn in range(ROUNDS):
        for name in names[turn % 3 :] + names[: turn % 3]:
            bot = [IN_FLIGHT] if name == "whole" else []
            acks[name].append(burst(f"discord_{name}.py", jobs, *bot, pictures=False).acks)
    for name, bursts in acks.items():
        medians, tails = (compare_percentile(bursts, acks["forty"], percent) for percent in (50, 99))
        print(f"{jobs:5} {name:9} ack p50 {medians}   p99 {tails}   aim 1", flush=True)


def compare_percentile(bursts: list[list[float]], forty: list[list[float]], percent: int) -> str:
    """Write a percentile over several bursts, and its ratio to the bot of forty lines."""
    ours, theirs = ([percentile(acks, percent) for acks in each] for each in (bursts, forty))
    times = f"{1_000 * min(ours):.0f} .. {1_000 * max(ours):.0f} ms"
    return f"{times}, beside forty {spread([one / other for one, other in zip(ours, theirs, strict=True)])}"


def both(jobs: int, *, png: bool) -> tuple[BurstResult, BurstResult]:
    forty = burst("discord_forty.py", jobs, png=png)
    print_result("forty", forty)
    ours = burst("discord_whole.py", jobs, IN_FLIGHT, png=png)
    print_result("ours", ours)
    return ours, forty


def main(compared: list[int], alone: list[int], *, png: bool) -> None:
    print(" jobs bot       acked    p50    p99    drawn    p50    p99         peak   CPU/job     block")
    peaks = {}
    for jobs in compared:
        compare_answers(jobs)
        pairs = [both(jobs, png=png) for _ in range(WHOLE_ROUNDS)]
        print_result("ours, 16", burst("discord_whole.py", jobs, DEFAULT_IN_FLIGHT, png=png))
        compare(pairs)
        peaks[jobs] = max(ours.used.peak for ours, _ in pairs)
    for jobs in alone:
        ours = burst("discord_whole.py", jobs, IN_FLIGHT, png=png)
        print_result("ours", ours)
        peaks[jobs] = ours.used.peak
    few = min(peaks)
    more = ", ".join(f"{jobs}: {peaks[jobs] / peaks[few]:.2f}" for jobs in sorted(peaks) if jobs != few)
    if more:
        print(f"ours: peak beside that of {few} jobs   {more}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "jobs", type=int, nargs="*", help="of all bots; without any, 200, and ours alone 50 and 1,000"
    )
    parser.add_argument("--png", action="store_true", help="the gateway answers with PNGs of 3 MB")
    arguments = parser.parse_args()
    main(arguments.jobs or list(COMPARED), [] if arguments.jobs else list(ALONE), png=arguments.png)
