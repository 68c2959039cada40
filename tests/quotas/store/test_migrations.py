"""Older ledgers are brought up to date, and add up afterwards."""

import json
import sqlite3
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import ANY, Defaults, Entry, Identity, Limits
from quotas.records_workspace import CannotUndo
from quotas.store.migrations import migrate, shipped
from quotas.store.sqlite import FILE
from tests.quotas.helpers import NOON, UNIT, Clock, by

ANN, SAM = "discord:ann", "slack:T1:sam"
LINK = "0123456789ABC"
SETTING = json.dumps({"images_per_day": 7, "tiers": ["fast"], "blocked": True})

# id, request id, workspace, verb, kind, ref, before, after, day, images, micros, as they were written
ENTRIES = (
    (1, "a", "team", "set", "person", ANN, None, '{"images_per_day": 7, "tiers": ["fast"]}', None, 0, 0),
    (2, "b", "team", "block", "person", ANN, '{"images_per_day": 7, "tiers": ["fast"]}', SETTING, None, 0, 0),
    (3, "c", "team", "grant", "person", ANN, None, '{"images": 3}', "2026-11-22", 3, UNIT),
    (4, "d", "slack:T1", "grant", "person", SAM, None, '{"images": 2}', "2026-11-22", 2, 0),
    (5, "e", "team", "link", "person", ANN, None, f'{{"link": "{LINK}"}}', None, 0, 0),
    (6, "e#1", "slack:T1", "link", "person", SAM, None, f'{{"link": "{LINK}"}}', None, 0, 0),
    (
        7,
        "f",
        "team",
        "zone",
        "workspace",
        ANY,
        '{"zone": "UTC"}',
        '{"zone": "Asia/Tokyo", "from": 1}',
        None,
        0,
        0,
    ),
    (8, "g", "team", "set", "role", "r", None, '{"images_per_day": 1}', None, 0, 0),
    (9, "h", "team", "reset", "role", "r", '{"images_per_day": 1}', None, None, 0, 0),
)
# workspace, kind, ref, period, images, micros, extra_images, extra_micros
COUNTERS = (
    ("team", "person", ANN, "2026-11-22", 0, 0, 3, UNIT),
    ("team", "person", ANN, "2026-11", 0, 0, 0, UNIT),
    ("slack:T1", "person", SAM, "2026-11-22", 0, 0, 2, 0),
    ("slack:T1", "person", SAM, "2026-11", 0, 0, 0, 0),
    (ANY, "person", LINK, "2026-11-22", 0, 0, 5, UNIT),
    (ANY, "person", LINK, "2026-11", 0, 0, 0, UNIT),
)


def write_older_ledger(folder: Path) -> None:
    """Write a ledger as the version with three migrations wrote it."""
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    migrate(db, folder / FILE, shipped()[:3])
    for number, request_id, workspace, verb, kind, ref, before, after, day, images, micros in ENTRIES:
        row = number, request_id, NOON, workspace, "boss", verb, kind, ref, before, after, "", None
        db.execute(f"INSERT INTO entries VALUES ({', '.join('?' * 15)})", (*row, day, images, micros))
    db.executemany("INSERT INTO counters VALUES (?, ?, ?, ?, ?, ?, ?, ?)", COUNTERS)
    db.execute(
        "INSERT INTO limits VALUES ('team', 'person', ?, 7, NULL, NULL, '[\"fast\"]', NULL, 1, NULL)", (ANN,)
    )
    db.execute("INSERT INTO workspaces VALUES (?, 'UTC', NULL, NULL)", (ANY,))
    db.execute("INSERT INTO workspaces VALUES ('team', 'UTC', 'Asia/Tokyo', 1)")
    for workspace, person in (("team", ANN), ("slack:T1", SAM)):
        db.execute("INSERT INTO links VALUES (?, ?, ?, 'name', '[]')", (workspace, person, LINK))
    db.close()


async def open_ledger(folder: Path, clock: Clock) -> Ledger:
    return await Ledger.open(folder, Defaults(images_per_day=50), clock=clock)


async def test_older_grants_and_settings_add_up(tmp_path: Path, clock: Clock) -> None:
    write_older_ledger(tmp_path)
    ledger = await open_ledger(tmp_path, clock)
    assert await ledger.verify() == []
    for workspace, person in (("team", ANN), ("slack:T1", SAM)):
        allowance = await ledger.reports.allowance(workspace, person, ())
        assert (allowance.images_day.granted, allowance.money_month.granted) == (5, UNIT)
    assert [entry.id for entry in await ledger.settings.entries(None, 20)] == list(range(9, 0, -1))
    await ledger.close()
    assert (tmp_path / f"{FILE}.before-004").exists()


async def test_older_changes_can_be_undone(tmp_path: Path, clock: Clock) -> None:
    write_older_ledger(tmp_path)
    ledger = await open_ledger(tmp_path, clock)
    for number in (3, 2, 9, 7):
        assert isinstance(await ledger.settings.undo(entry=number, workspace=None, **by()), Entry)
        assert await ledger.verify() == []
    assert await ledger.settings.limits("team", "person", ANN) == Limits(images_per_day=7, tiers=("fast",))
    assert await ledger.settings.limits("team", "role", "r") == Limits(images_per_day=1)
    assert (await ledger.reports.allowance("slack:T1", SAM, ())).images_day.granted == 2
    answer = await ledger.settings.undo(entry=5, workspace=None, **by())
    assert answer == CannotUndo("not_undoable")
    await ledger.people.unlink("team", ANN, reason="", request_id="unlink")
    await ledger.people.link(
        Identity("team", ANN, "Ann"), Identity("slack:T1", SAM, "Sam"), reason="", request_id="link"
    )
    assert await ledger.verify() == []
    await ledger.close()


async def test_the_days_of_a_grant_are_never_changed(tmp_path: Path, clock: Clock) -> None:
    write_older_ledger(tmp_path)
    await (await open_ledger(tmp_path, clock)).close()
    db = sqlite3.connect(tmp_path / FILE)
    for sql in ("UPDATE grant_days SET day = '2026-11-23'", "DELETE FROM grant_days"):
        with pytest.raises(sqlite3.IntegrityError, match="never"), db:
            db.execute(sql)
    db.close()
