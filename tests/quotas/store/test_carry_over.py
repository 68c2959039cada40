"""Values that were JSON in an older ledger have columns afterwards, and nothing of them is lost."""

import json
from pathlib import Path

import pytest

from quotas.ids import id_number
from quotas.jobs.finding import JobSearch
from quotas.ledger import Ledger
from quotas.people.pending import PendingAction
from quotas.privacy.forget import Forgotten
from quotas.privacy.service import Erase
from quotas.records import Defaults
from tests.fakes import ledger_007 as older
from tests.fakes.ledger_007 import ANN, BOB, BOSS, CAL, DAN, EVE, LEFT, TEAM, execute, write_ledger
from tests.quotas.helpers import NOON, Clock, no_pictures

KEYS = "SELECT drawer || ' ' || key FROM kept ORDER BY drawer, key"
PEOPLE = "SELECT drawer || ' ' || key, person FROM kept_people ORDER BY drawer, key, person"
SENT, FILES = f"slack sent:{older.PRIVATE_JOB}", "slack files:C1:1795348800.000100"
JOURNAL, SEEN = "slack asked:slack:T1:13.37.a", "slack seen:Ev0AAA"
ANNS_MESSAGE, BOBS_MESSAGE = f"web message:{older.PRIVATE_JOB}", "web message:1M8P3W07PWPF6"


async def open_ledger(folder: Path) -> Ledger:
    return await Ledger.open(folder, Defaults(images_per_day=4), clock=Clock(NOON))


async def forget(ledger: Ledger, person: str) -> None:
    answer = await ledger.privacy.forget(
        person, None, author=person, reason="", erase=Erase(lambda _: "{}", no_pictures)
    )
    assert isinstance(answer, Forgotten), answer


def keys(folder: Path) -> set[object]:
    return {key for (key,) in execute(folder, KEYS)}


async def test_an_older_ledger_adds_up(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    ledger = await open_ledger(tmp_path)
    assert await ledger.verify() == []
    await ledger.close()
    assert (tmp_path / "imagine.db.before-008").exists()
    ledger = await open_ledger(tmp_path)  # and nothing more to do
    await ledger.close()


async def test_what_waits_for_a_button(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    ledger = await open_ledger(tmp_path)
    assert await ledger.pending.get("words", ANN, older.WORDS) == PendingAction(
        person=ANN, payload="a walrus"
    )
    assert await ledger.pending.get("forget", ANN, older.FORGET) == PendingAction(
        person=ANN, until=NOON + 600
    )
    change = await ledger.pending.get("change", BOSS, older.RESET)
    assert change is not None
    assert (change.workspace, change.subject, change.until) == (TEAM, CAL, NOON + 600)
    assert json.loads(change.payload)["verb"] == "reset"
    await ledger.close()


async def test_requests_for_more(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    ledger = await open_ledger(tmp_path)
    requests = {
        name: request
        for name in (older.WAITING, older.NOT_ASKED, older.DENIED, older.GRANTED, older.ASKED_SINCE)
        if (request := await ledger.raise_requests.get(name)) is not None
    }
    assert [(one.person, one.day, one.answer, one.granted) for one in requests.values()] == [
        (ANN, "2026-11-22", "", False),
        (BOB, "", "", False),
        (CAL, "2026-11-22", "Boss said no.", False),
        (DAN, "2026-11-22", "Boss said yes: 1 picture on top on Sun 22 Nov 2026.", True),
        (DAN, "2026-11-22", "", False),
    ]
    waiting = requests[older.WAITING]
    assert (waiting.workspace, waiting.name, waiting.what, waiting.stopped_by, waiting.period) == (
        TEAM,
        "Ann",
        "images",
        "everyone",
        "day",
    )
    assert (waiting.maximum, waiting.used, waiting.amount) == (4, 1, 4)
    assert json.loads(waiting.address)["private_to"] == ANN
    assert json.loads(waiting.card)["id"] == "m4"
    assert requests[older.DENIED].answered_by == "Boss"
    assert requests[older.NOT_ASKED].card == ""
    for person, name in ((ANN, older.WAITING), (CAL, older.DENIED), (DAN, older.ASKED_SINCE)):
        assert await ledger.raise_requests.latest(TEAM, person) == requests[name]
    assert await ledger.raise_requests.latest(TEAM, BOB) is None
    await ledger.close()


async def test_the_latest_request_need_not_be_of_the_latest_refusal(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    sql = "UPDATE kept SET value = ? WHERE drawer = 'latest request' AND key = ?"
    execute(tmp_path, sql, older.GRANTED, f"{TEAM}/{DAN}")
    ledger = await open_ledger(tmp_path)
    latest = await ledger.raise_requests.latest(TEAM, DAN)
    assert latest is not None
    assert latest.id == older.GRANTED
    await ledger.close()


async def test_a_share_and_a_departure(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    ledger = await open_ledger(tmp_path)
    share = await ledger.jobs.share_of(id_number(older.PRIVATE_JOB))
    assert json.loads(share or "")["id"] == "m3"
    assert await ledger.privacy.list_departures() == [(LEFT, NOON)]
    await ledger.close()


async def test_prompts_are_found(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    ledger = await open_ledger(tmp_path)
    rows = execute(tmp_path, "SELECT words, private FROM prompts")
    assert sorted(rows) == sorted(
        (json.loads(str(text))["prompt"], int(json.loads(str(text))["private"]))
        for (text,) in execute(tmp_path, "SELECT request FROM jobs")
    )
    assert [job.person for job in await ledger.finding.search(JobSearch(words="A WALRUS"), 9)] == [ANN]
    await ledger.close()


async def test_everything_keeps_its_age(tmp_path: Path) -> None:
    """Ages come from the ids by which `kept` was ordered, whose clock was the real one."""
    write_ledger(tmp_path)
    sql = "SELECT MIN(position >> 20) / 1000.0, MAX(position >> 20) / 1000.0 FROM kept"
    ((first, last),) = execute(tmp_path, sql)
    await (await open_ledger(tmp_path)).close()
    ages = """SELECT created_at FROM pending UNION ALL SELECT changed_at FROM raise_requests
      UNION ALL SELECT shared_at FROM shares"""
    times = [at for (at,) in execute(tmp_path, ages)]
    assert len(times) == 9
    assert all(first <= at <= last for at in times)  # type: ignore[operator]


async def test_what_stays_has_the_people_it_speaks_of(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    await (await open_ledger(tmp_path)).close()
    assert keys(tmp_path) == {
        "discord commands:900000000000000009",
        "workbench skipped",
        *(SENT, FILES, JOURNAL, SEEN, ANNS_MESSAGE, BOBS_MESSAGE),
    }
    assert execute(tmp_path, PEOPLE) == [
        (JOURNAL, EVE),
        (FILES, ANN),
        (SENT, ANN),
        (ANNS_MESSAGE, ANN),
        (BOBS_MESSAGE, BOB),
        (BOBS_MESSAGE, CAL),
    ]


@pytest.mark.parametrize(
    ("person", "gone"),
    [(ANN, {SENT, FILES, ANNS_MESSAGE}), (BOB, {BOBS_MESSAGE}), (CAL, {BOBS_MESSAGE}), (EVE, {JOURNAL})],
)
async def test_forgetting_reaches_what_an_older_version_wrote(
    person: str, gone: set[str], tmp_path: Path
) -> None:
    write_ledger(tmp_path)
    ledger = await open_ledger(tmp_path)
    before = keys(tmp_path)
    await forget(ledger, person)
    assert before - keys(tmp_path) == gone
    assert await ledger.raise_requests.latest(TEAM, person) is None
    waiting = execute(tmp_path, "SELECT id FROM pending WHERE person = ? OR subject = ?", person, person)
    assert waiting == []
    shared = await ledger.jobs.share_of(id_number(older.PRIVATE_JOB))
    assert (shared is None) == (person == ANN)
    assert await ledger.verify() == []
    await ledger.privacy.clean(idle=True)
    await ledger.close()
    assert person.encode() not in (tmp_path / "imagine.db").read_bytes()


async def test_a_value_that_cannot_be_read_is_dropped(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    for number, drawer in enumerate(("to confirm", "to forget", "requests", "refused", "left")):
        for value in ("{", "[]", '{"until": 1}'):
            row = drawer, f"chat:ann/{value}", value, number
            execute(tmp_path, "INSERT INTO kept (drawer, key, value, position) VALUES (?, ?, ?, ?)", *row)
    execute(
        tmp_path,
        "INSERT INTO kept VALUES ('shared', 'no job', '{}', 1), ('shared', '0000000000009', '{}', 1)",
    )
    ledger = await open_ledger(tmp_path)
    assert await ledger.verify() == []
    assert await ledger.privacy.list_departures() == [(LEFT, NOON)]
    await ledger.close()
    counts = "SELECT (SELECT COUNT(*) FROM pending), (SELECT COUNT(*) FROM raise_requests)"
    assert execute(tmp_path, counts) == [(3, 5)]
