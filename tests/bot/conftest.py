"""A house for each test, closed and verified at its end; pauses that need not be waited for are short."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.imagine import card_tracker, delivery, queue, retry
from tests.bot.house import House

Build = Callable[..., Awaitable[House]]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.005)
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.5)
    monkeypatch.setattr(delivery, "RETRIES", (0.005,))
    monkeypatch.setattr(retry, "PAUSES", (0.005,))
    monkeypatch.setattr(queue, "CARDS_FIRST", 0.2)


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Opens a house with other measures; after the test its ledger must add up."""
    houses = []

    async def make(**measures: object) -> House:
        house = await House(tmp_path, **measures).open()  # type: ignore[arg-type]
        houses.append(house)
        return house

    yield make
    for house in houses:
        house.painter.gate.set()
        house.chat.gate.set()
        differences = await house.ledger.verify()
        await house.crash()
        assert differences == []


@pytest.fixture
async def house(build: Build) -> House:
    return await build()
