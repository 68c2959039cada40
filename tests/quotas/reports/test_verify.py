import sqlite3
from pathlib import Path

import pytest

from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Limits
from quotas.records_workspace import Preferences
from quotas.store.sqlite import FILE
from tests.quotas.helpers import UNIT, Clock, by, draw, reserve

COUNTERS = "counters are what jobs hold and were charged"
EXTRAS = "extras are what was granted"
ROLLUP = "the rollup is the closed jobs"
SET = "what is set is what the log says"
ALERTS = "alerts tell what was spent"
FOUND = "a search finds what was delivered and still has pictures"
KEPT = "what is kept is found"
CHARGES = "no charge is above its hold, and a hold is its price"


@pytest.mark.parametrize(
    ("planted", "caught"),
    [
        ("UPDATE counters SET images = images + 1 WHERE kind = 'person' AND period = '2026-11'", [COUNTERS]),
        ("UPDATE counters SET micros = micros - 1 WHERE kind = 'bot' AND period = '2026-11-22'", [COUNTERS]),
        ("DELETE FROM counters WHERE kind = 'channel'", [COUNTERS, COUNTERS]),
        ("INSERT INTO counters VALUES ('team', 'person', 'ghost', '2026-11-22', 1, 1, 0, 0)", [COUNTERS]),
        ("UPDATE counters SET extra_images = 9 WHERE kind = 'person' AND period = '2026-11-22'", [EXTRAS]),
        ("UPDATE counters SET extra_micros = 1 WHERE kind = 'workspace' AND period = '2026-11'", [EXTRAS]),
        ("UPDATE rollup SET cost_micros = cost_micros + 1", [ROLLUP]),
        ("UPDATE rollup SET beyond_micros = beyond_micros + 1", [ROLLUP]),
        ("DELETE FROM rollup", [ROLLUP, ALERTS]),
        ("UPDATE jobs SET hold_micros = hold_micros + 1 WHERE state = 'settled'", [CHARGES]),
        ("UPDATE jobs SET charge_micros = 99999999, charge_images = 99 WHERE state = 'settled'", None),
        ("UPDATE jobs SET delivered_at = 1 WHERE state = 'reserved'", ["what is delivered is closed"]),
        ("UPDATE limits SET images_per_day = 6 WHERE kind = 'person'", [SET]),
        ("DELETE FROM limits WHERE kind = 'person'", [SET]),
        ("INSERT INTO limits VALUES ('x', 'role', 'r', 1, NULL, NULL, NULL, NULL, 0, NULL)", [SET]),
        ("UPDATE limits SET blocked = 1 WHERE kind = 'workspace'", [SET]),
        ("UPDATE preferences SET value = 'fr' WHERE name = 'language'", [SET]),
        ("INSERT INTO preferences VALUES ('team', 'default_tier', 'fast')", [SET]),
        ("UPDATE workspaces SET next_zone = 'Asia/Tokyo' WHERE id = 'team'", [SET]),
        ("UPDATE alerts SET spent = spent + 1", [ALERTS]),
        ("UPDATE alerts SET spent = 0", [ALERTS]),
        ("INSERT INTO alerts VALUES ('team', '2026-12', 50, 100, 50, 0, NULL)", [ALERTS]),
        ("INSERT INTO grant_days SELECT entry, '2026-11-23' FROM grant_days", [EXTRAS, EXTRAS]),
        ("INSERT INTO messages VALUES ('discord', 'c', 'm', 12345)", ["every reference leads somewhere"]),
        ("UPDATE prompts SET found = 0 WHERE found = 1", [FOUND, KEPT]),
        ("DELETE FROM prompts WHERE found = 1", [FOUND, KEPT]),
        ("UPDATE prompts SET found = 1 WHERE found = 0", [FOUND, FOUND]),
        ("UPDATE prompts SET person = 'ghost' WHERE found = 1", [FOUND, FOUND]),
        ("UPDATE prompts SET workspace = 'elsewhere' WHERE found = 1", [FOUND, FOUND]),
        ("UPDATE jobs SET deleted_at = 1 WHERE state = 'settled'", [FOUND]),
        ("UPDATE jobs SET emptied_at = 1 WHERE state = 'settled'", [FOUND]),
        ("INSERT INTO collected SELECT id, '', 0 FROM jobs WHERE state = 'reserved'", [KEPT]),
    ],
)
async def test_every_planted_difference_is_found(
    tmp_path: Path, clock: Clock, planted: str, caught: list[str] | None
) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
    job = await draw(ledger, 2)
    assert await ledger.jobs.deliver(job.id, "discord", "general", "1", "{}")
    assert await ledger.finding.keep(job.id)
    await reserve(ledger, 1)
    await ledger.jobs.release((await reserve(ledger, 4)).id, Close(uncertain_micros=UNIT))
    await ledger.settings.grant(workspace="team", person="discord:ann", images=2, money=UNIT, **by())
    change = Limits(images_per_day=40)
    await ledger.settings.set_limits(
        workspace="team", kind="person", ref="discord:ann", change=change, **by()
    )
    await ledger.settings.set_budget(workspace="team", money_per_month=4 * UNIT, at_end=None, **by())
    await ledger.settings.set_preferences(
        workspace="team", change=Preferences(language="de"), zone="Europe/Berlin", **by()
    )
    assert len(await ledger.settings.due_alerts()) == 1
    assert await ledger.verify() == []
    await ledger.close()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA ignore_check_constraints = ON")
    with db:
        assert db.execute(planted).rowcount > 0
    db.close()
    beside = await Ledger.open(tmp_path, Defaults(), clock=clock, read_only=True)
    found = [difference.invariant for difference in await beside.verify() if "CHECK" not in difference.stored]
    await beside.close()
    assert found == caught if caught is not None else {COUNTERS, ROLLUP, CHARGES} <= set(found)


async def test_a_difference_names_its_place_and_both_values(tmp_path: Path, clock: Clock) -> None:
    ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
    await draw(ledger, 2)
    await ledger.close()
    db = sqlite3.connect(tmp_path / FILE)
    with db:
        db.execute("UPDATE counters SET images = 5 WHERE kind = 'person' AND period = '2026-11-22'")
    db.close()
    ledger = await Ledger.open(tmp_path, Defaults(), clock=clock)
    (found,) = await ledger.verify()
    await ledger.close()
    assert found.where == "team person discord:ann 2026-11-22"
    assert found.stored == f"5 images, {2 * UNIT} micros"
    assert found.recomputed == f"2 images, {2 * UNIT} micros"
