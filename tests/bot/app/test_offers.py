"""Tiers that are off until the gateway lists their models."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import run
from bot.config.settings import Settings
from tests.fakes.gateway import FakeGateway

SEED = ["fast", "standard", "ultra", "gpt"]


def settings(folder: Path, gateway: FakeGateway) -> Settings:
    return Settings(
        imagine_data=folder,
        codegateway_base_url=gateway.base_url,
        codegateway_api_key=gateway.key,  # type: ignore[arg-type]  # as from the environment
    )


async def tiers(folder: Path, gateway: FakeGateway) -> list[str]:
    async with run.open_app(settings(folder, gateway)) as app:
        choices = next(option for option in app.services.commands["imagine"].options if option.name == "tier")
        assert list(choices.choices) == list(app.services.catalog.enabled)
        return list(app.services.catalog.enabled)


async def test_a_tier_is_on_once_the_gateway_lists_its_model(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        assert await tiers(tmp_path, gateway) == SEED
        gateway.models.append("gpt-image-2.6-flare")
        assert await tiers(tmp_path, gateway) == [*SEED, "flare"]


async def test_the_operator_may_turn_one_on_or_off(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text("[tiers.flare]\nenabled = true\n[tiers.pro]\nenabled = false\n")
    async with FakeGateway() as gateway:
        gateway.models.append("gemini-3-pro-image")
        assert await tiers(tmp_path, gateway) == [*SEED, "flare"]


@pytest.mark.parametrize("answer", ["status", "slow"])
async def test_a_gateway_that_lists_nothing_delays_a_start_only_shortly(
    tmp_path: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "OFFERS_SECONDS", 0.2)
    async with FakeGateway() as gateway:
        gateway.next_list(answer, **({"status": 500} if answer == "status" else {"seconds": 60}))
        with capture_logs() as logs:
            assert await tiers(tmp_path, gateway) == SEED
    assert [entry["off"] for entry in logs if entry["event"] == "offers.unknown"] == [
        ["flare", "sunburst", "banana", "pro"]
    ]
