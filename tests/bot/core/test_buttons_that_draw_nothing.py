"""Buttons that draw nothing: Details, Delete, Cancel and Share; each works only for some people."""

from dataclasses import replace

import pytest

from bot import wording
from bot.port.cards import Accepted, Notice, Report, Working
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, BOB, BOSS, RunningBot, ended, gallery, until

OPERATOR = "chat:op"


async def test_details_show_only_the_requester_what_is_left_today(running: RunningBot) -> None:
    job = await running.draw()
    own = await running.press("details", id_text(job.id))
    others = await running.press("details", id_text(job.id), person=BOB)
    assert isinstance(own, Report)
    assert isinstance(others, Report)
    assert own.rows[:-1] == others.rows
    assert own.rows[-1] == ("Left today", "396 pictures; renews in 12 h")
    figures = {row[0]: row[1] for row in others.rows}
    assert figures["Price"] == "$0.04 × 1.5 per picture, since 2026-05-09"
    assert (figures["Pictures"], figures["Charged"]) == ("4 of 4", "$0.24")


@pytest.mark.parametrize(
    ("person", "allowed"),
    [(ANN, True), (BOSS, True), (replace(BOB, id=OPERATOR), True), (BOB, False)],
    ids=["requester", "admin", "operator", "other"],
)
async def test_requester_admin_and_operator_may_delete(build: Build, person: object, allowed: bool) -> None:
    running = await build(operators=frozenset({OPERATOR}))
    job = await running.draw()
    picture = gallery(running.only_outcome()).pictures[0].key
    answer = await running.press("delete", id_text(job.id), person=person)  # type: ignore[arg-type]
    assert answer == Notice(sentence=wording.DELETED if allowed else wording.NOT_YOURS_TO_DELETE)
    assert len(running.chat.messages) == (0 if allowed else 1)
    assert (await running.bot.picture(picture) is None) == allowed
    assert ((await running.job(id_text(job.id))).deleted_at is not None) == allowed
    assert await running.usage_today() == (4, 0), "deleting gives nothing back"


async def test_deleting_twice_is_no_error(running: RunningBot) -> None:
    job = await running.draw()
    for _ in range(2):
        assert await running.press("delete", id_text(job.id)) == Notice(sentence=wording.DELETED)


@pytest.mark.parametrize(
    ("retryable", "sentence"), [(True, wording.STILL_POSTED), (False, wording.MAY_NOT_DELETE)]
)
async def test_pictures_are_kept_if_the_message_cannot_be_deleted(
    running: RunningBot, retryable: bool, sentence: str
) -> None:
    job = await running.draw()
    running.chat.fail("delete", retryable=retryable)
    assert await running.press("delete", id_text(job.id)) == Notice(sentence=sentence)
    assert await running.bot.picture(gallery(running.only_outcome()).pictures[0].key) is not None
    assert await running.press("delete", id_text(job.id)) == Notice(sentence=wording.DELETED)
    assert running.chat.messages == {}


async def test_a_job_without_outcome_cannot_be_deleted(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept()
    assert await running.press("delete", answer.job) == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("person", [ANN, BOSS], ids=["requester", "admin"])
async def test_a_waiting_job_can_be_cancelled(build: Build, person: object) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    first = await running.accept()
    second = await running.accept()
    card = second.card
    assert isinstance(card, Working)
    assert [button.verb for button in card.buttons] == ["cancel"]
    assert await running.usage_today() == (0, 8)
    answer = await running.press("cancel", second.job, person=person)  # type: ignore[arg-type]
    assert answer == Notice(sentence=wording.CANCELLED)
    assert await running.press("cancel", second.job) == answer, "a second press is told the same"
    assert await running.usage_today() == (0, 4)
    running.painter.gate.set()
    await running.finish()
    assert len(running.painter.orders) == 1
    job = await running.job(second.job)
    assert (job.state, job.charge_micros) == ("released", 0)
    outcomes = {message.card.header.job: message for message in running.outcomes}  # type: ignore[union-attr]
    if person == ANN:
        assert set(outcomes) == {first.job}, "the requester reads the answer to the press"
    else:
        assert ended(outcomes[second.job]).why == "cancelled"
        assert outcomes[second.job].ref.address.private_to == ANN.id
    assert running.working == []


async def test_a_job_that_is_drawn_cannot_be_cancelled(running: RunningBot) -> None:
    running.painter.gate.clear()
    answer = await running.accept()
    await until(lambda: bool(running.painter.orders))
    late = await running.press("cancel", answer.job)
    assert late == Notice(sentence=wording.TOO_LATE_TO_CANCEL)
    running.painter.gate.set()
    await running.finish()
    assert len(gallery(running.only_outcome()).pictures) == 4


async def test_nobody_else_may_cancel_a_job(build: Build) -> None:
    running = await build(in_flight=1)
    running.painter.gate.clear()
    await running.accept()
    waiting = await running.accept()
    answer = await running.press("cancel", waiting.job, person=BOB)
    assert answer == Notice(sentence=wording.NOT_YOURS_TO_CANCEL)
    assert (await running.job(waiting.job)).state == "reserved"


async def test_share_makes_it_public_and_costs_nothing(running: RunningBot) -> None:
    job = await running.draw(private=True)
    name = id_text(job.id)
    assert await running.press("share", name) == Notice(sentence=wording.SHARED)
    assert await running.press("share", name, person=BOB) == Notice(sentence=wording.NOT_YOURS_TO_SHARE)
    public = next(message for message in running.outcomes if not message.ref.address.private_to)
    assert len(gallery(public).pictures) == 4
    assert "share" not in [button.verb for button in gallery(public).buttons]
    assert await running.usage_today() == (4, 0)
    assert len(running.painter.orders) == 1
    assert isinstance(await running.react("🔁", public.ref, BOB), Accepted)
    await running.finish()


async def test_delete_deletes_the_shared_message_too(running: RunningBot) -> None:
    job = await running.draw(private=True)
    await running.press("share", id_text(job.id))
    assert len(running.chat.messages) == 2
    assert await running.press("delete", id_text(job.id)) == Notice(sentence=wording.DELETED)
    assert running.chat.messages == {}
    assert await running.press("share", id_text(job.id)) == Notice(sentence=wording.GONE)


@pytest.mark.parametrize("retryable", [True, False])
async def test_share_says_that_it_may_not_post(running: RunningBot, retryable: bool) -> None:
    job = await running.draw(private=True)
    running.chat.fail("post", retryable=retryable)
    answer = await running.press("share", id_text(job.id))
    assert answer == Notice(sentence=wording.not_shared(retryable))
