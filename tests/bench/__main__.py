"""Run the benchmarks, and print each aim with its figure: `python -m tests.bench [NAME …]`."""

import sys
import time

from tests.bench import bursts, edits, finding, ledger, load, reports, startup
from tests.bench.parts.aims import Aims

BENCHES = {
    "startup": startup,
    "ledger": ledger,
    "bursts": bursts,
    "load": load,
    "edits": edits,
    "reports": reports,
    "finding": finding,
}

if __name__ == "__main__":
    aims, start = Aims(), time.monotonic()
    for name in sys.argv[1:] or BENCHES:
        print(f"==== {name}", flush=True)
        BENCHES[name].run(aims)
    aims.print()
    print(f"{(time.monotonic() - start) / 60:.0f} minutes")
