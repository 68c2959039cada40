"""Run every benchmark in turn: `python -m tests.bench`. Each prints ratios to a floor of the same run."""

import runpy
import sys
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("*.py")):
    if path.name != Path(__file__).name:
        print(f"== {path.stem}")
        sys.argv = [str(path)]
        runpy.run_path(str(path), run_name="__main__")
