"""A burst of `/imagine` in Discord, four pictures each: `python tests/bench/discord.py [JOBS …] [--png]`.

The whole program beside a bot of forty lines, which defers, asks, decodes and sends, and beside one that only
answers. Each is measured in a fresh process, before a Discord and a gateway of 2 s a drawing in processes of
their own, on loopback and without TLS. Per number of jobs: how many were answered in time, how many got their
pictures, how long both took, peak memory above the idle process, CPU per job, and the longest time the event
loop stood still. A first answer is a matter of milliseconds, so those are compared over several bursts.
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

sys.path[0] = str(Path(__file__).parents[2])  # and not this folder, in which this file is "discord"

from tests.bench.parts.meters import Usage  # noqa: E402

PARTS = Path(__file__).parent / "parts"
COMPARED, ALONE = (200,), (50, 1_000)  # jobs: of all bots; of ours only, for the other would take gigabytes
ROUNDS = 6  # bursts of which only the first answers are compared
WHOLE_ROUNDS = 3  # bursts with their pictures
IN_FLIGHT = "200"  # drawings at once; the bot of forty lines has no bound
DEFAULT_IN_FLIGHT = "16"
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One burst: seconds to first answers and to pictures, how many got these, and what the bot used."""

    jobs: int
    acks: list[float]
    galleries: list[float]
    drawn: int
    used: Usage


@contextlib.contextmanager
def started(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this bench, which ends when its standard input does."""
    command = [sys.executable, str(PARTS / script), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit(f"{process.args!r} ended without a word")
    return line


def burst(script: str, jobs: int, *bot: str, png: bool = False, pictures: bool = True) -> Seen:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        started("gateway_server.py", *(["--png"] if png else [])) as gateway,
        started("discord_town.py", str(jobs), *([] if pictures else ["--only-answers"])) as town,
    ):
        place, url = json.loads(told(town)), told(gateway)
        with started(script, place["base"], place["token"], url, folder, *bot) as served:
            assert told(served) == "ready"
            assert town.stdin is not None
            assert served.stdin is not None
            town.stdin.write("go\n")
            town.stdin.flush()
            seen = json.loads(told(town))
            served.stdin.close()
            return Seen(jobs=jobs, used=Usage(**json.loads(told(served))), **seen)


def part(seconds: list[float], percent: int) -> float:
    """A percentile, in seconds."""
    if len(seconds) < 2:
        return float("nan")
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def line(name: str, seen: Seen) -> None:
    used, acks, galleries = seen.used, seen.acks, seen.galleries
    answered = f"{len(acks):5} {1_000 * part(acks, 50):6.0f} {1_000 * part(acks, 99):6.0f} ms"
    drawn = f"{seen.drawn:5} {part(galleries, 50):6.1f} {part(galleries, 99):6.1f} s"
    took = (
        f"{used.peak / MEBIBYTE:6.0f} MiB {1_000 * used.cpu / seen.jobs:6.1f} ms {1_000 * used.block:6.0f} ms"
    )
    print(f"{seen.jobs:5} {name:9} {answered} {drawn} {took}", flush=True)


def compare(pairs: list[tuple[Seen, Seen]]) -> None:
    """Ours and the other bot's bursts, one beside the other: the median of the ratios, least and most."""
    figures: dict[str, Callable[[Seen], float]] = {
        "delivered p50": lambda seen: part(seen.galleries, 50),
        "p99": lambda seen: part(seen.galleries, 99),
        "CPU": lambda seen: seen.used.cpu,
        "peak": lambda seen: seen.used.peak,
    }
    said = [
        f"{name} {spread([of(ours) / of(forty) for ours, forty in pairs])}" for name, of in figures.items()
    ]
    print(f"{pairs[0][0].jobs:5} ours / forty: {', '.join(said)}   aims 1, 1, 1, 0.33", flush=True)


def spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"


def compare_answers(jobs: int) -> None:
    """The three bots in turn, several times, each round beginning with another."""
    found: dict[str, list[list[float]]] = {"bare": [], "forty": [], "whole": []}
    names = list(found)
    for turn in range(ROUNDS):
        for name in names[turn % 3 :] + names[: turn % 3]:
            bot = [IN_FLIGHT] if name == "whole" else []
            found[name].append(burst(f"discord_{name}.py", jobs, *bot, pictures=False).acks)
    for name, bursts in found.items():
        halves, tails = (beside(bursts, found["forty"], percent) for percent in (50, 99))
        print(f"{jobs:5} {name:9} ack p50 {halves}   p99 {tails}   aim 1", flush=True)


def beside(bursts: list[list[float]], forty: list[list[float]], percent: int) -> str:
    """A percentile over several bursts, and its ratio to the other bot's: median, least and most."""
    ours, theirs = ([part(acks, percent) for acks in each] for each in (bursts, forty))
    took = f"{1_000 * min(ours):.0f} .. {1_000 * max(ours):.0f} ms"
    return f"{took}, beside forty {spread([one / other for one, other in zip(ours, theirs, strict=True)])}"


def both(jobs: int, *, png: bool) -> tuple[Seen, Seen]:
    forty = burst("discord_forty.py", jobs, png=png)
    line("forty", forty)
    ours = burst("discord_whole.py", jobs, IN_FLIGHT, png=png)
    line("ours", ours)
    return ours, forty


def main(compared: list[int], alone: list[int], *, png: bool) -> None:
    print(" jobs bot       acked    p50    p99    drawn    p50    p99         peak   CPU/job     block")
    peaks = {}
    for jobs in compared:
        compare_answers(jobs)
        pairs = [both(jobs, png=png) for _ in range(WHOLE_ROUNDS)]
        line("ours, 16", burst("discord_whole.py", jobs, DEFAULT_IN_FLIGHT, png=png))
        compare(pairs)
        peaks[jobs] = max(ours.used.peak for ours, _ in pairs)
    for jobs in alone:
        ours = burst("discord_whole.py", jobs, IN_FLIGHT, png=png)
        line("ours", ours)
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
    given = parser.parse_args()
    main(given.jobs or list(COMPARED), [] if given.jobs else list(ALONE), png=given.png)
