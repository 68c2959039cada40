"""Refusals of typed text that could not be read, hints, and suggestions while typing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from bot.wording.german.admin_log import changed, moment_in
from bot.wording.german.amounts import _WEEKDAYS, _count, _month
from bot.wording.shared import short
from quotas.money import MAX_DOLLARS
from quotas.records import Entry

TYPED = "Deine Eingabe"
EMPTY_PROMPT = "Sag, was ich zeichnen soll, etwa: roter Fuchs im Schnee --tier ultra --ratio 16:9"
YOU_ARE_WELCOME = "Gern geschehen!"
HELLO = (
    "Hallo! Was soll ich zeichnen? Beschreib ein Bild, etwa: roter Fuchs im Schnee. "
    "Mit „help“ siehst du, was ich noch kann."
)
STYLE_HINT = "Tipp: Wörter für den Stil wie „oil painting“ oder „studio light“ wirken am besten auf Englisch."
_INSTEAD = {  # our advice in place of a flag of Midjourney's, by the parser's key for the flag
    "v": "--tier wählt das Modell",
    "s": "den Stil sagst du mit Worten im Prompt",
    "q": "--quality low, medium oder high gilt für die Stufe gpt",
    "c": "Varianten unterscheiden sich von selbst",
    "no": "sag, was da sein soll, nicht, was fehlen soll",
    "seed": "„Nochmal“ zeichnet den Prompt neu, ohne Seed",
}
_INSTEAD_OTHERWISE = "sag es mit Worten im Prompt"
# First words of a help that are no nouns, so that they are small inside a sentence.
_SMALL = frozenset(
    (
        *("Das", "Der", "Die", "Ein", "Eine", "Einen", "Etwa", "Für", "Nur", "So"),
        *("Wann", "Warum", "Was", "Welche", "Welcher", "Welches", "Wer", "Wie", "Wo", "Wofür", "Wohin"),
    )
)


def is_command(name: str) -> str:
    """Refuse a prompt that is the name of a command."""
    return (
        f"/{name} ist ein Befehl, deshalb habe ich nichts gezeichnet. Berechnet wurde nichts. "
        f"Schick ihn für sich allein: /{name}"
    )


def unknown_flag(typed: str, nearest: str, flags: Sequence[str]) -> str:
    if nearest:
        return f"{short(typed)} ist keine Option; meintest du {nearest}?"
    return f"{short(typed)} ist keine Option; " + (
        f"zur Wahl: {', '.join(flags)}." if flags else "hier gibt es keine."
    )


def unknown_choice(where: str, typed: str, choices: Sequence[str], nearest: str) -> str:
    tail = f"; am nächsten liegt {nearest}" if nearest else ""
    return f"{where} {short(typed)}: zur Wahl stehen {', '.join(choices)}{tail}."


def missing_value(where: str, example: str) -> str:
    return f"{where} braucht einen Wert: {example}."


def missing_option(where: str, help_: str) -> str:
    return f"{where} fehlt: {within(help_)}."


def within(help_: str) -> str:
    """Fit the help of an option into a sentence."""
    first = help_.partition(" ")[0].rstrip(",")
    return help_[:1].lower() + help_[1:] if first in _SMALL else help_


def stray_word(typed: str, command: str, *, person: bool) -> str:
    """Refuse a word that no option takes. `person`: the command takes a person, whose name begins with @."""
    name = f" Falls jemand so heißt, schreib @{short(typed)}." if person else ""
    return f"Mit „{short(typed)}“ kann /{command} nichts anfangen.{name}"


def other_kind(kind: str, wanted: str) -> str:
    """Refuse a "person", "role" or "channel" where another of these is wanted."""
    names = {"person": "eine Person", "role": "eine Rolle oder Nutzergruppe", "channel": "ein Kanal"}
    negated = {"person": "keine Person", "role": "keine Rolle oder Nutzergruppe", "channel": "kein Kanal"}
    pick = names[wanted] if wanted != "channel" else "einen Kanal"
    return f"Das ist {names[kind]}, {negated[wanted]}. Wähle {pick} aus der Liste, oder gib eine ID an."


def two_values(kind: str, where: str, first: str, second: str) -> str:
    """Refuse two values of an option that has one. `kind`: the option's."""
    both = f"{short(first)} und {short(second)}"
    targets = {
        "person": ("Personen", "jede"),
        "role": ("Rollen", "jede"),
        "channel": ("Kanäle", "jeden"),
    }
    if kind in targets:
        name, each = targets[kind]
        return f"Das nennt zwei {name}: {both}. Schick den Befehl für {each} einzeln."
    return f"{where} steht zweimal da: {both}. Lass eins davon stehen."


def unknown_verb(name: str, typed: str, verbs: Sequence[str], nearest: str) -> str:
    if nearest:
        return f"/{name} {short(typed)} kenne ich nicht; meintest du /{name} {nearest}?"
    start = f"/{name} {short(typed)} kenne ich nicht" if typed else f"/{name} braucht noch ein Wort"
    return f"{start}; zur Wahl: {', '.join(verbs)}."


def not_a_number(where: str, typed: str, low: int | None, high: int | None) -> str:
    return f"{where} {short(typed)}: nötig ist {whole_number(low, high)}."


def whole_number(low: int | None, high: int | None) -> str:
    """Describe a whole number within these bounds."""
    if low is not None and high is not None:
        return f"eine ganze Zahl von {_count(low)} bis {_count(high)}"
    return "eine ganze Zahl" if low is None else f"eine ganze Zahl ab {_count(low)}"


def too_long(where: str, excess: int, limit: int) -> str:
    what = "Der Prompt" if where == "--prompt" else where
    return f"{what} ist um {_count(excess)} Zeichen zu lang: höchstens {_count(limit)} sind möglich."


def not_yes_or_no(where: str, typed: str) -> str:
    return f"{where} {short(typed)}: schreib nur {where} oder {where}=no."


def not_a_day(where: str, typed: str) -> str:
    return f"{where} {short(typed)}: schreib den Tag als Jahr-Monat-Tag, etwa 2026-12-31."


def not_money(where: str, typed: str, why: Literal["no amount", "outside", "too fine"]) -> str:
    is_ = {
        "no amount": "ist kein Betrag in Dollar; schreib ihn wie 2.50",
        "outside": f"liegt nicht zwischen 0 und {_count(MAX_DOLLARS)} Dollar",
        "too fine": "ist feiner als ein Millionstel Dollar",
    }
    return f"{where}: „{typed}“ {is_[why]}."


def midjourney(typed: Sequence[str], meanings: Sequence[str]) -> str:
    """Refuse all of Midjourney's flags of a prompt in one sentence. `meanings`: their keys in _INSTEAD."""
    instead = dict.fromkeys(_INSTEAD.get(meaning, _INSTEAD_OTHERWISE) for meaning in meanings)
    flags = ", ".join(dict.fromkeys(typed))
    verb = "gehört" if len(set(typed)) == 1 else "gehören"
    return f"{flags} {verb} zu Midjourney; hier gilt: {'; '.join(instead)}."


def text_hint(tier: str) -> str:
    return f"Lesbarer Text gelingt mit --tier gpt besser als mit {tier}."


QUOTAS_MEANS = "Wer wie viel zeichnen darf: für Admins"
STYLES_MEANS = "Benannte Worte für Prompts: für Admins"


def not_a_style_name(where: str, typed: str, most: int) -> str:
    return (
        f"{where}: {short(typed)} kann kein Stil heißen. "
        f"Ein Name besteht aus Buchstaben, Ziffern und Bindestrichen, etwa warm-brand, höchstens {most}."
    )


PERIODS = {"today": "heute", "week": "diese Woche", "month": "dieser Monat"}


def named_day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}, {day.day}. {named_month(day)}"


def named_month(day: date) -> str:
    return f"{_month(day)} {day.year}"


def entry_choice(entry: Entry, names: Mapping[str, str], zone: str) -> str:
    why = f" ({entry.reason})" if entry.reason else ""
    return f"{moment_in(entry.at, zone)} · {changed(entry, names, zone)}{why}"
