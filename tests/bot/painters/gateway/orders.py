"""Paint orders as the core makes them."""

from datetime import date
from decimal import Decimal
from typing import Any

from bot.painters.port import PaintOrder
from quotas.catalog import load_catalog
from quotas.money import multiplied
from quotas.prices import IMAGE

DAY = date(2026, 11, 22)
CATALOG = load_catalog(Decimal("1.5"))


def order(tier: str = "fast", images: int = 4, **changes: Any) -> PaintOrder:
    """Order so many pictures. `deadline`, `per_call`, `model` and `ratio_style` change the tier's own."""
    chosen = CATALOG.tiers[tier]
    updates = {_TIER_FIELDS[name]: changes.pop(name) for name in list(changes) if name in _TIER_FIELDS}
    if updates:
        chosen = chosen.model_copy(update=updates)
    costs = {
        quality or IMAGE: multiplied(price[0], Decimal("1.5"))
        for quality in (chosen.qualities or ("",))
        if (price := chosen.price_on(DAY, quality, changes.get("ratio", "16:9")))
    }
    references = changes.get("references", ())
    prompt = changes.get("prompt", "a red fox in snow")
    fields: dict[str, Any] = {
        "job": "0JOB",
        "prompt": "a red fox in snow",
        "tier": chosen,
        "quality": chosen.default_quality,
        "ratio": "16:9",
        "images": images,
        "transparent": False,
        "costs": costs,
        "rates": CATALOG.rates(chosen, DAY),
        "inputs_micros": CATALOG.inputs(chosen, DAY, prompt, len(references)),
    }
    return PaintOrder(**{**fields, **changes})


_TIER_FIELDS = {"deadline": "deadline", "per_call": "per_call", "model": "model", "ratio_style": "ratio"}
FAST = 30_000  # micro-dollars an image: list price x 1.5
MEDIUM = 63_000
