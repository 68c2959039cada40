"""The store in a SQLite file: one writer with its queue and two readers, opened and closed together."""

import asyncio
import contextlib
from functools import partial
from pathlib import Path
from typing import TypeVar

from quotas.store import migrations
from quotas.store.errors import LedgerUnavailable
from quotas.store.lock import make_folder
from quotas.store.private import PICTURES, create_private, restrict
from quotas.store.sqlite import Connection, open_reader, open_writer
from quotas.store.transaction import Operation, Transaction, Work
from quotas.store.writer import Writer

T = TypeVar("T")

READERS = 2  # a long report must not delay the next read; more readers would only share the same cores


class SqliteStore:
    """A Store in an open SQLite file."""

    def __init__(self, writer: Writer | None, readers: list[Connection]) -> None:
        self._writer = writer
        self._readers = readers
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._closed = False

    @property
    def pulse(self) -> tuple[int, int, int]:
        """Transactions and operations since the file was opened, and operations that wait."""
        writer = self._writer
        return (writer.commits, writer.operations, writer.waiting) if writer else (0, 0, 0)

    async def read(self, work: Work[T]) -> T:
        """Run `work`; all its statements see the same moment. Raises LedgerUnavailable if closed."""
        reader = await self._idle.get()
        try:
            if self._closed:  # perhaps while we waited for a reader
                raise LedgerUnavailable("the ledger is closed")
            return await reader.run(partial(_snapshot, work))
        finally:
            self._idle.put_nowait(reader)

    async def write(self, operation: Operation[T]) -> T:
        """Run one operation; it is on disk when this returns. Raises as Writer.do does."""
        if self._writer is None:
            raise LedgerUnavailable("the ledger was opened to be read only")
        return await self._writer.do(operation)

    async def between(self, work: Work[T]) -> T:
        """Run `work` on the connection that writes, in no transaction. Raises as `write` does."""
        if self._writer is None:
            raise LedgerUnavailable("the ledger was opened to be read only")
        return await self._writer.between(work)

    async def close(self) -> None:
        """Write the operations that wait, then close. Afterwards every method raises LedgerUnavailable."""
        if self._closed:
            return
        self._closed = True
        for reader in self._readers:  # first: the last connection to close folds the log into the file
            await reader.close()
        if self._writer is not None:
            await self._writer.close()


async def open_store(path: Path) -> SqliteStore:
    """Open a file to write; make folder and file if needed, and migrate. The caller must own the folder.

    Raises LedgerUnavailable, also if the file was lost: then a new one would begin with everything unspent.
    """
    make_folder(path.parent)
    await asyncio.to_thread(_refuse_lost, path)
    await asyncio.to_thread(_make_private, path)
    connection = await open_writer(path)
    try:
        await connection.run(lambda db: migrations.migrate(db, path, migrations.shipped()))
        return SqliteStore(Writer(connection), await _open_readers(path))
    except BaseException:
        await connection.close()
        raise


async def open_store_read_only(path: Path) -> SqliteStore:
    """Open a file to read, beside an owner or without one."""
    await asyncio.to_thread(_refuse_lost, path)
    store = SqliteStore(None, await _open_readers(path))
    try:
        await store.read(lambda tx: migrations.check(tx, migrations.shipped()))
    except BaseException:
        await store.close()
        raise
    return store


def _refuse_lost(path: Path) -> None:
    """Refuse to begin a new ledger where an earlier one left something."""
    with contextlib.suppress(OSError):  # SQLite says what is wrong
        what = "is empty" if path.exists() else "is missing"
        if path.exists() and (not path.is_file() or path.stat().st_size > 0):
            return
        copies = [copy for copy in _copies(path) if copy.suffix != ".unfinished" and copy.stat().st_size > 0]
        pictures = path.parent / PICTURES
        found = [pictures] if any(each.is_file() for each in pictures.rglob("*")) else []
        found += copies
        if found:
            newest = max(copies, default=None)
            fix = f"copy {newest.name} to {path.name}, or restore" if newest else "restore"
            left = ", ".join(each.name for each in found)
            raise LedgerUnavailable(
                f"{path} {what}, but an earlier ledger left {left} beside it; "
                f"{fix} a backup, or move what is left elsewhere to begin anew"
            )


def _make_private(path: Path) -> None:
    """Make the file for its owner alone; SQLite gives its log and its index the mode of the file."""
    with contextlib.suppress(OSError):  # SQLite says what is wrong
        create_private(path)
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")), *_copies(path)):
        restrict(each)
    restrict(path.parent / PICTURES)


def _copies(path: Path) -> list[Path]:
    """Return the copies that were made before an update."""
    return list(path.parent.glob(f"{path.name}.before-*"))


async def _open_readers(path: Path) -> list[Connection]:
    first = await open_reader(path)
    try:
        rest = [await open_reader(path) for _ in range(READERS - 1)]
    except BaseException:
        await first.close()
        raise
    return [first, *rest]


def _snapshot(work: Work[T], tx: Transaction) -> T:
    tx.execute("BEGIN")
    try:
        return work(tx)
    finally:
        tx.execute("ROLLBACK")
