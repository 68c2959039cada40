"""A ledger as the version with the migrations up to 007 wrote it, and what its buttons carry.

The rows of ledger_007.sql were written by that version: a core on the fake chat, and the adapters' own notes.
Requests for more, confirmations, shares and departures were JSON in the table `kept` then.
"""

import sqlite3
from pathlib import Path

from quotas.store.migrations import migrate, shipped
from quotas.store.sqlite import FILE

MIGRATIONS = 8  # 001 to 007, two of which are 004
ANN, BOB, CAL, DAN, BOSS = "chat:ann", "chat:bob", "chat:cal", "chat:dan", "chat:boss"
EVE = "slack:T1:U0EVELYN01"
TEAM, LEFT = "chat:team", "chat:other"

PRIVATE_JOB = "1M8P3W06NTTH7"  # Ann's, which she shared in the message "m3"
WAITING = "1M8P3W07D38XX"  # Ann's request for more
NOT_ASKED = "1M8P3W086D3SD"  # what Bob was refused
DENIED = "1M8P3W08RVDD1"  # Cal's request, denied today
GRANTED = "1M8P3W0BCN36N"  # Dan's request, granted today
ASKED_SINCE = "1M8P3W0CS6S5R"  # Dan's next request, which waits
RESET = "1M8P3W0DQHA6Y"  # Boss is to confirm that Cal's setting is reset
FORGET = "1M8P3W0DRNCAK"  # Ann is to confirm that she is forgotten
WORDS = "1M8P3W0DS7QSG"  # "a walrus", which Ann may draw without a foreign flag


def write_ledger(folder: Path) -> None:
    """Write the ledger into a folder."""
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    migrate(db, folder / FILE, shipped()[:MIGRATIONS])
    db.executescript(Path(__file__).with_suffix(".sql").read_text("utf-8"))
    db.close()


def execute(folder: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Run one statement past the ledger."""
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()
