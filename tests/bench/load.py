"""Many jobs in flight, each answered with four pictures of 1.5 MB: `python tests/bench/load.py [JOBS …]`.

The bot, durable ledger and all, beside a script of the same client library that only asks, decodes and writes
files. Both talk over loopback to a gateway in a process of its own; each is measured in a fresh process. Per
number of jobs: peak memory above the idle process, CPU per job, the longest time the event loop stood still,
and the ratio of bot to script. Last, whether memory stays flat as the burst grows.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.parts.meters import Used

PARTS = Path(__file__).parent / "parts"
JOBS = (50, 200, 1_000)
MEBIBYTE = 1 << 20


def measured(script: str, jobs: int) -> Used:
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
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        gateway.communicate()
    return Used(**json.loads(said.splitlines()[-1]))


def line(name: str, jobs: int, used: Used) -> None:
    print(
        f"{jobs:5} {name:6} {used.done:4} done  peak {used.peak / MEBIBYTE:7.0f} MiB"
        f"  CPU {1_000 * used.cpu / jobs:5.1f} ms a job  longest block {1_000 * used.block:6.0f} ms"
        f"  {used.seconds:5.1f} s",
        flush=True,
    )


def main(numbers: list[int]) -> None:
    peaks: dict[str, list[int]] = {"bot": [], "script": []}
    for jobs in numbers:
        bot, script = measured("whole_bot.py", jobs), measured("minimal_bot.py", jobs)
        for name, used in (("bot", bot), ("script", script)):
            peaks[name].append(used.peak)
            line(name, jobs, used)
        peak, cpu = bot.peak / script.peak, bot.cpu / script.cpu
        block, took = bot.block / script.block, bot.seconds / script.seconds
        print(f"{jobs:5} bot / script: peak {peak:.2f}, CPU {cpu:.2f}, block {block:.2f}, time {took:.2f}")
    for name, of in peaks.items():
        print(f"{name}: peak of {numbers[-1]} jobs / peak of {numbers[0]}: {of[-1] / of[0]:.2f}")


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or list(JOBS))
