"""Buttons that an older version showed still work after its ledger was migrated."""

from pathlib import Path

import pytest

from bot import wording
from bot.core import bot as core
from bot.port.cards import Accepted, Notice
from bot.port.requests import MessageRef, Person
from quotas.ids import id_number
from tests.bot.admin.admins import newest, quotas, sentence
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, at
from tests.fakes import ledger_007 as older
from tests.fakes.chat import Message

CAL, DAN = Person(id=older.CAL, name="Cal"), Person(id=older.DAN, name="Dan")


@pytest.fixture
async def migrated(build: Build, tmp_path: Path) -> RunningBot:
    """Everyone may draw four pictures a day, and the admins have a channel."""
    older.write_ledger(tmp_path)
    return await build(images=4)


async def test_a_request_that_waits_is_approved(migrated: RunningBot) -> None:
    answer = sentence(await migrated.press("approve", older.WAITING, BOSS, images="2"))
    assert answer == "Boss said yes: 2 pictures on top on Sun 22 Nov 2026."
    entry = await newest(migrated)
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


async def test_forgetting_that_waits_is_confirmed(migrated: RunningBot) -> None:
    assert await migrated.press("confirm", older.FORGET, ANN) == Notice(sentence=wording.FORGOTTEN)
    assert await migrated.press("details", older.PRIVATE_JOB, ANN) == Notice(sentence=wording.NO_SUCH_JOB)


async def test_typed_words_are_drawn(migrated: RunningBot) -> None:
    await quotas(migrated, "grant chat:ann --images 4")
    assert await migrated.press("plain", older.WORDS, BOB) == Notice(sentence=wording.NO_SUCH_WORDS)
    assert isinstance(await migrated.press("plain", older.WORDS, ANN), Accepted)
    await migrated.finish()
    assert [order.prompt for order in migrated.painter.orders] == ["a walrus"]


async def test_a_share_goes_with_its_gallery(migrated: RunningBot) -> None:
    assert await migrated.press("details", older.PRIVATE_JOB, BOB) != Notice(sentence=wording.NO_SUCH_JOB)
    for message in ("m2", "m3"):
        migrated.chat.messages[message] = Message(MessageRef(address=at(), id=message), [])
    assert await migrated.press("delete", older.PRIVATE_JOB, ANN) == Notice(sentence=wording.DELETED)
    assert [message.ref.id for message in migrated.chat.deleted] == ["m2", "m3"]
    job = await migrated.ledger.jobs.get(id_number(older.PRIVATE_JOB))
    assert job is not None
    assert job.deleted_at is not None


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
