"""Every sentence about pictures, money and time that a person can read. English; one place, no markup.

What concerns typing (flags, values, prompts) is in `bot.typed.wording`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.cards import Header
from quotas.catalog import Quote, Tier
from quotas.money import format_dollars
from quotas.records import UNLIMITED, Allowance, Denied, Job, Kind, Limits, Meter, Totals

NOTHING_CHARGED = "Nothing was charged."
STOPPING = "I am being restarted; ask again in a minute. Nothing was charged."
CANCELLED = "Cancelled. Nothing was charged."
TOO_LATE_TO_CANCEL = "It is being drawn already, and a drawing cannot be called back."
DELETED = "Deleted."
NOT_YOURS_TO_DELETE = "Only the person who asked for it, or an admin, can delete this."
STILL_POSTED = "The message could not be taken away just now; press Delete again in a moment."
MAY_NOT_DELETE = "I may not take this message away here, so I kept it; an admin can delete it by hand."
NOT_YOURS_TO_CANCEL = "Only the person who asked for it, or an admin, can cancel this."
NOT_YOURS_TO_SHARE = "Only the person who asked for it can share it."
STALE_COMMAND = "This command has changed since your app loaded it; reload the app, or ask again in a minute."
SLOW_FORM = "It took too long to open, so nothing was changed; press the button again."
NO_SUCH_WORDS = "I no longer know these words; type them once more."
NO_SUCH_JOB = "I no longer know this picture; it may have been deleted."
NOTHING_MISSING = "Nothing is missing: every picture was delivered."
GONE = "These pictures are no longer kept; Again draws the prompt anew."
BUSY = "I am overloaded and could not note your request; nothing was charged. Ask again in a minute."
TRANSPARENT = "a transparent background"
AGAIN, EDIT, DETAILS, DELETE = "Again", "Edit prompt", "Details", "Delete"
CANCEL, SHARE, MISSING, PLAIN = "Cancel", "Share", "Draw the missing", "Draw without them"
IMAGINE_THIS = "Imagine this"
IMAGINE, DRAW, JOIN = "Imagine", "Draw", "Join"


def final(best: Tier, price: int) -> str:
    return f"In {best.name.capitalize()} · {format_dollars(price)}"


def field_label(name: str) -> str:
    """What a person reads beside a field of a form."""
    return "Who sees it" if name == "private" else name.capitalize()


def field_choice(name: str, on: bool) -> str:
    """A yes or no of a form in words."""
    if name == "private":
        return "Only me" if on else "Everyone here"
    return "Yes" if on else "No"


def plural(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def span(seconds: float) -> str:
    """A length of time, as exact as anybody cares: "8 s", "2 min", "5 h 12 min", "3 days"."""
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


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%a %-d %b, %H:%M UTC")


# --- the card while it works


def summary(tier: str, quality: str, ratio: str, variants: int, price: int) -> str:
    parts = [tier, quality, ratio, plural(variants, "picture"), format_dollars(price)]
    return " · ".join(part for part in parts if part)


def queued(place: int, seconds: float) -> str:
    if place <= 0:
        return f"starting, about {span(seconds)}"
    return f"queued {ordinal(place)}, about {span(seconds)}"


def drawing(elapsed: float, expected: float) -> str:
    if elapsed > expected:
        return f"drawing, {span(elapsed)} so far; it usually takes about {span(expected)}"
    return f"drawing, {span(elapsed)} of about {span(expected)}"


# --- the gallery


def caption(name: str, tier: str, quality: str, ratio: str, seconds: float, charge: int) -> str:
    parts = [name, tier, quality, ratio, span(seconds), format_dollars(charge)]
    return " · ".join(part for part in parts if part)


def alt(prompt: str, number: int, count: int) -> str:
    return f"{prompt} ({number} of {count})"


def fewer(delivered: int, asked: int, filtered: int, broken: int, failed: int) -> str:
    why = [
        f"{filtered} {'was' if filtered == 1 else 'were'} filtered by the model" if filtered else "",
        f"{broken} could not be read" if broken else "",
        f"{failed} could not be drawn" if failed else "",
    ]
    reasons = ", ".join(reason for reason in why if reason)
    return f"{delivered} of {asked}{f'; {reasons}' if reasons else ''}. You pay for {delivered}."


def other_shape(asked: str, width: int, height: int) -> str:
    return f"You asked for {asked}; the model answered with {width} × {height}."


REENCODED = "Encoded anew to fit the size that may be uploaded here."


# --- why there is no picture


def declined(tier: str) -> str:
    return (
        f"{tier} would not draw this prompt: its safety rules refused it. "
        f"{NOTHING_CHARGED} Other words, or another subject, may pass."
    )


def not_drawn(why: str, job: str) -> str:
    reasons = {
        "busy": "The gateway is overloaded and did not take the picture on, even after waiting.",
        "key": "The gateway does not accept our key or its balance is used up; the operator has been told.",
        "model": "The gateway does not have this model at present; another tier may work.",
        "request": "The gateway did not accept this request.",
        "unreachable": "The gateway could not be reached.",
        "broken": "The pictures that came back could not be read.",
    }
    return f"{reasons[why]} {NOTHING_CHARGED} Job {job}."


def unknown(job: str) -> str:
    return (
        "The connection to the gateway was lost in the middle, so nobody can know whether it was drawn. "
        f"{NOTHING_CHARGED} It is not repeated by itself. Job {job}."
    )


def interrupted(job: str) -> str:
    return (
        "I was restarted while this was being drawn, so nobody can know whether it was finished. "
        f"{NOTHING_CHARGED} It is not repeated by itself. Job {job}."
    )


def never_started(job: str) -> str:
    return (
        "So many pictures were waiting that this one could not be drawn while I can still answer you here. "
        f"{NOTHING_CHARGED} Job {job}."
    )


def broke(job: str) -> str:
    return f"Something broke on our side; nothing was charged; job {job}."


# --- refusals before anything is spent


def cannot(tier: Tier, what: str, instead: list[str]) -> str:
    others = f" {' or '.join(instead)} can." if instead else ""
    return f"{tier.title} cannot draw {what}.{others} Nothing was charged."


def no_tier(name: str, tiers: list[str]) -> str:
    return f"There is no tier {name!r}; choose {', '.join(tiers)}."


def no_ratio(ratio: str, ratios: list[str]) -> str:
    return f"There is no ratio {ratio!r}; choose {', '.join(ratios)}."


def no_variants(variants: int, most: int) -> str:
    return f"{variants} is not possible; ask for 1 to {most} pictures at a time."


def other_quality(tier: Tier, quality: str) -> str:
    return f"{tier.title} has no quality {quality!r}; choose {', '.join(tier.qualities)}."


def no_quality(tier: Tier, others: list[str]) -> str:
    have = "has" if len(others) == 1 else "have"
    return f"{tier.title} has no quality to choose; {' and '.join(others)} {have}."


KEY_OFF = "The gateway refuses our key; the operator has been told."


def model_off(tier: Tier) -> str:
    return f"The gateway does not offer {tier.title} just now; the operator has been told."


def no_price(tier: Tier) -> str:
    return f"No price is known for {tier.title}, so it is not drawn. The operator can set one in the catalog."


def denied(why: Denied, now: float) -> str:
    if why.what == "blocked":
        who = "You are" if why.kind == "person" else "Everyone is"
        ends = f" It ends {_when(why.frees_at, now)}." if why.frees_at is not None else ""
        return f"{who} blocked from drawing here; an admin can lift it.{ends}"
    if why.what == "paused":
        return "Drawing is paused here; an admin can resume it."
    if why.what == "tier":
        instead = f"; you may draw in {', '.join(why.allowed)}" if why.allowed else ", and no other is"
        return f"This tier is not open to you here{instead}."
    left = max(0, why.limit - why.used)
    amount = (lambda n: plural(n, "picture")) if why.what == "images" else format_dollars
    allows = f"{_whose(why)} allows {amount(why.limit)} per {why.period}"
    return f"{allows}; {amount(left)} left, and this asks for {amount(why.asked)}.{_frees(why, now)}"


def _whose(why: Denied) -> str:
    if why.joined:
        return "The smallest allowance of your joined identities"
    return {
        "person": "Your own allowance",
        "role": "Your role's allowance",
        "everyone": "Everyone's allowance",
        "channel": "This channel's limit",
        "workspace": "This workspace's limit",
        "bot": "The whole bot's limit",
    }[why.kind]


def _frees(why: Denied, now: float) -> str:
    if why.frees_at is None:
        return ""
    when = _when(why.frees_at, now)
    if why.asked > why.limit > 0:
        return f" It renews {when}, but this asks for more than it ever holds."
    return f" It renews {when}." if why.limit else ""


def _when(at: float, now: float) -> str:
    return f"in {span(at - now)} ({moment(at)})"


# --- reports


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
SHORT = 60  # characters of a prompt in a table


def not_shared(retryable: bool) -> str:
    return "It could not be posted just now; try again." if retryable else "I may not post in that channel."


IN_A_SHELL = "This cannot be done in chat yet; in a shell, see imagine quota and imagine usage."


def no_command(name: str) -> str:
    return f"There is no command /{name}; /help lists those that are."


def shortened(prompt: str) -> str:
    return prompt if len(prompt) <= SHORT else prompt[: SHORT - 1].rstrip() + "…"


def labelled(verb: str, prompt: str) -> str:
    return f"{verb}: {prompt if len(prompt) <= 24 else prompt[:23].rstrip() + '…'}"


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


def tier_row(tier: Tier, quality: str, quote: Quote, monthly: int) -> tuple[str, ...]:
    low, high = tier.speed
    price, total = format_dollars(quote.unit_micros), format_dollars(monthly)
    return (f"{tier.name} {quality}".strip(), tier.title, f"{low}–{high} s", price, total)


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


def usage_title(totals: Totals, first: str, last: str) -> str:
    when = first if first == last else f"{first} to {last}"
    return f"You, {when}: {format_dollars(totals.charge_micros)} for {plural(totals.images, 'picture')}"


def usage_columns(by: str) -> tuple[str, ...]:
    return (by.capitalize(), "Pictures", "Charged", "Cost", "Uncertain")


def no_period(text: str) -> str:
    return f"{text!r} is no time I know; write today, week, month, or 2026-03-01..2026-03-31, a year at most."


def chart_alt(title: str, spent: Mapping[str, int]) -> str:
    """A chart's figures in words."""
    days = "; ".join(f"{day} {format_dollars(micros)}" for day, micros in sorted(spent.items()) if micros)
    return f"{title}. By day: {days or 'nothing'}."


def usage_row(key: str, totals: Totals) -> tuple[str, ...]:
    money = (totals.charge_micros, totals.cost_micros, totals.uncertain_micros)
    return (key, f"{totals.images:,}", *(format_dollars(micros) for micros in money))


# --- a person's own page

HOME, SET_HERE, BLOCKED = "Your pictures", "Allowances set here", "blocked from drawing"
SET_COLUMNS = ("Who", "What", "Until")


def set_for(kind: Kind, ref: str, name: str) -> str:
    """Whom a setting is for."""
    if kind == "person":
        return name or ref
    return f"{kind} {ref}" if kind in ("role", "channel") else kind


def figures(found: Limits) -> str:
    """The figures and tiers of a setting."""
    names = ("images_per_day", "money_per_day", "money_per_month")
    values: dict[str, object] = {name: getattr(found, name) for name in names}
    values["tiers"] = list(found.tiers) if found.tiers is not None else None
    return setting({name: value for name, value in values.items() if value is not None})


def ends(at: int | None) -> str:
    return "" if at is None else moment(at)


# --- identities that are one person

LINK = "Join your identities"
LINK_MEANS = (
    "Joined, both sides draw on one allowance: the smaller holds for both, and what was used today counts. "
    "/link undo separates them again."
)
NO_SUCH_CODE = "This code is not good, or no longer; /link gives a new one, for ten minutes and one use."
OWN_CODE = "You got this code here; type it where you are somebody else."
NOTHING_TO_LINK = (
    "You may draw nothing here, and joined, the smaller allowance would hold everywhere; "
    "ask where you may draw."
)
TOO_MANY_LINKED = "That would be too many identities for one person; /link undo separates one."
NOT_LINKED = "You are joined with nobody here."
CODE_ENDED = "Your code has ended; it joins nobody any more."
LINK_REASON, UNLINK_REASON = "a code that both sides agreed to", "asked for by this person"


def somebody(name: str, platform: str) -> str:
    return f"{name} on {platform}"


def link_code(code: str, seconds: float) -> str:
    return f"Within {span(seconds)}, type this where you want to be joined: /link {code}"


def too_many_codes(seconds: float) -> str:
    return f"Too many codes that were not good; try again in {span(seconds)}."


def join_question(whom: str) -> str:
    return f"Are you {whom}, too?"


def agreed(whom: str) -> str:
    return f"Agreed. Now {whom} is asked; where no question arrives, /link there asks it."


def linked(others: list[str]) -> str:
    return f"You are one with {_and(others)}: one allowance, the smaller one."


def unlinked(others: list[str]) -> str:
    return f"Separated from {_and(others)}; each has an allowance of their own again."


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


# --- the shell


def playground(url: str, *, samples: bool) -> str:
    return f"The playground is at {url}  {_kind(samples)}  Ctrl-C stops it."


def serving(platform: str, account: str, url: str, *, samples: bool) -> str:
    health = f"Whether it is well: {url}/readyz"
    return f"Serving {platform} as {account}.  {_kind(samples)}  {health}  Ctrl-C stops it."


def _kind(samples: bool) -> str:
    if samples:
        return "Pictures are samples: set CODEGATEWAY_API_KEY for real ones."
    return "Pictures come from the gateway."


def dollars(micros: int) -> str:
    return format_dollars(micros)


def setting(values: Mapping[str, object] | None) -> str:
    """A setting or a grant in words: "5 images per day, tiers fast"; "not set" where there is none."""
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
