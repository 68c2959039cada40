"""`/forget`, copies, retention, and workspaces that removed the bot: on a running core and real files."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from bot import wording
from bot.core import bot as core
from bot.imagine.records import result_of
from bot.painters.port import Declined
from bot.port.cards import Accepted, Notice, Refused, Report
from bot.port.protocols import OPERATOR
from bot.privacy import export
from bot.privacy import forget as privacy_room
from quotas.ids import id_text
from quotas.ledger import Ledger
from quotas.records import Limits, UsageFilter
from quotas.records_workspace import Preferences
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, RunningBot, at, until

WORDS = "a purple walrus"
SOMEBODY = replace(ANN, id="chat:U0ANNABEL7", name="Annabel Quill")
DM = "chat:D0ANNABEL7"


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def ask_to_forget(running: RunningBot, person: object = SOMEBODY) -> Report:
    answer = await running.command("forget", "me", person)  # type: ignore[arg-type]
    assert isinstance(answer, Report), answer
    return answer


async def forget(running: RunningBot, person: object = SOMEBODY) -> object:
    question = await ask_to_forget(running, person)
    return await running.press("confirm", question.buttons[0].target, person)  # type: ignore[arg-type]


async def test_forget_me_asks_first_and_then_erases_every_byte(running: RunningBot) -> None:
    await running.draw(WORDS, SOMEBODY)
    await running.draw(WORDS, SOMEBODY, private=True, address=replace(at(), channel=DM))
    await running.ask(f"{WORDS} --raito 16:9", SOMEBODY)
    await running.draw("a fox", BOB)
    secrets = [SOMEBODY.id, "U0ANNABEL7", DM, SOMEBODY.name, WORDS]
    before = bytes_of(running.folder)
    assert [word for word in secrets if word.encode() not in before] == []
    question = await ask_to_forget(running)
    assert question.lines[:3] == (wording.GOES, wording.STAYS, wording.POSTED)
    assert [button.label for button in question.buttons] == ["Forget me"]
    assert SOMEBODY.id.encode() in bytes_of(running.folder), "nothing is erased before the confirmation"
    answer = await running.press("confirm", question.buttons[0].target, SOMEBODY)
    assert answer == Notice(sentence=wording.FORGOTTEN)
    await until(lambda: not any(word.encode() in bytes_of(running.folder) for word in secrets))
    assert len(list((running.folder / "pictures").rglob("*.png"))) == 4, "Bob's pictures stay"
    assert running.chat.forgotten_people == [SOMEBODY.id]
    assert len(running.chat.messages) == 3, "posted messages stay"


async def test_the_last_bytes_wait_for_quiet_but_for_no_more_than_a_day(running: RunningBot) -> None:
    """While the file is written anew, nobody else could write."""
    privacy = running.ledger.privacy
    await running.draw(WORDS, SOMEBODY)
    running.painter.gate.clear()
    await running.accept("a fox", BOB)
    assert await forget(running) == Notice(sentence=wording.FORGOTTEN)
    since, now = await privacy.due(), running.clock.now
    assert since == now
    writes = running.ledger.pulse[1]
    await asyncio.sleep(10 * privacy_room.CLEAN_EVERY)
    assert await privacy.due() == since, "Bob's picture is being drawn"
    assert running.ledger.pulse[1] == writes
    running.clock.now = now + privacy_room.LATEST
    await until(lambda: SOMEBODY.id.encode() not in bytes_of(running.folder))
    assert running.bot.lifecycle.scheduler.running == 1, "it was never quiet"


async def test_a_forgetting_that_was_killed_is_finished_at_the_next_start(running: RunningBot) -> None:
    job = await running.draw(WORDS, SOMEBODY)
    await running.draw(WORDS, SOMEBODY)
    delete, deleted = running.services.store.delete, list[Collection[str]]()

    async def killed(jobs: Collection[str]) -> None:
        deleted.append(jobs)
        if len(deleted) > 1:
            raise OSError("the process is killed here")
        await delete(jobs)

    object.__setattr__(running.services.store, "delete", killed)
    assert isinstance(await forget(running), Refused)
    assert len(deleted) == 2, "all of them at first, then those of the batch"
    object.__setattr__(running.services.store, "delete", delete)
    await running.crash()
    await running.open()
    found = await running.ledger.jobs.get(job.id)
    assert found is not None
    assert (found.person, found.request) != (SOMEBODY.id, job.request)
    assert list((running.folder / "pictures").rglob("*.png")) == []
    await until(lambda: WORDS.encode() not in bytes_of(running.folder))


async def test_only_the_person_can_confirm_and_only_for_ten_minutes(running: RunningBot) -> None:
    await running.draw()
    question = await ask_to_forget(running, ANN)
    assert await running.press("confirm", question.buttons[0].target, BOB) == Notice(
        sentence=wording.NO_LONGER_YOURS
    )
    running.clock.now += 601
    assert await running.press("confirm", question.buttons[0].target, ANN) == Notice(
        sentence=wording.NO_LONGER_YOURS
    )
    assert len((await running.ledger.privacy.collect(ANN.id, 9)).workspaces) == 1


async def test_nobody_is_forgotten_while_a_job_is_open(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept()
    refusal = Refused(why="unavailable", sentence=wording.still_open(1))
    assert await running.command("forget", "me") == refusal
    running.painter.gate.set()
    await running.finish()
    question = await ask_to_forget(running, ANN)
    running.painter.gate.clear()
    await running.accept()
    assert await running.press("confirm", question.buttons[0].target, ANN) == refusal
    running.painter.gate.set()
    await running.finish()
    assert await running.press("confirm", question.buttons[0].target, ANN) == Notice(
        sentence=wording.FORGOTTEN
    )


async def test_a_person_who_comes_back_goes_on_with_their_amounts(build: Build) -> None:
    running = await build(images=5)
    first = await running.draw()
    await forget(running, ANN)
    again = await running.ask("another", ANN, variants=2)
    assert isinstance(again, Refused), "4 of 5 were used before"
    second = await running.draw("another", ANN, variants=1)
    assert [job.id for job in await running.ledger.jobs.list_recent("chat:team", ANN.id, 9)] == [second.id]
    for verb in ("again", "details", "delete", "share"):
        assert await running.press(verb, id_text(first.id), ANN) == Notice(sentence=wording.NO_SUCH_JOB)
    for message in list(running.chat.messages.values()):
        if message.card.header.job == id_text(first.id):  # type: ignore[union-attr]
            assert await running.react("🔁", message.ref, BOB) is None


async def test_a_partial_picture_of_a_killed_process_is_erased_too(running: RunningBot) -> None:
    job = await running.draw()
    shelf = running.folder / "pictures" / id_text(job.id)[:4]
    (shelf / f"{id_text(job.id)}-9.png.part").write_bytes(b"left")
    await forget(running, ANN)
    assert list(shelf.iterdir()) == []


async def test_an_admin_who_cancels_a_job_is_not_recorded_by_id(build: Build) -> None:
    running = await build(in_flight=1)
    boss = replace(BOB, id="chat:U0BOSSBOSS", admin=True)
    running.painter.gate.clear()
    await running.accept()
    waiting = await running.accept()
    await running.press("cancel", waiting.job, boss)
    running.painter.gate.set()
    await running.finish()
    assert result_of(await running.job(waiting.job)).by == "another"


async def test_an_operator_can_forget_a_person(running: RunningBot) -> None:
    await running.draw(WORDS, SOMEBODY)
    answer = await running.bot.forget(SOMEBODY.id, OPERATOR.id)
    assert isinstance(answer, Notice)
    assert "1 request" in answer.sentence
    assert "chat:forgotten-" in answer.sentence
    assert await running.bot.forget(SOMEBODY.id, OPERATOR.id) == Notice(sentence=wording.NOTHING_KEPT)
    (entry, *_) = await running.ledger.settings.entries("chat:team", 3)
    assert (entry.verb, entry.author) == ("forget", OPERATOR.id)
    running.painter.gate.clear()
    await running.accept(WORDS, SOMEBODY)
    refused = await running.bot.forget(SOMEBODY.id, OPERATOR.id)
    assert isinstance(refused, Refused)
    assert refused.why == "policy"
    running.painter.gate.set()
    await running.finish()


async def test_a_copy_has_everything_of_the_person_and_nothing_of_others(running: RunningBot) -> None:
    await running.draw("the first", ANN)
    second = await running.draw("the second", ANN, private=True)
    await running.draw("of somebody else", BOB)
    await running.press("collect", id_text(second.id), collection="logos")
    by = {"author": BOB.id, "reason": "a trial", "request_id": "r1"}
    await running.ledger.settings.grant(workspace="chat:team", person=ANN.id, images=3, money=0, **by)
    by = {"author": BOB.id, "reason": "none of her business", "request_id": "r2"}
    await running.ledger.settings.grant(workspace="chat:team", person=BOB.id, images=3, money=0, **by)
    answer = await running.command("forget", "copy")
    assert isinstance(answer, Report)
    assert answer.file is not None
    assert answer.file.name == "imagine-copy.json"
    copy = json.loads(answer.file.data)
    (here,) = copy["workspaces"]
    assert [job["prompt"] for job in here["jobs"]] == ["the second", "the first"]
    assert [job["private"] for job in here["jobs"]] == [True, False]
    assert [job["kept_in"] for job in here["jobs"]] == ["logos", None]
    assert {job["charge_micros"] for job in here["jobs"]} == {240_000}
    assert [(line["verb"], line["reason"], line["by_you"]) for line in copy["log"]] == [
        ("grant", "a trial", False)
    ]
    text = answer.file.data.decode()
    assert [word for word in (BOB.id, "somebody else", "none of her") if word in text] == []


async def test_a_copy_has_the_newest_jobs_that_fit(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await running.draw(f"picture {number}")
    monkeypatch.setattr(export, "MOST_BYTES", 1_000)
    answer = await running.command("forget", "copy")
    assert isinstance(answer, Report)
    assert answer.file is not None
    (here,) = json.loads(answer.file.data)["workspaces"]
    assert [job["prompt"] for job in here["jobs"]] == ["picture 2"]
    assert here["jobs_in_all"] == 3
    assert answer.lines == wording.copied(3, 1)


async def test_prompts_and_pending_texts_expire(build: Build) -> None:
    running = await build()
    running.painter.script = [Declined()]
    declined = await running.accept("an old walrus")
    await running.finish()
    refused = await running.ask("a walrus --stylize 4", ANN)
    assert isinstance(refused, Refused)
    words = refused.buttons[0].target
    running.clock.now += 6 * core.DAY
    young = await running.draw("a young seal")
    assert await running.ledger.pending.get("words", ANN.id, words) is not None
    running.services = replace(running.services, keep_days=5)
    bot = core.Bot(running.services)
    await bot.start()

    async def is_erased() -> bool:
        pending = await running.ledger.pending.get("words", ANN.id, words)
        return pending is None and "walrus" not in (await running.job(declined.job)).request

    await running.wait_for(is_erased)
    assert "a young seal" in (await running.job(id_text(young.id))).request
    await bot.stop(1)


# --- workspaces that removed the bot


@pytest.fixture
async def with_settings(running: RunningBot) -> RunningBot:
    """A workspace with people, settings and preferences."""
    await running.draw(WORDS, SOMEBODY)
    await running.draw("a fox", BOB)
    await running.draw(WORDS, SOMEBODY, address=at("chat:other"))
    ledger, by = running.ledger, {"author": BOB.id, "reason": ""}
    where = {"workspace": "chat:team", "kind": "role", "ref": "chat:r"}
    await ledger.settings.set_limits(**where, change=Limits(images_per_day=9), **by, request_id="s1")  # type: ignore[arg-type]
    await ledger.settings.block(
        workspace="chat:team", person=BOB.id, blocked=True, until=None, **by, request_id="s2"
    )
    await ledger.settings.pause(workspace="chat:team", paused=True, **by, request_id="s3")
    preferences = Preferences(default_tier="fast")
    await ledger.settings.set_preferences(
        workspace="chat:team", change=preferences, zone=None, **by, request_id="s4"
    )
    await ledger.settings.set_style(workspace="chat:team", name="noir", words="black", **by, request_id="s5")
    return running


async def tidy(running: RunningBot) -> None:
    """Purge and clean once, as the chore does."""
    await running.bot._departures.purge()
    await running.ledger.privacy.clean(idle=True)


async def test_a_workspace_is_forgotten_some_days_after_it_removed_the_bot(with_settings: RunningBot) -> None:
    running = with_settings
    before = await running.ledger.reports.usage(UsageFilter(workspace="chat:team"), "tier")
    await running.bot.left("chat:team")
    running.clock.now += 20 * core.DAY
    await running.bot.left("chat:team")  # again: the first time counts
    await tidy(running)
    assert await running.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id, BOB.id]
    running.clock.now += 10 * core.DAY
    await tidy(running)
    assert await running.ledger.privacy.list_people("chat:team", "chat") == []
    assert await running.ledger.settings.list_limits("chat:team") == []
    assert await running.ledger.settings.preferences("chat:team") == Preferences()
    assert await running.ledger.settings.styles("chat:team") == {}
    assert await running.ledger.reports.usage(UsageFilter(workspace="chat:team"), "tier") == before
    assert [here.workspace for here in (await running.ledger.privacy.collect(SOMEBODY.id, 9)).workspaces] == [
        "chat:other"
    ]
    assert BOB.id.encode() not in bytes_of(running.folder)
    await tidy(running)
    assert await running.ledger.privacy.list_departures() == []


async def test_a_workspace_that_comes_back_in_time_keeps_everything(with_settings: RunningBot) -> None:
    await with_settings.bot.left("chat:team")
    with_settings.clock.now += 29 * core.DAY
    await with_settings.bot.joined("chat:team")
    with_settings.clock.now += 29 * core.DAY
    await tidy(with_settings)
    assert await with_settings.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id, BOB.id]
    await with_settings.bot.left("chat:team")
    with_settings.clock.now += 29 * core.DAY
    await tidy(with_settings)
    assert await with_settings.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id, BOB.id], (
        "the days are counted anew"
    )


async def test_workspaces_that_a_platform_no_longer_serves_have_left(with_settings: RunningBot) -> None:
    await with_settings.bot.serving("chat", ["chat:other"])
    await with_settings.bot.serving("elsewhere", [])
    rows = await with_settings.ledger.privacy.list_departures()
    assert [workspace for workspace, _ in rows] == ["chat:team"]
    await with_settings.bot.serving("chat", ["chat:other", "chat:team"])
    assert await with_settings.ledger.privacy.list_departures() == []


async def test_a_person_with_an_open_job_is_forgotten_the_next_time(with_settings: RunningBot) -> None:
    running = with_settings
    await running.ledger.settings.pause(
        workspace="chat:team", paused=False, author=BOB.id, reason="", request_id="resumed"
    )
    running.painter.gate.clear()
    answer = await running.accept("the last", SOMEBODY)
    assert isinstance(answer, Accepted)
    await running.bot.left("chat:team")
    running.clock.now += 31 * core.DAY
    await tidy(running)
    assert await running.ledger.privacy.list_people("chat:team", "chat") == [SOMEBODY.id]
    running.painter.gate.set()
    await running.finish()
    await tidy(running)
    assert await running.ledger.privacy.list_people("chat:team", "chat") == []


async def test_the_chore_forgets_workspaces_that_left(with_settings: RunningBot) -> None:
    running = with_settings
    await running.bot.left("chat:team")
    await running.crash()
    running.clock.now += 31 * core.DAY
    await running.open()
    await until(lambda: BOB.id.encode() not in bytes_of(running.folder))


async def test_a_copy_for_an_operator_has_every_job(running: RunningBot) -> None:
    await running.draw()
    await running.crash()
    ledger = await Ledger.open(running.folder, running.ledger._defaults, clock=running.clock, read_only=True)
    about = await ledger.privacy.collect(ANN.id, export.MOST_FOR_OPERATORS)
    assert export.build_copy(about, running.clock.now, None).jobs == 1
    await ledger.close()
    await running.open()
