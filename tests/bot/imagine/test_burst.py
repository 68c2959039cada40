"""Many requests at once never draw more than the allowance, and no request draws twice."""

import asyncio
from collections.abc import Callable

import pytest

from bot.port.cards import Accepted, Refused
from bot.port.requests import Person
from quotas.records import UsageFilter
from tests.bot.conftest import Build
from tests.bot.running_bot import ANN, STANDARD, RunningBot, at

ALLOWANCE = 50
REQUESTS = 500


def one(_number: int) -> Person:
    return ANN


def many(number: int) -> Person:
    return Person(id=f"chat:{number % 7}", name=f"Person {number % 7}")


async def _burst(
    running: RunningBot, pick_person: Callable[[int], Person], variants: int
) -> list[Accepted | Refused]:
    return await asyncio.gather(
        *(
            running.ask(f"fox -n {variants}", pick_person(number), request=f"burst:{number}")
            for number in range(REQUESTS)
        )
    )


@pytest.mark.parametrize(("pick_person", "people"), [(one, 1), (many, 7)])
async def test_five_hundred_requests_draw_no_more_than_fifty_pictures_a_person(
    build: Build, pick_person: Callable[[int], Person], people: int
) -> None:
    running = await build(images=ALLOWANCE)
    first = await _burst(running, pick_person, variants=2)
    accepted = [answer for answer in first if isinstance(answer, Accepted)]
    assert len(accepted) == people * ALLOWANCE // 2
    assert {answer.why for answer in first if isinstance(answer, Refused)} == {"allowance"}
    await running.finish()
    assert sum(order.images for order in running.painter.orders) == people * ALLOWANCE
    assert len(running.outcomes) == len(running.chat.messages) == len(accepted)
    again = await _burst(running, pick_person, variants=2)
    for before, after in zip(first, again, strict=True):
        assert type(before) is type(after)
        if isinstance(before, Accepted) and isinstance(after, Accepted):
            assert (after.job, after.fresh) == (before.job, False)
    assert len(running.painter.orders) == len(accepted)
    totals = (await running.ledger.reports.usage(UsageFilter(), None)).totals
    assert (totals.images, totals.charge_micros) == (people * ALLOWANCE, people * ALLOWANCE * STANDARD)


async def test_the_same_request_a_hundred_times_at_once_is_one_job(running: RunningBot) -> None:
    answers = await asyncio.gather(*(running.accept(request="same") for _ in range(100)))
    await running.finish()
    assert len({answer.job for answer in answers}) == 1
    assert sum(answer.fresh for answer in answers) == 1
    assert len(running.painter.orders) == len(running.outcomes) == 1


async def test_another_workspace_has_an_allowance_of_its_own(build: Build) -> None:
    running = await build(images=4)
    await running.draw()
    assert isinstance(await running.ask(), Refused)
    assert isinstance(await running.ask(address=at("chat:others")), Accepted)
    await running.finish()
