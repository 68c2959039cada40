"""Recovery of the jobs that the last process left: one outcome, one message, nothing drawn twice."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bot.imagine import delivery, retry
from bot.painters.port import Declined
from bot.port.cards import Delivered, Ended, Refused
from quotas.store.errors import LedgerUnavailable
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, STANDARD, RunningBot, ended, gallery, until
from tests.fakes.chat import FakeChat
from tests.fakes.painter import FakePainter


async def test_a_reserved_job_is_drawn(build: Build) -> None:
    running = await build(per_person=0)
    answer = await running.accept()
    assert (await running.job(answer.job)).state == "reserved"
    await running.crash()
    running.per_person = 1
    await running.open()
    await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4, "in the card from before the crash"
    assert running.chat.deleted == []
    assert await running.usage_today() == (4, 0)


@pytest.mark.parametrize(("billed", "uncertain"), [(True, 4 * STANDARD), (False, 0)])
async def test_a_running_job_is_explained_and_not_repeated(
    build: Build, billed: bool, uncertain: int
) -> None:
    running = await build(painter=FakePainter(billed=billed))
    running.painter.gate.clear()
    answer = await running.accept()
    await until(lambda: bool(running.painter.orders))
    await running.crash()
    running.painter.gate.set()
    await running.open()
    await running.finish()
    job = await running.job(answer.job)
    card = ended(running.only_outcome())
    assert (card.why, job.state) == ("unknown", "released")
    assert "Nothing was charged" in card.sentence
    assert (job.charge_micros, job.cost_micros, job.uncertain_micros) == (0, 0, uncertain)
    assert len(running.painter.orders) == 1
    assert await running.usage_today() == (0, 0)


@pytest.mark.parametrize("released", [False, True], ids=["settled", "released"])
async def test_a_closed_job_is_delivered(
    running: RunningBot, released: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RETRIES", (3600.0,))
    running.painter.script = [Declined()] if released else []
    running.chat.fail("revise", retryable=True, times=-1)
    running.chat.fail("post", retryable=True, times=-1, private=True)
    answer = await running.accept()
    await until(lambda: any(isinstance(card, Delivered | Ended) for _, _, card in running.chat.calls))
    await running.crash()
    assert running.outcomes == []
    running.chat.heal()
    await running.open()
    await running.finish()
    if released:
        assert ended(running.only_outcome()).why == "refused"
    else:
        assert len(gallery(running.only_outcome()).pictures) == 4
        assert (await running.job(answer.job)).charge_images == 4
    assert len(running.painter.orders) == 1


@pytest.mark.parametrize("becomes_gallery", [True, False])
@pytest.mark.parametrize("long", [False, True])
async def test_a_delivery_that_was_not_recorded_leaves_one_message(
    build: Build, becomes_gallery: bool, long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "PAUSES", (3600.0,))
    running = await build(chat=FakeChat(card_becomes_gallery=becomes_gallery))
    attempts: list[int] = []

    async def fail(job: int, *rest: str) -> bool:
        attempts.append(job)
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(running.ledger.jobs, "deliver", fail)
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    running.clock.now += 90 if long else 5
    running.painter.gate.set()
    await until(lambda: bool(attempts))
    assert len(running.outcomes) == 1
    await running.crash()
    await running.open()
    await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4
    assert len(running.painter.orders) == 1


async def test_a_cancelled_job_without_its_message_stays_cancelled(build: Build) -> None:
    running = await build(per_person=0)
    waiting = await running.accept()
    running.chat.gate.clear()
    await running.press("cancel", waiting.job)
    await running.crash()
    running.chat.gate.set()
    running.per_person = 1
    await running.open()
    await running.finish()
    assert running.chat.messages == {}
    assert running.painter.orders == []


async def test_reserved_jobs_of_a_platform_that_does_not_run_wait(build: Build) -> None:
    running = await build(per_person=0)
    waiting = await running.accept()
    await running.crash()
    running.per_person = 1
    await running.open(platform=False)
    assert [job.state for job in await running.ledger.jobs.list_open()] == ["reserved"]
    await running.crash()
    await running.open()
    await running.finish()
    assert gallery(running.only_outcome()).header.job == waiting.job


async def test_running_jobs_of_a_platform_that_does_not_run_are_closed_and_delivered_later(
    running: RunningBot,
) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    await running.crash()
    with capture_logs() as lines:
        await running.open(platform=False)
        await running.bot.stop(0)
    assert [line["event"] for line in lines] == ["job.released"], "nobody tried to deliver it"
    (job,) = await running.ledger.jobs.list_undelivered()
    assert (job.state, job.uncertain_micros) == ("released", 4 * STANDARD)
    await running.crash()
    await running.open()
    await running.finish()
    assert ended(running.only_outcome()).why == "unknown"


async def test_a_restart_keeps_the_estimates(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))
    running.clock.now += 33
    running.painter.gate.set()
    await running.finish()
    await running.crash()
    await running.open()
    assert running.services.estimates.seconds("standard", "") == 33


# --- stopping in order


async def test_stop_delivers_running_jobs_and_accepts_no_more(running: RunningBot) -> None:
    running.painter.gate.clear()
    await running.accept()
    await until(lambda: bool(running.painter.orders))

    async def ask_then_release() -> None:
        answer = await running.ask("too late")
        assert isinstance(answer, Refused)
        assert "Nothing was charged" in answer.sentence
        running.painter.gate.set()

    await _while_stopping(running, ask_then_release)
    assert len(gallery(running.only_outcome()).pictures) == 4
    assert await running.ledger.jobs.list_undelivered() == []


async def test_jobs_that_do_not_finish_in_time_are_left_to_the_next_start(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    first = await running.accept()
    waiting = await running.accept()
    await until(lambda: bool(running.painter.orders))
    await running.bot.stop(0.01)
    await running.bot.stop(0.01)  # a second stop changes nothing
    assert [job.state for job in await running.ledger.jobs.list_open()] == ["running", "reserved"]
    await running.ledger.close()
    running.painter.gate.set()
    await running.open()
    await running.finish()
    states = [(await running.job(answer.job)).state for answer in (first, waiting)]
    assert states == ["released", "settled"]
    assert len(running.outcomes) == len(running.chat.messages) == 2
    assert len(running.painter.orders) == 2


async def test_stop_leaves_a_delivery_that_hangs_to_the_next_start(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    monkeypatch.setattr(delivery, "RETRIES", (3600.0,))
    running.chat.fail("post", retryable=True, times=-1)
    await running.accept(show=False)
    await until(lambda: bool(running.chat.calls))
    await running.stop()
    running.chat.heal()
    assert running.outcomes == []
    await running.open()
    await running.finish()
    assert gallery(running.only_outcome()).header.person == ANN.id


async def _while_stopping(running: RunningBot, act: Callable[[], Awaitable[None]]) -> None:
    stopping = asyncio.create_task(running.bot.stop(5))
    await until(lambda: running.bot.lifecycle.stopping)
    await act()
    await stopping
