"""A running bot for each test, closed and verified at its end, with short pauses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.imagine import card_tracker, delivery, queue, retry
from bot.privacy import forget
from tests.bot.running_bot import RunningBot

Build = Callable[..., Awaitable[RunningBot]]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.005)
    monkeypatch.setattr(delivery, "CARD_PATIENCE", 0.5)
    monkeypatch.setattr(delivery, "RETRIES", (0.005,))
    monkeypatch.setattr(retry, "PAUSES", (0.005,))
    monkeypatch.setattr(queue, "CARDS_FIRST", 0.2)
    monkeypatch.setattr(forget, "CLEAN_EVERY", 0.02)


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Start bots with fields of their own; after the test, crash them and verify their ledgers."""
    bots = []

    async def make(**fields: object) -> RunningBot:
        running = await RunningBot(tmp_path, **fields).open()  # type: ignore[arg-type]
        bots.append(running)
        return running

    yield make
    for running in bots:
        running.painter.gate.set()
        running.chat.gate.set()
        differences = await running.ledger.verify()
        await running.crash()
        assert differences == []


@pytest.fixture
async def running(build: Build) -> RunningBot:
    return await build()
