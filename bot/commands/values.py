"""Typed values, read by the rules of their option. Pure. A refusal names the nearest valid value."""

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot import wording
from bot.commands.spec import Option
from bot.commands.styles import NAME_LIMIT, fold_name
from bot.port.requests import OptionValue
from bot.text import clean
from quotas.money import NotDollars, parse_dollars
from quotas.numbers import read_whole
from quotas.records import UNLIMITED

TargetKind = Literal["person", "role", "channel"]

_PAIRS = {
    '"': '"',
    "'": "'",
    "`": "`",
    "“": "”",
    "„": "“",
    "‘": "’",
    "‚": "‘",
    "«": "»",
    "‹": "›",
    "「": "」",
}
_QUOTES = "".join({*_PAIRS, *_PAIRS.values()})
_TRAILING = ",.;!"  # a phone's keyboard adds these after a word
_RATIO = re.compile(r"([1-9]\d{0,4})[:x×/∶]([1-9]\d{0,4})")
_BARE_PATTERNS = {
    "integer": re.compile(r"\d+"),
    "person": re.compile(r"@.+|[a-z]+:\S+|everyone"),
    "channel": re.compile(r"#.+"),
}
# Platforms write these when somebody is picked from a list: <@1>, <@!1>, <@&1>, <!subteam^S1|@a>, <#1|b>. An
# adapter may put a platform-qualified id into them: <@slack:T1:U1>.
_PICKED = re.compile(r"<(@&|@!?|!subteam\^|#)([^<>|\s]+)(?:\|[^<>]*)?>")
_PICKED_KINDS: Mapping[str, TargetKind] = {
    "@": "person",
    "@!": "person",
    "@&": "role",
    "!subteam^": "role",
    "#": "channel",
}
# Ids that show what they name. Discord's are all numbers, and show nothing.
_ID_KINDS: Mapping[TargetKind, re.Pattern[str]] = {
    "person": re.compile(r"slack:[A-Z0-9]+:[A-Z0-9]+"),
    "role": re.compile(r"slack:S[A-Z0-9]+|[a-z]+:guests"),
    "channel": re.compile(r"slack:[CDG][A-Z0-9]+"),
}
_YES_NO = {
    **dict.fromkeys(("yes", "on", "true", "ja"), True),
    **dict.fromkeys(("no", "off", "false", "nein"), False),
}


def read_picked(text: str) -> tuple[TargetKind, str] | None:
    """Read the kind and the id of somebody or something that was picked from a list; None if nothing was."""
    match = _PICKED.fullmatch(text)
    return (_PICKED_KINDS[match[1]], match[2]) if match else None


def target_kind(text: str) -> TargetKind | None:
    """Return what a picked token or an id names; None if it does not show."""
    if picked := read_picked(text):
        return picked[0]
    return next((kind for kind, pattern in _ID_KINDS.items() if pattern.fullmatch(text)), None)


def is_same(value: OptionValue, other: OptionValue) -> bool:
    """Return True if two values are equal, or name the same: <@U1> and <@U1|ann> do."""
    if value == other:
        return True
    picked = read_picked(str(value))
    return picked is not None and picked == read_picked(str(other))


def spell_picked(text: str, names: Mapping[str, str]) -> str:
    """Write names in place of picked tokens, as far as they are known. `names`: by platform-qualified id."""

    def spell(token: re.Match[str]) -> str:
        id_, sign = token[2], "#" if token[1] == "#" else "@"
        found = (name for known, name in names.items() if id_ in (known, known.partition(":")[2]))
        name = next(found, "")
        return f"{sign}{name.lstrip(sign)}" if name else token[0]

    return _PICKED.sub(spell, text)


@dataclass(frozen=True, slots=True)
class Misread:
    """The refusal of typed words.

    `suggestion`: the nearest valid flag or value; "" without one.
    `plain`: the same words without flags of other programs, if these were all that was wrong; else None.
    `wants_file`: a file was meant; each platform has its own way to send one.
    """

    sentence: str
    suggestion: str = ""
    plain: str | None = None
    wants_file: bool = False


def unquote(text: str) -> str:
    """Remove one pair of quotes around the whole text; quotes inside stay."""
    if len(text) < 2 or _PAIRS.get(text[0]) != text[-1]:
        return text
    inner = text[1:-1]
    return inner.strip() if _is_one_pair(text[0], text[-1], inner) else text


def _is_one_pair(first: str, last: str, inner: str) -> bool:
    """Return True if the outer quotes belong together; those of `“a” and “b”` do not."""
    if first == last:
        at = inner.find(first)
        return at < 0 or inner[:at].endswith(" ")  # after a space it opens another pair
    depth = 1
    for letter in inner:
        depth += (letter == first) - (letter == last)
        if depth == 0:
            return False
    return True


def nearest_match(typed: str, names: list[str]) -> str:
    """Return the name that is most like the typed one; "" if none is."""
    return next(iter(difflib.get_close_matches(typed.lower(), names, n=1)), "")


def looks_like(option: Option, word: str) -> bool:
    """Return True if a word without a flag looks like a value of this option."""
    if option.kind == "choice":
        return word.lower() in option.choices
    word = word.strip(_QUOTES)
    if kind := target_kind(word):
        return option.kind == kind
    pattern = _BARE_PATTERNS.get(option.kind)
    return pattern is not None and pattern.fullmatch(word) is not None


def read_value(option: Option, typed: str) -> OptionValue | Misread:
    """Read an option's value from the text of a flag, of a form's field or of a command's argument."""
    text = clean(typed)
    if option.kind == "picture":
        return Misread(wording.typed_picture(option.flag), wants_file=True)
    if option.kind == "text":
        return _text(option, unquote(text))
    text = text.strip(_QUOTES).rstrip(_TRAILING).strip(_QUOTES).strip()
    if option.unlimited and text.lower() == "unlimited":
        return UNLIMITED
    if not text:
        return Misread(wording.missing_value(option.flag, example(option)))
    reader = _READERS.get(option.kind)
    if reader is None:
        return text  # a person, role or channel, as people typed it: its platform knows it
    return reader(option, text)


def example(option: Option) -> str:
    """Describe the valid values in a few words."""
    if option.choices:
        return ", ".join(option.choices)
    if option.kind == "integer":
        return wording.whole_number(option.minimum, option.maximum)
    return wording.within(option.help)


def _text(option: Option, text: str) -> str | Misread:
    text = _PICKED.sub(lambda token: token[2] if ":" in token[2] else token[0], text)
    limit = option.maximum or 0
    if limit and len(text) > limit:
        return Misread(wording.too_long(option.flag, len(text) - limit, limit))
    return text if text else Misread(wording.missing_value(option.flag, example(option)))


def _choice(option: Option, text: str) -> str | Misread:
    for choice in option.choices:
        if text.lower() == choice.lower():
            return choice
    ratios = [choice for choice in option.choices if _RATIO.fullmatch(choice)]
    shape = _RATIO.fullmatch(unicodedata.normalize("NFKC", text).lower()) if ratios else None
    nearest = nearest_match(text, list(option.choices)) if shape is None else _nearest_ratio(shape, ratios)
    if shape is not None and f"{int(shape[1])}:{int(shape[2])}" in ratios:
        return f"{int(shape[1])}:{int(shape[2])}"
    return Misread(wording.unknown_choice(option.flag, text, option.choices, nearest), nearest)


def _nearest_ratio(shape: re.Match[str], ratios: list[str]) -> str:
    width, height = int(shape[1]), int(shape[2])

    def distance(ratio: str) -> float:
        wide, _, high = ratio.partition(":")
        return abs(math.log(width / height * int(high) / int(wide)))

    return min(ratios, key=distance)


def _choices(option: Option, text: str) -> str | Misread:
    chosen: list[str] = []
    for part in text.replace(",", " ").split():
        choice = _choice(option, part)
        if isinstance(choice, Misread):
            return choice
        chosen.append(choice)
    return ",".join(dict.fromkeys(chosen))


def _integer(option: Option, text: str) -> int | Misread:
    number = read_whole(text)
    low, high = option.minimum, option.maximum
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        return Misread(wording.not_a_number(option.flag, text, low, high))
    return number


def _money(option: Option, text: str) -> int | Misread:
    try:
        return parse_dollars(text)
    except NotDollars as error:
        return Misread(wording.not_money(option.flag, text, error.why))


def _day(option: Option, text: str) -> str | Misread:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return Misread(wording.not_a_day(option.flag, text))


def _flag(option: Option, text: str) -> bool | Misread:
    answer = _YES_NO.get(text.lower())
    return Misread(wording.not_yes_or_no(option.flag, text)) if answer is None else answer


def _style(option: Option, text: str) -> str | Misread:
    name = fold_name(text)
    return Misread(wording.not_a_style_name(option.flag, text, NAME_LIMIT)) if name is None else name


_READERS: Mapping[str, Callable[[Option, str], OptionValue | Misread]] = {
    "choice": _choice,
    "choices": _choices,
    "integer": _integer,
    "money": _money,
    "day": _day,
    "flag": _flag,
    "style": _style,
}
