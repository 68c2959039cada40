"""Many at once: never more than the allowance, and never twice."""

import asyncio
from collections.abc import Callable

import pytest

from bot.port.cards import Accepted, Refused
from bot.port.requests import Person
from quotas.records import UsageFilter
from tests.bot.conftest import Build
from tests.bot.house import ANN, STANDARD, House, at

ALLOWANCE = 50
REQUESTS = 500


def one(_number: int) -> Person:
    return ANN


def many(number: int) -> Person:
    return Person(id=f"chat:{number % 7}", name=f"Person {number % 7}")


async def _burst(house: House, who: Callable[[int], Person], variants: int) -> list[Accepted | Refused]:
    return await asyncio.gather(
        *(
            house.ask(f"fox -n {variants}", who(number), request=f"burst:{number}")
            for number in range(REQUESTS)
        )
    )


@pytest.mark.parametrize(("who", "people"), [(one, 1), (many, 7)])
async def test_five_hundred_against_an_allowance_of_fifty(
    build: Build, who: Callable[[int], Person], people: int
) -> None:
    house = await build(images=ALLOWANCE)
    first = await _burst(house, who, variants=2)
    accepted = [answer for answer in first if isinstance(answer, Accepted)]
    assert len(accepted) == people * ALLOWANCE // 2
    assert {answer.why for answer in first if isinstance(answer, Refused)} == {"allowance"}
    await house.done()
    assert sum(order.images for order in house.painter.orders) == people * ALLOWANCE
    assert len(house.outcomes) == len(house.chat.messages) == len(accepted)
    again = await _burst(house, who, variants=2)
    for before, after in zip(first, again, strict=True):
        assert type(before) is type(after)
        if isinstance(before, Accepted) and isinstance(after, Accepted):
            assert (after.job, after.fresh) == (before.job, False)
    assert len(house.painter.orders) == len(accepted)
    totals = (await house.ledger.reports.usage(UsageFilter(), None)).totals
    assert (totals.images, totals.charge_micros) == (people * ALLOWANCE, people * ALLOWANCE * STANDARD)


async def test_the_same_request_a_hundred_times_at_once_is_one_job(house: House) -> None:
    answers = await asyncio.gather(*(house.accepted(request="same") for _ in range(100)))
    await house.done()
    assert len({answer.job for answer in answers}) == 1
    assert sum(answer.fresh for answer in answers) == 1
    assert len(house.painter.orders) == len(house.outcomes) == 1


async def test_another_workspace_has_an_allowance_of_its_own(build: Build) -> None:
    house = await build(images=4)
    await house.drawn()
    assert isinstance(await house.ask(), Refused)
    assert isinstance(await house.ask(address=at("chat:others")), Accepted)
    await house.done()
