"""Many at one moment: each is heard at once, and gets the card, the gallery or the refusal after that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.discord.inbound import burst
from tests.discord.house import House, housed
from tests.fakes.discord.interactions import Interaction

CARD, DEFERRED = 4, 5  # receiving-and-responding, "Interaction Callback Type"
MANY = 12


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path, images=4 * MANY) as house:
        yield house


async def asked_at_once(house: House, number: int, **options: object) -> list[Interaction]:
    return list(await asyncio.gather(*(house.imagine(f"fox {each}", **options) for each in range(number))))


def kinds(asked: list[Interaction]) -> set[int]:
    return {each.response.type for each in asked if each.response}


async def test_a_crowd_is_heard_at_once_and_everybody_gets_their_gallery(house: House) -> None:
    asked = await asked_at_once(house, MANY)
    assert DEFERRED in kinds(asked)
    await house.home.done()
    await house.fake.until(lambda: all(each.original and not each.original.loading for each in asked))
    assert len(house.room.messages) == MANY, "a deferral became its gallery"
    assert all(len(message.gallery) == 4 for message in house.room.messages)


async def test_a_few_get_their_cards_at_once(house: House) -> None:
    assert kinds(await asked_at_once(house, burst.BURST_SIZE - 1)) == {CARD}
    await house.home.done()


async def test_what_is_private_stays_so_in_a_crowd(house: House) -> None:
    asked = await asked_at_once(house, MANY, private=True)
    assert DEFERRED in kinds(asked)
    await house.home.done()
    assert house.room.messages == []
    assert len(house.fake.ephemerals(house.ann)) >= MANY


async def test_who_is_refused_in_a_crowd_is_told_alone(house: House) -> None:
    """There is room for as many as ask; the next are one too many."""
    await asked_at_once(house, MANY)
    await house.home.done()
    before = list(house.room.messages)
    late = await asked_at_once(house, MANY)
    assert DEFERRED in kinds(late)
    told = house.fake.ephemerals
    await house.fake.until(lambda: sum("allows" in each.text for each in told(house.ann)) == MANY)
    assert house.room.messages == before, "what looked public was taken away"
