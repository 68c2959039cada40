"""What was spent: `/usage`, its chart and its file."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.wording.english.amounts import plural
from bot.wording.shared import ALT_LIMIT, as_many
from quotas.money import format_dollars
from quotas.records import Totals

YOU, EVERYONE_HERE, OTHERS = "You", "Everyone here", "others"
NOTHING_DRAWN = "Nothing was drawn in this time."
ADMINS_ONLY = "Only an admin can see what others spent; /usage alone shows yours."
_BESIDE = {"cost_micros": "Cost", "uncertain_micros": "Uncertain", "beyond_micros": "Beyond charge"}


def in_channel(channel: str) -> str:
    return f"Channel {channel}"


def of_both(whom: str, channel: str) -> str:
    return f"{whom} in channel {channel}"


def usage_title(totals: Totals, first: str, last: str, whom: str = "") -> str:
    when = first if first == last else f"{first} to {last}"
    spent = f"{format_dollars(totals.charge_micros)} for {plural(totals.images, 'picture')}"
    return f"{whom or YOU}, {when}: {spent}"


def usage_columns(by: str, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """`beside`: the figures that are shown besides what was charged."""
    return (by.capitalize(), "Pictures", "Charged", *(_BESIDE[name] for name in beside))


def usage_row(key: str, totals: Totals, beside: Sequence[str] = ()) -> tuple[str, ...]:
    money = [totals.charge_micros, *(getattr(totals, name) for name in beside)]
    return (key, f"{totals.images:,}", *map(format_dollars, money))


def uncertain_cost(micros: int) -> str:
    return (
        f"Uncertain: {format_dollars(micros)} may have been billed for drawings of which nobody can know "
        "how they ended. Nobody was charged for it."
    )


def beyond_charge(micros: int) -> str:
    return (
        f"Beyond what was charged: {format_dollars(micros)} was billed for pictures that could not be "
        "delivered. Nobody was charged for it."
    )


def and_others(number: int) -> str:
    return f"and {number:,} more"


def bar_labels(days: Sequence[date], monthly: bool) -> tuple[str, ...]:
    """What stands below a bar for each day, or for the month that begins with it."""
    if monthly:
        return tuple(
            f"{day:%b}\n{day:%Y}" if day.month == 1 or day == days[0] else f"{day:%b}" for day in days
        )
    if days[0].strftime("%Y-%m") == days[-1].strftime("%Y-%m"):
        return tuple(str(day.day) for day in days)
    return tuple(f"{day.day} {day:%b}" for day in days)


def number_of(place: int) -> str:
    """Somebody whose name cannot be written, by their place in the table."""
    return f"No. {place}"


def no_period(text: str) -> str:
    return (
        f"{text!r} is no time I know; write today, week, month, 2026-03, or 2026-03-01..2026-03-31, "
        "a year at most."
    )


def chart_alt(
    title: str, spent: Mapping[str, int], by: str = "day", tiers: Mapping[str, int] | None = None
) -> str:
    """A chart's figures in words, in their order, as many as there is room for; several tiers come first."""
    if tiers and len(tiers) > 1:
        title = f"{title}. By tier: {_told(tiers, ALT_LIMIT // 3)}"
    return f"{title}. By {by}: {_told(spent, ALT_LIMIT - len(title) - len(by) - len('. By : .'))}."


def _told(spent: Mapping[str, int], room: int) -> str:
    told = [f"{key} {format_dollars(micros)}" for key, micros in spent.items() if micros]
    return as_many(told, room, and_others) if told else "nothing"


def several_people(text: str, people: Sequence[tuple[str, str]], more: int) -> str:
    """`people`: the ids and names of a few who may be meant."""
    listed = ", ".join(f"{name} ({person})" for person, name in people)
    rest = f" and {more:,} more" if more else ""
    return f"{text} may be {listed}{rest}; give the id."


def nobody_called(text: str) -> str:
    return f"Nobody called {text} has drawn here yet; mention them, or give their id."


def too_many_lines(most: int) -> str:
    return (
        f"That is more than the {most // 1_048_576} MB that fit a message; ask for a shorter time, "
        "or in a shell: imagine usage --csv"
    )
