"""Buttons that draw nothing: Details, Delete, Cancel and Share, and for whom they work."""

from dataclasses import replace

import pytest

from bot import wording
from bot.port.cards import Accepted, Notice, Report, Working
from quotas.ids import id_text
from tests.bot.conftest import Build
from tests.bot.house import ANN, BOB, BOSS, House, ended, gallery, until

OPERATOR = "chat:op"


async def test_details_tell_the_requester_alone_what_is_left(house: House) -> None:
    job = await house.drawn()
    own = await house.press("details", id_text(job.id))
    others = await house.press("details", id_text(job.id), person=BOB)
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
async def test_who_may_delete(build: Build, person: object, allowed: bool) -> None:
    house = await build(operators=frozenset({OPERATOR}))
    job = await house.drawn()
    picture = gallery(house.only()).pictures[0].key
    answer = await house.press("delete", id_text(job.id), person=person)  # type: ignore[arg-type]
    assert answer == Notice(sentence=wording.DELETED if allowed else wording.NOT_YOURS_TO_DELETE)
    assert len(house.chat.messages) == (0 if allowed else 1)
    assert (await house.bot.picture(picture) is None) == allowed
    assert ((await house.job(id_text(job.id))).deleted_at is not None) == allowed
    assert await house.used() == (4, 0), "deleting gives nothing back"


async def test_deleting_twice_is_no_error(house: House) -> None:
    job = await house.drawn()
    for _ in range(2):
        assert await house.press("delete", id_text(job.id)) == Notice(sentence=wording.DELETED)


@pytest.mark.parametrize(
    ("retryable", "sentence"), [(True, wording.STILL_POSTED), (False, wording.MAY_NOT_DELETE)]
)
async def test_what_could_not_be_taken_away_is_kept(house: House, retryable: bool, sentence: str) -> None:
    job = await house.drawn()
    house.chat.fail("delete", retryable=retryable)
    assert await house.press("delete", id_text(job.id)) == Notice(sentence=sentence)
    assert await house.bot.picture(gallery(house.only()).pictures[0].key) is not None
    assert await house.press("delete", id_text(job.id)) == Notice(sentence=wording.DELETED)
    assert house.chat.messages == {}


async def test_what_is_not_told_yet_cannot_be_deleted(house: House) -> None:
    house.painter.gate.clear()
    answer = await house.accepted()
    assert await house.press("delete", answer.job) == Notice(sentence=wording.NO_SUCH_JOB)


@pytest.mark.parametrize("person", [ANN, BOSS], ids=["requester", "admin"])
async def test_cancel_what_waits(build: Build, person: object) -> None:
    house = await build(in_flight=1)
    house.painter.gate.clear()
    first = await house.accepted()
    second = await house.accepted()
    card = second.card
    assert isinstance(card, Working)
    assert [button.verb for button in card.buttons] == ["cancel"]
    assert await house.used() == (0, 8)
    answer = await house.press("cancel", second.job, person=person)  # type: ignore[arg-type]
    assert answer == Notice(sentence=wording.CANCELLED)
    assert await house.press("cancel", second.job) == answer, "a second press is told the same"
    assert await house.used() == (0, 4)
    house.painter.gate.set()
    await house.done()
    assert len(house.painter.orders) == 1
    job = await house.job(second.job)
    assert (job.state, job.charge_micros) == ("released", 0)
    outcomes = {message.card.header.job: message for message in house.outcomes}  # type: ignore[union-attr]
    if person == ANN:
        assert set(outcomes) == {first.job}, "who cancels is answered on the spot"
    else:
        assert ended(outcomes[second.job]).why == "cancelled"
        assert outcomes[second.job].ref.address.private_to == ANN.id
    assert house.working == []


async def test_cancel_too_late(house: House) -> None:
    house.painter.gate.clear()
    answer = await house.accepted()
    await until(lambda: bool(house.painter.orders))
    late = await house.press("cancel", answer.job)
    assert late == Notice(sentence=wording.TOO_LATE_TO_CANCEL)
    house.painter.gate.set()
    await house.done()
    assert len(gallery(house.only()).pictures) == 4


async def test_cancel_by_another(build: Build) -> None:
    house = await build(in_flight=1)
    house.painter.gate.clear()
    await house.accepted()
    waiting = await house.accepted()
    answer = await house.press("cancel", waiting.job, person=BOB)
    assert answer == Notice(sentence=wording.NOT_YOURS_TO_CANCEL)
    assert (await house.job(waiting.job)).state == "reserved"


async def test_share_makes_it_public_and_costs_nothing(house: House) -> None:
    job = await house.drawn(private=True)
    name = id_text(job.id)
    assert await house.press("share", name) == Notice(sentence=wording.SHARED)
    assert await house.press("share", name, person=BOB) == Notice(sentence=wording.NOT_YOURS_TO_SHARE)
    public = next(message for message in house.outcomes if not message.ref.address.private_to)
    assert len(gallery(public).pictures) == 4
    assert "share" not in [button.verb for button in gallery(public).buttons]
    assert await house.used() == (4, 0)
    assert len(house.painter.orders) == 1
    assert isinstance(await house.react("🔁", public.ref, BOB), Accepted)
    await house.done()


async def test_delete_takes_what_was_shared_with_it(house: House) -> None:
    job = await house.drawn(private=True)
    await house.press("share", id_text(job.id))
    assert len(house.chat.messages) == 2
    assert await house.press("delete", id_text(job.id)) == Notice(sentence=wording.DELETED)
    assert house.chat.messages == {}
    assert await house.press("share", id_text(job.id)) == Notice(sentence=wording.GONE)


@pytest.mark.parametrize("retryable", [True, False])
async def test_share_where_it_may_not_post(house: House, retryable: bool) -> None:
    job = await house.drawn(private=True)
    house.chat.fail("post", retryable=retryable)
    answer = await house.press("share", id_text(job.id))
    assert answer == Notice(sentence=wording.not_shared(retryable))
