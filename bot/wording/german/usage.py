"""What was spent: `/usage`, its chart and its file."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.wording.german.amounts import _count, _month, plural
from bot.wording.shared import ALT_LIMIT, as_many
from quotas.money import format_dollars
from quotas.records import Totals

YOU, EVERYONE_HERE, OTHERS = "Du", "Alle hier", "andere"
NOTHING_DRAWN = "In dieser Zeit wurde nichts gezeichnet."
ADMINS_ONLY = "Nur Admins sehen, was andere ausgegeben haben; /usage allein zeigt deins."
_BESIDE = {"cost_micros": "Kosten", "uncertain_micros": "Ungewiss", "beyond_micros": "Nicht geliefert"}
_BY = {
    "tier": "Stufe",
    "person": "Person",
    "channel": "Kanal",
    "day": "Tag",
    "month": "Monat",
    "model": "Modell",
}


def in_channel(channel: str) -> str:
    return f"Kanal {channel}"


def of_both(whom: str, channel: str) -> str:
    return f"{whom} im Kanal {channel}"


def usage_title(totals: Totals, first: str, last: str, whom: str = "") -> str:
    when = first if first == last else f"{first} bis {last}"
    spent = f"{format_dollars(totals.charge_micros)} für {plural(totals.images, 'picture')}"
    return f"{whom or YOU}, {when}: {spent}"


def usage_columns(by: str, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """`beside`: the figures that are shown besides what was charged."""
    return (_by(by), "Bilder", "Berechnet", *(_BESIDE[name] for name in beside))


def usage_row(key: str, totals: Totals, beside: Sequence[str] = ()) -> tuple[str, ...]:
    money = [totals.charge_micros, *(getattr(totals, name) for name in beside)]
    return (key, _count(totals.images), *map(format_dollars, money))


def uncertain_cost(micros: int) -> str:
    return (
        f"Ungewiss: {format_dollars(micros)} wurden vielleicht für Zeichnungen verlangt, von denen niemand "
        "wissen kann, wie sie ausgingen. Niemandem wurde das berechnet."
    )


def beyond_charge(micros: int) -> str:
    return (
        f"Nicht geliefert: {format_dollars(micros)} wurden über das Berechnete hinaus verlangt, für Bilder, "
        "die nicht ankommen konnten. Niemandem wurde das berechnet."
    )


def and_others(number: int) -> str:
    return f"und noch {_count(number)}"


def bar_labels(days: Sequence[date], monthly: bool) -> tuple[str, ...]:
    """What stands below a bar for each day, or for the month that begins with it."""
    if monthly:
        return tuple(
            f"{_short(day)}\n{day.year}" if day.month == 1 or day == days[0] else _short(day) for day in days
        )
    if days[0].strftime("%Y-%m") == days[-1].strftime("%Y-%m"):
        return tuple(str(day.day) for day in days)
    return tuple(f"{day.day}. {_short(day)}" for day in days)


def _short(day: date) -> str:
    """The name of its month where there is little room."""
    return _month(day)[:3]


def number_of(place: int) -> str:
    """Somebody whose name cannot be written, by their place in the table."""
    return f"Nr. {place}"


def no_period(text: str) -> str:
    return (
        f"„{text}“ ist keine Zeit, die ich kenne; schreib today, week, month, 2026-03 oder "
        "2026-03-01..2026-03-31, höchstens ein Jahr."
    )


def chart_alt(
    title: str, spent: Mapping[str, int], by: str = "day", tiers: Mapping[str, int] | None = None
) -> str:
    """A chart's figures in words, in their order, as many as there is room for; several tiers come first."""
    if tiers and len(tiers) > 1:
        title = f"{title}. Nach Stufe: {_told(tiers, ALT_LIMIT // 3)}"
    start = f"{title}. Nach {_by(by)}: "
    return f"{start}{_told(spent, ALT_LIMIT - len(start) - len('.'))}."


def _by(key: str) -> str:
    """By what it is broken down."""
    return _BY.get(key, key)


def _told(spent: Mapping[str, int], room: int) -> str:
    told = [f"{key} {format_dollars(micros)}" for key, micros in spent.items() if micros]
    return as_many(told, room, and_others) if told else "nichts"


def several_people(text: str, people: Sequence[tuple[str, str]], more: int) -> str:
    """`people`: the ids and names of a few who may be meant."""
    listed = ", ".join(f"{name} ({person})" for person, name in people)
    rest = f" und {_count(more)} weitere" if more else ""
    return f"{text} kann mehrere meinen: {listed}{rest}; nenn die ID."


def nobody_called(text: str) -> str:
    return f"Hier hat noch niemand namens {text} gezeichnet; erwähne die Person oder nenn ihre ID."


def too_many_lines(most: int) -> str:
    return (
        f"Das ist mehr als die {most // 1_048_576} MB, die in eine Nachricht passen; frag nach einer "
        "kürzeren Zeit oder nimm die Kommandozeile: imagine usage --csv"
    )
