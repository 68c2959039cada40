"""Private answers: the tiers, the allowance, the usage, a person's own page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.port.cards import Header
from bot.wording.english.amounts import moment, plural, setting, span
from bot.wording.english.drawing import TRANSPARENT
from bot.wording.shared import ALT_LIMIT, as_many, picture_price
from quotas.catalog import Quote, Tier
from quotas.money import format_dollars
from quotas.records import Allowance, Job, Limits, Meter, Totals


def details(job: Job, header: Header, when: str, seconds: float) -> tuple[tuple[str, str], ...]:
    return (
        ("Job", header.job),
        ("Asked", f"{when} by {job.name}"),
        ("Tier", " · ".join(part for part in (header.tier_title, job.quality) if part)),
        ("Model", job.model),
        ("Ratio", job.ratio),
        ("Pictures", f"{job.charge_images or 0} of {job.images}"),
        ("Drawn in", span(seconds)),
        (
            "Price",
            f"{format_dollars(job.official_micros)} × {job.multiplier} per picture, since {job.price_since}",
        ),
        ("Charged", format_dollars(job.charge_micros or 0)),
    )


NOT_STORED_ROW = ("Stored", "No. These pictures are only in their message.")
TIERS, QUOTA, RECENT, HELP = "What can be drawn", "Your allowance", "Your last pictures", "How to ask"
HELP_LINE = (
    "Type /imagine and what you want to see, for example: "
    "/imagine a red fox in snow --tier ultra --ratio 16:9"
)
QUOTA_COLUMNS = ("", "Limit", "Granted", "Used", "Held", "Left")
SHARED = "Shared in the channel."


def not_shared(retryable: bool) -> str:
    return "It could not be posted just now; try again." if retryable else "I may not post in that channel."


def no_command(name: str) -> str:
    return f"There is no command /{name}; /help lists those that are."


def paid(job: Job) -> str:
    return f"{plural(job.charge_images or 0, 'picture')}, {format_dollars(job.charge_micros or 0)}"


def not_stored(paid: str) -> str:
    return f"{paid}, not stored"


def more(rows: int) -> str:
    return f"and {rows:,} more"


def ratios(suits: Mapping[str, str]) -> str:
    return "Ratios: " + "; ".join(f"{ratio} {use}" for ratio, use in suits.items()) + "."


def tier_columns(per_day: int) -> tuple[str, ...]:
    return ("Tier", "Model", "Speed", "A picture", f"{per_day:,} a day, 30 days")


def tier_choice(tier: Tier, quote: Quote | None) -> str:
    """Describe a tier in a list of choices: its speed, and its price at the default quality."""
    low, high = tier.speed
    price = f" · {picture_price(quote)} a picture" if quote else ""
    return f"{tier.name} · {low}–{high} s{price}"


def ratio_choice(ratio: str, use: str) -> str:
    return f"{ratio} · {use}" if use else ratio


def tier_line(tier: Tier) -> str:
    """Say what a tier is for, and what it cannot do."""
    lacks = cannot_do(tier)
    return f"{tier.name}: {tier.use}." + (f" Not for {', '.join(lacks)}." if lacks else "")


def cannot_do(tier: Tier) -> list[str]:
    words = {"transparent": TRANSPARENT, "edit": "editing a picture", "text": "readable text"}
    return [name for capability, name in words.items() if capability not in tier.capabilities]


def quota_rows(allowance: Allowance) -> tuple[tuple[str, ...], ...]:
    def row(name: str, meter: Meter, show: Callable[[int], str]) -> tuple[str, ...]:
        limit = "no limit" if meter.limit is None else show(meter.limit)
        left = "no limit" if meter.left is None else show(meter.left)
        return (name, limit, show(meter.granted), show(meter.used), show(meter.held), left)

    return (
        row("Pictures today", allowance.images_day, str),
        row("Money today", allowance.money_day, format_dollars),
        row("Money this month", allowance.money_month, format_dollars),
    )


def renews(allowance: Allowance, now: float) -> str:
    blocked = "You are blocked from drawing here. " if allowance.blocked else ""
    tiers = f"You may draw in {', '.join(allowance.tiers)}. " if allowance.tiers is not None else ""
    joined = f"Shared by your {allowance.joined} joined identities. " if allowance.joined > 1 else ""
    return (
        f"{blocked}{tiers}{joined}Renews in {span(allowance.renews_at - now)}, at midnight {allowance.zone}."
    )


def left_today(allowance: Allowance, now: float) -> tuple[str, str]:
    left = allowance.images_day.left
    amount = "no limit" if left is None else plural(left, "picture")
    return ("Left today", f"{amount}; renews in {span(allowance.renews_at - now)}")


HOME, SET_HERE, BLOCKED = "Your pictures", "Allowances set here", "blocked from drawing"
SET_COLUMNS = ("Who", "What", "Until")


def figures(limits: Limits) -> str:
    """Put the figures and tiers of a setting in words."""
    names = ("images_per_day", "money_per_day", "money_per_month")
    values: dict[str, object] = {name: getattr(limits, name) for name in names}
    values["tiers"] = list(limits.tiers) if limits.tiers is not None else None
    return setting({name: value for name, value in values.items() if value is not None})


def ends(at: int | None) -> str:
    return "" if at is None else moment(at)


YOU, EVERYONE_HERE, OTHERS = "You", "Everyone here", "others"
NO_CHART = "I left out the chart: other charts come first. Ask again in a few seconds."
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
    """Return the columns of a usage table. `beside`: the figures besides the charge."""
    return (by.capitalize(), "Pictures", "Charged", *(_BESIDE[name] for name in beside))


def usage_row(key: str, totals: Totals, beside: Sequence[str] = ()) -> tuple[str, ...]:
    money = [totals.charge_micros, *(getattr(totals, name) for name in beside)]
    return (key, f"{totals.images:,}", *map(format_dollars, money))


def uncertain_cost(micros: int) -> str:
    """Say what requests whose outcome is unknown may have cost."""
    return (
        f"Uncertain: up to {format_dollars(micros)} may have been billed for requests whose outcome is "
        "unknown. Nobody was charged for it."
    )


def unproven_cost(micros: int) -> str:
    """Say what pictures that were delivered may have cost besides."""
    return (
        f"Up to {format_dollars(micros)} more than this cost may have been billed: the image service didn't "
        "say what some requests used."
    )


def beyond_charge(micros: int) -> str:
    return (
        f"Beyond what was charged: {format_dollars(micros)} was billed for pictures that could not be "
        "delivered. Nobody was charged for it."
    )


def and_others(number: int) -> str:
    return f"and {number:,} more"


def bar_labels(days: Sequence[date], monthly: bool) -> tuple[str, ...]:
    """Return the label of each bar, for its day, or for the month that begins with it."""
    if monthly:
        return tuple(
            f"{day:%b}\n{day:%Y}" if day.month == 1 or day == days[0] else f"{day:%b}" for day in days
        )
    if days[0].strftime("%Y-%m") == days[-1].strftime("%Y-%m"):
        return tuple(str(day.day) for day in days)
    return tuple(f"{day.day} {day:%b}" for day in days)


def number_of(place: int) -> str:
    """Name a person whose name cannot be written, by their place in the table."""
    return f"No. {place}"


def no_period(text: str) -> str:
    return (
        f"{text!r} is no time I know; write today, week, month, 2026-03, or 2026-03-01..2026-03-31, "
        "a year at most."
    )


def chart_alt(
    title: str, spent: Mapping[str, int], by: str = "day", tiers: Mapping[str, int] | None = None
) -> str:
    """Put a chart's figures in words, as many as there is room for; several tiers come first."""
    if tiers and len(tiers) > 1:
        title = f"{title}. By tier: {_list_amounts(tiers, ALT_LIMIT // 3)}"
    return f"{title}. By {by}: {_list_amounts(spent, ALT_LIMIT - len(title) - len(by) - len('. By : .'))}."


def _list_amounts(spent: Mapping[str, int], room: int) -> str:
    amounts = [f"{key} {format_dollars(micros)}" for key, micros in spent.items() if micros]
    return as_many(amounts, room, and_others) if amounts else "nothing"


def several_people(text: str, people: Sequence[tuple[str, str]], more: int) -> str:
    """Ask for an id. `people`: the ids and names of a few possible people."""
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
