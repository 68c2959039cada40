from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.painters.gateway import GatewayPainter
from tests.fakes.gateway import FakeGateway


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with FakeGateway() as gateway:
        yield gateway


class Clock:
    """A clock in unix seconds that a test moves; pauses take no time and are noted."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def painter(gateway: FakeGateway, clock: Clock) -> AsyncIterator[GatewayPainter]:
    painter = GatewayPainter(gateway.base_url, gateway.key, in_flight=4, clock=clock, pause=clock.pause)
    yield painter
    await painter.close()


@pytest.fixture
async def make_painter(gateway: FakeGateway, clock: Clock) -> AsyncIterator[Callable[..., GatewayPainter]]:
    painters: list[GatewayPainter] = []

    def make(base_url: str = "", key: str = "", in_flight: int = 4, **options: Any) -> GatewayPainter:
        base, key = base_url or gateway.base_url, key or gateway.key
        options |= {"in_flight": in_flight, "clock": clock, "pause": clock.pause}
        painters.append(GatewayPainter(base, key, **options))
        return painters[-1]

    yield make
    for painter in painters:
        await painter.close()
