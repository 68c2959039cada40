"""The SQLite driver: connections, batches of operations, and the mapping of SQLite's errors to LedgerError.

aiosqlite changes to its thread for every statement; `run` does so once for a whole function. Group commit is
faster only because of that. One connection writes and checkpoints. Readers may do neither: SQLite before
3.51.3 can corrupt a file if one connection resets its write-ahead log while another one commits.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from quotas.store.errors import LedgerError, LedgerUnavailable
from quotas.store.transaction import Operation, Refusal, Transaction

T = TypeVar("T")

FILE = "imagine.db"
BUSY_MILLISECONDS = 5_000  # a check by hand may hold the file for a moment
CACHED_STATEMENTS = 512  # more than there are; Python's default is 128


# The low byte of SQLite's extended codes is the primary code (https://sqlite.org/rescode.html).
_UNAVAILABLE = {
    sqlite3.SQLITE_FULL: "the disk that holds the ledger is full; free some space",
    sqlite3.SQLITE_READONLY: "the ledger is read-only; make its folder writable for this user",
    sqlite3.SQLITE_CANTOPEN: "the ledger cannot be opened; check that its folder exists and is yours",
    sqlite3.SQLITE_PERM: "the ledger may not be opened; check who owns its folder",
    sqlite3.SQLITE_CORRUPT: "the ledger's file is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the ledger's file is not a database; restore a backup",
    sqlite3.SQLITE_BUSY: "another process holds the ledger; stop it, or wait for it",
    sqlite3.SQLITE_LOCKED: "another process holds the ledger; stop it, or wait for it",
    sqlite3.SQLITE_IOERR: "the disk that holds the ledger failed to read or write",
    sqlite3.SQLITE_NOMEM: "there is not enough memory for the ledger",
}


def explain(error: sqlite3.Error) -> LedgerError:
    """Return the LedgerError for one of SQLite's errors. Chain it: `raise explain(error) from error`."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _UNAVAILABLE:
        return LedgerUnavailable(_UNAVAILABLE[code])
    return LedgerError(f"the ledger's own rules refused this ({error})")


class Connection(aiosqlite.Connection):
    """An aiosqlite connection that runs a whole function on its thread."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # lets a process end that failed before it closed the connection

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call `work` with the sqlite3 connection, on its thread. Raises SQLite's errors as LedgerError."""
        try:
            return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]
        except sqlite3.Error as error:
            raise explain(error) from error

    async def write_batch(self, operations: Sequence[Operation[Any]], seconds: float) -> list[Any]:
        """Write operations in one transaction, as `writer.Driver` describes."""
        return await self.run(partial(_commit, operations, seconds))

    async def open(self) -> None:
        """Start the thread and open the file. Raises LedgerError, after the thread has ended."""
        try:
            await self
        except sqlite3.Error as error:
            # Otherwise the thread could report its end to a loop that is closed by then.
            await asyncio.to_thread(self._thread.join)
            raise explain(error) from error


def _commit(operations: Sequence[Operation[Any]], seconds: float, db: sqlite3.Connection) -> list[Any]:
    end = time.monotonic() + seconds
    answers: list[Any] = []
    db.execute("BEGIN IMMEDIATE")
    try:
        for operation in operations:
            answers.append(_attempt(operation, db))
            if time.monotonic() > end:
                break
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return answers


def _attempt(operation: Operation[Any], db: sqlite3.Connection) -> Any:
    """Return the answer of one operation, or its exception."""
    db.execute("SAVEPOINT operation")
    try:
        answer = operation(db)
    except Exception as error:
        if not db.in_transaction:  # SQLite gave up the whole transaction: full disk, failed read or write
            raise
        answer = Refusal(_mapped(error))
    if isinstance(answer, Refusal):
        db.execute("ROLLBACK TO operation")
        answer = answer.answer
    db.execute("RELEASE operation")
    return answer


def _mapped(error: Exception) -> Exception:
    if not isinstance(error, sqlite3.Error):
        return error
    mapped = explain(error)
    mapped.__cause__ = error
    return mapped


async def open_writer(path: Path) -> Connection:
    """Open the one connection that writes, and make the file if needed. Raises LedgerUnavailable."""
    erasing = "secure_delete = ON"  # overwrites deleted content with zeros
    durable = "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"
    return await _open(path, "rwc", (*durable, erasing))


async def open_reader(path: Path) -> Connection:
    """Open a connection that only reads and never checkpoints. Raises LedgerUnavailable."""
    if not await asyncio.to_thread(path.exists):
        raise LedgerUnavailable(f"there is no ledger in {path.parent} yet; `imagine run` makes one")
    return await _open(path, "rw", ("query_only = ON", "wal_autocheckpoint = 0"))


async def _open(path: Path, mode: str, pragmas: tuple[str, ...]) -> Connection:
    def connect() -> sqlite3.Connection:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=False,
        )
        try:
            for pragma in (f"busy_timeout = {BUSY_MILLISECONDS}", *pragmas):
                db.execute(f"PRAGMA {pragma}")
            # Reports a damaged file now, not at its first use.
            db.execute("SELECT COUNT(*) FROM sqlite_master")
        except BaseException:
            db.close()
            raise
        return db

    connection = Connection(connect)
    await connection.open()
    return connection


def rewrite(tx: Transaction) -> None:
    """Write the file anew and remove the copies from before an update, so that no deleted byte is left.

    Rows that moved between pages leave bytes behind in the unused part of a page.
    """
    tx.execute("VACUUM")
    (_, _, name) = tx.execute("PRAGMA database_list").fetchone()
    for copy in Path(name).parent.glob(f"{Path(name).name}.before-*"):
        copy.unlink(missing_ok=True)


def fold_log(tx: Transaction) -> bool:
    """Fold the write-ahead log into the file and empty it. False: a reader still needs the log.

    Does not wait for that reader, because writers would wait, too.
    """
    tx.execute("PRAGMA busy_timeout = 0")
    try:
        busy, _, _ = tx.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        tx.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    return not busy
