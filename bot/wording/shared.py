"""What reads the same in every language, and what each needs to put its sentences together."""

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
    "tick",
    "tier_row",
]

ALT_LIMIT = 950  # characters of a chart in words: what an upload may be told, with room for an escape or two
NAME = 60  # characters of somebody's name
SHORT = 60  # characters of a prompt in a table
_BUTTON = 24  # characters of a prompt on a button
_TYPED = 40  # characters of what was typed that a sentence repeats
_CHANNELS = ("alert_channel", "admin_channel")


def dollars(micros: int) -> str:
    return format_dollars(micros)


def about(micros: int) -> str:
    """Money on a chart: below a dollar exact, above it to the cent."""
    return format_dollars(micros if micros < MICROS_PER_DOLLAR else to_cents(micros))


def tick(micros: int, whole: bool) -> str:
    """Money at a chart's side; `whole`: without cents."""
    text = format_dollars(micros)
    return text.removesuffix(".00") if whole else text


def number(entry: Entry) -> str:
    """The number of an entry, as people type and read it."""
    return id_text(entry.id)


def named(id_: str, names: Mapping[str, str]) -> str:
    """What an id is called, as far as that is known."""
    return called(names.get(id_, "")) or id_


def same_name(name: str, key: str) -> str:
    """One of several people of one name."""
    return f"{name} ({key})"


def shortened(prompt: str) -> str:
    return cut(prompt, SHORT)


def labelled(verb: str, prompt: str) -> str:
    return f"{verb}: {cut(prompt, _BUTTON)}"


def final(best: Tier, price: int) -> str:
    return f"In {best.name.capitalize()} · {format_dollars(price)}"


def tier_row(tier: Tier, quality: str, quote: Quote, monthly: int) -> tuple[str, ...]:
    low, high = tier.speed
    price, total = format_dollars(quote.unit_micros), format_dollars(monthly)
    return (f"{tier.name} {quality}".strip(), tier.title, f"{low}–{high} s", price, total)


# --- what sentences are made of


def short(typed: str) -> str:
    return typed if len(typed) <= _TYPED else typed[: _TYPED - 1] + "…"


def called(name: str) -> str:
    """A person's name, or a channel's or role's, made harmless."""
    return cut(clean(name), NAME)


def to_cents(micros: int) -> int:
    """A guess is not worth more decimals."""
    return round(micros, -4)


def share_of(spent: int, amount: int | None) -> str:
    """What is spent, and how much that is of the amount, where there is one."""
    share = f", {spent * 100 // amount} %" if amount else ""
    return f"{format_dollars(spent)}{share}"


def fields_of(side: str | None, names: Mapping[str, str]) -> dict[str, Any]:
    """What an entry says was there before, or after, with channels by their names."""
    fields: dict[str, Any] = dict(json.loads(side)) if side else {}
    return fields | {name: named(fields[name], names) for name in _CHANNELS if name in fields}


def differs(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether an entry changed a field; a block and its end are one."""
    names = (name, "blocked_until") if name == "blocked" else (name,)
    return any(before.get(each) != after.get(each) for each in names)


def as_many(parts: Sequence[str], room: int, rest: Callable[[int], str]) -> str:
    """As many of them as fit, and how many more there are; "" where not even that does."""
    for shown in range(len(parts), -1, -1):
        left = [rest(len(parts) - shown)] if shown < len(parts) else []
        text = "; ".join([*parts[:shown], *left])
        if len(text) <= room:
            return text
    return ""
