"""Many requests at one moment: each gets a deferral first, and then its card, gallery or refusal."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.discord.gateway import client
from adapters.discord.inbound import burst
from tests.discord.app import App, running_app
from tests.fakes.discord.interactions import Interaction

CARD, DEFERRED = 4, 5  # receiving-and-responding, "Interaction Callback Type"
MANY = 12


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running_app(tmp_path, images=4 * MANY) as app:
        yield app


async def ask_at_once(app: App, number: int, **options: object) -> list[Interaction]:
    return list(await asyncio.gather(*(app.imagine(f"fox {each}", **options) for each in range(number))))


def kinds(interactions: list[Interaction]) -> set[int]:
    return {each.response.type for each in interactions if each.response}


async def test_a_burst_is_deferred_and_everybody_gets_their_gallery(app: App) -> None:
    interactions = await ask_at_once(app, MANY)
    assert DEFERRED in kinds(interactions)
    await app.backend.done()
    await app.fake.until(lambda: all(each.original and not each.original.loading for each in interactions))
    assert len(app.room.messages) == MANY, "a deferral became its gallery"
    assert all(len(message.gallery) == 4 for message in app.room.messages)


async def test_a_burst_shares_few_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of these is the gateway's. Without a bound, each answer that waits opens one of its own."""
    monkeypatch.setattr(client, "CONNECTIONS", 3)
    async with running_app(tmp_path, images=4 * MANY) as app:
        answers = app.fake.hold("POST", "/callback$")
        asking = asyncio.create_task(ask_at_once(app, MANY))
        await app.fake.until(lambda: app.fake.connections == 3)
        answers.open()
        assert all(each.response for each in await asking)
        await app.backend.done()
        assert app.fake.connections <= 3


async def test_a_few_get_their_cards_at_once(app: App) -> None:
    assert kinds(await ask_at_once(app, burst.BURST_SIZE - 1)) == {CARD}
    await app.backend.done()


async def test_a_private_request_stays_private_in_a_burst(app: App) -> None:
    interactions = await ask_at_once(app, MANY, private=True)
    assert DEFERRED in kinds(interactions)
    await app.backend.done()
    assert app.room.messages == []
    assert len(app.fake.ephemerals(app.ann)) >= MANY


async def test_a_refusal_in_a_burst_is_seen_by_one_person_alone(app: App) -> None:
    """The allowance is enough for the first burst, and not for the second."""
    await ask_at_once(app, MANY)
    await app.backend.done()
    before = list(app.room.messages)
    late = await ask_at_once(app, MANY)
    assert DEFERRED in kinds(late)
    ephemerals = app.fake.ephemerals
    await app.fake.until(lambda: sum("allows" in each.text for each in ephemerals(app.ann)) == MANY)
    assert app.room.messages == before, "public deferrals were deleted"
