"""The data that describes a command and its options."""

from dataclasses import dataclass
from typing import Literal

# Options of free text with values that the core can suggest.
_SUGGESTED = frozenset(("entry", "name", "period", "style", "time_zone"))

OptionKind = Literal[
    "text",
    "choice",
    "choices",
    "integer",
    "flag",
    "person",
    "role",
    "channel",
    "money",
    "day",
    "picture",
    "style",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command.

    Its value is a str for text, choice, person, role, channel and day (YYYY-MM-DD), a str joined by commas
    for choices, a bool for a flag, an int for integer, and int micro-dollars for money, typed as dollars.
    A picture is a file, which cannot be typed; it travels beside the options. A style is its name, as one
    word; only its workspace knows if there is one.

    `titles`: longer texts for the choices, if a platform has room for more than the value.
    `minimum`, `maximum`: the bounds of an integer, of a text's length in characters, or of a number of
    pictures.
    `unlimited`: the word "unlimited" is a value, too; it becomes UNLIMITED.
    `flags`: other ways to type the option, such as "--ar".
    `bare`: the value may be typed without the flag.
    `choice_flags`: each choice is a flag by itself, such as "--ultra".
    """

    name: str
    kind: OptionKind
    help: str
    choices: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    required: bool = False
    unlimited: bool = False
    flags: tuple[str, ...] = ()
    bare: bool = False
    choice_flags: bool = False

    @property
    def suggested(self) -> bool:
        """Return True if the core suggests values while the option is typed (`Core.suggest`)."""
        return self.kind in ("choices", "day") or self.name in _SUGGESTED

    @property
    def flag(self) -> str:
        """Return the option as people type it."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; a name of two words is a subcommand. `admin`: for people who may change allowances.

    Of `/imagine`, `improves`: its edit form offers better words. `describes`: menus offer *Describe this*.
    """

    name: str
    help: str
    options: tuple[Option, ...] = ()
    admin: bool = False
    improves: bool = False
    describes: bool = False
