"""The fair queue, with every mixture of people, tiers and bounds."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.imagine import queue as scheduler
from bot.imagine.queue import Scheduler, Turn
from bot.painters.estimates import WINDOW, Estimates
from quotas.catalog import load_catalog
from quotas.ids import id_text
from tests.bot.running_bot import until

PEOPLE, TIERS = "abcd", ("fast", "ultra")
turns = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TIERS)), max_size=30)
bounds = st.integers(min_value=1, max_value=4)


@dataclass
class Stage:
    """Runs each job until `end`, and remembers the order in which jobs began."""

    began: list[int] = field(default_factory=list)
    running: dict[int, asyncio.Event] = field(default_factory=dict)

    async def run(self, job: int) -> None:
        self.began.append(job)
        gate = self.running[job] = asyncio.Event()
        try:
            await gate.wait()
        finally:
            del self.running[job]

    async def end(self, job: int) -> None:
        self.running[job].set()
        await self.turn()

    async def turn(self) -> None:
        for _ in range(4):
            await asyncio.sleep(0)


@settings(max_examples=60, deadline=None)
@given(turns, bounds, bounds, bounds, st.randoms(use_true_random=False))
def test_the_bounds_hold_and_everything_runs(
    jobs: list[tuple[str, str]], in_flight: int, per_person: int, per_tier: int, chance: object
) -> None:
    async def go() -> None:
        stage = Stage()
        queue = Scheduler(stage.run, in_flight=in_flight, per_person=per_person, per_tier={"ultra": per_tier})
        for number, (person, tier) in enumerate(jobs):
            queue.add(Turn(number, person, tier))
        await stage.turn()
        while stage.running:
            people = Counter(jobs[job][0] for job in stage.running)
            tiers = Counter(jobs[job][1] for job in stage.running)
            assert len(stage.running) == queue.running <= in_flight
            assert max(people.values()) <= per_person
            assert tiers["ultra"] <= per_tier
            await stage.end(chance.choice(sorted(stage.running)))  # type: ignore[attr-defined]
        assert sorted(stage.began) == list(range(len(jobs)))
        assert queue.running == queue.waiting == 0

    asyncio.run(go())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PEOPLE), max_size=20), st.sets(st.integers(0, 19)))
def test_a_place_is_the_order_in_which_they_start(people: list[str], withdrawn: set[int]) -> None:
    async def go() -> None:
        stage = Stage()
        queue = Scheduler(stage.run, in_flight=1, per_person=1)
        for number, person in enumerate(people):
            queue.add(Turn(number, person, "fast"))
        await stage.turn()
        for number in withdrawn:
            waiting = 0 < number < len(people)
            assert queue.withdraw(number) == waiting
            assert not queue.withdraw(number), "only once"
        places = {number: queue.place(number) for number in range(len(people))}
        expected = sorted((place, number) for number, place in places.items() if place)
        assert [place for place, _ in expected] == list(range(1, len(expected) + 1))
        assert queue.waiting == len(expected)
        while stage.running:
            await stage.end(*stage.running)
        assert stage.began[1:] == [number for _, number in expected]

    asyncio.run(go())


@pytest.mark.parametrize("in_flight", [1, 3])
async def test_a_burst_of_one_does_not_hold_up_the_next(in_flight: int) -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=in_flight, per_person=in_flight)
    for number in range(100):
        queue.add(Turn(number, "a", "fast"))
    queue.add(Turn(100, "b", "fast"))
    await stage.turn()
    assert queue.place(100) == 2, "after at most one more job of the other person"
    for _ in range(2):
        await stage.end(stage.began[-1])
    assert 100 in stage.began
    assert len(stage.began) == in_flight + 2


async def test_a_job_that_breaks_frees_its_slot_and_logs_no_prompt() -> None:
    began = []

    async def run(job: int) -> None:
        began.append(job)
        raise RuntimeError(f"{'ele'}phant")

    queue = Scheduler(run, in_flight=1, per_person=1)
    with capture_logs() as lines:
        queue.add(Turn(1, "a", "fast"))
        queue.add(Turn(2, "a", "fast"))
        for _ in range(6):
            await asyncio.sleep(0)
    assert began == [1, 2]
    assert [line["job"] for line in lines] == [id_text(1), id_text(2)]
    assert "elephant" not in repr(lines)


async def test_stop_starts_nothing_more_and_returns_how_many_it_cut_off() -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=2, per_person=2)
    for number in range(5):
        queue.add(Turn(number, "a", "fast"))
    await stage.turn()
    assert await queue.stop(0.01) == 2
    queue.add(Turn(5, "b", "fast"))
    await stage.turn()
    assert stage.began == [0, 1]
    assert queue.waiting == 4
    assert await queue.stop(0.01) == 0


# --- estimates


def test_the_first_estimate_is_the_catalogs() -> None:
    expected = Estimates(load_catalog())
    assert expected.seconds("fast", "") == 4
    assert expected.seconds("gone", "") == 0


def test_estimates_follow_the_newest_jobs() -> None:
    expected = Estimates(load_catalog())
    for seconds in (1.0, 100.0, 9.0) * WINDOW:
        expected.record("gpt", "low", seconds)
    assert expected.seconds("gpt", "low") == 9
    assert expected.seconds("gpt", "high") == 105
    for _ in range(WINDOW):
        expected.record("gpt", "low", 50.0)
    assert expected.seconds("gpt", "low") == 50
    assert expected.wait(4, 2, "gpt", "low") == 100


async def test_cards_go_before_drawings() -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=4, per_person=4)
    for number, person in enumerate("abc"):
        queue.add(Turn(number, person, "fast"), card_comes=True)
    await stage.turn()
    assert stage.began == []
    assert [queue.place(number) for number in range(3)] == [0, 0, 0], "they wait only for cards"
    queue.shown(0)
    assert queue.withdraw(1)
    await stage.turn()
    assert stage.began == []
    queue.shown(2)
    queue.shown(1)
    await stage.turn()
    assert stage.began == [0, 2]
    await queue.stop(0)


async def test_a_withdrawn_job_holds_nothing_back_and_the_next_card_has_its_whole_time() -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=4, per_person=4)
    queue.add(Turn(0, "a", "fast"), card_comes=True)
    less_urgent = asyncio.create_task(queue.cards_out())
    await stage.turn()
    assert not less_urgent.done()
    assert queue.withdraw(0)
    await stage.turn()
    assert less_urgent.done()
    await queue.stop(0)


async def test_a_job_waits_for_its_own_card_even_when_those_of_others_no_longer_hold_it_back() -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=4, per_person=4)
    for number, person in enumerate("ab"):
        queue.add(Turn(number, person, "fast"), card_comes=True)
    queue._waiting_since = 0.0  # cards have held drawing back for too long already
    queue.add(Turn(2, "c", "fast"))
    await stage.turn()
    assert stage.began == [2]
    queue.shown(0)
    await stage.turn()
    assert stage.began == [2, 0]
    assert queue.withdraw(1)
    await queue.stop(0)


async def test_less_urgent_work_waits_for_all_cards_that_are_coming() -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=4, per_person=4)
    await queue.cards_out()
    with queue.arriving():
        less_urgent = asyncio.create_task(queue.cards_out())
        queue.add(Turn(0, "a", "fast"), card_comes=True)
        queue.shown(0)
        await stage.turn()
        assert (stage.began, less_urgent.done()) == ([], False)
        queue.add(Turn(1, "a", "fast"), card_comes=True)
    await stage.turn()
    assert (stage.began, less_urgent.done()) == ([], False)
    queue.shown(1)
    await stage.turn()
    assert stage.began == [0, 1]
    assert less_urgent.done()
    with queue.arriving():  # refused: no card comes
        less_urgent = asyncio.create_task(queue.cards_out())
        await stage.turn()
        assert not less_urgent.done()
    await stage.turn()
    assert less_urgent.done()
    with queue.arriving():
        less_urgent = asyncio.create_task(queue.cards_out())
        await stage.turn()
        await queue.stop(0)
        await stage.turn()
        assert less_urgent.done(), "it must be written before the stop"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_card_that_never_comes_delays_drawings_only_shortly(
    stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "CARDS_FIRST", 0.05)
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=400, per_person=400)
    queue.add(Turn(0, "a", "fast"), card_comes=True)
    number = 0
    async with asyncio.timeout(10):
        while 0 not in stage.began:
            await asyncio.sleep(0.005)
            if stream:
                number += 1
                queue.add(Turn(number, "b", "fast"), card_comes=True)
    await queue.stop(0)


async def test_a_person_who_is_held_back_waits_while_others_pass() -> None:
    stage = Stage()
    queue = Scheduler(stage.run, in_flight=2, per_person=2)
    queue.add(Turn(1, "a", "fast"))
    await stage.turn()
    queue.hold_back("a", 60)
    assert 0 < queue.held_back("a") <= 60
    queue.hold_back("a", 0.05)
    for number, person in ((2, "a"), (3, "b"), (4, "a"), (5, "b"), (6, "c")):
        queue.add(Turn(number, person, "fast"))
    await stage.turn()
    assert stage.began == [1, 3], "what runs goes on"
    assert [queue.place(job) for job in (5, 6)] == [1, 2], "who is held back has no turn before others"
    assert queue.withdraw(4)
    await stage.end(3)
    await stage.end(1)
    assert stage.began == [1, 3, 5, 6]
    await stage.end(5)
    await until(lambda: 2 in stage.began)
    assert queue.held_back("a") == 0
    queue.hold_back("b", 60)
    for job in (2, 6):
        await stage.end(job)
    assert await queue.stop(1) == 0
