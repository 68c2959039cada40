"""The log's changes in words: whom a change is about, and the values before and after it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.wording.english.amounts import plural
from bot.wording.shared import called, differs, fields_of
from quotas.money import format_dollars
from quotas.records import UNLIMITED, Entry, Kind

WITHOUT_FIGURES = {"deny": "asked for more, and was told no", "forget": "known by this name alone"}
NO_CHANGE = "as before"
_Fields = Mapping[str, Any]
_LABELS = {
    "images_per_day": "pictures a day",
    "money_per_day": "money a day",
    "money_per_month": "money a month",
    "tiers": "tiers",
    "until": "until",
    "blocked": "",
    "zone": "time zone",
    "language": "language",
    "default_tier": "default tier",
    "default_ratio": "default ratio",
    "default_variants": "default number of pictures",
    "alert_channel": "alert channel",
    "admin_channel": "admin channel",
    "at_end": "at the end of the budget",
    "words": "words",
}
_AT_END = {"stop": "stop", "cheaper": "draw in a cheaper tier"}
_PAUSED = frozenset(("workspace", "bot"))  # a block of one of these is called a pause


def whom(kind: Kind, ref: str, name: str = "") -> str:
    """Name the target of a change, at the beginning of a sentence."""
    known_as = called(name) or ref
    if kind == "person":
        return known_as
    if kind in ("role", "channel", "style"):
        return f"{kind.capitalize()} {known_as}"
    return {"everyone": "Everyone", "workspace": "This workspace", "bot": "The whole bot"}[kind]


def changed(entry: Entry, names: Mapping[str, str], zone: str) -> str:
    """Put an entry in one sentence.

    `names`: known names by id.
    `zone`: the time zone of its times.
    """
    return f"{_whom(entry, names)}: {what_changed(entry, names, zone)}."


def logged(entry: Entry, names: Mapping[str, str], zone: str, *, everywhere: bool) -> str:
    """Put an entry in one line of the log. `everywhere`: name its workspace, since the log is of all."""
    where = f"{entry.workspace} · " if everywhere else ""
    return f"{where}{entry.verb} · {_whom(entry, names)}: {what_changed(entry, names, zone)}"


def what_changed(entry: Entry, names: Mapping[str, str], zone: str) -> str:
    """List the fields that an entry changed, as before → after."""
    before, after = (fields_of(side, names) for side in (entry.before, entry.after))
    if "images" in after or "images" in before:
        return _granted(before, after)
    if "identities" in before or "identities" in after:
        return f"joined identities {len(before.get('identities', ()))} → {len(after.get('identities', ()))}"
    steps = [_step(entry.kind, name, before, after, zone) for name in _LABELS if differs(name, before, after)]
    return ", ".join(steps) or WITHOUT_FIGURES.get(entry.verb, NO_CHANGE)


def moment_in(at: float, zone: str) -> str:
    """Format a time (unix seconds) by the clock of a workspace."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%a %-d %b, %H:%M")


def day_in_words(day: str) -> str:
    return date.fromisoformat(day).strftime("%a %-d %b %Y")


def _step(kind: Kind, name: str, before: _Fields, after: _Fields, zone: str) -> str:
    """Put the change of one field in words, as before → after."""
    if name == "blocked":
        return f"{_blocked(kind, before, zone)} → {_blocked(kind, after, zone)}"
    was, is_ = before.get(name), after.get(name)
    if name == "until" and was is None:
        return f"until {_value(name, is_, zone)}"
    since = f", from {moment_in(after['from'], zone)} on" if name == "zone" and after.get("from") else ""
    return f"{_LABELS[name]} {_value(name, was, zone)} → {_value(name, is_, zone)}{since}"


def _blocked(kind: Kind, fields: _Fields, zone: str) -> str:
    words = ("drawing", "paused") if kind in _PAUSED else ("may draw", "blocked")
    until = fields.get("blocked_until")
    return words[bool(fields.get("blocked"))] + (f" until {_value('until', until, zone)}" if until else "")


def _value(name: str, value: Any, zone: str) -> str:
    match name, value:
        case "until", None:
            return "no end"
        case "at_end", None:
            return _AT_END["stop"]
        case _, None:
            return "not set"
        case (("images_per_day" | "money_per_day" | "money_per_month"), number) if number == UNLIMITED:
            return "no limit"
        case (("money_per_day" | "money_per_month"), micros):
            return format_dollars(micros)
        case "until", ends:
            last = datetime.fromtimestamp(ends - 1, ZoneInfo(zone))  # some days begin at one o'clock
            return f"the end of {last.strftime('%a %-d %b %Y')}"
        case "at_end", end:
            return _AT_END.get(end, str(end))
        case _, list():
            return " and ".join(value) if value else "none"
    return str(value)


def _granted(before: _Fields, after: _Fields) -> str:
    grant = after or before
    return ("" if after else "taken back: ") + on_top(
        grant["images"], grant["money"], grant["day"], grant.get("until")
    )


def on_top(images: int, money: int, day: str, until: str | None) -> str:
    """Say how much is granted, and for which days."""
    amounts = [plural(images, "picture") if images else "", format_dollars(money) if money else ""]
    amount = " and ".join(filter(None, amounts))
    if until is None or until == day:
        return f"{amount} on top on {day_in_words(day)}"
    return f"{amount} on top on each day from {day_in_words(day)} to {day_in_words(until)}"


def _whom(entry: Entry, names: Mapping[str, str]) -> str:
    return whom(entry.kind, entry.ref, names.get(entry.ref, ""))
