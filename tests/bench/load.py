"""Many jobs at once, each answered with four pictures of 1.5 MB: `python tests/bench/load.py [JOBS …]`.

Compares the whole bot with a script that uses the same client library but only calls, decodes and writes
files. Both call a gateway in another process over loopback, and each runs in a fresh process. For every
number of jobs it prints peak memory above the idle process, CPU per job, the longest block of the event loop,
and the ratio of bot to script. The last lines compare the peak memory of the largest and the smallest burst.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.parts.meters import Usage

PARTS = Path(__file__).parent / "parts"
JOBS = (50, 200, 1_000)
MEBIBYTE = 1 << 20


def measure(script: str, jobs: int) -> Usage:
    with (
        subprocess.Popen(
            [sys.executable, PARTS / "gateway_server.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as gateway,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert gateway.stdout is not None
        url = gateway.stdout.readline().strip()
        command = [sys.executable, str(PARTS / script), str(jobs), url, folder]
        output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        gateway.communicate()
    return Usage(**json.loads(output.splitlines()[-1]))


def print_line(name: str, jobs: int, usage: Usage) -> None:
    print(
        f"{jobs:5} {name:6} {usage.done:4} done  peak {usage.peak / MEBIBYTE:7.0f} MiB"
        f"  CPU {1_000 * usage.cpu / jobs:5.1f} ms a job  longest block {1_000 * usage.block:6.0f} ms"
        f"  {usage.seconds:5.1f} s",
        flush=True,
    )


def main(numbers: list[int]) -> None:
    peaks: dict[str, list[int]] = {"bot": [], "script": []}
    for jobs in numbers:
        bot, script = measure("whole_bot.py", jobs), measure("minimal_bot.py", jobs)
        for name, usage in (("bot", bot), ("script", script)):
            peaks[name].append(usage.peak)
            print_line(name, jobs, usage)
        peak, cpu = bot.peak / script.peak, bot.cpu / script.cpu
        block, took = bot.block / script.block, bot.seconds / script.seconds
        print(f"{jobs:5} bot / script: peak {peak:.2f}, CPU {cpu:.2f}, block {block:.2f}, time {took:.2f}")
    for name, values in peaks.items():
        print(f"{name}: peak of {numbers[-1]} jobs / peak of {numbers[0]}: {values[-1] / values[0]:.2f}")


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or list(JOBS))
