"""Take guards away, one at a time, and tell which tests notice.

python -m tests.mutations                all guards
python -m tests.mutations NAME           those whose name holds NAME
python -m tests.mutations NAME --suite   which tests of the room fail without it, to write the table
"""

import argparse
import sys
import time
from collections import Counter

from tests.mutations.runner import failing, is_found, judge_all
from tests.mutations.table import GUARDS


def main() -> int:
    parser = argparse.ArgumentParser(description="Take guards away, one at a time.")
    parser.add_argument("name", nargs="?", default="", help="a part of a guard's name")
    parser.add_argument("--suite", action="store_true", help="run the room's suite, and list what fails")
    options = parser.parse_args()
    guards = [guard for guard in GUARDS if options.name in guard.name]
    if options.suite:
        for guard in guards:
            found = failing(guard) if is_found(guard) else ["its source is not found"]
            _tell(f"{guard.name} ({guard.file}): {', '.join(found) or 'nothing fails'}")
        return 0
    begun = time.monotonic()
    verdicts = judge_all(guards, _tell)
    counts = Counter(verdicts.values())
    _tell(f"{dict(counts)} in {time.monotonic() - begun:.0f} s")
    return 0 if set(counts) <= {"caught"} else 1


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
