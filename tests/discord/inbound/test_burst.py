"""Many at one moment: each is heard at once, and gets the card, the gallery or the refusal after that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.discord.inbound import burst
from tests.discord.app import App, running_app
from tests.fakes.discord.interactions import Interaction

CARD, DEFERRED = 4, 5  # receiving-and-responding, "Interaction Callback Type"
MANY = 12


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path, images=4 * MANY) as app:
        yield app


async def asked_at_once(app: App, number: int, **options: object) -> list[Interaction]:
    return list(await asyncio.gather(*(app.imagine(f"fox {each}", **options) for each in range(number))))


def kinds(asked: list[Interaction]) -> set[int]:
    return {each.response.type for each in asked if each.response}


async def test_a_crowd_is_heard_at_once_and_everybody_gets_their_gallery(app: App) -> None:
    asked = await asked_at_once(app, MANY)
    assert DEFERRED in kinds(asked)
    await app.backend.done()
    await app.fake.until(lambda: all(each.original and not each.original.loading for each in asked))
    assert len(app.room.messages) == MANY, "a deferral became its gallery"
    assert all(len(message.gallery) == 4 for message in app.room.messages)


async def test_a_few_get_their_cards_at_once(app: App) -> None:
    assert kinds(await asked_at_once(app, burst.BURST_SIZE - 1)) == {CARD}
    await app.backend.done()


async def test_what_is_private_stays_so_in_a_crowd(app: App) -> None:
    asked = await asked_at_once(app, MANY, private=True)
    assert DEFERRED in kinds(asked)
    await app.backend.done()
    assert app.room.messages == []
    assert len(app.fake.ephemerals(app.ann)) >= MANY


async def test_who_is_refused_in_a_crowd_is_told_alone(app: App) -> None:
    """There is room for as many as ask; the next are one too many."""
    await asked_at_once(app, MANY)
    await app.backend.done()
    before = list(app.room.messages)
    late = await asked_at_once(app, MANY)
    assert DEFERRED in kinds(late)
    told = app.fake.ephemerals
    await app.fake.until(lambda: sum("allows" in each.text for each in told(app.ann)) == MANY)
    assert app.room.messages == before, "what looked public was taken away"
