"""Reports over two million jobs, as ratios of one run: `python -m tests.bench.reports`.

Compares each report from the rollup, as the product reads it, with the same report from the table of jobs,
with the indexes it has. The jobs are a year of one busy workspace and two small ones, made from a seed in a
temporary folder, which takes about a minute. `BENCH_JOBS` sets another number of jobs.
"""

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.reports.csv import format_csv
from quotas.ids import id_at
from quotas.jobs.rows import COLUMNS, FIELDS
from quotas.ledger import Ledger
from quotas.records import By, Defaults, UsageFilter
from quotas.store.sqlite import FILE
from tests.bench.parts.aims import Aims

JOBS = int(os.environ.get("BENCH_JOBS", "2_000_000"))
PEOPLE, CHANNELS, DAYS = 2_000, 100, 365
FIRST_DAY, FIRST_SECOND = date(2026, 1, 1), 1_767_225_600.0  # unix seconds of its midnight in UTC
BUSY, SMALL, TINY = "slack:busy", "slack:small", "slack:tiny"
TIERS = (
    ("fast", "imagen-4-flash", 30_000),
    ("standard", "imagen-4-0", 60_000),
    ("ultra", "imagen-4-ultra", 120_000),
    ("gpt", "gpt-image-2", 63_000),
)
MONTH = {"first_day": "2026-10-01", "last_day": "2026-10-31"}
PAUSE = 0.001  # seconds between two checks of the loop
AIM = 20  # times faster, for the month of a person who draws much
SOMEBODY, BUSIEST, CHANNEL = f"slack:{PEOPLE // 3}", "slack:0", "C7"
_ROLL_UP = """INSERT INTO rollup (workspace, day, person, channel, tier, model, jobs, images, charge_micros,
    cost_micros, uncertain_micros)
  SELECT workspace, day, person, channel, tier, model, COUNT(*), SUM(charge_images), SUM(charge_micros),
    SUM(cost_micros), SUM(uncertain_micros) FROM jobs GROUP BY 1, 2, 3, 4, 5, 6"""
_NAMED = "INSERT INTO people SELECT DISTINCT workspace, person, 'Person ' || person, 0 FROM rollup"
_FROM_JOBS = """SELECT {by}, COUNT(*), SUM(charge_images), SUM(charge_micros), SUM(cost_micros),
    SUM(uncertain_micros) FROM jobs WHERE {conditions} AND closed_at IS NOT NULL GROUP BY 1"""
REPORTS: tuple[tuple[str, dict[str, str], By], ...] = (
    ("a person's month", {"workspace": BUSY, "person": BUSIEST, **MONTH}, "tier"),
    ("another's month", {"workspace": BUSY, "person": SOMEBODY, **MONTH}, "tier"),
    ("a channel's month", {"workspace": BUSY, "channel": CHANNEL, **MONTH}, "person"),
    ("everyone's, by tier", {"workspace": BUSY, **MONTH}, "tier"),
    ("everyone's, by person", {"workspace": BUSY, **MONTH}, "person"),
    ("everyone's, by channel", {"workspace": BUSY, **MONTH}, "channel"),
    ("everyone's, by day", {"workspace": BUSY, **MONTH}, "day"),
    ("the whole year", {}, "person"),
)


def jobs() -> Iterator[tuple[object, ...]]:
    """Yield rows of jobs: few people draw much, each in two channels and mostly in one tier."""
    dice = random.Random(6)
    plain: dict[str, Any] = {field: None for field in FIELDS}
    plain |= {"ratio": "1:1", "quality": "", "multiplier": "1.5", "price_since": "2026-01-01"}
    plain |= {"origin": "imagine", "request": '{"prompt": "a red fox in snow"}', "platform": "slack"}
    plain |= {"address": "{}", "state": "settled", "uncertain_micros": 0, "outcome": "{}"}
    plain |= {"inputs_micros": 0}
    for number in range(JOBS):
        at = FIRST_SECOND + number * DAYS * 86_400 / JOBS
        person = int(PEOPLE * dice.random() ** 3)
        tier, model, unit = TIERS[(person + (dice.random() < 0.2)) % len(TIERS)]
        images, day = dice.choice((1, 2, 4, 4)), (FIRST_DAY + timedelta(number * DAYS // JOBS)).isoformat()
        plain |= {"id": id_at(at) + number % 1_000, "request_id": f"request:{number}", "model": model}
        plain |= {"workspace": (SMALL, TINY)[number % 2] if number % 50 == 0 else BUSY, "tier": tier}
        plain |= {
            "channel": f"C{(person * 7 + (dice.random() < 0.3)) % CHANNELS}",
            "person": f"slack:{person}",
        }
        plain |= {"name": f"Person {person}", "images": images, "charge_images": images, "day": day}
        plain |= {"official_micros": unit * 2 // 3, "unit_micros": unit, "created_at": at, "started_at": at}
        plain |= dict.fromkeys(("hold_micros", "charge_micros", "cost_micros"), images * unit)
        plain |= {"closed_at": at + 9, "delivered_at": at + 10}
        yield (*plain.values(), day, images)


def fill(path: Path) -> int:
    """Insert the jobs and their rollup; return the number of rollup lines."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    marks = ", ".join("?" * (len(FIELDS) + 2))
    db.executemany(f"INSERT INTO jobs ({COLUMNS}, bot_day, hold_images) VALUES ({marks})", jobs())
    db.execute(_ROLL_UP)
    db.execute(_NAMED)
    db.execute("COMMIT")
    (lines,) = db.execute("SELECT COUNT(*) FROM rollup").fetchone()
    db.close()
    return int(lines)


def from_jobs(path: Path, where: dict[str, str], by: By) -> list[Any]:
    db = sqlite3.connect(path)
    signs = {"first_day": "day >= ?", "last_day": "day <= ?"}
    conditions = " AND ".join(signs.get(name, f"{name} = ?") for name in where) or "1 = 1"
    try:
        return db.execute(_FROM_JOBS.format(by=by, conditions=conditions), list(where.values())).fetchall()
    finally:
        db.close()


async def quickest(work: Callable[[], Awaitable[Any]], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        await work()
        took.append(time.perf_counter() - start)
    return min(took)


async def longest_block(work: Awaitable[Any]) -> tuple[float, Any]:
    """Await the work; return the longest block of the event loop meanwhile (seconds), and the result."""
    task, longest = asyncio.ensure_future(work), 0.0
    while not task.done():
        start = time.perf_counter()
        await asyncio.sleep(PAUSE)
        longest = max(longest, time.perf_counter() - start - PAUSE)
    return longest, task.result()


def count_for(seconds: float) -> None:
    """Count in this thread for some seconds: any Python thread blocks the loop at least as much."""
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        pass


async def main(aims: Aims) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / FILE
        await (await Ledger.open(folder, Defaults())).close()
        start = time.perf_counter()
        lines = fill(path)
        print(f"{JOBS:,} jobs, {lines:,} lines of rollup, made in {time.perf_counter() - start:.0f} s")
        ledger = await Ledger.open(folder, Defaults())
        for title, where, by in REPORTS:
            query = UsageFilter(**where)
            ours = await quickest(lambda query=query, by=by: ledger.reports.usage(query, by), 5)  # type: ignore[misc]
            floor = await quickest(lambda w=where, b=by: asyncio.to_thread(from_jobs, path, w, b), 1)  # type: ignore[misc]
            print(f"{title:24} {floor / ours:7.0f} x   ({1_000 * ours:.2f} ms, {1_000 * floor:.0f} ms)")
            if where.get("person") == BUSIEST:
                aims.check(f"reports, {title}, times faster than from jobs", floor / ours, AIM, least=True)
        start = time.perf_counter()
        month = UsageFilter(workspace=BUSY, **MONTH)
        block, data = await longest_block(ledger.reports.usage_lines(month, format_csv))
        took, size = time.perf_counter() - start, len(data)
        floor, _ = await longest_block(asyncio.to_thread(count_for, took))
        print(f"a month as CSV: {size / 1e6:.1f} MB in {took:.1f} s")
        print(
            f"  the loop stood {1e3 * block:.0f} ms; beside a thread that only counts, {1e3 * floor:.0f} ms"
        )
        await ledger.close()


def run(aims: Aims) -> None:
    asyncio.run(main(aims))


if __name__ == "__main__":
    run(Aims())
