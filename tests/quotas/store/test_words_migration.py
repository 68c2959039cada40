"""The table of jobs is made anew so that a job may have no images: nothing of an older ledger is lost."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Reserved
from quotas.store import migrations
from quotas.store.sqlite import FILE
from tests.quotas.helpers import Clock, by, draw, make_close, make_reservation, reserve

OWN = "018_words.sql"
INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations'"


def dump(folder: Path) -> tuple[dict[str, Any], list[Any], set[str]]:
    """Return every row by its columns, the indexes, and the tables that refer to jobs."""
    with sqlite3.connect(folder / FILE) as db:
        db.row_factory = sqlite3.Row
        names = [row["name"] for row in db.execute(TABLES)]
        rows = {
            name: sorted((sorted(dict(row).items()) for row in db.execute(f"SELECT * FROM {name}")), key=repr)
            for name in names
        }
        referring = {
            name
            for name in names
            if any(row["table"] == "jobs" for row in db.execute(f"PRAGMA foreign_key_list({name})"))
        }
        return rows, [tuple(row) for row in db.execute(INDEXES)], referring


async def fill(ledger: Ledger) -> None:
    """Leave a row in every table that refers to jobs, and jobs in every state, some of a comparison."""
    kept = await draw(ledger, words="a fox")
    await ledger.jobs.deliver(kept.id, "discord", "general", "m1", "{}")
    await ledger.jobs.share(kept.id, "{}", "discord", "general", "m2")
    await ledger.finding.keep(kept.id, "foxes")
    await ledger.waiting.put((await draw(ledger)).id, "no way")
    await ledger.jobs.start((await reserve(ledger, 2, reply_token="token", reply_until=9)).id)
    await reserve(ledger, 3, inputs_micros=7)
    released = await reserve(ledger)
    await ledger.jobs.release(released.id, make_close(0, uncertain=5))
    first = await reserve(ledger)
    await reserve(ledger, comparison=first.id)
    await ledger.settings.grant(workspace="team", person="discord:ann", images=1, money=2, **by())


async def test_nothing_is_lost(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [each for each in migrations.shipped() if each.name < OWN]
    with monkeypatch.context() as older:
        older.setattr(migrations, "shipped", lambda: before)
        ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
        await fill(ledger)
        await ledger.close()
    rows, indexes, referring = dump(tmp_path)
    assert {name for name in referring if not rows[name]} == set()
    assert {dict(row)["state"] for row in rows["jobs"]} == {"reserved", "running", "settled", "released"}

    ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
    assert await ledger.verify() == []
    new_rows, new_indexes, new_referring = dump(tmp_path)
    assert {name: new_rows[name] for name in rows} == rows
    assert (set(indexes) - set(new_indexes), referring - new_referring) == (set(), set())
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM jobs")
    db.close()

    answer = await ledger.jobs.reserve(make_reservation(0, unit_micros=0, inputs_micros=9))
    assert isinstance(answer, Reserved)
    await ledger.jobs.release(answer.job.id, Close())
    assert await ledger.verify() == []
    await ledger.close()
