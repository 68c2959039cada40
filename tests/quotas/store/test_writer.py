import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from quotas.store import writer as module
from quotas.store.errors import LedgerBusy, LedgerError, LedgerUnavailable
from quotas.store.sqlite import Connection, open_reader, open_writer
from quotas.store.transaction import Refusal
from quotas.store.writer import Writer


@pytest.fixture
async def connection(tmp_path: Path) -> Connection:
    connection = await open_writer(tmp_path / "test.db")
    await connection.run(lambda db: db.execute("CREATE TABLE noted (n BIGINT PRIMARY KEY CHECK (n >= 0))"))
    return connection


@pytest.fixture
async def writer(connection: Connection) -> AsyncIterator[Writer]:
    writer = Writer(connection)
    yield writer
    await writer.close()


def insert(n: int, db: sqlite3.Connection) -> int:
    db.execute("INSERT INTO noted VALUES (?)", (n,))
    return n


async def stored_rows(tmp_path: Path) -> list[int]:
    """Return the rows on disk, as another connection sees them."""
    reader = await open_reader(tmp_path / "test.db")
    try:
        return await reader.run(
            lambda db: [n for (n,) in db.execute("SELECT n FROM noted ORDER BY n").fetchall()]
        )
    finally:
        await reader.close()


async def test_an_answered_operation_is_on_disk(writer: Writer, tmp_path: Path) -> None:
    assert await writer.do(partial(insert, 1)) == 1
    assert await stored_rows(tmp_path) == [1]


async def test_waiting_operations_share_a_transaction(
    writer: Writer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE", 60.0)
    begun: list[str] = []
    await connection.run(lambda db: db.set_trace_callback(begun.append))
    await asyncio.gather(*(writer.do(partial(insert, n)) for n in range(600)))
    await connection.run(lambda db: db.set_trace_callback(None))
    assert begun.count("COMMIT") == 3  # 256 + 256 + 88


async def test_nobody_waits_for_a_long_batch_to_end(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 0.0)
    answered = threading.Event()

    async def first() -> None:
        await writer.do(partial(insert, 1))
        answered.set()

    def last(db: sqlite3.Connection) -> bool:
        return answered.wait(10)

    _, *others, seen = await asyncio.gather(
        first(), *(writer.do(partial(insert, n)) for n in range(2, 9)), writer.do(last)
    )
    assert seen, "it was answered while the rest was still to be written"
    assert others == list(range(2, 9)), "in the order in which they came"


async def test_a_failing_operation_does_not_fail_its_batch(writer: Writer, tmp_path: Path) -> None:
    def fails(db: sqlite3.Connection) -> None:
        insert(50, db)
        raise KeyError("unplanned")

    answers = await asyncio.gather(
        writer.do(partial(insert, 1)),
        writer.do(fails),
        writer.do(partial(insert, 1)),
        writer.do(partial(insert, -1)),
        writer.do(partial(insert, 2)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [int, KeyError, LedgerError, LedgerError, int]
    assert isinstance(answers[2], LedgerError)
    assert isinstance(answers[2].__cause__, sqlite3.IntegrityError)
    assert await stored_rows(tmp_path) == [1, 2]


async def test_a_refusal_keeps_nothing(writer: Writer, tmp_path: Path) -> None:
    def refuses(db: sqlite3.Connection) -> str | Refusal[str]:
        insert(9, db)
        return Refusal("no")

    answer, number = await asyncio.gather(writer.do(refuses), writer.do(partial(insert, 1)))
    assert (answer, number) == ("no", 1)
    assert await stored_rows(tmp_path) == [1]


async def test_a_failed_commit_fails_the_whole_batch(
    writer: Writer, connection: Connection, tmp_path: Path
) -> None:
    await connection.run(lambda db: db.execute("PRAGMA foreign_keys = ON"))
    await connection.run(
        lambda db: db.execute(
            # A reference that is checked at COMMIT, and not before.
            "CREATE TABLE child (n BIGINT REFERENCES noted (n) DEFERRABLE INITIALLY DEFERRED)"
        )
    )

    def orphan(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO child VALUES (77)")

    answers = await asyncio.gather(
        *(writer.do(partial(insert, n)) for n in range(3)), writer.do(orphan), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [LedgerError] * 4
    assert len({id(answer) for answer in answers}) == 4
    assert await stored_rows(tmp_path) == []
    assert await writer.do(partial(insert, 5)) == 5  # and the next batch is as good as any


async def test_a_transaction_that_sqlite_aborts_fails_the_whole_batch(writer: Writer, tmp_path: Path) -> None:
    def gives_up(db: sqlite3.Connection) -> None:
        db.execute("ROLLBACK")  # as SQLite does by itself when a disk fails
        raise sqlite3.OperationalError("disk I/O error")

    answers = await asyncio.gather(
        writer.do(partial(insert, 1)),
        writer.do(gives_up),
        writer.do(partial(insert, 2)),
        return_exceptions=True,
    )
    assert [isinstance(answer, LedgerError) for answer in answers] == [True] * 3
    assert await stored_rows(tmp_path) == []


async def test_a_cancelled_caller_does_not_break_the_batch(writer: Writer, tmp_path: Path) -> None:
    go, began = threading.Event(), threading.Event()

    def slow(db: sqlite3.Connection) -> int:
        began.set()
        go.wait(10)
        return insert(1, db)

    first = asyncio.create_task(writer.do(slow))
    await asyncio.to_thread(began.wait, 10)
    waiting = [asyncio.create_task(writer.do(partial(insert, n))) for n in (2, 3)]
    await asyncio.sleep(0)
    first.cancel()
    waiting[0].cancel()
    await asyncio.sleep(0)
    go.set()
    assert await waiting[1] == 3
    assert await stored_rows(tmp_path) == [1, 3]  # the first was under way, the second had not been begun


async def test_a_full_queue_raises(writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 20)
    answers = await asyncio.gather(
        *(writer.do(partial(insert, n)) for n in range(30)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [int] * 20 + [LedgerBusy] * 10
    assert await stored_rows(tmp_path) == list(range(20))


async def test_closing_writes_waiting_operations_and_refuses_new_ones(
    connection: Connection, tmp_path: Path
) -> None:
    writer = Writer(connection)
    waiting = [asyncio.create_task(writer.do(partial(insert, n))) for n in range(500)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    with pytest.raises(LedgerUnavailable):
        await writer.do(partial(insert, 999))
    await closing
    assert [task.result() for task in waiting] == list(range(500))
    assert await stored_rows(tmp_path) == list(range(500))
