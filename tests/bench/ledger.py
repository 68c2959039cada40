"""The ledger compared with raw sqlite3, as ratios of one run: `python -m tests.bench.ledger`.

One pair is a reservation and a settlement, each durable before it is answered.
  raw   sqlite3, one transaction per operation: one counter row, one job row, a look-up of the request id
  core  the same SQL through the writer's queue, 50 tasks
  full  the ledger's reserve, start and settle, with eight counters, settings, names and rollup, 50 tasks

Group commit saves flushes, so the ratios depend on the disk. The aims are for a flush of 0.2 ms or more. If a
flush takes 0.06 ms there is little to save, and the full pair, with ten times the work, is slower than raw.
The time of a flush is printed too.
"""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from pathlib import Path

from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Reservation, Reserved
from quotas.store.sqlite import open_writer
from quotas.store.writer import Writer
from tests.bench.parts.aims import Aims

ROUNDS = 5
TASKS = 50
PAIRS = 1_500
PEOPLE = 200
SCHEMA = (
    "CREATE TABLE counter (person TEXT PRIMARY KEY, used BIGINT NOT NULL)",
    "CREATE TABLE job (id BIGINT PRIMARY KEY, request TEXT UNIQUE, person TEXT, state TEXT, charge BIGINT)",
)
numbers = count(1)


def reserve(number: int, db: sqlite3.Connection) -> int:
    person = f"discord:{number % PEOPLE}"
    if db.execute("SELECT id FROM job WHERE request = ?", (f"request:{number}",)).fetchone():
        return 0
    update = db.execute(
        "UPDATE counter SET used = used + 1 WHERE person = ? AND used + 1 <= 1000000", (person,)
    )
    db.execute("INSERT INTO job VALUES (?, ?, ?, 'reserved', 0)", (number, f"request:{number}", person))
    return update.rowcount


def settle(number: int, db: sqlite3.Connection) -> int:
    update = db.execute(
        "UPDATE job SET state = 'settled', charge = 1 WHERE id = ? AND state = 'reserved'", (number,)
    )
    db.execute("UPDATE counter SET used = used - 0 WHERE person = ?", (f"discord:{number % PEOPLE}",))
    return update.rowcount


def prepare(db: sqlite3.Connection) -> None:
    for statement in SCHEMA:
        db.execute(statement)
    db.executemany("INSERT INTO counter VALUES (?, 0)", [(f"discord:{number}",) for number in range(PEOPLE)])


def raw(db: sqlite3.Connection) -> float:
    start = time.perf_counter()
    for _ in range(PAIRS):
        number = next(numbers)
        for operation in (reserve, settle):
            db.execute("BEGIN IMMEDIATE")
            assert operation(number, db) == 1
            db.execute("COMMIT")
    return PAIRS / (time.perf_counter() - start)


async def at_once(pair: Callable[[int], Awaitable[None]]) -> float:
    async def task() -> None:
        for _ in range(PAIRS // TASKS):
            await pair(next(numbers))

    start = time.perf_counter()
    await asyncio.gather(*(task() for _ in range(TASKS)))
    return PAIRS / (time.perf_counter() - start)


async def core_pair(writer: Writer, number: int) -> None:
    assert await writer.do(partial(reserve, number)) == 1
    assert await writer.do(partial(settle, number)) == 1


async def full_pair(ledger: Ledger, number: int) -> None:
    reserved = await ledger.jobs.reserve(reservation(number))
    assert isinstance(reserved, Reserved)
    assert await ledger.jobs.start(reserved.job.id)
    assert await ledger.jobs.settle(
        reserved.job.id, Close(images=1, charge_micros=60_000, cost_micros=60_000)
    )


def reservation(number: int) -> Reservation:
    return Reservation(
        request_id=f"request:{number}",
        workspace="discord:1",
        channel=f"discord:{number % 10}",
        person=f"discord:{number % PEOPLE}",
        name=f"Person {number % PEOPLE}",
        roles=("discord:7", "discord:8"),
        tier="standard",
        model="imagen-4-0",
        quality="",
        ratio="1:1",
        images=1,
        official_micros=40_000,
        unit_micros=60_000,
        multiplier="1.5",
        price_since="2026-01-01",
        origin="imagine",
        request='{"prompt": "a red fox in snow"}',
        platform="discord",
        address='{"channel": "discord:1"}',
    )


def say(name: str, rates: list[float], base: list[float], aim: float, aims: Aims) -> None:
    ratios = [rate / other for rate, other in zip(rates, base, strict=True)]
    middle = statistics.median(ratios)
    print(f"{name:5} {middle:6.2f} x raw   ({min(ratios):.2f} .. {max(ratios):.2f})")
    aims.check(f"ledger, {name} pair beside raw sqlite3", middle, aim, least=True)


def flush_milliseconds(file: Path) -> float:
    took = []
    with file.open("wb") as out:
        for _ in range(200):
            out.write(bytes(4096))
            out.flush()
            start = time.perf_counter()
            os.fdatasync(out.fileno())
            took.append(1_000 * (time.perf_counter() - start))
    return statistics.median(took)


async def main(aims: Aims) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = await open_writer(folder / "core.db")
        await connection.run(prepare)
        writer = Writer(connection)
        db = sqlite3.connect(folder / "raw.db", isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        prepare(db)
        ledger = await Ledger.open(folder / "full", Defaults(images_per_day=1_000_000))
        rates: dict[str, list[float]] = {"raw": [], "core": [], "full": []}
        flush = flush_milliseconds(folder / "flushed")
        for _ in range(ROUNDS):
            rates["raw"].append(raw(db))
            rates["core"].append(await at_once(partial(core_pair, writer)))
            rates["full"].append(await at_once(partial(full_pair, ledger)))
        await writer.close()
        await ledger.close()
        db.close()
    rate = statistics.median(rates["raw"])
    print(f"raw     1.00         ({rate:.0f} pairs a second; a flush takes {flush:.2f} ms)")
    say("core", rates["core"], rates["raw"], 5.0, aims)
    say("full", rates["full"], rates["raw"], 1.5, aims)


def run(aims: Aims) -> None:
    asyncio.run(main(aims))


if __name__ == "__main__":
    run(Aims())
