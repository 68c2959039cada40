"""The log's changes in words: whom a change is about, and the values before and after it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.wording.german.amounts import _NOT_SET, _SETTINGS, _UNLIMITED, _day, plural
from bot.wording.shared import called, differs, fields_of
from quotas.money import format_dollars
from quotas.records import UNLIMITED, Entry, Kind

WITHOUT_FIGURES = {
    "deny": "bat um mehr, und die Antwort war nein",
    "forget": "nur unter diesem Namen bekannt",
}
NO_CHANGE = "wie zuvor"
_Fields = Mapping[str, Any]
_KINDS = {
    "role": "Rolle",
    "channel": "Kanal",
    "everyone": "Alle",
    "workspace": "Dieser Workspace",
    "bot": "Der ganze Bot",
    "style": "Stil",
}
_LABELS = {
    **{name: _SETTINGS[name] for name in ("images_per_day", "money_per_day", "money_per_month", "tiers")},
    "until": "bis",
    "blocked": "",
    "zone": "Zeitzone",
    "language": "Sprache",
    "default_tier": "voreingestellte Stufe",
    "default_ratio": "voreingestelltes Format",
    "default_variants": "voreingestellte Bilderzahl",
    "alert_channel": "Kanal für Warnungen",
    "admin_channel": "Kanal für Admins",
    "at_end": "am Ende des Budgets",
    "words": "Worte",
}
_AT_END = {"stop": "aufhören", "cheaper": "in einer günstigeren Stufe zeichnen"}


def whom(kind: Kind, ref: str, name: str = "") -> str:
    """Name the target of a change, at the beginning of a sentence."""
    known_as = called(name) or ref
    if kind == "person":
        return known_as
    return f"{_KINDS[kind]} {known_as}" if kind in ("role", "channel", "style") else _KINDS[kind]


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
        return (
            f"verbundene Identitäten {len(before.get('identities', ()))} → {len(after.get('identities', ()))}"
        )
    steps = [_step(entry.kind, name, before, after, zone) for name in _LABELS if differs(name, before, after)]
    return "; ".join(steps) or WITHOUT_FIGURES.get(entry.verb, NO_CHANGE)


def moment_in(at: float, zone: str) -> str:
    """Format a time (unix seconds) by the clock of a workspace."""
    time = datetime.fromtimestamp(at, ZoneInfo(zone))
    return f"{_day(time)}, {time:%H:%M}"


def day_in_words(day: str) -> str:
    return _with_year(date.fromisoformat(day))


def _with_year(day: date) -> str:
    return f"{_day(day)} {day.year}"


def _step(kind: Kind, name: str, before: _Fields, after: _Fields, zone: str) -> str:
    """Put the change of one field in words, as before → after."""
    if name == "blocked":
        return f"{_blocked(kind, before, zone)} → {_blocked(kind, after, zone)}"
    was, is_ = before.get(name), after.get(name)
    if name == "until" and was is None:
        return f"bis {_value(name, is_, zone)}"
    since = f", ab {moment_in(after['from'], zone)}" if name == "zone" and after.get("from") else ""
    return f"{_LABELS[name]} {_value(name, was, zone)} → {_value(name, is_, zone)}{since}"


def _blocked(kind: Kind, fields: _Fields, zone: str) -> str:
    until = fields.get("blocked_until")
    end = f" bis {_value('until', until, zone)}" if until else ""
    return _may(kind)[bool(fields.get("blocked"))] + end


def _may(kind: Kind) -> tuple[str, str]:
    """Return the words for not blocked and blocked; a block of a workspace or the bot is called a pause."""
    if kind in ("workspace", "bot"):
        return "zeichnet", "angehalten"
    return "dürfen zeichnen" if kind == "everyone" else "darf zeichnen", "gesperrt"


def _value(name: str, value: Any, zone: str) -> str:
    match name, value:
        case "until", None:
            return "ohne Ende"
        case "at_end", None:
            return _AT_END["stop"]
        case _, None:
            return _NOT_SET
        case (("images_per_day" | "money_per_day" | "money_per_month"), number) if number == UNLIMITED:
            return _UNLIMITED
        case (("money_per_day" | "money_per_month"), micros):
            return format_dollars(micros)
        case "until", ends:
            last = datetime.fromtimestamp(ends - 1, ZoneInfo(zone))  # some days begin at one o'clock
            return f"einschließlich {_with_year(last)}"
        case "at_end", end:
            return _AT_END.get(end, str(end))
        case _, list():
            return " und ".join(value) if value else "keine"
    return str(value)


def _granted(before: _Fields, after: _Fields) -> str:
    grant = after or before
    return ("" if after else "zurückgenommen: ") + on_top(
        grant["images"], grant["money"], grant["day"], grant.get("until")
    )


def on_top(images: int, money: int, day: str, until: str | None) -> str:
    """Say how much is granted, and for which days."""
    amounts = [plural(images, "picture") if images else "", format_dollars(money) if money else ""]
    amount = " und ".join(filter(None, amounts))
    if until is None or until == day:
        return f"{amount} obendrauf am {day_in_words(day)}"
    return f"{amount} obendrauf an jedem Tag von {day_in_words(day)} bis {day_in_words(until)}"


def _whom(entry: Entry, names: Mapping[str, str]) -> str:
    return whom(entry.kind, entry.ref, names.get(entry.ref, ""))
