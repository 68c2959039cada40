"""The parser of typed commands: words and flags in any order become a prompt and options. Pure.

If a flag of a prompt is typed twice, the last one counts: on a phone, people add a second thought at the end.
Every other command refuses two values of one option, two people above all: it would act on one of them only.

A word that begins with two hyphens and a letter is always a flag. After any other dash, only a known name, or
a slip of one, is a flag: keyboards turn two hyphens into a long dash, and people write dashes in prose. So a
dash by itself is prose, even two hyphens: unlike in a shell, flags after it count.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from bot import wording
from bot.commands.spec import Command, Option
from bot.commands.values import (
    Misread,
    is_same,
    looks_like,
    nearest_match,
    read_value,
    target_kind,
    unquote,
)
from bot.port.requests import OptionValue
from bot.text import clean

_DASHES = "-‐‑‒–—―−－﹣"
_DASHED_WORD = re.compile(rf"([{_DASHES}]+)([A-Za-z][\w.-]*?)(?:=(.*))?[,.;]*")
_LETTER_AND_NUMBER = re.compile(r"([a-z])(\d[\d.]*)")  # -n4, --v6.1
_DECIMAL = re.compile(r"\d+(\.\d+)?")
TEXT_LIMIT = 8_000  # characters; Discord's options hold 6,000, and nobody types more by hand
_SLIP_LENGTH = 6  # letters; in a name of this length, one slip of the finger makes no other English word
# Midjourney's flags: the key of our advice (see bot.wording), and the kind of value that follows: a number, a
# word, all the rest, or "" for none.
_MIDJOURNEY = {
    **dict.fromkeys(("v", "version", "niji"), ("v", "number")),
    **dict.fromkeys(("s", "stylize"), ("s", "number")),
    **dict.fromkeys(("style", "sref", "cref", "oref", "profile", "p"), ("s", "word")),
    "q": ("q", "number"),
    **dict.fromkeys(("c", "chaos", "weird", "w"), ("c", "number")),
    "no": ("no", "rest"),
    "seed": ("seed", "number"),
    **dict.fromkeys(("stop", "iw", "cw", "sw", "ow", "repeat", "r"), ("", "number")),
    **dict.fromkeys(("tile", "raw", "hd", "turbo", "relax", "draft", "video"), ("", "")),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed command. `prompt` is "" for a command without one; `options` holds only typed options."""

    prompt: str
    options: Mapping[str, OptionValue]


@dataclass(frozen=True, slots=True)
class _Flag:
    typed: str  # as people typed it, for a sentence
    name: str
    value: str | None  # the text after "="


def parse(text: str, command: Command) -> Parsed | Misread:
    """Parse the typed form of a command. Never raises."""
    if len(text) > TEXT_LIMIT:
        return Misread(wording.too_long(wording.TYPED, len(text) - TEXT_LIMIT, TEXT_LIMIT))
    return _Parser(unquote(clean(text)).split(), command).parse()


def parse_with_fields(
    text: str, fields: Mapping[str, OptionValue], command: Command
) -> dict[str, OptionValue] | Misread:
    """Parse a text and a platform's fields, whose texts follow the same rules; a field beats a flag."""
    chosen = read_fields(fields, command)
    if isinstance(chosen, Misread):
        return chosen
    options = tuple(
        replace(option, required=option.required and option.name not in chosen) for option in command.options
    )
    parsed = parse(text, replace(command, options=options))
    return parsed if isinstance(parsed, Misread) else {**parsed.options, **chosen}


def read_fields(fields: Mapping[str, OptionValue], command: Command) -> dict[str, OptionValue] | Misread:
    """Read a platform's own fields; those of other commands are left out."""
    chosen: dict[str, OptionValue] = {}
    for option in command.options:
        field = fields.get(option.name)
        if field is None:
            continue
        value = read_value(option, field) if isinstance(field, str) else field
        if isinstance(value, Misread):
            return value
        chosen[option.name] = value
    return chosen


def find_command(name: str, text: str, commands: Mapping[str, Command]) -> tuple[Command, str] | Misread:
    """Find the command by its name and its text; return it and the text that is left to `parse`."""
    if name in commands:
        return commands[name], text
    verb, rest = (*text.split(maxsplit=1), "", "")[:2]
    verbs = [key.split(" ", 1)[1] for key in commands if key.startswith(f"{name} ")]
    if verb.lower() in verbs:
        return commands[f"{name} {verb.lower()}"], rest
    nearest = nearest_match(verb, verbs)
    return Misread(wording.unknown_verb(name, verb, verbs, nearest), nearest)


class _Parser:
    """One pass over the words, which ends at the first that it cannot read."""

    def __init__(self, words: list[str], command: Command) -> None:
        self.words = words
        self.command = command
        self.position = 0
        self.bare_words: list[str] = []
        self.options: dict[str, OptionValue] = {}
        self.typed: dict[str, str] = {}  # the values in `options`, as they were typed
        # Midjourney's flags, by their positions in the words; the words of a value have their flag's, too.
        self.dropped: dict[int, _Flag] = {}

    @cached_property
    def names(self) -> dict[str, tuple[Option, str | None]]:
        """Return the command's flags, see `_names`; most prompts hold no dash, and need none."""
        return _names(self.command)

    @cached_property
    def takes_prompt(self) -> bool:
        return any(option.name == "prompt" for option in self.command.options)

    @property
    def midjourney(self) -> Mapping[str, tuple[str, str]]:
        return _MIDJOURNEY if self.takes_prompt else {}

    def parse(self) -> Parsed | Misread:
        while self.position < len(self.words):
            flag, word = self.flag_at(self.position), self.words[self.position]
            self.position += 1
            if flag is None:
                self.bare_words.append(word)
            elif misread := self.take_flag(flag):
                return misread
        return self.refuse_midjourney() if self.dropped else self.finish()

    def flag_at(self, position: int) -> _Flag | None:
        match = _DASHED_WORD.fullmatch(self.words[position])
        if match is None:
            word = self.words[position]
            return _Flag(word, word[2:].lower(), None) if re.match(r"--[A-Za-z]", word) else None
        dashes, name, value = match[1], match[2].lower().replace("_", "-"), match[3]
        short = _LETTER_AND_NUMBER.fullmatch(name)
        if short and value is None and name not in self.names:
            name, value = short[1], short[2]
        following = self.words[position + 1] if position + 1 < len(self.words) else ""
        if dashes == "--" or self.is_flag(dashes, name, following if value is None else value):
            return _Flag(dashes + match[2], name, value)
        return None

    def is_flag(self, dashes: str, name: str, following: str) -> bool:
        """Return True if the word after some other dash is a flag: a known name, or a slip of one."""
        is_number = _DECIMAL.fullmatch(following) is not None
        if name in self.names:
            return len(name) > 1 or dashes == "-" or is_number
        if dashes == "-":
            return False
        if name in self.midjourney:
            return name == "no" or (self.midjourney[name][1] == "number" and is_number)
        return any(self.is_slip(name, other, following) for other in self.names)

    def is_slip(self, typed: str, name: str, following: str) -> bool:
        if len(name) < 4 or not _differ_by_one_slip(typed, name):
            return False
        if len(name) >= _SLIP_LENGTH or sorted(typed) == sorted(name):
            return True
        option, choice = self.names[name]
        is_value = bool(following) and not _DASHED_WORD.fullmatch(following)
        return choice is None and is_value and not isinstance(read_value(option, following), Misread)

    def take_flag(self, flag: _Flag) -> Misread | None:
        if flag.name in self.names:
            option, choice = self.names[flag.name]
            if option.kind == "text" and option.bare:
                self.bare_words += [flag.value] if flag.value else []
                return None
            return self.set_option(option, self.take_value(option, flag) if choice is None else choice)
        if flag.name in self.midjourney:
            self.drop_midjourney_flag(flag)
            return None
        flags = [
            option.flag
            for option in self.command.options
            if option.kind != "picture" and not (option.kind == "text" and option.bare)
        ]
        nearest = nearest_match(flag.name, list(self.names))
        nearest = _with_dashes(nearest) if nearest else ""
        return Misread(wording.unknown_flag(flag.typed, nearest, flags), nearest)

    def set_option(self, option: Option, typed: str) -> Misread | None:
        value = read_value(option, typed)
        if isinstance(value, Misread):
            return value
        before = self.options.get(option.name)
        if before is not None and not self.takes_prompt and not is_same(before, value):
            return Misread(wording.two_values(option.kind, option.flag, self.typed[option.name], typed))
        self.options[option.name], self.typed[option.name] = value, typed
        return None

    def take_value(self, option: Option, flag: _Flag) -> str:
        """Take the words that are the value of this flag; return "" if there are none."""
        value = [] if flag.value is None else [flag.value]
        if option.kind == "flag":
            return value[0] if value else "yes"
        while self.is_at_value():
            word = self.words[self.position]
            if value and not (
                option.kind == "text" or (option.kind == "choices" and _continues_list(option, value, word))
            ):
                break
            value.append(word)
            self.position += 1
        return " ".join(value)

    def is_at_value(self) -> bool:
        """Return True if the next word can belong to a flag's value."""
        return self.position < len(self.words) and self.flag_at(self.position) is None

    def drop_midjourney_flag(self, flag: _Flag) -> None:
        """Leave out one of Midjourney's flags, and the value that belongs to it."""
        self.dropped[self.position - 1] = flag
        follows = self.midjourney[flag.name][1] if flag.value is None else ""
        while follows and self.is_at_value():
            if follows == "number" and not _DECIMAL.fullmatch(self.words[self.position]):
                return
            self.dropped[self.position] = flag
            self.position += 1
            if follows != "rest":
                return

    def refuse_midjourney(self) -> Misread:
        flags = self.dropped.values()
        plain = " ".join(word for position, word in enumerate(self.words) if position not in self.dropped)
        meanings = [self.midjourney[flag.name][0] for flag in flags]
        is_valid = isinstance(self.finish(), Parsed)
        return Misread(
            wording.midjourney([flag.typed for flag in flags], meanings), plain=plain if is_valid else None
        )

    def finish(self) -> Parsed | Misread:
        misread = self.place_bare_words()
        if misread:
            return misread
        for option in self.command.options:
            if option.required and option.name not in self.options:
                is_prompt = option.name == "prompt"
                return Misread(
                    wording.EMPTY_PROMPT if is_prompt else wording.missing_option(option.flag, option.help)
                )
        return Parsed(str(self.options.pop("prompt", "")), self.options)

    def place_bare_words(self) -> Misread | None:
        """Give each word without a flag to the option that it looks like, else to the one of free text."""
        takers = [option for option in self.command.options if option.bare]
        free_text = next((option for option in takers if option.kind == "text"), None)
        rest: list[str] = []
        style = next((option for option in takers if option.kind == "style"), None)
        is_first = style is not None and style.name not in self.options and self.bare_words
        if style is not None and is_first and (misread := self.set_option(style, self.bare_words.pop(0))):
            return misread
        for word in self.bare_words:
            taker = next((option for option in takers if looks_like(option, word)), None)
            if taker is None and free_text is None:
                misread = self.continue_name(takers, word)
            elif taker is None:
                rest.append(word)
                continue
            else:
                misread = self.set_option(taker, word)
            if misread:
                return misread
        text = unquote(" ".join(rest))
        if self.takes_prompt and not text.strip(f"{_DASHES} "):  # nobody pays for a picture of a dash
            return None
        return self.set_option(free_text, text) if free_text and text else None

    def continue_name(self, takers: list[Option], word: str) -> Misread | None:
        """Add a word that no option takes to the person's name before it, as in "@Ann Lee".

        Refuse a picked token: it names something that the command does not take.
        """
        kinds = [option.kind for option in takers]
        wanted = next((kind for kind in ("person", "role", "channel") if kind in kinds), None)
        if (kind := target_kind(word)) and wanted:
            return Misread(wording.other_kind(kind, wanted))
        person = next((option for option in takers if option.kind == "person"), None)
        name = "" if person is None else str(self.options.get(person.name, ""))
        if person is not None and name.startswith("@"):
            del self.options[person.name]
            return self.set_option(person, f"{name} {word}")
        return Misread(wording.stray_word(word, self.command.name, person=person is not None))


def _names(command: Command) -> dict[str, tuple[Option, str | None]]:
    """Return each name that may follow the dashes, with its option, and the choice if the name is one."""
    names: dict[str, tuple[Option, str | None]] = {}
    for option in command.options:
        names |= {choice.lower(): (option, choice) for choice in option.choices if option.choice_flags}
    for option in command.options:  # last: an option's own name beats another's choice
        names |= {flag.lstrip("-"): (option, None) for flag in (option.flag, *option.flags)}
    return names


def _with_dashes(name: str) -> str:
    """Put the dashes that it takes before a flag's name."""
    return f"-{name}" if len(name) == 1 else f"--{name}"


def _continues_list(option: Option, value: list[str], word: str) -> bool:
    return value[-1].endswith(",") or word.strip(",").lower() in option.choices


def _differ_by_one_slip(typed: str, name: str) -> bool:
    """Return True if one letter was swapped with the next, left out, added, or mistaken."""
    pairs = enumerate(zip(typed, name, strict=False))
    start = next((index for index, (a, b) in pairs if a != b), min(len(typed), len(name)))
    ours, theirs = typed[start:], name[start:]
    swapped = ours[:2] == theirs[:2][::-1] and ours[2:] == theirs[2:]
    return typed != name and (swapped or ours[1:] in (theirs, theirs[1:]) or ours == theirs[1:])
