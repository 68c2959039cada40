"""What the next start makes of what the last process left: one outcome, one message, nothing drawn twice."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bot.imagine import delivery, retry
from bot.painters.port import Declined
from bot.port.cards import Delivered, Ended, Refused
from quotas.store.errors import LedgerUnavailable
from tests.bot.conftest import Build
from tests.bot.house import ANN, STANDARD, House, ended, gallery, until
from tests.fakes.chat import Chat
from tests.fakes.painter import FakePainter


async def test_what_was_reserved_is_drawn(build: Build) -> None:
    house = await build(per_person=0)
    answer = await house.accepted()
    assert (await house.job(answer.job)).state == "reserved"
    await house.crash()
    house.per_person = 1
    await house.open()
    await house.done()
    assert len(gallery(house.only()).pictures) == 4, "in the card that was shown before"
    assert house.chat.gone == []
    assert await house.used() == (4, 0)


@pytest.mark.parametrize(("billed", "uncertain"), [(True, 4 * STANDARD), (False, 0)])
async def test_what_was_running_is_told_and_not_repeated(build: Build, billed: bool, uncertain: int) -> None:
    house = await build(painter=FakePainter(billed=billed))
    house.painter.gate.clear()
    answer = await house.accepted()
    await until(lambda: bool(house.painter.orders))
    await house.crash()
    house.painter.gate.set()
    await house.open()
    await house.done()
    job = await house.job(answer.job)
    card = ended(house.only())
    assert (card.why, job.state) == ("unknown", "released")
    assert "Nothing was charged" in card.sentence
    assert (job.charge_micros, job.cost_micros, job.uncertain_micros) == (0, 0, uncertain)
    assert len(house.painter.orders) == 1
    assert await house.used() == (0, 0)


@pytest.mark.parametrize("released", [False, True], ids=["settled", "released"])
async def test_what_was_closed_is_delivered(
    house: House, released: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RETRIES", (3600.0,))
    house.painter.script = [Declined()] if released else []
    house.chat.fail("revise", retryable=True, times=-1)
    house.chat.fail("post", retryable=True, times=-1, private=True)
    answer = await house.accepted()
    await until(lambda: any(isinstance(card, Delivered | Ended) for _, _, card in house.chat.calls))
    await house.crash()
    assert house.outcomes == []
    house.chat.heal()
    await house.open()
    await house.done()
    if released:
        assert ended(house.only()).why == "refused"
    else:
        assert len(gallery(house.only()).pictures) == 4
        assert (await house.job(answer.job)).charge_images == 4
    assert len(house.painter.orders) == 1


@pytest.mark.parametrize("becomes", [True, False])
@pytest.mark.parametrize("long", [False, True])
async def test_what_was_delivered_and_not_recorded_is_not_delivered_twice(
    build: Build, becomes: bool, long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "PAUSES", (3600.0,))
    house = await build(chat=Chat(card_becomes_gallery=becomes))
    attempts: list[int] = []

    async def unrecorded(job: int, *rest: str) -> bool:
        attempts.append(job)
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(house.ledger.jobs, "deliver", unrecorded)
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    house.clock.now += 90 if long else 5
    house.painter.gate.set()
    await until(lambda: bool(attempts))
    assert len(house.outcomes) == 1
    await house.crash()
    await house.open()
    await house.done()
    assert len(gallery(house.only()).pictures) == 4
    assert len(house.painter.orders) == 1


async def test_a_cancelled_job_that_was_not_told_stays_cancelled(build: Build) -> None:
    house = await build(per_person=0)
    waiting = await house.accepted()
    house.chat.gate.clear()
    await house.press("cancel", waiting.job)
    await house.crash()
    house.chat.gate.set()
    house.per_person = 1
    await house.open()
    await house.done()
    assert house.chat.messages == {}
    assert house.painter.orders == []


async def test_jobs_of_a_platform_that_does_not_run_stay(build: Build) -> None:
    house = await build(per_person=0)
    waiting = await house.accepted()
    await house.crash()
    house.per_person = 1
    await house.open(platform=False)
    assert [job.state for job in await house.ledger.jobs.list_open()] == ["reserved"]
    await house.crash()
    await house.open()
    await house.done()
    assert gallery(house.only()).header.job == waiting.job


async def test_what_ran_on_a_platform_that_does_not_run_now_is_closed_and_told_later(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    await house.crash()
    with capture_logs() as lines:
        await house.open(platform=False)
        await house.bot.stop(0)
    assert [line["event"] for line in lines] == ["job.released"], "and nobody tried to tell it"
    (job,) = await house.ledger.jobs.list_undelivered()
    assert (job.state, job.uncertain_micros) == ("released", 4 * STANDARD)
    await house.crash()
    await house.open()
    await house.done()
    assert ended(house.only()).why == "unknown"


async def test_a_restart_expects_what_was_measured_before(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))
    house.clock.now += 33
    house.painter.gate.set()
    await house.done()
    await house.crash()
    await house.open()
    assert house.services.estimates.seconds("standard", "") == 33


# --- stopping in order


async def test_stop_finishes_and_delivers_what_runs_and_takes_no_more(house: House) -> None:
    house.painter.gate.clear()
    await house.accepted()
    await until(lambda: bool(house.painter.orders))

    async def refused_then_let_go() -> None:
        answer = await house.ask("too late")
        assert isinstance(answer, Refused)
        assert "Nothing was charged" in answer.sentence
        house.painter.gate.set()

    await _while_stopping(house, refused_then_let_go)
    assert len(gallery(house.only()).pictures) == 4
    assert await house.ledger.jobs.list_undelivered() == []


async def test_what_does_not_finish_within_the_grace_is_found_by_the_next_start(build: Build) -> None:
    house = await build(in_flight=1)
    house.painter.gate.clear()
    running = await house.accepted()
    waiting = await house.accepted()
    await until(lambda: bool(house.painter.orders))
    await house.bot.stop(0.01)
    await house.bot.stop(0.01)  # the second changes nothing
    assert [job.state for job in await house.ledger.jobs.list_open()] == ["running", "reserved"]
    await house.ledger.close()
    house.painter.gate.set()
    await house.open()
    await house.done()
    states = [(await house.job(answer.job)).state for answer in (running, waiting)]
    assert states == ["released", "settled"]
    assert len(house.outcomes) == len(house.chat.messages) == 2
    assert len(house.painter.orders) == 2


async def test_stop_leaves_a_delivery_that_hangs_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.02)
    monkeypatch.setattr(delivery, "RETRIES", (3600.0,))
    house.chat.fail("post", retryable=True, times=-1)
    await house.accepted(show=False)
    await until(lambda: bool(house.chat.calls))
    await house.stop()
    house.chat.heal()
    assert house.outcomes == []
    await house.open()
    await house.done()
    assert gallery(house.only()).header.person == ANN.id


async def _while_stopping(house: House, act: Callable[[], Awaitable[None]]) -> None:
    stopping = asyncio.create_task(house.bot.stop(5))
    await until(lambda: house.bot.lifecycle.stopping)
    await act()
    await stopping
