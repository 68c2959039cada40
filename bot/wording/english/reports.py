"""Private answers: what can be drawn, what is left, what was spent, one's own page."""

from collections.abc import Callable, Mapping

from bot.port.cards import Header
from bot.wording.english.amounts import moment, plural, setting, span
from bot.wording.english.drawing import TRANSPARENT
from quotas.catalog import Quote, Tier
from quotas.money import format_dollars
from quotas.records import Allowance, Job, Limits, Meter


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


TIERS, QUOTA, RECENT, HELP = "What can be drawn", "Your allowance", "Your last pictures", "How to ask"
HELP_LINE = (
    "Type /imagine and what you want to see, for example: "
    "/imagine a red fox in snow --tier ultra --ratio 16:9"
)
QUOTA_COLUMNS = ("", "Limit", "Granted", "Used", "Held", "Left")
RECENT_COLUMNS = ("When", "Prompt", "Tier", "Paid")
NOTHING_YET = "Nothing yet."
SHARED = "Shared in the channel."


def not_shared(retryable: bool) -> str:
    return "It could not be posted just now; try again." if retryable else "I may not post in that channel."


def no_command(name: str) -> str:
    return f"There is no command /{name}; /help lists those that are."


def paid(job: Job) -> str:
    return f"{plural(job.charge_images or 0, 'picture')}, {format_dollars(job.charge_micros or 0)}"


def more(rows: int) -> str:
    return f"and {rows:,} more"


def ratios(suits: Mapping[str, str]) -> str:
    return "Ratios: " + "; ".join(f"{ratio} {use}" for ratio, use in suits.items()) + "."


def tier_columns(per_day: int) -> tuple[str, ...]:
    return ("Tier", "Model", "Speed", "A picture", f"{per_day:,} a day, 30 days")


def tier_choice(tier: Tier, quote: Quote | None) -> str:
    """A tier where it is chosen: its speed, and its price at the usual quality."""
    low, high = tier.speed
    price = f" · {format_dollars(quote.unit_micros)} a picture" if quote else ""
    return f"{tier.name} · {low}–{high} s{price}"


def ratio_choice(ratio: str, use: str) -> str:
    return f"{ratio} · {use}" if use else ratio


def tier_line(tier: Tier) -> str:
    """What a tier is for, and what it cannot do."""
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


def figures(found: Limits) -> str:
    """The figures and tiers of a setting."""
    names = ("images_per_day", "money_per_day", "money_per_month")
    values: dict[str, object] = {name: getattr(found, name) for name in names}
    values["tiers"] = list(found.tiers) if found.tiers is not None else None
    return setting({name: value for name, value in values.items() if value is not None})


def ends(at: int | None) -> str:
    return "" if at is None else moment(at)
