"""What nobody planned: the person reads a plain sentence, the log holds the place and never the prompt."""

import re

import pytest
from structlog.testing import capture_logs

from bot import wording
from bot.core import bot
from bot.errors import trace
from bot.port.cards import Notice, Refused, Reply
from quotas.ids import id_number
from quotas.store.errors import LedgerBusy
from tests.bot.house import House, until

SECRET = "an elephant nobody may hear of"
BROKE = re.compile(r"Something broke on our side; nothing was charged; job [0-9A-Z]{13}\.")


def breaking(*_: object, **__: object) -> None:
    raise RuntimeError(f"unplanned: {SECRET}")


async def test_every_door_answers_in_plain_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    job = (await house.accepted(SECRET)).job
    await house.done()
    message = house.only().ref
    for method in ("reserve", "get", "of_message", "list_recent"):
        monkeypatch.setattr(house.ledger.jobs, method, breaking)
    with capture_logs() as lines:
        answers: list[Reply | None] = [
            await house.ask(SECRET),
            await house.press("again", job),
            await house.react("🔁", message),
            await house.command("recent"),
        ]
    broke = [line for line in lines if line["event"] == "request.broke"]  # the first job may still be told
    for answer, line in zip(answers, broke, strict=True):
        assert isinstance(answer, Refused)
        assert BROKE.fullmatch(answer.sentence)
        assert line["job"] in answer.sentence
        assert "RuntimeError" in line["trace"]
    assert "elephant" not in repr(lines)


async def test_a_ledger_that_is_full_is_said_as_that(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> None:
        raise LedgerBusy("too much waits")

    monkeypatch.setattr(house.ledger.jobs, "reserve", busy)
    with capture_logs() as lines:
        answer = await house.ask(SECRET)
    assert answer == Refused(why="unavailable", sentence=wording.BUSY)
    assert [line["event"] for line in lines] == ["reserve.failed"]
    assert "elephant" not in repr(lines)


async def test_a_row_that_cannot_be_read_does_not_stop_the_others(house: House) -> None:
    house.per_person = 0
    await house.crash()
    await house.open()
    bad = await house.accepted("bad")
    good = await house.accepted("good")
    await house.ledger._store.write(  # no request of ours ever looks so; a damaged row does
        lambda db: (
            db.execute("UPDATE jobs SET address = 'no JSON' WHERE id = ?", (id_number(bad.job),)).rowcount
        )
    )
    await house.crash()
    house.per_person = 1
    with capture_logs() as lines:
        await house.open()
        await until(lambda: len(house.painter.orders) == 2 and bool(house.outcomes))
    assert [message.card.header.prompt for message in house.outcomes] == ["good"], good  # type: ignore[union-attr]
    assert "no JSON" not in repr(lines)


async def test_a_chore_that_breaks_is_done_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    async def forgetting() -> int:
        calls.append(1)
        if len(calls) == 1:
            breaking()
        return 0

    await house.bot.stop(0)
    monkeypatch.setattr(house.ledger.jobs, "erase_reply_tokens", forgetting)
    monkeypatch.setattr(bot, "CHORE_PAUSE", 0.001)
    with capture_logs() as lines:
        await house.bot.start()
        await until(lambda: len(calls) == 2)
    assert [line["event"] for line in lines] == ["chore.broke"]
    assert "elephant" not in repr(lines)


async def test_pictures_go_when_their_time_is_over_and_their_cost_stays(house: House) -> None:
    old = await house.accepted("old")
    await house.done()
    house.clock.now += 60 * bot.DAY
    young = await house.accepted("young")
    await house.done()
    house.clock.now += 31 * bot.DAY
    await house.crash()
    await house.open()
    await until(lambda: not (house.folder / "pictures" / old.job[:4] / f"{old.job}-1.png").exists())
    await until(lambda: not list((house.folder / "pictures").rglob(f"{old.job}*")))
    assert await house.bot.picture(f"{young.job}-1.png") is not None
    await house.until_async(lambda: _empty(house))
    job = await house.job(old.job)
    assert (job.charge_images, job.deleted_at) == (4, None), "nobody deleted it"
    assert "old" not in job.request
    assert await house.press("again", old.job) == Notice(sentence=wording.WORDS_OVER)


async def _empty(house: House) -> bool:
    return await house.ledger.jobs.list_expired(house.clock.now - 90 * bot.DAY, 10) == []


def test_a_trace_has_the_causes_and_the_systems_words_and_no_message() -> None:
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
