"""Bursts of `/imagine`, four pictures each, over TLS: `python -m tests.bench.bursts --help`.

It measures the whole program beside a bot of forty lines, which answers, asks, decodes and sends: no queue,
no ledger, no bounds. Each runs in a fresh process. The platform and a gateway that takes 2 s for a drawing
have processes of their own on loopback, and everything between them is HTTPS.

  answers   200 people ask at one moment; only first answers count, since those take milliseconds
  jpeg      200 people get their pictures, JPEGs of 0.25 MB; CPU and time for each job
  png       the same with PNGs of 2 MB
  memory    50, 200 and 1,000 drawings in flight; the peak of the process
  person    500 commands of one person at one moment; once more while another process keeps one core busy
"""

import argparse
import json
import math
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from tests.bench.parts.aims import Aims
from tests.bench.parts.meters import Usage
from tests.bench.parts.processes import busy_core, end, read_line, start_process, write_line

PLATFORMS = ("discord", "socket", "http")  # Slack by Socket Mode, and over HTTP
PARTS = ("answers", "jpeg", "png", "memory", "person")
MEBIBYTE = 1 << 20
DELAY = "2"  # seconds that a drawing takes
LONG_DELAY = "120"  # the same if no picture is waited for: longer than the bursts
PEAK_MIB = 300
HEADER = " jobs bot      acked    p50    p99    drawn    p50    p99      idle    peak   CPU/job     block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The size of a run."""

    jobs: int = 200
    in_flight: tuple[int, ...] = (50, 200, 1_000)
    commands: int = 500
    rounds: int = 5  # bursts in which only first answers are compared
    whole_rounds: int = 3  # bursts with their pictures
    machines: tuple[str, ...] = ("quiet", "one core busy")


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstResult:
    """The result of one measurement.

    `acks`: seconds to the first answers of each burst. On Slack there are two: in the second the bot knows
    everybody.
    `galleries`: seconds to the pictures of the first burst.
    `drawn`: jobs that were delivered.
    """

    jobs: int
    acks: list[list[float]]
    galleries: list[float]
    drawn: int
    used: Usage

    @property
    def cpu(self) -> float:
        """Return milliseconds a job."""
        return 1_000 * self.used.cpu / self.jobs


def burst(
    platform: str,
    bot: str,
    jobs: int,
    *,
    kind: str = "jpeg",
    pictures: bool = True,
    one_person: bool = False,
    in_flight: int | None = None,
) -> BurstResult:
    """Start a gateway, a town and a bot, and let everybody ask. `bot`: ours or forty."""
    town_options = [*([] if pictures else ["--only-answers"]), *(["--one-person"] if one_person else [])]
    gateway_options = ["--delay", DELAY if pictures else LONG_DELAY, "--kind", kind]
    name = "discord" if platform == "discord" else "slack"
    modes = [] if platform == "discord" else [platform]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        start_process("gateway_server.py", *gateway_options) as gateway,
        start_process(f"{name}_town.py", str(jobs), *modes, *town_options) as town,
    ):
        place, url = read_line(town), read_line(gateway)
        with start_process(f"{name}_{bot}.py", place, url, folder, str(in_flight or jobs)) as process:
            ready, _, address = read_line(process).partition(" ")
            assert ready == "ready", ready
            with public_address(address) as public:
                write_line(town, public)
                times = json.loads(read_line(town))
            return BurstResult(jobs=jobs, used=Usage(**json.loads(end(process))), **times)


@contextmanager
def public_address(address: str) -> Iterator[str]:
    """Serve a bot's address over TLS; "" if it has none."""
    if not address:
        yield ""
        return
    with start_process("tls_front.py", address) as front:
        yield read_line(front)


def percentile(seconds: list[float], percent: int) -> float:
    """Return a percentile, in seconds; NaN of fewer than two figures."""
    if len(seconds) < 2:
        return math.nan
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def spread(ratios: Sequence[float]) -> str:
    """Write the median, the least and the most of ratios."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"


def print_result(name: str, result: BurstResult) -> None:
    used, acks, galleries = result.used, result.acks[0], result.galleries
    answers = f"{len(acks):5} {1_000 * percentile(acks, 50):6.0f} {1_000 * percentile(acks, 99):6.0f} ms"
    pictures = f"{result.drawn:5} {percentile(galleries, 50):6.1f} {percentile(galleries, 99):6.1f} s"
    memory = f"{used.idle / MEBIBYTE:6.0f} {used.peak / MEBIBYTE:6.0f} MiB"
    loop = f"{result.cpu:6.1f} ms {1_000 * used.block:6.0f} ms"
    print(f"{result.jobs:5} {name:8} {answers} {pictures} {memory} {loop}", flush=True)


def compare_answers(platform: str, scale: Scale, aims: Aims) -> None:
    """Compare first answers, several times; each round begins with the other bot."""
    results: dict[str, list[BurstResult]] = {"forty": [], "ours": []}
    for turn in range(scale.rounds):
        for bot in sorted(results, reverse=bool(turn % 2)):
            results[bot].append(burst(platform, bot, scale.jobs, pictures=False))
            print_result(bot, results[bot][-1])
    for number, title in enumerate(["first burst", "second burst"][: len(results["ours"][0].acks)]):
        for percent, bound in ((50, None), (99, 1.0)):
            pairs = [
                [percentile(result.acks[number], percent) for result in pair]
                for pair in zip(results["ours"], results["forty"], strict=True)
            ]
            ratios = [one / other for one, other in pairs]
            name = f"{platform}, {title} of {scale.jobs}, ack p{percent} beside forty lines"
            print(f"  {name} {spread(ratios)}")
            if bound is not None:
                aims.check(name, statistics.median(ratios), bound)


def compare_delivery(platform: str, scale: Scale, aims: Aims, kind: str) -> None:
    rounds = scale.whole_rounds if kind == "jpeg" else 1
    pairs = []
    for _ in range(rounds):
        pair = [burst(platform, bot, scale.jobs, kind=kind) for bot in ("forty", "ours")]
        for bot, result in zip(("forty", "ours"), pair, strict=True):
            print_result(bot, result)
        pairs.append(pair)
    figures: dict[str, Callable[[BurstResult], float]] = {
        "delivered p50": lambda result: percentile(result.galleries, 50),
        "CPU a job": lambda result: result.cpu,
        "peak": lambda result: result.used.peak,
    }
    for name, figure in figures.items():
        ratios = [figure(ours) / figure(forty) for forty, ours in pairs]
        title = f"{platform}, {kind.upper()}, {name} beside forty lines"
        print(f"  {title} {spread(ratios)}")
        if name == "CPU a job":
            if late := [forty.drawn for forty, _ in pairs if forty.drawn < scale.jobs]:
                print(f"  forty lines delivered {late} of {scale.jobs}: the machine is too busy to compare")
            aims.check(title, math.nan if late else statistics.median(ratios), 1.0)
    aims.check(
        f"{platform}, {kind.upper()}, delivered", min(ours.drawn for _, ours in pairs), scale.jobs, least=True
    )


def measure_memory(platform: str, scale: Scale, aims: Aims) -> None:
    peaks = {}
    for jobs in scale.in_flight:
        result = burst(platform, "ours", jobs)
        print_result("ours", result)
        peaks[jobs] = result.used.peak
        aims.check(f"{platform}, {jobs} in flight, delivered", result.drawn, jobs, least=True)
    few, many = min(peaks), max(peaks)
    print_result("ours, 16", burst(platform, "ours", scale.jobs, in_flight=16))
    aims.check(f"{platform}, peak with {many} in flight", peaks[many] / MEBIBYTE, PEAK_MIB, "MiB")
    aims.check(
        f"{platform}, peak with {many} in flight beside that with {few}", peaks[many] / peaks[few], 1.5
    )


def measure_person(platform: str, scale: Scale, aims: Aims) -> None:
    for machine in scale.machines:
        with nullcontext() if machine == "quiet" else busy_core():
            result = burst(platform, "ours", scale.commands, one_person=True, pictures=False, in_flight=16)
        print_result("ours", result)
        # On a busy machine the fake platform is late, too: those it did not count are not in the figures.
        name = f"{platform}, {scale.commands} commands of one person, {machine}"
        acks = result.acks[0]
        aims.check(f"{name}: acknowledged", len(acks), scale.commands, least=True)
        aims.check(f"{name}: the last", max(acks, default=math.nan), 3.0, "s")


def main(aims: Aims, platforms: Sequence[str], parts: Sequence[str], scale: Scale) -> None:
    for platform in platforms:
        for part in parts:
            print(f"== {platform}: {part}\n{HEADER}", flush=True)
            if part == "answers":
                compare_answers(platform, scale, aims)
            elif part == "memory":
                measure_memory(platform, scale, aims)
            elif part == "person":
                measure_person(platform, scale, aims)
            else:
                compare_delivery(platform, scale, aims, part)


def run(aims: Aims) -> None:
    main(aims, PLATFORMS, PARTS, Scale())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--platform", choices=PLATFORMS, action="append", help="without any, all")
    parser.add_argument("--part", choices=PARTS, action="append", help="without any, all")
    parser.add_argument("--jobs", type=int, default=Scale().jobs)
    parser.add_argument("--rounds", type=int, help="of each comparison")
    arguments = parser.parse_args()
    chosen = Scale(jobs=arguments.jobs)
    if arguments.rounds:
        chosen = Scale(jobs=arguments.jobs, rounds=arguments.rounds, whole_rounds=arguments.rounds)
    collected = Aims()
    main(collected, arguments.platform or PLATFORMS, arguments.part or PARTS, chosen)
    collected.print()
