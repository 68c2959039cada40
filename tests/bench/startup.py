"""From the command to a page that answers, against importing two libraries: `python tests/bench/startup.py`.

The floor is what any bot of this kind must at least do: `import openai, discord`. Aim: within 1.5 times that.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
ROOT = Path(__file__).parents[2]


def floor() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import openai, discord"], check=True)
    return time.perf_counter() - began


def ready(folder: str, extra: dict[str, str]) -> float:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "IMAGINE_WEB_PORT": "0", **extra}
    began = time.perf_counter()
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
        took = time.perf_counter() - began
        process.terminate()
    return took


def main() -> None:
    gateway = {"CODEGATEWAY_API_KEY": "sk-cg-bench", "CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1"}
    ratios: dict[str, list[float]] = {"samples": [], "gateway": []}
    floors = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            floors.append(floor())
            ratios["samples"].append(ready(folder, {}) / floors[-1])
            ratios["gateway"].append(ready(folder, gateway) / floors[-1])
    print(f"floor    1.00   import openai, discord: {statistics.median(floors):.2f} s")
    for name, found in ratios.items():
        print(f"{name:8} {statistics.median(found):.2f} x   ({min(found):.2f} .. {max(found):.2f})   aim 1.5")


if __name__ == "__main__":
    main()
