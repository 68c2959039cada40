"""Sentences for admins: changes, confirmations, the log, the budget and its alerts, requests for more."""

from collections.abc import Mapping, Sequence

from bot.wording.english.admin_log import day_in_words
from bot.wording.english.amounts import plural, span
from bot.wording.shared import called, named, share_of, to_cents
from quotas.money import format_dollars
from quotas.records_workspace import Alert, BudgetState, Forecast, Preferences

CONFIRM, MORE, APPROVE, DENY = "Confirm", "Ask for more", "Approve", "Deny"
FOR_ADMINS = "This is for admins of this workspace."
FOR_OPERATORS = "What holds for the whole bot only its operators may change."
NO_LONGER_YOURS = "There is nothing of yours to confirm here: it was done, is over, or somebody else's."
ONE_TARGET = "Name one of a person, a role, a channel and whole, or none for everyone."
WHICH_WORKSPACE = "Say in which workspace: this one is all of them."
GRANT_TO_ONE = "A grant is for one person; for everyone, /quotas set says it."
NOTHING_TO_SET = (
    "Say what to set: images_per_day, money_per_day, money_per_month or tiers, such as: "
    "/quotas set --images-per-day 5"
)
NOTHING_TO_GRANT = "Say what to grant: images or money, such as: --images 5"
QUESTION = "Shall I do this?"
LOG = "The newest changes"
LOG_COLUMNS = ("When", "Who", "What", "Why", "Number")
NO_ENTRIES = "Nothing was changed yet."
SETTINGS, BUDGET, BUDGET_OF_ALL = (
    "Settings of this workspace",
    "Budget of this workspace",
    "Budget of the whole bot",
)
CHANGES_HERE = "Changes of allowances are told here from now on."
ALERTS_HERE = "Alerts of this workspace's budget are told here from now on."
NOT_GREETED = (
    "I couldn't post in that channel. Check that it isn't archived, and that I'm allowed to post there."
)
NOT_OUR_CHANNEL = "That channel isn't in this workspace. Pick one of its own channels."
DRAWING_IS_OFF, DRAWING_IS_ON = "Drawing is off", "Drawing is on again"
DRAWING_IS_OFF_LINE = (
    "I can't store pictures, so I draw none. New requests are refused and cost nothing. "
    "Those that wait are drawn as soon as I can store pictures again. The operator finds the cause in my log."
)
ALREADY_PAUSED, NOT_PAUSED = "Drawing is paused already.", "Drawing was not paused."


def no_role(text: str) -> str:
    return f"{text} is no role I know; pick it from the list, or give its id."


def no_channel(text: str) -> str:
    return f"{text} is no channel I know; pick it from the list, give its id, or write here for this one."


def no_zone(text: str) -> str:
    return f"{text} is no time zone I know; write it like Europe/Berlin."


def past_day(day: str) -> str:
    return f"{day_in_words(day)} is over; choose today or a day to come."


def far_day(day: str) -> str:
    return f"{day_in_words(day)} is too far ahead; choose a day within 100 years, or leave --until out."


def too_many_days(most: int) -> str:
    return f"A grant lasts {most} days at most; for longer, /quotas set says it better."


def no_entry(text: str) -> str:
    return f"There is no change with the number {text}; /quotas log shows them."


def done(sentence: str, number: str) -> str:
    """Say how to take the change back, after the sentence about it."""
    return f"{sentence} To take it back: /quotas undo {number}"


def only_tried(sentence: str) -> str:
    return f"Nothing was changed; this is what it would do. {sentence}"


def confirm_within(seconds: float) -> str:
    return f"Only you can confirm it, once, within {span(seconds)}; until then nothing changes."


def nothing_set(whose: str) -> str:
    return f"{whose}: nothing is set, so there is nothing to reset."


def changed_by(who: str) -> str:
    return f"Changed by {called(who)}"


def why(reason: str) -> str:
    return f"Why: {reason}"


def take_back(number: str) -> str:
    return f"To take it back: /quotas undo {number}"


def cannot_undo(why: str, number: str, later: str) -> str:
    """Say why a change cannot be undone. `later`: the number of the entry that prevents it, or ""."""
    return {
        "unknown": f"There is no change with the number {number}; /quotas log shows them.",
        "elsewhere": f"Change {number} was made in another workspace; take it back there.",
        "undone": f"Change {number} was taken back already, by {later}.",
        "changed": f"What {number} changed was changed again by {later}; take that back first.",
        "not_undoable": f"Change {number} is none that can be taken back.",
        "full": "There are as many styles as there can be. Remove one first, with /styles remove.",
    }[why]


# --- styles

STYLES, STYLE_COLUMNS = "Styles of this workspace", ("Name", "Words")
NO_STYLES = "There are none yet. An admin can add one: /styles set warm-brand soft light, muted colours"
STYLES_LINE = "Choose one with the option style, or type its name after a prompt: --style warm-brand"
NO_NAME_OF_NONE = "A style can't be called none: that word draws without one."
STYLE_OF_SOMEBODY = "The words of a style can't name a person, a role or a channel. Leave that out."


def style_refused(why: str, name: str, names: Sequence[str]) -> str:
    """Say why a style was not changed. `names`: of the workspace's styles."""
    return {
        "unknown": f"There is no style {name} here." + (f" There are: {', '.join(names)}." if names else ""),
        "same": f"Style {name} has these words already.",
        "full": f"There are {len(names)} styles, which is as many as there can be. "
        "Remove one first, with /styles remove.",
    }[why]


# --- settings and budget


def exported(first: str, last: str) -> str:
    return f"Usage of this workspace, {first if first == last else f'{first} to {last}'}"


def settings_rows(
    preferences: Preferences, zone: str, usual: Mapping[str, str], names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the rows of the settings page.

    `usual`: the values that hold for a setting without one.
    `names`: known channel names by id.
    """
    alerts, admins = preferences.alert_channel, preferences.admin_channel
    return (
        ("Time zone", zone),
        ("Language", preferences.language or usual["language"]),
        ("Default tier", preferences.default_tier or usual["default_tier"]),
        ("Default ratio", preferences.default_ratio or usual["default_ratio"]),
        ("Default number of pictures", str(preferences.default_variants or usual["default_variants"])),
        ("Alert channel", named(alerts, names) if alerts else "not set: alerts go to the admin channel"),
        ("Admin channel", named(admins, names) if admins else "not set: changes are told nowhere"),
    )


def budget_rows(state: BudgetState) -> tuple[tuple[str, str], ...]:
    amount = "none" if state.amount is None else f"{format_dollars(state.amount)} a month"
    ends = {"stop": "nothing more is drawn", "cheaper": "a cheaper tier is drawn in, while it fits"}
    return (
        ("Amount", amount),
        ("Spent", share_of(state.spent, state.amount)),
        ("Held", format_dollars(state.held)),
        ("Forecast", forecast(state.forecast)),
        ("Ends on", _ends_on(state)),
        ("At the end", ends[state.at_end]),
    )


def forecast(estimate: Forecast | None) -> str:
    """Put the forecast of the month's cost in words, with its range."""
    if estimate is None:
        return "too few days to tell"
    low, likely, high = (
        format_dollars(to_cents(micros)) for micros in (estimate.low, estimate.likely, estimate.high)
    )
    return f"{likely} this month, most likely between {low} and {high}"


def _ends_on(state: BudgetState) -> str:
    if state.amount is None or state.forecast is None:
        return "not known"
    ends = state.forecast.ends_on
    return day_in_words(ends) if ends else "not in this month"


def alert(threshold: Alert) -> str:
    of = f"{format_dollars(threshold.spent)} of {format_dollars(threshold.amount)} is spent"
    if threshold.percent < 100:
        return f"{threshold.percent} % of this month's budget: {of}."
    is_spent = threshold.spent >= threshold.amount
    rest = "." if is_spent else ", and the rest is too little for what was asked."
    return f"This month's budget is used up: {of}{rest}"


def alert_lines(threshold: Alert, state: BudgetState) -> tuple[str, ...]:
    ends = {
        "stop": "When it is used up, nothing more is drawn this month.",
        "cheaper": "When a picture no longer fits, it is drawn in a cheaper tier, while that fits.",
    }
    likely = f"Forecast: {forecast(state.forecast)}."
    return (
        likely if state.month == threshold.month else f"Month: {threshold.month}.",
        ends[state.at_end],
        "Admins can change the amount with /quotas budget.",
    )


# --- requests for more


def asks(name: str, what: str, amount: int) -> str:
    return f"{called(name)} asks for more: {_amount(what, amount)}"


def asks_rows(what: str, period: str, limit: int, used: int, stopped_by: str) -> tuple[tuple[str, str], ...]:
    """Return the rows of a request for more. `stopped_by`: the kind of the limit, or "joined"."""
    whose = {
        "person": "their own allowance",
        "role": "their role's allowance",
        "everyone": "everyone's allowance",
        "joined": "the smallest allowance of their joined identities",
    }
    return (
        ("Has", f"{_amount(what, limit)} per {period}"),
        ("Used or held", _amount(what, used)),
        ("Stopped by", whose[stopped_by]),
    )


ASKED = "Asked: the admins see it in their channel, and you will be told what they say."
ASKED_ALREADY = "You have asked already, and the admins have not answered yet."
SAID_NO_TODAY = "You have asked today, and the answer was no; you can ask again tomorrow."
NOBODY_TO_ASK = "The admins could not be asked just now; press the button again in a while."
NO_SUCH_REFUSAL = "I no longer know what this was about; ask for the picture once more."
GRANTED_REASON, DENIED_REASON = "asked for", "asked for more"
IMAGES_LABEL, MONEY_LABEL, UNTIL_LABEL = (
    "Pictures on top",
    "Dollars on top",
    "Until the end of (year-month-day)",
)


def approving(name: str) -> str:
    return f"More for {called(name)}"


def approved(who: str, granted: str) -> str:
    return f"{called(who)} said yes: {granted}."


def denied_by(who: str) -> str:
    return f"{called(who)} said no."


def answered_already(who: str) -> str:
    return f"It was answered already, by {called(who)}."


def you_got(granted: str) -> str:
    return f"You asked for more, and you have it: {granted}."


def you_got_none(who: str) -> str:
    return f"You asked for more; {called(who)} said no this time."


def _amount(what: str, amount: int) -> str:
    return plural(amount, "picture") if what == "images" else format_dollars(amount)


# --- a spent budget


def fell_back(tier: str, cheaper: str) -> str:
    return f"This month's budget no longer holds a picture in {tier}: drawn in {cheaper}."


PAUSED_HERE = "paused: nothing new is drawn"
