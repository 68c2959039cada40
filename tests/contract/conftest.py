"""A harness for each story, on each platform that supports it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.admin import budget_alerts
from bot.imagine import card_tracker, delivery, queue, retry
from bot.writers.port import Writer
from tests.contract.backend import Backend
from tests.contract.discord import Discord
from tests.contract.harness import Harness
from tests.contract.shell import Shell
from tests.contract.slack import Slack, SlackHttp
from tests.contract.web import Web

PLATFORMS: dict[str, Callable[[Backend], Harness]] = {
    "web": Web,
    "shell": Shell,
    "discord": Discord,
    "slack-socket": Slack,
    "slack-http": SlackHttp,
}
Build = Callable[..., Awaitable[Harness]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each story that uses `build` on every platform that supports what it needs."""
    if "build" in metafunc.fixturenames:
        needs = [each for mark in metafunc.definition.iter_markers("needs") for each in mark.args]
        names = [name for name, harness in PLATFORMS.items() if not set(needs) & set(unsupported(harness))]
        metafunc.parametrize("build", names, indirect=True)


def unsupported(harness: Callable[[Backend], Harness]) -> dict[str, str]:
    """Return the capabilities that a platform has not, each with the reason."""
    return dict(harness.unsupported)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_tracker, "TICK", 0.01)
    monkeypatch.setattr(delivery, "RETRIES", (0.01,))
    monkeypatch.setattr(retry, "PAUSES", (0.01,))
    monkeypatch.setattr(queue, "CARDS_FIRST", 0.2)
    monkeypatch.setattr(budget_alerts, "LOOK_EVERY", 0.05)


@pytest.fixture
async def build(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Build]:
    """Return a function that opens a harness with the given limits. Afterwards its ledger must verify."""
    harnesses: list[Harness] = []

    async def make(*, images: int = 400, in_flight: int = 8, writer: Writer | None = None) -> Harness:
        backend = Backend(tmp_path, images=images, in_flight=in_flight, writer=writer)
        harness = PLATFORMS[request.param](backend)
        harnesses.append(harness)
        await harness.open()
        return harness

    yield make
    for harness in harnesses:
        harness.backend.painter.gate.set()
        differences = await harness.backend.ledger.verify()
        await harness.close()
        assert differences == []


@pytest.fixture
async def harness(build: Build) -> Harness:
    return await build()
