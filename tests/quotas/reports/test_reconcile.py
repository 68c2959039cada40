"""A bill beside our own costs: whose line it is, and what differs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotas.ids import id_text
from quotas.ledger import Ledger
from quotas.records import Close
from quotas.reports.reconcile import NEAR, BillLine, JobCost, Reconciliation, reconcile
from tests.quotas.asking import UNIT, Clock, drawn, reserved

NOW = 1_795_348_800.0


def job(number: int = 1, **changes: object) -> JobCost:
    plain = JobCost(
        job=number,
        began=NOW,
        ended=NOW + 10,
        model="imagen-4-0",
        images=4,
        cost_micros=4 * UNIT,
        uncertain_micros=0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def billed(number: int = 2, **changes: object) -> BillLine:
    plain = BillLine(line=number, at=NOW + 9, model="imagen-4-0", images=4, micros=4 * UNIT, call="")
    return replace(plain, **changes)  # type: ignore[arg-type]


def compared(
    lines: list[BillLine], jobs: list[JobCost], first: float = 0.0, last: float = 2 * NOW
) -> Reconciliation:
    return reconcile(lines, sorted(jobs, key=lambda each: each.began), first, last)


def test_nothing_differs() -> None:
    found = compared([billed()], [job()])
    assert found.equal
    assert (found.matched, found.billed_micros, found.cost_micros) == (1, 4 * UNIT, 4 * UNIT)
    assert compared([], []).equal


@pytest.mark.parametrize(
    "call", ["req-1", id_text(1), f"{id_text(1)}-2"], ids=["of the answer", "our key", "a part of our key"]
)
def test_an_id_tells_whatever_else_says(call: str) -> None:
    line = billed(call=call, at=NOW - 9_000, model="another", images=9)
    assert compared([line], [job(calls=("req-1",)), job(2, cost_micros=0)]).matched == 1


@pytest.mark.parametrize(
    ("change", "theirs"),
    [
        ({}, True),
        ({"model": ""}, True),
        ({"images": None}, True),
        ({"at": NOW - NEAR}, True),
        ({"at": NOW + 10 + NEAR}, True),
        ({"images": 3, "micros": 3 * UNIT}, True),
        ({"at": NOW - NEAR - 1}, False),
        ({"at": NOW + 11 + NEAR}, False),
        ({"model": "imagen-4-ultra"}, False),
        ({"images": 5}, False),
    ],
)
def test_without_an_id_model_pictures_and_time_tell(change: dict[str, object], theirs: bool) -> None:
    found = compared([billed(**change)], [job()])
    assert found.matched == theirs
    assert bool(found.only_billed) == bool(found.only_spent) == (not theirs)


def test_lines_are_shared_out_nearest_first() -> None:
    jobs = [job(number, began=NOW + 60 * number, ended=NOW + 60 * number + 10) for number in range(4)]
    lines = [billed(10 + number, at=NOW + 60 * number + 8) for number in range(4)]
    assert compared(lines, jobs).equal
    found = compared(lines[1:], jobs)
    assert [each.job for each in found.only_spent] == [0]


def test_the_same_pictures_and_cost_come_before_nearness() -> None:
    cheap = job(1, model="gpt-image-2", images=1, cost_micros=16_500)
    dear = job(2, model="gpt-image-2", images=1, cost_micros=250_500, began=NOW + 20, ended=NOW + 50)
    lines = [
        billed(2, model="gpt-image-2", images=1, micros=250_500, at=NOW + 5),
        billed(3, model="gpt-image-2", images=1, micros=16_500, at=NOW + 30),
    ]
    assert compared(lines, [cheap, dear]).equal


def test_a_job_of_several_calls_has_several_lines() -> None:
    lines = [billed(number, images=1, micros=UNIT, at=NOW + number) for number in range(2, 6)]
    assert compared(lines, [job()]).equal
    found = compared([*lines, billed(6, images=1, micros=UNIT)], [job()])
    assert (found.matched, [line.line for line in found.only_billed]) == (4, [6])


def test_calls_that_cost_nothing_take_no_jobs_place() -> None:
    refused = [billed(number, micros=0, at=NOW) for number in range(3, 9)]
    dearer = billed(at=NOW + 200, micros=4 * UNIT + 1)
    found = compared([*refused, dearer], [job()])
    assert found.differing == ((job(), dearer.micros),)
    assert (found.matched, found.only_billed) == (1, ())


def test_a_cost_that_differs_is_told() -> None:
    found = compared([billed(micros=4 * UNIT + 1)], [job()])
    assert found.differing == ((job(), 4 * UNIT + 1),)
    assert not found.equal


def test_what_was_uncertain_is_told_once_the_bill_knows() -> None:
    doubtful = job(cost_micros=0, uncertain_micros=4 * UNIT)
    assert compared([billed()], [doubtful]).differing == ((doubtful, 4 * UNIT),)
    assert compared([], [doubtful]).equal


def test_jobs_outside_of_the_bill_need_no_line() -> None:
    early, late = job(1, began=NOW - 50), job(2, began=NOW + 50)
    assert compared([], [early, late], NOW, NOW + 10).equal
    assert compared([billed(at=NOW)], [early], NOW, NOW + 10).equal
    assert [each.job for each in compared([], [early, late], NOW, NOW + 60).only_spent] == [2]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["a", "b"]), st.integers(1, 4)), max_size=12),
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["a", "b", ""]), st.integers(0, 4)), max_size=12),
)
def test_no_line_and_no_money_is_lost(
    jobs: list[tuple[int, str, int]], lines: list[tuple[int, str, int]]
) -> None:
    ours = [
        job(number, began=NOW + at, ended=NOW + at + 5, model=model, images=images, cost_micros=images)
        for number, (at, model, images) in enumerate(jobs)
    ]
    theirs = [
        billed(number, at=NOW + at, model=model, images=images, micros=images)
        for number, (at, model, images) in enumerate(lines)
    ]
    found = compared(theirs, ours)
    assert found.matched + len(found.only_billed) + sum(not line.micros for line in theirs) >= len(theirs)
    differs = sum(line.micros for line in found.only_billed) - sum(
        each.cost_micros for each in found.only_spent
    )
    differs += sum(micros - each.cost_micros for each, micros in found.differing)
    assert found.billed_micros - found.cost_micros == differs
    assert compared(theirs, []).matched == 0


async def test_the_ledger_knows_what_was_drawn_when(ledger: Ledger, clock: Clock) -> None:
    done = await reserved(ledger, 4)
    clock.now += 3_600  # in the queue
    await ledger.jobs.start(done.id)
    clock.now += 10
    await ledger.jobs.settle(done.id, replace(drawn(4, cost=4 * UNIT), outcome='{"calls": ["req-1"]}'))
    never = await reserved(ledger, 1)
    await ledger.jobs.release(never.id, Close())
    await reserved(ledger, 1)
    (found,) = await ledger.reports.job_costs(clock.now - 60, clock.now, lambda outcome: (outcome,))
    assert (found.job, found.began, found.ended) == (done.id, clock.now - 10, clock.now)
    assert (found.images, found.cost_micros, found.calls) == (4, 4 * UNIT, ('{"calls": ["req-1"]}',))
    assert await ledger.reports.job_costs(clock.now - 5, clock.now, lambda outcome: ()) == []
