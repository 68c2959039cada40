"""A person whose requests keep costing money that nobody is charged goes slower; others do not."""

import random
from dataclasses import replace

import pytest

from bot.imagine import slowdown
from bot.imagine.slowdown import Slowdown
from bot.painters.port import Declined, Unknown
from bot.port.cards import Working
from quotas.records import Job
from tests.bot.running_bot import ANN, BOB, STANDARD, RunningBot, until


def of(job: Job, person: str, *, failed: bool) -> Job:
    closed = replace(job, person=person)
    if not failed:
        return closed
    return replace(
        closed, state="released", charge_images=0, charge_micros=0, cost_micros=0, uncertain_micros=STANDARD
    )


async def test_costly_failures_in_a_row_slow_their_person_down(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is charged for them, so the allowance alone would let them go on for ever."""
    monkeypatch.setattr(slowdown, "FIRST_PAUSE", 60.0)
    cut = Unknown(why="cut off", uncertain_micros=4 * STANDARD)
    running.painter.script = [cut, Declined(), *[cut] * 7]
    for _ in range(9):
        await running.accept()
        await running.finish()
    card = (await running.accept()).card
    assert isinstance(card, Working)
    assert card.line.startswith("waiting, about ")
    why = "your last 8 requests cost money but gave no picture, so I'm going slower"
    assert card.line.endswith(f" s: {why}")
    assert await running.accept(person=BOB)
    await until(lambda: len(running.painter.orders) == 10)
    waiting = [job.person for job in await running.ledger.jobs.list_open() if job.state == "reserved"]
    assert waiting == [ANN.id], "others pass"
    running.bot.lifecycle.scheduler.hold_back(ANN.id, 0)
    await running.finish()
    assert len(running.painter.orders) == 11


async def test_a_pause_doubles_and_has_an_end(running: RunningBot) -> None:
    settled = await running.draw()
    failed, slow = of(settled, "a", failed=True), Slowdown()
    assert [slow.pause_after(failed) for _ in range(15)] == [0] * 7 + [2, 4, 8, 16, 32, 64, 120, 120]
    assert slow.pause_after(of(settled, "b", failed=True)) == 0
    free = replace(failed, uncertain_micros=0)
    assert (slow.pause_after(free), slow.in_a_row("a")) == (0, 15), "what cost nothing changes nothing"
    assert slow.pause_after(of(settled, "a", failed=False)) == 0
    assert slow.pause_after(failed) == 0, "a success begins anew"


async def test_the_better_others_fare_the_sooner_a_row_of_failures_counts(running: RunningBot) -> None:
    settled = await running.draw()
    slow = Slowdown()
    for _ in range(50):
        slow.pause_after(of(settled, "others", failed=False))
    assert [slow.pause_after(of(settled, "a", failed=True)) for _ in range(4)] == [0, 0, 2, 4]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 1.0])
async def test_an_image_service_that_fails_by_chance_slows_nobody_down(
    running: RunningBot, share: float
) -> None:
    settled = await running.draw()
    slow, chance, pauses = Slowdown(), random.Random(f"by chance {share}"), 0
    for _ in range(10_000):
        person, failed = f"p{chance.randrange(20)}", chance.random() < share
        pauses += slow.pause_after(of(settled, person, failed=failed)) > 0
    assert pauses <= 3, "of 10,000"
