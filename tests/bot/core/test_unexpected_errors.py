"""Unexpected errors: the person reads a plain sentence; the log names the place and never the prompt."""

import asyncio
import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot import wording
from bot.core import bot
from bot.errors import trace
from bot.port.cards import Notice, Refused, Reply
from quotas.ids import id_number
from quotas.store.errors import LedgerBusy, LedgerUnavailable
from tests.bot.running_bot import BOSS, RunningBot, until

SECRET = "an elephant nobody may hear of"
BROKE = re.compile(r"Something broke on our side; nothing was charged; job [0-9A-Z]{13}\.")


def break_down(*_: object, **__: object) -> None:
    raise RuntimeError(f"unplanned: {SECRET}")


async def test_every_kind_of_request_answers_an_error_in_plain_words(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = (await running.accept(SECRET)).job
    await running.finish()
    message = running.only_outcome().ref
    monkeypatch.setattr(running.ledger.finding, "count", break_down)
    for method in ("reserve", "get", "of_message"):
        monkeypatch.setattr(running.ledger.jobs, method, break_down)
    with capture_logs() as lines:
        answers: list[Reply | None] = [
            await running.ask(SECRET),
            await running.press("again", job),
            await running.react("🔁", message),
            await running.command("recent"),
        ]
    # The first job's delivery may log a line of its own.
    errors = [line for line in lines if line["event"] == "request.broke"]
    for answer, line in zip(answers, errors, strict=True):
        assert isinstance(answer, Refused)
        assert BROKE.fullmatch(answer.sentence)
        assert line["job"] in answer.sentence
        assert "RuntimeError" in line["trace"]
    assert "elephant" not in repr(lines)


async def test_a_busy_ledger_is_reported_as_busy(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise LedgerBusy("too much waits")

    monkeypatch.setattr(running.ledger.jobs, "reserve", busy)
    with capture_logs() as lines:
        answer = await running.ask(SECRET)
    assert answer == Refused(why="unavailable", sentence=wording.BUSY)
    assert [line["event"] for line in lines] == ["reserve.failed"]
    assert "elephant" not in repr(lines)


async def test_a_ledger_that_cannot_write_is_no_surprise_and_its_operator_reads_the_cause(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise LedgerUnavailable("the disk that holds the ledger is full; free some space")

    monkeypatch.setattr(running.ledger.settings, "set_limits", full)
    monkeypatch.setattr(running.ledger.jobs, "reserve", full)
    operator = replace(BOSS, operator=True)
    with capture_logs() as lines:
        asked = await running.ask(SECRET)
        changed = await running.command("quotas set", "--images-per-day 5", BOSS)
        by_operator = await running.command("quotas set", "--images-per-day 5", operator)
    assert asked == changed == Refused(why="unavailable", sentence=wording.NOT_NOTED)
    assert isinstance(by_operator, Refused)
    assert "the disk that holds the ledger is full; free some space" in by_operator.sentence
    assert all("trace" not in line for line in lines)
    assert "elephant" not in repr(lines)


async def test_chores_wait_for_a_ledger_that_cannot_write(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full() -> int:
        raise LedgerUnavailable("the disk that holds the ledger is full")

    await running.bot.stop(0)
    monkeypatch.setattr(running.ledger.jobs, "erase_reply_tokens", full)
    monkeypatch.setattr(bot, "CHORE_PAUSE", 0.0)
    with capture_logs() as lines:
        await running.bot.start()
        await until(lambda: bool(lines))
        for _ in range(50):
            await asyncio.sleep(0)
    assert [line["event"] for line in lines] == ["chore.put_off"]


async def test_a_damaged_row_does_not_stop_the_others(running: RunningBot) -> None:
    running.per_person = 0
    await running.crash()
    await running.open()
    bad = await running.accept("bad")
    good = await running.accept("good")
    await running.ledger._store.write(  # no request makes such a row; damage does
        lambda db: (
            db.execute("UPDATE jobs SET address = 'no JSON' WHERE id = ?", (id_number(bad.job),)).rowcount
        )
    )
    await running.crash()
    running.per_person = 1
    with capture_logs() as lines:
        await running.open()
        await until(lambda: len(running.painter.orders) == 2 and bool(running.outcomes))
    assert [message.card.header.prompt for message in running.outcomes] == ["good"], good  # type: ignore[union-attr]
    assert "no JSON" not in repr(lines)


async def test_a_chore_that_breaks_starts_again(running: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    async def erase() -> int:
        calls.append(1)
        if len(calls) == 1:
            break_down()
        return 0

    await running.bot.stop(0)
    monkeypatch.setattr(running.ledger.jobs, "erase_reply_tokens", erase)
    monkeypatch.setattr(bot, "CHORE_PAUSE", 0.001)
    with capture_logs() as lines:
        await running.bot.start()
        await until(lambda: len(calls) == 2)
    assert [line["event"] for line in lines] == ["chore.broke"]
    assert "elephant" not in repr(lines)


async def test_pictures_expire_and_their_cost_stays(running: RunningBot) -> None:
    old = await running.accept("old")
    await running.finish()
    running.clock.now += 60 * bot.DAY
    young = await running.accept("young")
    await running.finish()
    running.clock.now += 31 * bot.DAY
    await running.crash()
    await running.open()
    await until(lambda: not (running.folder / "pictures" / old.job[:4] / f"{old.job}-1.png").exists())
    await until(lambda: not list((running.folder / "pictures").rglob(f"{old.job}*")))
    assert await running.bot.picture(f"{young.job}-1.png") is not None
    await running.wait_for(lambda: _is_tidy(running))
    job = await running.job(old.job)
    assert (job.charge_images, job.deleted_at) == (4, None), "nobody deleted it"
    assert "old" not in job.request
    assert await running.press("again", old.job) == Notice(sentence=wording.WORDS_OVER)


async def _is_tidy(running: RunningBot) -> bool:
    return await running.ledger.jobs.list_expired(running.clock.now - 90 * bot.DAY, 10) == []


def test_a_trace_names_causes_and_system_errors_but_no_message() -> None:
    try:
        try:
            raise OSError(28, "No space left on device", SECRET)
        except OSError as full:
            raise RuntimeError(SECRET) from full
    except RuntimeError as error:
        text = trace(error)
    assert "elephant" not in text
    assert text.index("OSError: No space left on device") < text.index("RuntimeError")
    assert text.count("test_unexpected_errors.py") == 2
