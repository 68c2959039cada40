"""The bill compared with the ledger: which line is which job, and what differs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotas.ids import id_text
from quotas.ledger import Ledger
from quotas.records import Close
from quotas.reports.reconcile import NEAR, BillLine, JobCost, Reconciliation, reconcile
from tests.quotas.helpers import UNIT, Clock, make_close, reserve

NOW = 1_795_348_800.0


def make_job(number: int = 1, **changes: object) -> JobCost:
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


def make_line(number: int = 2, **changes: object) -> BillLine:
    plain = BillLine(line=number, at=NOW + 9, model="imagen-4-0", images=4, micros=4 * UNIT, call="")
    return replace(plain, **changes)  # type: ignore[arg-type]


def compare(
    lines: list[BillLine], jobs: list[JobCost], first: float = 0.0, last: float = 2 * NOW
) -> Reconciliation:
    return reconcile(lines, sorted(jobs, key=lambda each: each.began), first, last)


def test_matching_lines_and_jobs_have_no_difference() -> None:
    found = compare([make_line()], [make_job()])
    assert found.equal
    assert (found.matched, found.billed_micros, found.cost_micros) == (1, 4 * UNIT, 4 * UNIT)
    assert compare([], []).equal


@pytest.mark.parametrize(
    "call", ["req-1", id_text(1), f"{id_text(1)}-2"], ids=["of the answer", "our key", "a part of our key"]
)
def test_an_id_matches_whatever_else_differs(call: str) -> None:
    line = make_line(call=call, at=NOW - 9_000, model="another", images=9)
    assert compare([line], [make_job(calls=("req-1",)), make_job(2, cost_micros=0)]).matched == 1


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
def test_without_an_id_model_images_and_time_match(change: dict[str, object], theirs: bool) -> None:
    found = compare([make_line(**change)], [make_job()])
    assert found.matched == theirs
    assert bool(found.only_billed) == bool(found.only_spent) == (not theirs)


def test_the_nearest_lines_are_matched_first() -> None:
    jobs = [make_job(number, began=NOW + 60 * number, ended=NOW + 60 * number + 10) for number in range(4)]
    lines = [make_line(10 + number, at=NOW + 60 * number + 8) for number in range(4)]
    assert compare(lines, jobs).equal
    found = compare(lines[1:], jobs)
    assert [each.job for each in found.only_spent] == [0]


def test_equal_images_and_cost_count_more_than_time() -> None:
    cheap = make_job(1, model="gpt-image-2", images=1, cost_micros=16_500)
    dear = make_job(2, model="gpt-image-2", images=1, cost_micros=250_500, began=NOW + 20, ended=NOW + 50)
    lines = [
        make_line(2, model="gpt-image-2", images=1, micros=250_500, at=NOW + 5),
        make_line(3, model="gpt-image-2", images=1, micros=16_500, at=NOW + 30),
    ]
    assert compare(lines, [cheap, dear]).equal


def test_a_job_of_several_calls_has_several_lines() -> None:
    lines = [make_line(number, images=1, micros=UNIT, at=NOW + number) for number in range(2, 6)]
    assert compare(lines, [make_job()]).equal
    found = compare([*lines, make_line(6, images=1, micros=UNIT)], [make_job()])
    assert (found.matched, [line.line for line in found.only_billed]) == (4, [6])


def test_free_calls_are_matched_last() -> None:
    refused = [make_line(number, micros=0, at=NOW) for number in range(3, 9)]
    dearer = make_line(at=NOW + 200, micros=4 * UNIT + 1)
    found = compare([*refused, dearer], [make_job()])
    assert found.differing == ((make_job(), dearer.micros),)
    assert (found.matched, found.only_billed) == (1, ())


def test_a_different_cost_is_reported() -> None:
    found = compare([make_line(micros=4 * UNIT + 1)], [make_job()])
    assert found.differing == ((make_job(), 4 * UNIT + 1),)
    assert not found.equal


def test_an_uncertain_cost_differs_once_it_is_billed() -> None:
    doubtful = make_job(cost_micros=0, uncertain_micros=4 * UNIT)
    assert compare([make_line()], [doubtful]).differing == ((doubtful, 4 * UNIT),)
    assert compare([], [doubtful]).equal


def test_jobs_outside_the_bills_time_need_no_line() -> None:
    early, late = make_job(1, began=NOW - 50), make_job(2, began=NOW + 50)
    assert compare([], [early, late], NOW, NOW + 10).equal
    assert compare([make_line(at=NOW)], [early], NOW, NOW + 10).equal
    assert [each.job for each in compare([], [early, late], NOW, NOW + 60).only_spent] == [2]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["a", "b"]), st.integers(1, 4)), max_size=12),
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["a", "b", ""]), st.integers(0, 4)), max_size=12),
)
def test_no_line_and_no_money_is_lost(
    jobs: list[tuple[int, str, int]], lines: list[tuple[int, str, int]]
) -> None:
    ours = [
        make_job(number, began=NOW + at, ended=NOW + at + 5, model=model, images=images, cost_micros=images)
        for number, (at, model, images) in enumerate(jobs)
    ]
    theirs = [
        make_line(number, at=NOW + at, model=model, images=images, micros=images)
        for number, (at, model, images) in enumerate(lines)
    ]
    found = compare(theirs, ours)
    assert found.matched + len(found.only_billed) + sum(not line.micros for line in theirs) >= len(theirs)
    differs = sum(line.micros for line in found.only_billed) - sum(
        each.cost_micros for each in found.only_spent
    )
    differs += sum(micros - each.cost_micros for each, micros in found.differing)
    assert found.billed_micros - found.cost_micros == differs
    assert compare(theirs, []).matched == 0


async def test_job_costs_are_those_of_drawn_jobs_in_the_time(ledger: Ledger, clock: Clock) -> None:
    done = await reserve(ledger, 4)
    clock.now += 3_600  # in the queue
    await ledger.jobs.start(done.id)
    clock.now += 10
    await ledger.jobs.settle(done.id, replace(make_close(4, cost=4 * UNIT), outcome='{"calls": ["req-1"]}'))
    never = await reserve(ledger, 1)
    await ledger.jobs.release(never.id, Close())
    await reserve(ledger, 1)
    (found,) = await ledger.reports.job_costs(clock.now - 60, clock.now, lambda outcome: (outcome,))
    assert (found.job, found.began, found.ended) == (done.id, clock.now - 10, clock.now)
    assert (found.images, found.cost_micros, found.calls) == (4, 4 * UNIT, ('{"calls": ["req-1"]}',))
    assert await ledger.reports.job_costs(clock.now - 5, clock.now, lambda outcome: ()) == []
