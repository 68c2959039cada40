"""Comparisons: one prompt drawn in several tiers, side by side."""

from collections.abc import Sequence

from bot.wording.german.amounts import span
from bot.wording.shared import ALT_LIMIT, spoken
from quotas.money import format_dollars

COMPARE = "Vergleichen"
CANCELLED_REST = (
    "Was noch gewartet hat, ist abgebrochen. Was schon gezeichnet wird, lässt sich nicht zurückholen."
)
# Everybody in the channel reads it: it must not say what the requester may draw.
NOT_FOR_EVERYONE = "Weggelassen, weil nicht alle diese Stufe nutzen dürfen."
COMPARES_WORDS = (
    "Vergleichen kann ich nur, was du mit Worten beschreibst. Von deinem Bild zeichne ich mit /imagine."
)
_NAMED = 3  # tiers that a button names; a label has 75 characters on Slack
_STATES = {"waiting": "wartet", "drawing": "wird gezeichnet", "drawn": "fertig", "failed": "kein Bild"}
_NO_PICTURE = {
    "refused": "Vom Sicherheitsfilter abgelehnt",
    "unknown": "Unterwegs verloren gegangen",
    "cancelled": "Abgebrochen",
    "input": "Kann diesen Prompt nicht zeichnen",
    "unavailable": "Gerade nicht verfügbar",
    "allowance": "Weggelassen",
}


def compared(tiers: int) -> str:
    return f"{tiers} Stufen im Vergleich"


def tier_state(tier: str, state: str) -> str:
    return f"{spoken(tier)}: {_STATES[state]}"


def tile_reason(why: str) -> str:
    """Say on a tile why there is no picture."""
    return _NO_PICTURE.get(why, "Konnte nicht gezeichnet werden")


def tile_facts(seconds: float, charge: int) -> str:
    return f"{span(seconds)} · {format_dollars(charge)}"


def sheet_alt(prompt: str, tiles: list[str]) -> str:
    """Describe a comparison's sheet: a line a tier, then the prompt as far as it fits."""
    return f"{'; '.join(tiles)}. {prompt}"[:ALT_LIMIT]


def tile_alt(title: str, facts: str) -> str:
    return f"{title}: {facts}"


def more_in(tier: str, price: int) -> str:
    return f"Mehr in {spoken(tier)} · {format_dollars(price)}"


def compare_again(price: int) -> str:
    return f"Nochmal · {format_dollars(price)}"


def compare_fewer(tiers: list[str]) -> str:
    """Label the button that compares only these tiers; a price follows."""
    return f"{', '.join(tiers)} vergleichen" if len(tiers) <= _NAMED else f"{len(tiers)} Stufen vergleichen"


def add_tiers(tiers: Sequence[str]) -> str:
    """Say how a shell compares fewer tiers."""
    return f"Um zu vergleichen, was noch passt, ergänze --tiers {','.join(tiers)}."


def too_many_tiers(most: int) -> str:
    return f"Ein Vergleich zeigt höchstens {most} Stufen."


def none_drawn(reasons: list[str]) -> str:
    return f"Keine der Stufen hat das gezeichnet. Es kostet dich nichts. {'; '.join(reasons)}."


def too_few_tiers(reasons: list[str]) -> str:
    why = f" {' '.join(reasons)}" if reasons else ""
    return f"Für einen Vergleich brauche ich mindestens zwei Stufen.{why} Es kostet dich nichts."
