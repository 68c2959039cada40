"""A key or model that the gateway refuses for everyone is switched off, reported once, and tried again."""

import asyncio
from typing import Any

import pytest
import structlog

from bot.painters.gateway import GatewayPainter
from bot.painters.port import Drawn, NotDrawn
from tests.bot.painters.gateway.orders import CATALOG, order
from tests.fakes.gateway import FakeGateway

BUSY = {"error": {"message": "pay"}}


async def test_a_refused_key_is_off_until_one_request_succeeds(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    key, gateway.key = gateway.key, "sk-cg-other"
    tier = CATALOG.tiers["gpt"]
    assert painter.unavailable(tier) is None
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            outcome = await painter.draw(order())
            assert isinstance(outcome, NotDrawn)
            assert outcome.why == "key"
        assert len(gateway.requests) == 1
        assert painter.unavailable(tier) == "The gateway refuses our key; the operator has been told."
        clock.now += 61
        assert painter.unavailable(tier) is None
        await asyncio.gather(painter.draw(order()), painter.draw(order()))
        assert len(gateway.requests) == 2
        assert painter.unavailable(tier)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["the gateway refuses the key"]
    gateway.key = key
    clock.now += 61
    assert isinstance(await painter.draw(order()), Drawn)
    assert painter.unavailable(tier) is None


async def test_after_a_cancelled_trial_the_next_request_may_try(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    gateway.next("status", status=402, body=BUSY)
    await painter.draw(order())
    clock.now += 61
    gateway.next("drip")
    trial = asyncio.create_task(painter.draw(order()))
    while not gateway.dripping:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert painter.unavailable(CATALOG.tiers["fast"])
    trial.cancel()
    await asyncio.wait([trial])
    assert isinstance(await painter.draw(order()), Drawn)


@pytest.mark.parametrize(
    "text", ["the prompt exceeds 480 tokens", "Not Found", "imagen-4-flash: prompt too long"]
)
async def test_a_404_about_the_request_switches_no_tier_off(
    gateway: FakeGateway, painter: GatewayPainter, text: str
) -> None:
    gateway.next("status", status=404, body={"error": {"message": text}})
    outcome = await painter.draw(order())
    assert isinstance(outcome, NotDrawn)
    assert outcome.why == "request"
    assert painter.unavailable(CATALOG.tiers["fast"]) is None
    assert isinstance(await painter.draw(order()), Drawn)


async def test_an_unknown_model_switches_off_no_other(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            outcome = await painter.draw(order(model="imagen-9"))
            assert isinstance(outcome, NotDrawn)
            assert outcome.why == "model"
    assert len(gateway.requests) == 1
    [alert] = [line for line in logs if line["log_level"] == "error"]
    assert alert["model"] == "imagen-9"
    gone = CATALOG.tiers["fast"].model_copy(update={"model": "imagen-9"})
    assert painter.unavailable(gone) is not None
    assert painter.unavailable(CATALOG.tiers["standard"]) is None
    clock.now += 901
    assert painter.unavailable(gone) is None


async def test_a_clock_that_is_set_back_does_not_prolong_the_pause(
    gateway: FakeGateway, painter: GatewayPainter, clock: Any
) -> None:
    key, gateway.key = gateway.key, "sk-cg-other"
    await painter.draw(order())
    assert painter.unavailable(CATALOG.tiers["gpt"])
    clock.now -= 86_400
    gateway.key = key
    assert isinstance(await painter.draw(order()), Drawn)
    assert painter.unavailable(CATALOG.tiers["gpt"]) is None
