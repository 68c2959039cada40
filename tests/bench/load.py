"""Many jobs at once without a platform, over TLS: `python -m tests.bench.load [JOBS …]`.

Each job gets four JPEGs of 0.25 MB. Compares the whole bot with a script that uses the same client library
but only calls, decodes and writes files. Each runs in a fresh process. For every number of jobs it prints the
memory before and at most, CPU per job, the longest block of the event loop, and the ratio of bot to script.
"""

import json
import sys
import tempfile

from tests.bench.parts.aims import Aims
from tests.bench.parts.meters import Usage
from tests.bench.parts.processes import end, read_line, start_process

JOBS = (50, 200, 1_000)
PEAK_RATIO = 1.5
MEBIBYTE = 1 << 20


def measure(script: str, jobs: int) -> Usage:
    with (
        start_process("gateway_server.py") as gateway,
        tempfile.TemporaryDirectory() as folder,
        start_process(script, str(jobs), read_line(gateway), folder) as process,
    ):
        return Usage(**json.loads(end(process)))


def print_line(name: str, jobs: int, usage: Usage) -> None:
    print(
        f"{jobs:5} {name:6}  idle {usage.idle / MEBIBYTE:4.0f} MiB, peak {usage.peak / MEBIBYTE:5.0f} MiB"
        f"  CPU {1_000 * usage.cpu / jobs:5.1f} ms a job  longest block {1_000 * usage.block:5.0f} ms"
        f"  {usage.seconds:5.1f} s",
        flush=True,
    )


def run(aims: Aims, numbers: tuple[int, ...] = JOBS) -> None:
    peaks = []
    for jobs in numbers:
        bot, script = measure("core_ours.py", jobs), measure("core_script.py", jobs)
        peaks.append(bot.peak)
        print_line("bot", jobs, bot)
        print_line("script", jobs, script)
        peak, cpu, took = bot.peak / script.peak, bot.cpu / script.cpu, bot.seconds / script.seconds
        print(f"{jobs:5} bot / script: peak {peak:.2f}, CPU {cpu:.2f}, time {took:.2f}")
    aims.check(
        f"no platform, peak with {numbers[-1]} jobs beside {numbers[0]}", peaks[-1] / peaks[0], PEAK_RATIO
    )


if __name__ == "__main__":
    collected = Aims()
    run(collected, tuple(int(number) for number in sys.argv[1:]) or JOBS)
    collected.print()
