"""`/forget`, a copy, retention, and workspaces that took the bot out: in a whole core, on real files."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot import wording
from bot.core import bot as core
from bot.imagine import refusals
from bot.imagine.records import result_of
from bot.painters.port import Declined
from bot.port.cards import Accepted, Notice, Refused, Report
from bot.port.protocols import OPERATOR
from bot.privacy import export
from quotas.ids import id_text
from quotas.ledger import Ledger
from quotas.records import Limits, UsageFilter
from quotas.records_workspace import Preferences
from tests.bot.conftest import Build
from tests.bot.house import ANN, BOB, House, at, until

WORDS = "a purple walrus"
SOMEBODY = replace(ANN, id="chat:U0ANNABEL7", name="Annabel Quill")
DM = "chat:D0ANNABEL7"


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def asks(house: House, person: object = SOMEBODY) -> Report:
    answer = await house.command("forget", "me", person)  # type: ignore[arg-type]
    assert isinstance(answer, Report), answer
    return answer


async def forgets(house: House, person: object = SOMEBODY) -> object:
    question = await asks(house, person)
    return await house.press("confirm", question.buttons[0].target, person)  # type: ignore[arg-type]


async def test_forget_me_asks_first_and_then_nothing_is_left(house: House) -> None:
    await house.drawn(WORDS, SOMEBODY)
    await house.drawn(WORDS, SOMEBODY, private=True, address=replace(at(), channel=DM))
    await house.ask(f"{WORDS} --raito 16:9", SOMEBODY)
    await house.drawn("a fox", BOB)
    known = [SOMEBODY.id, "U0ANNABEL7", DM, SOMEBODY.name, WORDS]
    before = bytes_of(house.folder)
    assert [word for word in known if word.encode() not in before] == []
    question = await asks(house)
    assert question.lines[:3] == (wording.GOES, wording.STAYS, wording.POSTED)
    assert [button.label for button in question.buttons] == ["Forget me"]
    assert SOMEBODY.id.encode() in bytes_of(house.folder), "nothing is done before it is confirmed"
    answer = await house.press("confirm", question.buttons[0].target, SOMEBODY)
    assert answer == Notice(sentence=wording.FORGOTTEN)
    left = bytes_of(house.folder)
    assert [word for word in known if word.encode() in left] == []
    assert len(list((house.folder / "pictures").rglob("*.png"))) == 4, "Bob's are there"
    assert house.chat.forgotten == [SOMEBODY.id]
    assert len(house.chat.messages) == 3, "what is posted stays"


async def test_only_the_one_who_asked_can_confirm_it_and_for_ten_minutes(house: House) -> None:
    await house.drawn()
    question = await asks(house, ANN)
    assert await house.press("confirm", question.buttons[0].target, BOB) == Notice(
        sentence=wording.NO_LONGER_YOURS
    )
    house.clock.now += 601
    assert await house.press("confirm", question.buttons[0].target, ANN) == Notice(
        sentence=wording.NO_LONGER_YOURS
    )
    assert len((await house.ledger.privacy.about(ANN.id, 9)).here) == 1


async def test_not_while_something_is_open(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted()
    refusal = Refused(why="unavailable", sentence=wording.still_open(1))
    assert await house.command("forget", "me") == refusal
    house.painter.gate.set()
    await house.done()
    question = await asks(house, ANN)
    house.painter.gate.clear()
    await house.accepted()
    assert await house.press("confirm", question.buttons[0].target, ANN) == refusal
    house.painter.gate.set()
    await house.done()
    assert await house.press("confirm", question.buttons[0].target, ANN) == Notice(sentence=wording.FORGOTTEN)


async def test_forgotten_and_back(build: Build) -> None:
    house = await build(images=5)
    first = await house.drawn()
    await forgets(house, ANN)
    again = await house.ask("another", ANN, variants=2)
    assert isinstance(again, Refused), "4 of 5 were used, whoever that was"
    second = await house.drawn("another", ANN, variants=1)
    assert [job.id for job in await house.ledger.jobs.list_recent("chat:team", ANN.id, 9)] == [second.id]
    for verb in ("again", "details", "delete", "share"):
        assert await house.press(verb, id_text(first.id), ANN) == Notice(sentence=wording.NO_SUCH_JOB)
    for message in list(house.chat.messages.values()):
        if message.card.header.job == id_text(first.id):  # type: ignore[union-attr]
            assert await house.react("🔁", message.ref, BOB) is None


async def test_a_picture_that_a_killed_process_left_goes_too(house: House) -> None:
    job = await house.drawn()
    shelf = house.folder / "pictures" / id_text(job.id)[:4]
    (shelf / f"{id_text(job.id)}-9.png.part").write_bytes(b"left")
    await forgets(house, ANN)
    assert list(shelf.iterdir()) == []


async def test_whoever_cancelled_anothers_job_is_not_kept(build: Build) -> None:
    house = await build(in_flight=1)
    boss = replace(BOB, id="chat:U0BOSSBOSS", admin=True)
    house.painter.gate.clear()
    await house.accepted()
    waiting = await house.accepted()
    await house.press("cancel", waiting.job, boss)
    house.painter.gate.set()
    await house.done()
    assert result_of(await house.job(waiting.job)).by == "another"


async def test_an_operator_forgets_somebody(house: House) -> None:
    await house.drawn(WORDS, SOMEBODY)
    answer = await house.bot.forget(SOMEBODY.id, OPERATOR.id)
    assert isinstance(answer, Notice)
    assert "1 request" in answer.sentence
    assert "chat:forgotten-" in answer.sentence
    assert await house.bot.forget(SOMEBODY.id, OPERATOR.id) == Notice(sentence=wording.NOTHING_KEPT)
    (entry, *_) = await house.ledger.settings.entries("chat:team", 3)
    assert (entry.verb, entry.author) == ("forget", OPERATOR.id)
    house.painter.gate.clear()
    await house.accepted(WORDS, SOMEBODY)
    refused = await house.bot.forget(SOMEBODY.id, OPERATOR.id)
    assert isinstance(refused, Refused)
    assert refused.why == "policy"
    house.painter.gate.set()
    await house.done()


async def test_a_copy_has_everything_and_only_theirs(house: House) -> None:
    await house.drawn("the first", ANN)
    await house.drawn("the second", ANN, private=True)
    await house.drawn("of somebody else", BOB)
    by = {"author": BOB.id, "reason": "a trial", "request_id": "r1"}
    await house.ledger.settings.grant(workspace="chat:team", person=ANN.id, images=3, money=0, **by)
    by = {"author": BOB.id, "reason": "none of her business", "request_id": "r2"}
    await house.ledger.settings.grant(workspace="chat:team", person=BOB.id, images=3, money=0, **by)
    answer = await house.command("forget", "copy")
    assert isinstance(answer, Report)
    assert answer.file is not None
    assert answer.file.name == "imagine-copy.json"
    told = json.loads(answer.file.data)
    (here,) = told["workspaces"]
    assert [job["prompt"] for job in here["jobs"]] == ["the second", "the first"]
    assert [job["private"] for job in here["jobs"]] == [True, False]
    assert {job["charge_micros"] for job in here["jobs"]} == {240_000}
    assert [(line["verb"], line["reason"], line["by_you"]) for line in told["log"]] == [
        ("grant", "a trial", False)
    ]
    text = answer.file.data.decode()
    assert [word for word in (BOB.id, "somebody else", "none of her") if word in text] == []


async def test_a_copy_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        await house.drawn(f"picture {number}")
    monkeypatch.setattr(export, "MOST_BYTES", 1_000)
    answer = await house.command("forget", "copy")
    assert isinstance(answer, Report)
    assert answer.file is not None
    (here,) = json.loads(answer.file.data)["workspaces"]
    assert [job["prompt"] for job in here["jobs"]] == ["picture 2"]
    assert here["jobs_in_all"] == 3
    assert answer.lines == wording.copied(3, 1)


async def test_words_and_drawers_go_in_time(build: Build) -> None:
    house = await build()
    house.clock.now = time.time()  # by which drawers are ordered
    house.painter.script = [Declined()]
    declined = await house.accepted("an old walrus")
    await house.done()
    await house.ask("a walrus --stylize 4", ANN)
    house.clock.now += 6 * core.DAY
    young = await house.drawn("a young seal")
    assert len(await house.ledger.kept.items(refusals.DRAWER, "", 9)) == 1
    house.services = replace(house.services, keep_days=5)
    bot = core.Bot(house.services)
    await bot.start()

    async def gone() -> bool:
        drawer = await house.ledger.kept.items(refusals.DRAWER, "", 9)
        return not drawer and "walrus" not in (await house.job(declined.job)).request

    await house.until_async(gone)
    assert "a young seal" in (await house.job(id_text(young.id))).request
    await bot.stop(1)


# --- workspaces that took the bot out


@pytest.fixture
async def settled(house: House) -> House:
    """A workspace with people, settings and preferences."""
    await house.drawn(WORDS, SOMEBODY)
    await house.drawn("a fox", BOB)
    await house.drawn(WORDS, SOMEBODY, address=at("chat:other"))
    ledger, by = house.ledger, {"author": BOB.id, "reason": ""}
    where = {"workspace": "chat:team", "kind": "role", "ref": "chat:r"}
    await ledger.settings.set_limits(**where, change=Limits(images_per_day=9), **by, request_id="s1")  # type: ignore[arg-type]
    await ledger.settings.block(
        workspace="chat:team", person=BOB.id, blocked=True, until=None, **by, request_id="s2"
    )
    await ledger.settings.pause(workspace="chat:team", paused=True, **by, request_id="s3")
    wanted = Preferences(default_tier="fast")
    await ledger.settings.set_preferences(
        workspace="chat:team", change=wanted, zone=None, **by, request_id="s4"
    )
    return house


async def tidied(house: House) -> None:
    """As much as the chore does in one go."""
    await house.bot._leaving.purge()
    await house.ledger.privacy.clean(idle=True)


async def test_after_its_days_a_workspace_is_forgotten(settled: House) -> None:
    house = settled
    before = await house.ledger.reports.usage(UsageFilter(workspace="chat:team"), "tier")
    await house.bot.left("chat:team")
    house.clock.now += 20 * core.DAY
    await house.bot.left("chat:team")  # told again: the first time counts
    await tidied(house)
    assert await house.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id, BOB.id]
    house.clock.now += 10 * core.DAY
    await tidied(house)
    assert await house.ledger.privacy.list_people("chat:team", "chat") == []
    assert await house.ledger.settings.list_limits("chat:team") == []
    assert await house.ledger.settings.preferences("chat:team") == Preferences()
    assert await house.ledger.reports.usage(UsageFilter(workspace="chat:team"), "tier") == before
    assert [here.workspace for here in (await house.ledger.privacy.about(SOMEBODY.id, 9)).here] == [
        "chat:other"
    ]
    assert BOB.id.encode() not in bytes_of(house.folder)
    await tidied(house)
    assert await house.ledger.kept.items("left", "", 9) == []


async def test_back_in_time_everything_is_as_it_was(settled: House) -> None:
    await settled.bot.left("chat:team")
    settled.clock.now += 29 * core.DAY
    await settled.bot.joined("chat:team")
    settled.clock.now += 29 * core.DAY
    await tidied(settled)
    assert await settled.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id, BOB.id]
    await settled.bot.left("chat:team")
    settled.clock.now += 29 * core.DAY
    await tidied(settled)
    assert await settled.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id, BOB.id], (
        "counted anew"
    )


async def test_what_a_platform_serves_says_who_left(settled: House) -> None:
    await settled.bot.serving("chat", ["chat:other"])
    await settled.bot.serving("elsewhere", [])
    kept = await settled.ledger.kept.items("left", "", 9)
    assert [workspace for workspace, _ in kept] == ["chat:team"]
    await settled.bot.serving("chat", ["chat:other", "chat:team"])
    assert await settled.ledger.kept.items("left", "", 9) == []


async def test_what_is_still_drawn_is_forgotten_the_next_time(settled: House) -> None:
    house = settled
    await house.ledger.settings.pause(
        workspace="chat:team", paused=False, author=BOB.id, reason="", request_id="resumed"
    )
    house.painter.gate.clear()
    answer = await house.accepted("the last", SOMEBODY)
    assert isinstance(answer, Accepted)
    await house.bot.left("chat:team")
    house.clock.now += 31 * core.DAY
    await tidied(house)
    assert await house.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id]
    house.painter.gate.set()
    await house.done()
    await tidied(house)
    assert await house.ledger.privacy.list_people("chat:team", "chat") == []


async def test_the_chore_does_it(settled: House) -> None:
    house = settled
    await house.bot.left("chat:team")
    await house.crash()
    house.clock.now += 31 * core.DAY
    await house.open()
    await until(lambda: BOB.id.encode() not in bytes_of(house.folder))


async def test_a_copy_from_a_shell_has_all(house: House) -> None:
    await house.drawn()
    await house.crash()
    ledger = await Ledger.open(house.folder, house.ledger._defaults, clock=house.clock, read_only=True)
    about = await ledger.privacy.about(ANN.id, export.MOST_FOR_OPERATORS)
    assert export.copy_of(about, house.clock.now, None).jobs == 1
    await ledger.close()
    await house.open()
