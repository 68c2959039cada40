"""A house for each story, on each platform that can tell it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.admin import budget_alerts
from bot.imagine import card_tracker, delivery, queue, retry
from tests.contract.discord import Discord
from tests.contract.ground import Ground
from tests.contract.harness import Harness
from tests.contract.shell import Shell
from tests.contract.slack import Slack, SlackHttp
from tests.contract.web import Web

PLATFORMS: dict[str, Callable[[Ground], Harness]] = {
    "web": Web,
    "shell": Shell,
    "discord": Discord,
    "slack-socket": Slack,
    "slack-http": SlackHttp,
}
Open = Callable[..., Awaitable[Harness]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each story on each platform that can tell it."""
    if "build" in metafunc.fixturenames:
        needs = [can for mark in metafunc.definition.iter_markers("needs") for can in mark.args]
        able = [name for name, house in PLATFORMS.items() if not set(needs) & set(lacks(house))]
        metafunc.parametrize("build", able, indirect=True)


def lacks(house: Callable[[Ground], Harness]) -> dict[str, str]:
    """What a platform has not, and why not."""
    return dict(house.lacks)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.01)
    monkeypatch.setattr(delivery, "RETRIES", (0.01,))
    monkeypatch.setattr(retry, "PAUSES", (0.01,))
    monkeypatch.setattr(queue, "CARDS_FIRST", 0.2)
    monkeypatch.setattr(budget_alerts, "LOOK_EVERY", 0.05)


@pytest.fixture
async def build(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens a house of the platform with other measures; afterwards its ledger must add up."""
    opened: list[Harness] = []

    async def make(*, images: int = 400, in_flight: int = 8) -> Harness:
        house = PLATFORMS[request.param](Ground(tmp_path, images=images, in_flight=in_flight))
        opened.append(house)
        await house.open()
        return house

    yield make
    for house in opened:
        house.ground.painter.gate.set()
        differences = await house.ground.ledger.verify()
        await house.close()
        assert differences == []


@pytest.fixture
async def house(build: Open) -> Harness:
    return await build()
