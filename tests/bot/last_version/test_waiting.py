"""Entries of an older ledger that wait for a button, or for their time, still wait after the migration."""

from pathlib import Path

import pytest

from bot import wording
from bot.core import bot as core
from bot.port.requests import Person
from quotas.ids import id_number
from tests.bot.admin.admins import newest_entry, sentence
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot
from tests.fakes import ledger_007 as older

CAL, DAN = Person(id=older.CAL, name="Cal"), Person(id=older.DAN, name="Dan")


@pytest.fixture
async def migrated(build: Build, tmp_path: Path) -> RunningBot:
    """Everyone may draw four pictures a day, and the admins have a channel."""
    older.write_ledger(tmp_path)
    return await build(images=4)


async def test_a_request_that_waits_is_approved(migrated: RunningBot) -> None:
    answer = sentence(await migrated.press("approve", older.WAITING, BOSS, images="2"))
    assert answer == "Boss said yes: 2 pictures on top on Sun 22 Nov 2026."
    entry = await newest_entry(migrated)
    assert (entry.verb, entry.author, entry.ref) == ("grant", BOSS.id, ANN.id)
    assert [verb for verb, _, _ in migrated.chat.calls] == ["revise", "post"], "the card, and Ann"
    again = sentence(await migrated.press("deny", older.WAITING, BOSS))
    assert again == wording.answered_already("Boss")


@pytest.mark.parametrize(
    ("person", "name", "answer"),
    [
        (ANN, older.WAITING, wording.ASKED_ALREADY),
        (BOB, older.NOT_ASKED, wording.ASKED),
        (CAL, older.DENIED, wording.SAID_NO_TODAY),
        (DAN, older.GRANTED, wording.ASKED_ALREADY),
        (DAN, older.ASKED_SINCE, wording.ASKED_ALREADY),
        (BOB, older.WAITING, wording.NO_SUCH_REFUSAL),
    ],
)
async def test_asking_goes_by_what_was_asked_before(
    migrated: RunningBot, person: Person, name: str, answer: str
) -> None:
    assert sentence(await migrated.press("more", name, person)) == answer


async def test_a_change_that_waits_is_confirmed_once_and_by_its_author(migrated: RunningBot) -> None:
    assert sentence(await migrated.press("confirm", older.RESET, ANN)) == wording.NO_LONGER_YOURS
    answer = sentence(await migrated.press("confirm", older.RESET, BOSS))
    assert answer.startswith("Cal: pictures a day 9 → not set.")
    assert await migrated.ledger.settings.limits(older.TEAM, "person", older.CAL) is None
    assert sentence(await migrated.press("confirm", older.RESET, BOSS)) == wording.NO_LONGER_YOURS


async def test_a_change_that_waited_too_long_is_not_confirmed(migrated: RunningBot) -> None:
    migrated.clock.now += 600
    assert sentence(await migrated.press("confirm", older.RESET, BOSS)) == wording.NO_LONGER_YOURS


async def test_a_workspace_that_left_is_forgotten_in_time(migrated: RunningBot) -> None:
    assert await migrated.ledger.privacy.list_people(older.LEFT, "chat") == [older.BOB]
    migrated.clock.now += 31 * core.DAY
    await migrated.bot._departures.purge()
    assert await migrated.ledger.privacy.list_people(older.LEFT, "chat") == []
    assert await migrated.ledger.privacy.list_departures() == []
    assert await migrated.ledger.privacy.list_people(older.TEAM, "chat") != []


async def test_what_waits_goes_in_time(migrated: RunningBot) -> None:
    await migrated.crash()
    migrated.clock.now += 365 * core.DAY  # the ids of the older version were made by the real clock
    await migrated.open()

    async def is_gone() -> bool:
        return await migrated.ledger.jobs.share_of(id_number(older.PRIVATE_JOB)) is None

    await migrated.wait_for(is_gone)
    assert await migrated.ledger.raise_requests.get(older.WAITING) is None
    assert await migrated.ledger.pending.get("words", ANN.id, older.WORDS) is None


async def test_a_refusal_that_nobody_asked_about_cannot_be_answered(migrated: RunningBot) -> None:
    for verb in ("approve", "deny"):
        assert sentence(await migrated.press(verb, older.NOT_ASKED, BOSS)) == wording.NO_SUCH_REFUSAL
