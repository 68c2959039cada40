"""Meters of one process: its memory, its CPU, and the longest block of its event loop."""

import asyncio
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

TICK = 0.005  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The result.

    `idle`, `peak`: bytes of the process before, and at most.
    `cpu`: seconds, user and system.
    `block`: seconds.
    """

    idle: int
    peak: int
    cpu: float
    block: float
    seconds: float

    def text(self) -> str:
        return json.dumps(asdict(self))


class Meters:
    """Measures while its context is entered; `usage` returns the result afterwards."""

    async def __aenter__(self) -> Self:
        _reset_peak()
        self._idle, self._cpu, self._start = _memory("VmRSS"), _cpu(), time.perf_counter()
        self._block = 0.0
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ticker.cancel()
        self._peak, self._spent = _memory("VmHWM"), _cpu() - self._cpu
        self._seconds = time.perf_counter() - self._start

    def usage(self) -> Usage:
        return Usage(
            idle=self._idle, peak=self._peak, cpu=self._spent, block=self._block, seconds=self._seconds
        )

    async def _tick(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            self._block = max(self._block, time.perf_counter() - before - TICK)


async def measure(address: str = "") -> None:
    """Print "ready", measure until standard input ends, and print the usage.

    `address`: where the bot serves; "" if it does not.
    """
    async with Meters() as meters:
        print(f"ready {address}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    print(meters.usage().text(), flush=True)


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")  # proc_pid_clear_refs(5): resets VmHWM


def _memory(name: str) -> int:
    """Read a memory figure of this process from the kernel, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
