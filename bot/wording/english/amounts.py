"""Numbers, times and money in words."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from quotas.money import format_dollars
from quotas.records import UNLIMITED


def plural(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def span(seconds: float) -> str:
    """Put a duration in words, as exact as anybody cares: "8 s", "2 min", "5 h 12 min", "3 days"."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return plural(round(hours / 24), "day")


def moment(at: float, zone: str = "UTC") -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)).strftime('%a %-d %b, %H:%M')} {zone}"


def setting(values: Mapping[str, object] | None) -> str:
    """Put a setting or a grant in words: "5 images per day, tiers fast"; "not set" without a value."""
    if not values:
        return "not set"
    return ", ".join(f"{name.replace('_', ' ')} {_amount(name, value)}" for name, value in values.items())


def _amount(name: str, value: object) -> str:
    if value == UNLIMITED and not isinstance(value, bool):
        return "unlimited"
    if name.startswith("money") and isinstance(value, int):
        return format_dollars(value)
    if name == "until" and isinstance(value, int | float):
        return moment(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
