"""Refusals of typed text that could not be read, hints, and suggestions while typing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from bot.wording.english.admin_log import changed, moment_in
from bot.wording.shared import short
from quotas.money import MAX_DOLLARS
from quotas.records import Entry

TYPED = "What was typed"
EMPTY_PROMPT = "Say what to draw, such as: a red fox in snow --tier ultra --ratio 16:9"
YOU_ARE_WELCOME = "You're welcome!"
HELLO = (
    "Hi! What should I draw? Describe a picture, such as: a red fox in snow. "
    "Say “help” to see what else I can do."
)
STYLE_HINT = "Tip: style words such as “oil painting” or “studio light” work best in English."
_INSTEAD = {  # our advice in place of a flag of Midjourney's, by the parser's key for the flag
    "v": "--tier picks the model",
    "s": "style goes into the prompt's own words",
    "q": "--quality low, medium or high is for the gpt tier",
    "c": "variants differ by themselves",
    "no": "say what should be there rather than what should not",
    "seed": "Again draws the prompt anew, without a seed",
}
_INSTEAD_OTHERWISE = "say it in the prompt's own words"


def is_command(name: str) -> str:
    """Refuse a prompt that is the name of a command."""
    return f"/{name} is a command, so I didn't draw it. You weren't charged. Send it by itself: /{name}"


def unknown_flag(typed: str, nearest: str, flags: Sequence[str]) -> str:
    if nearest:
        return f"{short(typed)} is not an option; did you mean {nearest}?"
    return f"{short(typed)} is not an option; " + (
        f"choose from {', '.join(flags)}." if flags else "there are none here."
    )


def unknown_choice(where: str, typed: str, choices: Sequence[str], nearest: str) -> str:
    tail = f"; nearest is {nearest}" if nearest else ""
    return f"{where} {short(typed)}: choose {', '.join(choices)}{tail}."


def missing_value(where: str, example: str) -> str:
    return f"{where} needs a value: {example}."


def missing_option(where: str, help_: str) -> str:
    return f"{where} is missing: {within(help_)}."


def within(help_: str) -> str:
    """Fit the help of an option into a sentence."""
    return help_[:1].lower() + help_[1:]


def stray_word(typed: str, command: str, *, person: bool) -> str:
    """Refuse a word that no option takes. `person`: the command takes a person, whose name begins with @."""
    name = f" If that is somebody's name, write @{short(typed)}." if person else ""
    return f"“{short(typed)}” is not something /{command} takes.{name}"


def other_kind(kind: str, wanted: str) -> str:
    """Refuse a "person", "role" or "channel" where another of these is wanted."""
    names = {"person": "a person", "role": "a role or user group", "channel": "a channel"}
    return f"That's {names[kind]}, not {names[wanted]}. Pick {names[wanted]} from the list, or give an id."


def two_values(kind: str, where: str, first: str, second: str) -> str:
    """Refuse two values of an option that has one. `kind`: the option's."""
    both = f"{short(first)} and {short(second)}"
    targets = {"person": "people", "role": "roles", "channel": "channels"}
    if kind in targets:
        return f"That names two {targets[kind]}: {both}. Send the command once for each."
    return f"{where} is there twice: {both}. Keep one of them."


def unknown_verb(name: str, typed: str, verbs: Sequence[str], nearest: str) -> str:
    if nearest:
        return f"/{name} {short(typed)} is not known; did you mean /{name} {nearest}?"
    start = f"/{name} {short(typed)} is not known" if typed else f"/{name} needs one word more"
    return f"{start}; choose from {', '.join(verbs)}."


def not_a_number(where: str, typed: str, low: int | None, high: int | None) -> str:
    return f"{where} {short(typed)}: {whole_number(low, high)} is needed."


def whole_number(low: int | None, high: int | None) -> str:
    """Describe a whole number within these bounds."""
    if low is not None and high is not None:
        return f"a whole number from {low:,} to {high:,}"
    return "a whole number" if low is None else f"a whole number of {low:,} or more"


def too_long(where: str, excess: int, limit: int) -> str:
    what = "The prompt" if where == "--prompt" else where
    return f"{what} is too long by {excess:,}: {limit:,} characters are the most."


def not_yes_or_no(where: str, typed: str) -> str:
    return f"{where} {short(typed)}: write {where} alone, or {where}=no."


def not_a_day(where: str, typed: str) -> str:
    return f"{where} {short(typed)}: write the day as year-month-day, such as 2026-12-31."


def not_money(where: str, typed: str, why: Literal["no amount", "outside", "too fine"]) -> str:
    is_ = {
        "no amount": "is not an amount of dollars; write it like 2.50",
        "outside": f"is outside 0 to {MAX_DOLLARS:,} dollars",
        "too fine": "is finer than a millionth of a dollar",
    }
    return f"{where}: {typed!r} {is_[why]}."


def midjourney(typed: Sequence[str], meanings: Sequence[str]) -> str:
    """Refuse all of Midjourney's flags of a prompt in one sentence. `meanings`: their keys in _INSTEAD."""
    instead = dict.fromkeys(_INSTEAD.get(meaning, _INSTEAD_OTHERWISE) for meaning in meanings)
    flags = ", ".join(dict.fromkeys(typed))
    verb = "is Midjourney's" if len(set(typed)) == 1 else "are Midjourney's"
    return f"{flags} {verb}; here {'; '.join(instead)}."


def text_hint(tier: str) -> str:
    return f"Readable text comes out better with --tier gpt than with {tier}."


QUOTAS_MEANS = "Who may draw how much: for admins"
STYLES_MEANS = "Named words to add to prompts: for admins"


def not_a_style_name(where: str, typed: str, most: int) -> str:
    return (
        f"{where}: {short(typed)} can't be the name of a style. "
        f"A name is letters, digits and hyphens, such as warm-brand, at most {most}."
    )


PERIODS = {"today": "today", "week": "this week", "month": "this month"}


def named_day(day: date) -> str:
    return day.strftime("%A, %-d %B %Y")


def named_month(day: date) -> str:
    return day.strftime("%B %Y")


def entry_choice(entry: Entry, names: Mapping[str, str], zone: str) -> str:
    why = f" ({entry.reason})" if entry.reason else ""
    return f"{moment_in(entry.at, zone)} · {changed(entry, names, zone)}{why}"
