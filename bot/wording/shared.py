"""Texts that are the same in every language, and tools to put sentences together."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.text import clean, cut
from quotas.catalog import Quote, Tier
from quotas.ids import id_text
from quotas.money import MICROS_PER_DOLLAR, format_dollars
from quotas.records import Entry

__all__ = [
    "ALT_LIMIT",
    "NAME",
    "SHORT",
    "about",
    "dollars",
    "final",
    "labelled",
    "named",
    "number",
    "same_name",
    "shortened",
    "small_price",
    "spoken",
    "style_choice",
    "tick",
    "tier_row",
]

# Characters of a chart's alternative text: the limit of an upload, with room for an escape or two.
ALT_LIMIT = 950
NAME = 60  # characters of a name
SHORT = 60  # characters of a prompt in a table
_BUTTON = 24  # characters of a prompt on a button
_TYPED = 40  # characters of a typed word that a sentence repeats
_INITIALS = 3  # letters; a longer name of a tier is a word
_CHANNELS = ("alert_channel", "admin_channel")


def dollars(micros: int) -> str:
    return format_dollars(micros)


def small_price(micros: int) -> str:
    """Round a price up: to the cent, or below a cent to a hundredth of one."""
    step = 100 if micros < MICROS_PER_DOLLAR // 100 else MICROS_PER_DOLLAR // 100
    return format_dollars(-(-micros // step) * step)


def about(micros: int) -> str:
    """Format money on a chart: exact below a dollar, to the cent above it."""
    return format_dollars(micros if micros < MICROS_PER_DOLLAR else to_cents(micros))


def tick(micros: int, whole: bool) -> str:
    """Format money on a chart's axis. `whole`: without cents if there are none."""
    text = format_dollars(micros)
    return text.removesuffix(".00") if whole else text


def number(entry: Entry) -> str:
    """Return the number of an entry, as people type and read it."""
    return id_text(entry.id)


def named(id_: str, names: Mapping[str, str]) -> str:
    """Return the name of an id, or the id itself if no name is known."""
    return called(names.get(id_, "")) or id_


def same_name(name: str, key: str) -> str:
    """Tell one of several people with the same name apart by their id."""
    return f"{name} ({key})"


def shortened(prompt: str) -> str:
    return cut(prompt, SHORT)


def labelled(verb: str, prompt: str) -> str:
    return f"{verb}: {cut(prompt, _BUTTON)}"


def style_choice(name: str, words: str) -> str:
    return f"{name}: {cut(words, SHORT)}"


def final(best: Tier, price: int) -> str:
    return f"In {spoken(best.name)} · {format_dollars(price)}"


def picture_price(quote: Quote) -> str:
    """Write the price of a picture: the most that it can be, if it is billed by token."""
    return f"{_at_most(quote)}{format_dollars(quote.unit_micros)}"


def _at_most(quote: Quote) -> str:
    return "≤ " if quote.at_most else ""


def tier_row(tier: Tier, quality: str, quote: Quote, monthly: int) -> tuple[str, ...]:
    low, high = tier.speed
    price, total = picture_price(quote), f"{_at_most(quote)}{format_dollars(monthly)}"
    return (f"{tier.name} {quality}".strip(), tier.title, f"{low}–{high} s", price, total)


# --- tools for sentences


def spoken(tier: str) -> str:
    """Write a tier's name as on a button: Fast, but GPT."""
    return tier.upper() if len(tier) <= _INITIALS else tier.capitalize()


def short(typed: str) -> str:
    return typed if len(typed) <= _TYPED else typed[: _TYPED - 1] + "…"


def called(name: str) -> str:
    """Clean and shorten the name of a person, channel or role."""
    return cut(clean(name), NAME)


def to_cents(micros: int) -> int:
    """Round a guess to the cent."""
    return round(micros, -4)


def share_of(spent: int, amount: int | None) -> str:
    """Say how much is spent, and its share of the amount if there is one."""
    share = f", {spent * 100 // amount} %" if amount else ""
    return f"{format_dollars(spent)}{share}"


def fields_of(side: str | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Parse one side of an entry, before or after; put names in place of channel ids."""
    fields: dict[str, Any] = dict(json.loads(side)) if side else {}
    return fields | {name: named(fields[name], names) for name in _CHANNELS if name in fields}


def differs(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return True if an entry changed a field; a block and its end are one field."""
    names = (name, "blocked_until") if name == "blocked" else (name,)
    return any(before.get(each) != after.get(each) for each in names)


def as_many(parts: Sequence[str], room: int, rest: Callable[[int], str]) -> str:
    """Join as many parts as fit, and the count of the rest; return "" if not even that fits."""
    for count in range(len(parts), -1, -1):
        others = [rest(len(parts) - count)] if count < len(parts) else []
        text = "; ".join([*parts[:count], *others])
        if len(text) <= room:
            return text
    return ""
