"""The typed form of every command: words and flags in any order, to a prompt and options. Pure.

A flag given twice counts as typed last: on a phone, a second thought is added at the end. A word that
begins with two hyphens and a letter is always meant as a flag. Any other dash makes one only directly before
a known name: keyboards turn two hyphens into a long dash, and people write dashes in prose.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bot import wording
from bot.commands.spec import Command, Option
from bot.commands.values import Misread as Misread
from bot.commands.values import looks_like, nearest_match, read_value, unquote
from bot.port.requests import OptionValue
from bot.text import clean

_DASHED = re.compile(r"([-‐‑‒–—―−－﹣]+)([A-Za-z][\w.-]*?)(?:=(.*))?[,.;]*")
_LETTER_AND_NUMBER = re.compile(r"([a-z])(\d[\d.]*)")  # -n4, --v6.1
_DECIMAL = re.compile(r"\d+(\.\d+)?")
TEXT_LIMIT = 8_000  # characters typed; Discord's options hold 6,000, and nobody types more by hand
_SLIP_LENGTH = 6  # from here on, one slip of the finger is no other English word
# Midjourney's flags: what each stands for (see wording), and what follows it: a number, a word, all the rest.
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
    """What was meant. `prompt` is "" for a command without one; `options` holds only what was typed."""

    prompt: str
    options: Mapping[str, OptionValue]


@dataclass(frozen=True, slots=True)
class _Flag:
    typed: str  # as it was, for the sentence
    name: str
    value: str | None  # after "="


def parse(text: str, command: Command) -> Parsed | Misread:
    """Read the typed form of a command. Never raises."""
    if len(text) > TEXT_LIMIT:
        return Misread(wording.too_long(wording.TYPED, len(text) - TEXT_LIMIT, TEXT_LIMIT))
    return _Reading(unquote(clean(text)).split(), command).result()


def find_command(name: str, text: str, commands: Mapping[str, Command]) -> tuple[Command, str] | Misread:
    """The command meant by its name and its words, and the words that are left to `parse`."""
    if name in commands:
        return commands[name], text
    verb, rest = (*text.split(maxsplit=1), "", "")[:2]
    verbs = [full.split(" ", 1)[1] for full in commands if full.startswith(f"{name} ")]
    if verb.lower() in verbs:
        return commands[f"{name} {verb.lower()}"], rest
    nearest = nearest_match(verb, verbs)
    return Misread(wording.unknown_verb(name, verb, verbs, nearest), nearest)


class _Reading:
    """One pass over the words; the first misunderstanding ends it."""

    def __init__(self, words: list[str], command: Command) -> None:
        self.words = words
        self.command = command
        self.at = 0
        self.bare: list[str] = []
        self.options: dict[str, OptionValue] = {}
        self.dropped: dict[int, _Flag] = {}  # by place in the words; a value counts with its flag

    @cached_property
    def names(self) -> dict[str, tuple[Option, str | None]]:
        """As `_names` has them; most prompts hold no dash, and need none."""
        return _names(self.command)

    @cached_property
    def foreign(self) -> Mapping[str, tuple[str, str]]:
        return _MIDJOURNEY if "prompt" in self.names else {}

    def result(self) -> Parsed | Misread:
        while self.at < len(self.words):
            flag, word = self.flag_at(self.at), self.words[self.at]
            self.at += 1
            if word == "--":
                self.bare += self.words[self.at :]
                break
            if flag is None:
                self.bare.append(word)
            elif misread := self.take(flag):
                return misread
        return self.without_foreign() if self.dropped else self.finished()

    def flag_at(self, place: int) -> _Flag | None:
        match = _DASHED.fullmatch(self.words[place])
        if match is None:
            odd = re.match(r"--[A-Za-z]", self.words[place])
            return _Flag(self.words[place], self.words[place][2:].lower(), None) if odd else None
        dashes, name, value = match[1], match[2].lower().replace("_", "-"), match[3]
        short = _LETTER_AND_NUMBER.fullmatch(name)
        if short and value is None and name not in self.names:
            name, value = short[1], short[2]
        following = self.words[place + 1] if place + 1 < len(self.words) else ""
        if dashes == "--" or self.meant(dashes, name, following if value is None else value):
            return _Flag(dashes + match[2], name, value)
        return None

    def meant(self, dashes: str, name: str, following: str) -> bool:
        """Whether a word after some other dash is a flag: a known name, or a slip of one."""
        number = _DECIMAL.fullmatch(following) is not None
        if name in self.names:
            return len(name) > 1 or dashes == "-" or number
        if dashes == "-":
            return False
        if name in self.foreign:
            return name == "no" or (self.foreign[name][1] == "number" and number)
        return any(self.slip(name, known, following) for known in self.names)

    def slip(self, name: str, known: str, following: str) -> bool:
        if len(known) < 4 or not _one_slip(name, known):
            return False
        if len(known) >= _SLIP_LENGTH or sorted(name) == sorted(known):
            return True
        option, choice = self.names[known]
        return choice is None and bool(following) and not isinstance(read_value(option, following), Misread)

    def take(self, flag: _Flag) -> Misread | None:
        if flag.name in self.names:
            option, choice = self.names[flag.name]
            if option.kind == "text" and option.bare:
                self.bare += [flag.value] if flag.value else []
                return None
            return self.keep(option, self.typed_value(option, flag) if choice is None else choice)
        if flag.name in self.foreign:
            self.drop(flag)
            return None
        flags = [
            option.flag for option in self.command.options if not (option.kind == "text" and option.bare)
        ]
        nearest = nearest_match(flag.name, list(self.names))
        nearest = spelled(nearest) if nearest else ""
        return Misread(wording.unknown_flag(flag.typed, nearest, flags), nearest)

    def keep(self, option: Option, typed: str) -> Misread | None:
        value = read_value(option, typed)
        if isinstance(value, Misread):
            return value
        self.options[option.name] = value
        return None

    def typed_value(self, option: Option, flag: _Flag) -> str:
        """The words that belong to a flag, as its kind says; "" where they are missing."""
        taken = [] if flag.value is None else [flag.value]
        if option.kind == "flag":
            return taken[0] if taken else "yes"
        while self.at < len(self.words) and not self.flag_at(self.at) and self.words[self.at] != "--":
            word = self.words[self.at]
            if taken and not (
                option.kind == "text" or (option.kind == "choices" and _goes_on(option, taken, word))
            ):
                break
            taken.append(word)
            self.at += 1
        return " ".join(taken)

    def drop(self, flag: _Flag) -> None:
        """Leave one of Midjourney's flags out, and the value that belongs to it."""
        self.dropped[self.at - 1] = flag
        follows = self.foreign[flag.name][1] if flag.value is None else ""
        while follows and self.at < len(self.words) and not self.flag_at(self.at):
            if self.words[self.at] == "--" or (
                follows == "number" and not _DECIMAL.fullmatch(self.words[self.at])
            ):
                return
            self.dropped[self.at] = flag
            self.at += 1
            if follows != "rest":
                return

    def without_foreign(self) -> Misread:
        flags = self.dropped.values()
        plain = " ".join(word for place, word in enumerate(self.words) if place not in self.dropped)
        meanings = [self.foreign[flag.name][0] for flag in flags]
        valid = isinstance(self.finished(), Parsed)
        return Misread(
            wording.midjourney([flag.typed for flag in flags], meanings), plain=plain if valid else None
        )

    def finished(self) -> Parsed | Misread:
        misread = self.place_bare()
        if misread:
            return misread
        for option in self.command.options:
            if option.required and option.name not in self.options:
                prompt = option.name == "prompt"
                return Misread(
                    wording.EMPTY_PROMPT if prompt else wording.missing_option(option.flag, option.help)
                )
        return Parsed(str(self.options.pop("prompt", "")), self.options)

    def place_bare(self) -> Misread | None:
        """Give each word without a flag to the option it looks like, or else to the one that takes any."""
        takers = [option for option in self.command.options if option.bare]
        rest = next((option for option in takers if option.kind == "text"), None)
        left: list[str] = []
        for word in self.bare:
            taker = next((option for option in takers if looks_like(option, word)), None)
            if taker is None and rest is None:
                misread = self.go_on(takers, word)
            elif taker is None:
                left.append(word)
                continue
            else:
                misread = self.keep(taker, word)
            if misread:
                return misread
        text = unquote(" ".join(left))
        return self.keep(rest, text) if rest and text else None

    def go_on(self, takers: list[Option], word: str) -> Misread | None:
        """A word that nothing takes belongs to the name before it: "@Ann Lee"."""
        person = next((option for option in takers if option.kind == "person"), None)
        begun = "" if person is None else str(self.options.get(person.name, ""))
        if person is not None and begun.startswith("@"):
            return self.keep(person, f"{begun} {word}")
        return Misread(wording.stray_word(word, self.command.name, person=person is not None))


def _names(command: Command) -> dict[str, tuple[Option, str | None]]:
    """Every name that may follow the dashes: its option, and its choice where the name says that, too."""
    names: dict[str, tuple[Option, str | None]] = {}
    for option in command.options:
        names |= {choice.lower(): (option, choice) for choice in option.choices if option.choice_flags}
    for option in command.options:  # last: an option's own name beats another's choice
        names |= {flag.lstrip("-"): (option, None) for flag in (option.flag, *option.flags)}
    return names


def spelled(name: str) -> str:
    """A flag's name with the dashes it takes."""
    return f"-{name}" if len(name) == 1 else f"--{name}"


def _goes_on(option: Option, taken: list[str], word: str) -> bool:
    return taken[-1].endswith(",") or word.strip(",").lower() in option.choices


def _one_slip(typed: str, name: str) -> bool:
    """Whether one letter was swapped with the next, left out, added, or mistaken."""
    start = next(
        (at for at, (a, b) in enumerate(zip(typed, name, strict=False)) if a != b), min(len(typed), len(name))
    )
    ours, theirs = typed[start:], name[start:]
    swapped = ours[:2] == theirs[:2][::-1] and ours[2:] == theirs[2:]
    return typed != name and (swapped or ours[1:] in (theirs, theirs[1:]) or ours == theirs[1:])
