"""Numbers, times and money in words."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from quotas.money import format_dollars
from quotas.records import UNLIMITED

_WORDS = {  # singular and plural, by the English singular
    "picture": ("Bild", "Bilder"),
    "day": ("Tag", "Tage"),
    "request": ("Anfrage", "Anfragen"),
    "line": ("Zeile", "Zeilen"),
}
_SETTINGS = {
    "images_per_day": "Bilder pro Tag",
    "money_per_day": "Geld pro Tag",
    "money_per_month": "Geld pro Monat",
    "images": "Bilder",
    "money": "Geld",
    "tiers": "Stufen",
    "blocked": "gesperrt",
    "until": "bis",
}
_NOT_SET, _UNLIMITED = "nicht gesetzt", "unbegrenzt"
_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
# The first three letters of a month name it on a chart.
_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_IN_DATES = (
    *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
    *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
)


def _count(number: int) -> str:
    """Put a narrow no-break space between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def plural(number: int, word: str) -> str:
    return f"{_count(number)} {_WORDS[word][number != 1]}"


def ordinal(number: int) -> str:
    return f"{number}."


def span(seconds: float) -> str:
    """Put a duration in words, as exact as anybody cares: "8 s", "2 min", "5 h 12 min", "3 Tage"."""
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


def _ahead(seconds: float) -> str:
    """Put a duration from now in words, in the dative: "in 8 s", "in 3 Tagen"."""
    text = span(seconds)
    return f"in {text}n" if text.endswith("Tage") else f"in {text}"


def _day(day: date) -> str:
    """Format a day as "Mo., 3. Nov."; a year or a time may follow."""
    return f"{_WEEKDAYS[day.weekday()][:2]}., {day.day}. {_IN_DATES[day.month - 1]}"


def _month(day: date) -> str:
    """Return the full name of the day's month."""
    return _MONTHS[day.month - 1]


def moment(at: float, zone: str = "UTC") -> str:
    time = datetime.fromtimestamp(at, ZoneInfo(zone))
    return f"{_day(time)}, {time:%H:%M} {zone}"


def setting(values: Mapping[str, object] | None) -> str:
    """Put a setting or a grant in words: "Bilder pro Tag 5, Stufen fast"; "nicht gesetzt" without a value."""
    if not values:
        return _NOT_SET
    return ", ".join(f"{_SETTINGS.get(name, name)} {_amount(name, value)}" for name, value in values.items())


def _amount(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if value == UNLIMITED:
        return _UNLIMITED
    if name.startswith("money") and isinstance(value, int):
        return format_dollars(value)
    if name == "until" and isinstance(value, int | float):
        return moment(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
