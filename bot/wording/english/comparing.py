"""Comparisons: one prompt drawn in several tiers, side by side."""

from collections.abc import Sequence

from bot.wording.english.amounts import span
from bot.wording.shared import ALT_LIMIT, spoken
from quotas.money import format_dollars

COMPARE = "Compare"
CANCELLED_REST = "I cancelled what was still waiting. What is being drawn already can't be called back."
# Everybody in the channel reads it: it must not say what the requester may draw.
NOT_FOR_EVERYONE = "Left out, since not everyone may use it."
COMPARES_WORDS = "I can only compare what you describe in words. Draw from your picture with /imagine."
_NAMED = 3  # tiers that a button names; a label has 75 characters on Slack
_STATES = {"waiting": "waiting", "drawing": "drawing", "drawn": "done", "failed": "no picture"}
_NO_PICTURE = {
    "refused": "Rejected by its safety filter",
    "unknown": "Lost on the way",
    "cancelled": "Cancelled",
    "input": "Can't take this prompt",
    "unavailable": "Not available right now",
    "allowance": "Left out",
}


def compared(tiers: int) -> str:
    return f"{tiers} tiers compared"


def tier_state(tier: str, state: str) -> str:
    return f"{spoken(tier)}: {_STATES[state]}"


def tile_reason(why: str) -> str:
    """Say on a tile why there is no picture."""
    return _NO_PICTURE.get(why, "Couldn't be drawn")


def tile_facts(seconds: float, charge: int) -> str:
    return f"{span(seconds)} · {format_dollars(charge)}"


def sheet_alt(prompt: str, tiles: list[str]) -> str:
    """Describe a comparison's sheet: a line a tier, then the prompt as far as it fits."""
    return f"{'; '.join(tiles)}. {prompt}"[:ALT_LIMIT]


def tile_alt(title: str, facts: str) -> str:
    return f"{title}: {facts}"


def more_in(tier: str, price: int) -> str:
    return f"More in {spoken(tier)} · {format_dollars(price)}"


def compare_again(price: int) -> str:
    return f"Again · {format_dollars(price)}"


def compare_fewer(tiers: list[str]) -> str:
    """Label the button that compares only these tiers; a price follows."""
    return f"Compare {', '.join(tiers)}" if len(tiers) <= _NAMED else f"Compare {len(tiers)} tiers"


def add_tiers(tiers: Sequence[str]) -> str:
    """Say how a shell compares fewer tiers."""
    return f"To compare what fits, add --tiers {','.join(tiers)}."


def too_many_tiers(most: int) -> str:
    return f"One comparison shows at most {most} tiers."


def none_drawn(reasons: list[str]) -> str:
    return f"None of the tiers drew this. You weren't charged. {'; '.join(reasons)}."


def too_few_tiers(reasons: list[str]) -> str:
    why = f" {' '.join(reasons)}" if reasons else ""
    return f"Comparing needs at least two tiers.{why} You weren't charged."
