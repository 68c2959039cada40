"""The longest prompt of each tier: estimated on the safe side, and refused before anything is spent."""

import asyncio

import pytest

from bot import wording
from bot.imagine.parse import check
from bot.imagine.records import ImageSpec
from bot.painters.prompt_length import estimate_tokens, excess
from bot.port.cards import Refused
from quotas.catalog import load_catalog
from tests.bot.running_bot import RunningBot

CATALOG = load_catalog()
JAPANESE = "雪の中の赤い狐、夜明けの光、細密な水彩画。" * 27  # 567 letters, all three scripts of Japanese
ENGLISH = (
    "A red fox stands in deep snow at dawn, its breath visible in the cold air, while soft golden light "
    "falls through tall pine trees and paints long blue shadows across the quiet forest floor. "
)


def spec(prompt: str, tier: str = "fast", *, transparent: bool = False) -> ImageSpec:
    quality = CATALOG.tiers[tier].default_quality
    return ImageSpec(
        prompt=prompt, tier=tier, ratio="1:1", images=1, quality=quality, transparent=transparent
    )


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("", 0, 0),
        ("a red fox", 3, 3),
        (ENGLISH, 35, 60),  # 33 words and 3 marks
        ("Ein roter Fuchs läuft durch den verschneiten Bergwald", 12, 22),
        (JAPANESE, len(JAPANESE), 2 * len(JAPANESE)),
        ("눈 속의 붉은 여우" * 10, 60, 160),
        ("ثعلب أحمر في الثلج" * 10, 100, 200),
        ("🦊" * 10, 10, 60),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 3, 20),
        ("1234567890", 4, 10),
        ("!?" * 5, 5, 10),
    ],
    ids=lambda value: str(value)[:20],
)
def test_the_estimate_is_on_the_safe_side_and_not_absurd(prompt: str, low: int, high: int) -> None:
    assert low <= estimate_tokens(prompt) <= high


@pytest.mark.parametrize("tier", ["fast", "standard", "ultra"])
def test_a_long_prompt_in_japanese_is_refused_with_a_tier_that_takes_it(tier: str) -> None:
    refused = check(spec(JAPANESE, tier), CATALOG)
    assert refused is not None
    title = CATALOG.tiers[tier].title
    assert refused.why == "input"
    assert refused.sentence.startswith(
        f"Your prompt is too long for {title}. GPT-Image-2 (tier gpt) can take"
    )
    assert check(spec(JAPANESE, "gpt"), CATALOG) is None


def test_shortened_as_told_the_prompt_is_taken() -> None:
    tier = CATALOG.tiers["fast"]
    left = int(len(JAPANESE) * (1 - excess(JAPANESE, tier)))
    assert check(spec(JAPANESE[:left]), CATALOG) is None
    assert check(spec(JAPANESE[: left + 10]), CATALOG) is not None


def test_an_english_prompt_of_1500_letters_is_taken_by_every_tier() -> None:
    assert all(check(spec((ENGLISH * 9)[:1_500], tier), CATALOG) is None for tier in CATALOG.enabled)


def test_a_limit_in_letters_holds_without_one_in_tokens() -> None:
    gpt = CATALOG.tiers["gpt"]
    assert (gpt.prompt_tokens, gpt.prompt_characters) == (None, 32_000)
    assert excess("x" * 32_000, gpt) == 0
    assert excess("x" * 64_000, gpt) == 0.5


def test_without_a_tier_that_takes_it_the_sentence_names_none() -> None:
    short = {"prompt_tokens": 9, "prompt_characters": None}
    tiers = {name: tier.model_copy(update=short) for name, tier in CATALOG.tiers.items()}
    refused = check(spec("a fox " * 9), CATALOG.model_copy(update={"tiers": tiers}))
    assert refused is not None
    assert (
        refused.sentence
        == "Your prompt is too long for Imagen 4 Fast. Shorten it by about 50%. Nothing was charged."
    )


def test_a_catalog_entry_without_a_limit_has_none() -> None:
    tier = CATALOG.tiers["fast"].model_copy(update={"prompt_tokens": None})
    assert excess(JAPANESE * 99, tier) == 0


async def test_nothing_is_spent_on_a_prompt_that_is_too_long(running: RunningBot) -> None:
    answer = await running.ask(f"--fast {JAPANESE}")
    assert isinstance(answer, Refused)
    assert "GPT-Image-2 (tier gpt)" in answer.sentence
    assert await running.usage_today() == (0, 0)
    assert running.painter.orders == []


def test_the_sentence_is_in_the_workspaces_language() -> None:
    async def german() -> str:
        with wording.override("de"):
            refused = check(spec(JAPANESE), CATALOG)
        assert refused is not None
        return refused.sentence

    assert asyncio.run(german()).startswith("Dein Prompt ist zu lang für Imagen 4 Fast. Mit GPT-Image-2")
