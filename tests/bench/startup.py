"""The time from the command to a page that answers: `python -m tests.bench.startup`.

The floor is what any such bot must do: `import openai, discord`. The aim is at most 1.5 times the floor.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.parts.aims import Aims

ROUNDS = 5
ROOT = Path(__file__).parents[2]


def time_floor() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import openai, discord"], check=True)
    return time.perf_counter() - start


def time_start(folder: str, extra: dict[str, str]) -> float:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "IMAGINE_WEB_PORT": "0", **extra}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli.main", "run"],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        seconds = time.perf_counter() - start
        process.terminate()
    return seconds


def run(aims: Aims) -> None:
    gateway = {"CODEGATEWAY_API_KEY": "sk-cg-bench", "CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1"}
    ratios: dict[str, list[float]] = {"samples": [], "gateway": []}
    floors = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            floors.append(time_floor())
            ratios["samples"].append(time_start(folder, {}) / floors[-1])
            ratios["gateway"].append(time_start(folder, gateway) / floors[-1])
    print(f"floor    1.00   import openai, discord: {statistics.median(floors):.2f} s")
    for name, values in ratios.items():
        print(f"{name:8} {statistics.median(values):.2f} x   ({min(values):.2f} .. {max(values):.2f})")
        aims.check(f"start with {name} beside import openai, discord", statistics.median(values), 1.5)


if __name__ == "__main__":
    run(Aims())
