"""A store that cannot keep pictures: nothing is drawn in vain, nothing drawn is lost, and drawing goes on."""

import errno
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from adapters.common.pictures import read_pictures
from bot import wording
from bot.admin import drawing_off
from bot.imagine import card_tracker, lifecycle
from bot.imagine.records import result_of
from bot.port.cards import Card, Delivered, Notice, PictureList, Refused, Report
from bot.port.requests import Address, Lent
from bot.storage import guard
from bot.telemetry import metrics
from tests.bot.admin.admins import set_admin_channel
from tests.bot.conftest import Build
from tests.bot.running_bot import (
    ANN,
    BOB,
    JOB_BYTES,
    NOON,
    STANDARD,
    RunningBot,
    at,
    ended,
    gallery,
    until,
)
from tests.fakes.chat import FakeChat, Verb

OFF = Refused(why="unavailable", sentence=wording.DRAWING_OFF)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "TRIES", (0.01,))
    monkeypatch.setattr(guard, "FRESH", -1.0)
    monkeypatch.setattr(drawing_off, "LOOK_EVERY", 0.01)


async def turn_off(running: RunningBot) -> None:
    """Fill the disk, and have a request find that."""
    running.disk.full()
    await running.accept("waits", BOB)
    await until(lambda: running.services.store.off is not None)


async def test_nothing_is_drawn_or_charged_while_pictures_cannot_be_stored(running: RunningBot) -> None:
    running.disk.full()
    with capture_logs() as lines:
        waiting = await running.accept()
        await until(lambda: running.services.store.off is not None)
        assert [await running.ask(f"refused {number}") for number in range(30)] == [OFF] * 30
        assert running.painter.orders == []
        assert (await running.job(waiting.job)).state == "reserved"
        assert await running.usage_today() == (0, 4)
        assert running.services.metrics.value(metrics.DRAWING_OFF) == 1
        running.disk.fault = 0
        await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4
    assert running.services.metrics.value(metrics.DRAWING_OFF) == 0
    assert isinstance(await running.ask(), type(waiting))
    told = [line for line in lines if line["log_level"] == "error" or line["event"] == "drawing.on"]
    assert [line["event"] for line in told] == ["drawing.off", "drawing.on"]
    assert told[0]["where"] == str(running.folder / "pictures")
    assert told[0]["cause"] == "the disk is full"
    assert told[0]["fix"]


@pytest.mark.parametrize("fault", [errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO, errno.ESTALE, 9999])
async def test_every_fault_is_found_before_a_drawing_starts(running: RunningBot, fault: int) -> None:
    running.disk.fault = fault
    await running.accept()
    await until(lambda: running.services.store.off is not None)
    assert running.painter.orders == []


async def test_the_card_says_that_drawing_is_paused_and_can_be_cancelled(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.01)
    monkeypatch.setattr(card_tracker, "QUEUED_EVERY", 0.0)
    running.disk.full()
    answer = await running.accept()
    await until(lambda: bool(running.working) and _line(running) == wording.PAUSED_LINE)
    assert await running.press("cancel", answer.job) == Notice(sentence=wording.CANCELLED)
    await running.finish()
    assert await running.usage_today() == (0, 0)


def _line(running: RunningBot) -> str:
    (message,) = running.working
    return str(getattr(message.card, "line", ""))


async def test_pictures_that_cannot_be_stored_are_delivered_from_memory(running: RunningBot) -> None:
    running.disk.hides = True
    running.disk.full()
    job = await running.draw()
    card = gallery(running.only_outcome())
    assert [await running.bot.picture(picture.key) for picture in card.pictures] == [
        f"{card.header.job} {number}".encode() for number in range(4)
    ]
    assert wording.NOT_STORED in card.notes
    assert (job.state, job.charge_micros) == ("settled", 4 * STANDARD)
    assert list((running.folder / "pictures").rglob("*-*")) == []
    details = await running.press("details", card.header.job)
    assert isinstance(details, Report)
    assert wording.NOT_STORED_ROW in details.rows
    recent = await running.command("recent")
    assert isinstance(recent, PictureList)
    assert ", not stored · " in recent.jobs[0].facts
    assert await running.ask() == OFF


async def test_what_is_in_memory_is_stored_before_drawing_goes_on(running: RunningBot) -> None:
    running.disk.hides = True
    running.disk.full()
    job = await running.draw(private=True)
    name = gallery(running.only_outcome()).header.job
    looks = running.disk.looks
    await until(lambda: running.disk.looks > looks + 2)
    assert running.services.store.off is not None, "a look alone does not find a quota"
    running.disk.fault = 0
    await until(lambda: running.services.store.off is None)
    keys = [picture.key for picture in result_of(job).pictures]
    assert [await running.services.store.has(key) for key in keys] == [True] * 4
    details = await running.press("details", name)
    assert isinstance(details, Report)
    assert wording.NOT_STORED_ROW not in details.rows
    assert await running.press("share", name) == Notice(sentence=wording.SHARED)
    shared = next(message for message in running.outcomes if not gallery(message).header.private)
    assert wording.NOT_STORED not in gallery(shared).notes


async def test_pictures_deleted_while_in_memory_are_not_stored_later(running: RunningBot) -> None:
    running.disk.hides = True
    running.disk.full()
    await running.draw()
    name = gallery(running.only_outcome()).header.job
    assert await running.press("delete", name) == Notice(sentence=wording.DELETED)
    running.disk.fault = 0
    await until(lambda: running.services.store.off is None)
    assert list((running.folder / "pictures").rglob("*-*")) == []


@dataclass(slots=True)
class ReadingChat(FakeChat):
    """A platform that reads the pictures of a gallery before it shows it, as the real ones do."""

    running: RunningBot | None = None

    async def _record(self, verb: Verb, address: Address, card: Card | None) -> None:
        await FakeChat._record(self, verb, address, card)
        if card is not None:
            assert self.running is not None
            await read_pictures(card, self.running.bot.picture, 10)


@pytest.fixture
async def reading(build: Build) -> RunningBot:
    running = await build(chat=ReadingChat())
    assert isinstance(running.chat, ReadingChat)
    running.chat.running = running
    return running


async def test_pictures_lost_with_their_process_are_not_charged(reading: RunningBot) -> None:
    reading.disk.hides = True
    reading.disk.full()
    reading.chat.gated_card = Delivered
    reading.chat.gate.clear()
    answer = await reading.accept()
    await reading.wait_for(lambda: _is_settled(reading, answer.job))
    assert await reading.usage_today() == (4, 0)
    await reading.crash()
    reading.chat.gate.set()
    await reading.open()
    await reading.finish()
    job = await reading.job(answer.job)
    assert ended(reading.only_outcome()).sentence == wording.lost(answer.job)
    assert (job.state, job.charge_micros, job.cost_micros) == ("released", 0, 4 * STANDARD)
    assert await reading.usage_today() == (0, 0)
    assert await reading.ledger.verify() == []


async def _is_settled(running: RunningBot, name: str) -> bool:
    return (await running.job(name)).state == "settled"


async def test_pictures_in_memory_that_no_place_takes_wait_for_the_store(reading: RunningBot) -> None:
    reading.disk.hides = True
    reading.disk.full()
    answer = await reading.accept()
    reading.chat.fail("revise", times=9)
    reading.chat.fail("post", times=9)
    with capture_logs() as lines:
        await until(lambda: "delivery.impossible" in [line["event"] for line in lines])
    job = await reading.job(answer.job)
    assert (job.state, job.delivered_at) == ("settled", None)
    reading.disk.fault = 0
    await until(lambda: reading.services.store.off is None)
    await reading.crash()
    reading.chat.heal()
    await reading.open()
    await until(lambda: bool(reading.outcomes))
    assert len(gallery(reading.only_outcome()).pictures) == 4
    assert (await reading.job(answer.job)).charge_micros == 4 * STANDARD


async def test_a_store_that_reads_nothing_for_a_while_loses_nothing(reading: RunningBot) -> None:
    answer = await reading.accept()
    await reading.finish()
    (reading.folder / "pictures").rename(reading.folder / "elsewhere")
    (reading.folder / "pictures").write_text("a file where a folder should be")
    assert await reading.press("delete", answer.job) == Notice(sentence=wording.DELETED)


async def test_jobs_wait_while_the_room_is_only_for_those_that_are_drawn(running: RunningBot) -> None:
    running.disk.free = 2 * JOB_BYTES + guard.LEDGER_BYTES + 1000
    running.painter.gate.clear()
    for number in range(5):
        await running.accept(f"picture {number}")
    await until(lambda: len(running.painter.orders) == 2)
    assert running.services.store.off is None
    assert running.bot.lifecycle.scheduler.waiting == 3
    running.painter.gate.set()
    await running.finish()
    assert [order.prompt for order in running.painter.orders] == [f"picture {number}" for number in range(5)]


async def test_too_little_room_for_one_job_switches_drawing_off(running: RunningBot) -> None:
    running.disk.free = JOB_BYTES + guard.LEDGER_BYTES - 1
    await running.accept()
    await until(lambda: running.services.store.off is not None)
    assert running.services.store.off is not None
    assert "may need 18 MB" in running.services.store.off.cause
    running.disk.free += 1
    await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4


async def test_jobs_that_were_held_back_keep_their_turns(build: Build) -> None:
    running = await build(in_flight=2)
    scheduler = running.bot.lifecycle.scheduler
    scheduler.pause()
    prompts = ["ann 1", "bob 1", "ann 2", "bob 2"]
    for prompt in prompts:
        await running.accept(prompt, ANN if prompt.startswith("ann") else BOB)
    running.disk.full()
    scheduler.resume()
    await until(lambda: running.services.store.off is not None)
    running.disk.fault = 0
    await running.finish()
    assert [order.prompt for order in running.painter.orders] == prompts


async def test_a_reply_token_that_ends_while_drawing_is_off_is_told_why(running: RunningBot) -> None:
    running.disk.full()
    deadline = running.catalog.tiers["standard"].deadline + lifecycle.DELIVERY_RESERVE
    lent = Lent(token="reply-token", until=int(NOON + deadline) + 1)
    answer = await running.accept(address=replace(at(lent=lent), lent_only=True))
    await running.finish()
    assert ended(running.only_outcome()).sentence == wording.never_resumed(answer.job)
    assert await running.usage_today() == (0, 0)


async def test_admins_who_feel_it_are_told_once_and_told_when_it_is_over(running: RunningBot) -> None:
    await set_admin_channel(running)
    off, on = wording.DRAWING_IS_OFF, wording.DRAWING_IS_ON
    for outage in range(2):
        running.disk.full()
        await running.accept()
        await until(lambda: running.services.store.off is not None)
        assert await running.ask() == OFF
        await until(lambda told=2 * outage: len(_told(running)) > told)  # type: ignore[misc]
        running.disk.fault = 0
        await until(lambda told=2 * outage + 1: len(_told(running)) > told)  # type: ignore[misc]
    assert _told(running) == [off, on, off, on]


def _told(running: RunningBot) -> list[str]:
    titles = (wording.DRAWING_IS_OFF, wording.DRAWING_IS_ON)
    cards = [message.card for message in running.chat.messages.values()]
    return [card.title for card in cards if isinstance(card, Report) and card.title in titles]


async def test_a_start_on_a_full_disk_refuses_the_first_request(running: RunningBot) -> None:
    await running.crash()
    (running.folder / "pictures").rmdir()
    (running.folder / "pictures").write_text("a file where a folder should be")
    await running.open()
    assert await running.ask() == OFF
    assert running.services.store.off is not None
    assert running.services.store.off.cause == "a file stands where the folder should be"


async def test_forgetting_says_so_if_the_pictures_cannot_be_deleted(running: RunningBot) -> None:
    await running.draw()
    running.disk.fault = errno.EROFS
    question = await running.command("forget", what="me")
    assert isinstance(question, Report)
    (button,) = question.buttons
    refused = Refused(why="unavailable", sentence=wording.NOT_FORGOTTEN)
    assert await running.press("confirm", button.target) == refused
    running.disk.fault = 0
    assert await running.press("confirm", button.target) == Notice(sentence=wording.FORGOTTEN)
    assert list((running.folder / "pictures").rglob("*-*")) == []
