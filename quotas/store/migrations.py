"""Migrations: numbered .sql files in the folder beside this module, run in order in one transaction.

Each is recorded by name and SHA-256. A ledger is refused if one of its migrations has another hash, or is
not known to this version.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from quotas.store.carry_over import carry_over, carry_words_over
from quotas.store.errors import LedgerUnavailable
from quotas.store.private import create_private
from quotas.store.transaction import Transaction

_STEPS = {"008_tables.sql": carry_over, "014_finding.sql": carry_words_over}
_RECORD = """CREATE TABLE IF NOT EXISTS migrations (
  name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL)"""
_RECORDED = "SELECT name, sha256 FROM migrations ORDER BY name"
_HAS_RECORD = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'migrations'"


@dataclass(frozen=True, slots=True)
class Migration:
    """Numbered SQL, and a step in Python that follows it in the same transaction."""

    name: str
    text: str
    step: Callable[[Transaction], None] | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def shipped() -> list[Migration]:
    """Return the migrations of this version, in order."""
    folder = resources.files("quotas.store") / "migrations"
    files = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    migrations = (Migration(file.name, file.read_text("utf-8"), _STEPS.get(file.name)) for file in files)
    return sorted(migrations, key=lambda migration: migration.name)


def pending(tx: Transaction, known: list[Migration]) -> list[Migration]:
    """Return the known migrations that this ledger lacks. Raises LedgerUnavailable if it has others."""
    (has_record,) = tx.execute(_HAS_RECORD).fetchone()
    recorded = tx.execute(_RECORDED).fetchall() if has_record else []
    for (name, sha256), ours in zip(recorded, [*known, *[None] * len(recorded)], strict=False):
        if ours is None or name != ours.name:
            raise LedgerUnavailable(
                f"this ledger was written by a newer version ({name}); update imagine-bot"
            )
        if sha256 != ours.sha256:
            raise LedgerUnavailable(
                f"migration {name} is not the one this ledger was made with; reinstall imagine-bot"
            )
    return known[len(recorded) :]


def check(tx: Transaction, known: list[Migration]) -> None:
    """Raise LedgerUnavailable if this ledger is of an older or newer version."""
    if pending(tx, known):
        raise LedgerUnavailable(
            "this ledger is of an older version; start `imagine run` once to bring it up to date"
        )


def migrate(db: sqlite3.Connection, path: Path, known: list[Migration]) -> None:
    """Bring the ledger up to date. An existing ledger is copied first, to `imagine.db.before-NNN`."""
    missing = pending(db, known)
    if missing and len(missing) < len(known):
        _copy(db, path.with_name(f"{path.name}.before-{missing[0].name[:3]}"))
    if missing:
        _apply(db, missing)


def _copy(db: sqlite3.Connection, target: Path) -> None:
    """Copy the ledger. The copy gets its name last, so it is complete or absent."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        create_private(unfinished)  # SQLite fills an empty file, and would make one that others may read
        db.execute("VACUUM INTO ?", (str(unfinished),))
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
    except OSError as error:
        raise LedgerUnavailable(f"the ledger could not be copied to {target} ({error.strerror})") from error


def _apply(db: sqlite3.Connection, migrations: list[Migration]) -> None:
    """Apply all or none: a process that is killed meanwhile must not leave half of them."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(_RECORD)
        for migration in migrations:
            for statement in statements(migration.text):
                db.execute(statement)
            if migration.step is not None:
                migration.step(db)
            row = (migration.name, migration.sha256, int(time.time()))
            db.execute("INSERT INTO migrations VALUES (?, ?, ?)", row)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def statements(text: str) -> Iterator[str]:
    """Split SQL at the semicolons that end a statement. (`executescript` would commit before it begins.)"""
    statement = ""
    for piece in text.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n;"):
                yield statement
            statement = ""
