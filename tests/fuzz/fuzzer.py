"""Inputs by the thousand, each from a seed of its own, until a fuzzer's share of the time is used up.

Hypothesis is in the quick tests, a few hundred inputs each. A fuzzer here makes its own inputs, many times as
many a second, and each from one number: `FUZZ_SEED=<number> pytest -m soak tests/fuzz -k <name>` begins with
the input that failed.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from random import Random

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))  # shared by all fuzzers of a run
LEAST_SECONDS = 1.0  # for each
SLOW = 5.0  # seconds of the processor for one input; most take less than a millisecond
LONGEST_SHOWN = 400  # characters of an input
TIMEOUT = SECONDS + 120  # of a whole fuzzer


class Fuzzer:
    """The dice of one fuzzer: iterate to get new ones for each input.

    `count`: inputs so far.
    `input`: the present one, to be shown if it fails.
    `record`: gets the line of the summary.
    """

    def __init__(self, name: str, seconds: float, record: Callable[[str], None]) -> None:
        self.name = name
        self.seed = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(1_000_000_000))
        self.count = 0
        self.input: object = None
        self.is_done = False
        self._seconds = seconds
        self._record = record

    def __iter__(self) -> Iterator[Random]:
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            began = time.process_time()
            yield Random(self.seed + self.count)
            assert time.process_time() - began < SLOW, "this input took too long"
            self.count += 1
        self.is_done = True
        self._record(f"{self.name} {self.count:,} (FUZZ_SEED={self.seed})")

    @property
    def failure(self) -> str:
        """The failing input, shortened, and how to run it again."""
        shown = repr(self.input)
        if len(shown) > LONGEST_SHOWN:
            shown = f"{shown[:LONGEST_SHOWN]}… ({len(shown):,} characters)"
        again = f"FUZZ_SEED={self.seed + self.count} begins with it"
        return f"{self.name}: input {self.count + 1:,} failed; {again}: {shown}"
