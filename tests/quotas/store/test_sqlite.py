import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import Defaults, Reserved
from quotas.store import migrations
from quotas.store.errors import LedgerError, LedgerUnavailable
from quotas.store.lock import LOCK_FILE, OwnerLock
from quotas.store.migrations import Migration, shipped
from quotas.store.sqlite import FILE, explain, open_reader, open_writer
from quotas.store.sqlite_store import open_store
from tests.quotas.helpers import make_reservation, reserve


async def open_ledger(folder: Path, *, read_only: bool = False) -> Ledger:
    return await Ledger.open(folder, Defaults(images_per_day=1_000), read_only=read_only)


def run_sql(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Run SQL in the file, past the ledger."""
    db = sqlite3.connect(path)
    try:
        with db:
            return db.execute(sql).fetchall()
    finally:
        db.close()


def read_modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_connections_have_the_durable_pragmas(tmp_path: Path) -> None:
    writer, reader = await open_writer(tmp_path / FILE), await open_reader(tmp_path / FILE)
    for pragma, of_writer, of_reader in (
        ("journal_mode", "wal", "wal"),
        ("synchronous", 2, 2),
        ("foreign_keys", 1, 0),
        ("query_only", 0, 1),
        ("wal_autocheckpoint", 1000, 0),
        ("busy_timeout", 5000, 5000),
    ):
        for connection, expected in ((writer, of_writer), (reader, of_reader)):
            got = await connection.run(lambda db, p=pragma: db.execute(f"PRAGMA {p}").fetchone()[0])  # type: ignore[misc]
            assert got == expected, pragma
    with pytest.raises(LedgerUnavailable, match="read-only"):
        await reader.run(lambda db: db.execute("CREATE TABLE t (x)"))
    await reader.close()
    await writer.close()


async def test_a_full_disk_raises_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    ledger = await open_ledger(tmp_path)
    connection = ledger._store._writer._connection  # type: ignore[union-attr]
    pages = await connection.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await connection.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 12}"))
    answers = await asyncio.gather(
        *(ledger.jobs.reserve(make_reservation()) for _ in range(300)), return_exceptions=True
    )
    failed = [answer for answer in answers if not isinstance(answer, Reserved)]
    assert failed
    assert {type(answer) for answer in failed} == {LedgerUnavailable}
    assert "disk" in str(failed[0])
    accepted = [answer.job.id for answer in answers if isinstance(answer, Reserved)]
    assert [job.id for job in await ledger.jobs.list_open()] == accepted
    assert await ledger.verify() == []
    await connection.run(lambda db: db.execute("PRAGMA max_page_count = 1000000"))
    await reserve(ledger)
    assert await ledger.verify() == []
    await ledger.close()


async def test_a_read_only_disk_raises(tmp_path: Path) -> None:
    ledger = await open_ledger(tmp_path)
    job = await reserve(ledger)
    connection = ledger._store._writer._connection  # type: ignore[union-attr]
    await connection.run(lambda db: db.execute("PRAGMA query_only = ON"))
    for attempt in (
        ledger.jobs.reserve(make_reservation()),
        ledger.jobs.start(job.id),
        ledger.kept.put("slack", "a", "b"),
    ):
        with pytest.raises(LedgerUnavailable, match="read-only"):
            await attempt
    assert await ledger.jobs.get(job.id) == job
    await ledger.close()


async def test_a_damaged_file_raises(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database at all" * 1_000)
    for read_only in (False, True):
        with pytest.raises(LedgerUnavailable, match="not a database"):
            await open_ledger(tmp_path, read_only=read_only)


async def test_an_impossible_folder_raises(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnavailable, match="cannot be made"):
        await open_ledger(tmp_path / "file" / "data")
    with pytest.raises(LedgerUnavailable, match="cannot be made"):
        OwnerLock(tmp_path / "file" / "data").acquire()
    (tmp_path / "imagine.db").mkdir()
    with pytest.raises(LedgerUnavailable, match="cannot be opened"):
        await open_ledger(tmp_path)


def test_every_error_of_sqlite_is_mapped() -> None:
    for code in range(1, 27):
        error = sqlite3.OperationalError("words")
        error.sqlite_errorcode = code | 0x300
        assert isinstance(explain(error), LedgerError)
    for plain in (sqlite3.ProgrammingError("closed"), sqlite3.IntegrityError("CHECK"), sqlite3.Error()):
        assert type(explain(plain)) is LedgerError


async def test_a_closed_ledger_raises(tmp_path: Path) -> None:
    ledger = await open_ledger(tmp_path)
    await ledger.close()
    await ledger.close()
    for attempt in (ledger.jobs.reserve(make_reservation()), ledger.jobs.get(1)):
        with pytest.raises(LedgerUnavailable, match="closed"):
            await attempt


async def test_closing_refuses_reads_that_wait(tmp_path: Path) -> None:
    ledger = await open_ledger(tmp_path)
    questions = [asyncio.create_task(ledger.verify()) for _ in range(9)]
    await asyncio.sleep(0)
    await ledger.close()
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert all(answer == [] or isinstance(answer, LedgerUnavailable) for answer in answers)
    assert any(isinstance(answer, LedgerUnavailable) for answer in answers)


async def test_a_reader_works_beside_the_owner(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="no ledger"):
        await open_ledger(tmp_path, read_only=True)
    assert os.listdir(tmp_path) == []
    owner = await open_ledger(tmp_path)
    beside = await open_ledger(tmp_path, read_only=True)
    job = await reserve(owner)
    assert await beside.jobs.get(job.id) == job
    assert await beside.verify() == []
    with pytest.raises(LedgerUnavailable, match="read only"):
        await beside.jobs.reserve(make_reservation())
    await owner.close()
    assert await beside.jobs.get(job.id) == job
    await beside.close()


async def test_the_database_refuses_to_change_entries(tmp_path: Path) -> None:
    ledger = await open_ledger(tmp_path)
    await ledger.settings.grant(
        workspace="team", person="ann", images=1, money=0, author="boss", reason="", request_id="r"
    )
    await ledger.close()
    for sql in ("UPDATE entries SET author = 'me'", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            run_sql(tmp_path / FILE, sql)


NEXT = Migration("999_next.sql", "CREATE TABLE next (a TEXT); -- not; this\nINSERT INTO next VALUES ('x;y');")


async def test_an_older_ledger_is_copied_and_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await open_ledger(tmp_path)
    job = await reserve(ledger)
    await ledger.close()
    assert not any("before" in name for name in os.listdir(tmp_path))  # a new ledger needs no copy
    both = [*shipped(), NEXT]
    monkeypatch.setattr(migrations, "shipped", lambda: both)
    with pytest.raises(LedgerUnavailable, match="older version"):
        await open_ledger(tmp_path, read_only=True)
    ledger = await open_ledger(tmp_path)
    assert await ledger.jobs.get(job.id) == job
    await ledger.close()
    assert run_sql(tmp_path / FILE, "SELECT a FROM next") == [("x;y",)]
    copy = tmp_path / "imagine.db.before-999"
    assert run_sql(copy, "SELECT id FROM jobs") == [(job.id,)]
    assert run_sql(copy, "SELECT COUNT(*) FROM migrations") == [(len(shipped()),)]
    ledger = await open_ledger(tmp_path)  # and nothing more to do
    await ledger.close()


async def test_a_ledger_that_cannot_be_copied_is_not_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await open_ledger(tmp_path)).close()
    os.mkdir(tmp_path / "imagine.db.before-999")
    both = [*shipped(), NEXT]
    monkeypatch.setattr(migrations, "shipped", lambda: both)
    with pytest.raises(LedgerUnavailable, match="could not be copied"):
        await open_ledger(tmp_path)
    assert run_sql(tmp_path / FILE, "SELECT COUNT(*) FROM migrations") == [(len(shipped()),)]


async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await open_ledger(tmp_path)).close()
    broken = Migration("999_broken.sql", "CREATE TABLE half (a TEXT); CREATE TABLE jobs (a TEXT);")
    before = [*shipped(), Migration("998_sound.sql", "CREATE TABLE sound (a TEXT);")]
    monkeypatch.setattr(migrations, "shipped", lambda: [*before, broken])
    for _ in range(2):
        with pytest.raises(LedgerError):
            await open_ledger(tmp_path)
    made = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('half', 'sound')"
    assert run_sql(tmp_path / FILE, made) == [(0,)]
    monkeypatch.undo()
    await (await open_ledger(tmp_path)).close()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("INSERT INTO migrations VALUES ('999_future.sql', 'x', 0)", "newer version"),
        ("UPDATE migrations SET sha256 = 'x' WHERE name LIKE '001%'", "not the one"),
    ],
)
async def test_a_ledger_of_another_version_is_refused(tmp_path: Path, sql: str, words: str) -> None:
    await (await open_ledger(tmp_path)).close()
    run_sql(tmp_path / FILE, sql)
    before = (tmp_path / FILE).read_bytes()
    for read_only in (False, True):
        with pytest.raises(LedgerUnavailable, match=words):
            await open_ledger(tmp_path, read_only=read_only)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_every_file_of_an_open_folder_is_for_its_owner_alone(tmp_path: Path, umask: int) -> None:
    os.chmod(tmp_path, 0o755)
    before = os.umask(umask)
    try:
        lock = OwnerLock(tmp_path)
        assert lock.acquire()
        ledger = await open_ledger(tmp_path)
        await reserve(ledger)
        modes = read_modes(tmp_path)
        await ledger.close()
        lock.release()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys((FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK_FILE), 0o600)


async def test_files_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    """As an earlier version made them; the copy from before an update is made like this, too."""
    before = os.umask(0o022)
    try:
        db = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        migrations.migrate(db, tmp_path / FILE, shipped()[:-1])
        db.close()
        for name in (FILE, LOCK_FILE, f"{FILE}.before-004"):
            (tmp_path / name).touch()
            (tmp_path / name).chmod(0o644)
        (tmp_path / "pictures").mkdir(mode=0o755)
        lock = OwnerLock(tmp_path)
        assert lock.acquire()
        await (await open_ledger(tmp_path)).close()
        lock.release()
    finally:
        os.umask(before)
    modes = read_modes(tmp_path)
    copies = [f"{FILE}.before-004", f"{FILE}.before-{shipped()[-1].name[:3]}"]
    assert modes == dict.fromkeys((FILE, LOCK_FILE, *copies), 0o600) | {"pictures": 0o700}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("lost", ["empty", "missing"])
async def test_a_lost_ledger_is_no_new_one(tmp_path: Path, lost: str, *, read_only: bool) -> None:
    path = tmp_path / FILE
    if lost == "empty":
        path.touch()
    (tmp_path / "pictures" / "1M82").mkdir(parents=True)
    if not read_only:
        await (await open_ledger(tmp_path)).close()
        path.unlink()
        if lost == "empty":
            path.touch()
    (tmp_path / "pictures" / "1M82" / "1M82NB6YV3FN3-1.png").touch()
    with pytest.raises(LedgerUnavailable) as refused:
        await open_ledger(tmp_path, read_only=read_only)
    assert str(refused.value) == (
        f"{path} is {lost}, but an earlier ledger left pictures beside it; "
        "restore a backup, or move what is left elsewhere to begin anew"
    )
    assert not path.exists() if lost == "missing" else path.stat().st_size == 0
    (tmp_path / f"{FILE}.before-008").write_bytes(b"copy")
    (tmp_path / f"{FILE}.before-009").write_bytes(b"copy")
    (tmp_path / f"{FILE}.before-010.unfinished").write_bytes(b"half")
    with pytest.raises(LedgerUnavailable, match=f"copy {FILE}.before-009 to {FILE}, or restore a backup"):
        await open_ledger(tmp_path, read_only=read_only)


def test_one_process_owns_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    lock, other = OwnerLock(folder), OwnerLock(folder)
    assert lock.acquire()
    assert lock.acquire()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert int((folder / LOCK_FILE).read_text()) > 0
    assert not other.acquire()
    assert acquire_elsewhere(folder) == "False"
    lock.release()
    lock.release()
    assert other.acquire()
    other.release()
    assert acquire_elsewhere(folder) == "True"


def acquire_elsewhere(folder: Path) -> str:
    """Return what another process prints when it tries to lock the folder."""
    script = (
        "import pathlib, sys, quotas.store.lock as o; print(o.OwnerLock(pathlib.Path(sys.argv[1])).acquire())"
    )
    command = [sys.executable, "-c", script, str(folder)]
    root = Path(__file__).parents[3]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


async def test_a_ledger_that_its_first_owner_is_still_making_cannot_be_read(tmp_path: Path) -> None:
    await (await open_store(tmp_path / FILE)).close()  # migrated, and without the operator's time zone
    with pytest.raises(LedgerUnavailable, match="is just being made"):
        await open_ledger(tmp_path, read_only=True)
    await (await open_ledger(tmp_path)).close()
    await (await open_ledger(tmp_path, read_only=True)).close()
