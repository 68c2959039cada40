"""Searches among 100,000 prompts, as `/find` and the library make them: `python -m tests.bench.finding`.

Words are looked up one by one in every prompt, so a search that finds nothing reads all of them. The jobs are
those of one workspace, a fifth of them one person's, made from a seed in a temporary folder. `BENCH_PROMPTS`
sets another number.
"""

import asyncio
import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from quotas.ids import id_at
from quotas.jobs.finding import JobSearch
from quotas.jobs.rows import COLUMNS, FIELDS
from quotas.ledger import Ledger
from quotas.records import Defaults
from quotas.store.sqlite import FILE
from tests.bench.parts.aims import Aims
from tests.bench.reports import quickest

PROMPTS = int(os.environ.get("BENCH_PROMPTS", "100_000"))
FIRST_DAY, FIRST_SECOND = date(2026, 1, 1), 1_767_225_600.0  # unix seconds of its midnight in UTC
PAGE, ROUNDS, WORDS = 5, 7, 14
OWN_MS, EVERYONES_MS = 50.0, 300.0
WORKSPACE, HEAVY = "slack:busy", "slack:heavy"
VOCABULARY = tuple(
    "".join(random.Random(number).choices("abcdefghiklmnoprstuvwz", k=6)) for number in range(3_000)
)
_WORD, _RARE, _NONE = VOCABULARY[7], f"{VOCABULARY[11]} {VOCABULARY[13]} {VOCABULARY[17]}", "unicorns"
_PUT = """INSERT INTO prompts (job, workspace, person, channel, tier, day, private, found, words)
  VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)"""
SEARCHES = (("newest", ""), ("a word", _WORD), ("rare words", _RARE), ("nothing", _NONE))


def rows() -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
    """Yield the rows of a delivered job and of its prompt."""
    dice = random.Random(6)
    plain: dict[str, Any] = {field: None for field in FIELDS}
    plain |= {"ratio": "1:1", "quality": "", "multiplier": "1.5", "price_since": "2026-01-01"}
    plain |= {"origin": "imagine", "request": '{"prompt": "a red fox in snow"}', "platform": "slack"}
    plain |= {"address": "{}", "state": "settled", "uncertain_micros": 0, "outcome": "{}"}
    plain |= {"workspace": WORKSPACE, "name": "Somebody", "model": "imagen-4-0", "official_micros": 40_000}
    plain |= {"images": 4, "charge_images": 4, "unit_micros": 60_000, "inputs_micros": 0}
    plain |= dict.fromkeys(("hold_micros", "charge_micros", "cost_micros"), 240_000)
    for number in range(PROMPTS):
        at = FIRST_SECOND + number * 300
        person = HEAVY if number % 5 == 0 else f"slack:{dice.randrange(500)}"
        day, tier = (FIRST_DAY + timedelta(number // 288)).isoformat(), dice.choice(("fast", "standard"))
        job, channel = id_at(at) + number % 1_000, f"C{dice.randrange(50)}"
        plain |= {"id": job, "request_id": f"request:{number}", "person": person, "channel": channel}
        plain |= {"tier": tier, "day": day, "created_at": at, "started_at": at, "closed_at": at + 9}
        plain |= {"delivered_at": at + 10}
        words = " ".join(dice.choices(VOCABULARY, k=WORDS))
        prompt = job, WORKSPACE, person, channel, tier, day, int(dice.random() < 0.1), words
        yield (*plain.values(), day, 4), prompt


def fill(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    marks = ", ".join("?" * (len(FIELDS) + 2))
    for job, prompt in rows():
        db.execute(f"INSERT INTO jobs ({COLUMNS}, bot_day, hold_images) VALUES ({marks})", job)
        db.execute(_PUT, prompt)
    db.execute("COMMIT")
    db.close()


async def main(aims: Aims) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await (await Ledger.open(folder, Defaults())).close()
        fill(folder / FILE)
        ledger = await Ledger.open(folder, Defaults())
        own = JobSearch(workspace=WORKSPACE, person=HEAVY, viewer=HEAVY)
        everyones = JobSearch(workspace=WORKSPACE, viewer=HEAVY)
        for whose, search, most in (("own", own, OWN_MS), ("everyone's", everyones, EVERYONES_MS)):
            total = await ledger.finding.count(search)
            slowest = max([await measure(ledger, search, title, words) for title, words in SEARCHES])
            aims.check(f"finding, {whose} {total:,} prompts", 1_000 * slowest, most, "ms")
        await ledger.close()


async def measure(ledger: Ledger, search: JobSearch, title: str, words: str) -> float:
    """Print how long the first page takes, and counting; return the seconds of the page."""
    worded = replace(search, words=words)
    page = await quickest(lambda: ledger.finding.search(worded, PAGE), ROUNDS)
    count = await quickest(lambda: ledger.finding.count(worded), ROUNDS)
    found = await ledger.finding.count(worded)
    print(f"  {title:12} {found:8,} found   page {1_000 * page:6.1f} ms   count {1_000 * count:6.1f} ms")
    return page


def run(aims: Aims) -> None:
    asyncio.run(main(aims))


if __name__ == "__main__":
    run(Aims())
