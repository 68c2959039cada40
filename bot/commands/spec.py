"""What a command of the registry and its options are, as data."""

from dataclasses import dataclass
from typing import Literal

SUGGESTED = frozenset(("entry", "period", "time_zone"))  # options of text with values that are known

OptionKind = Literal[
    "text", "choice", "choices", "integer", "flag", "person", "role", "channel", "money", "day"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command.

    `minimum` and `maximum` bound an integer, or the characters of a text. Values: text, choice, person,
    role, channel and day (YYYY-MM-DD) are str; choices are str joined by commas; flag is bool; integer is
    int; money is int micro-dollars, typed as dollars. `unlimited`: that word is taken too, as UNLIMITED.
    `titles`: what is shown for each of the choices, where a platform has room for more than the value.
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
    flags: tuple[str, ...] = ()  # other ways to type it, such as "--ar"
    bare: bool = False  # may be typed without its flag
    choice_flags: bool = False  # each choice is a flag by itself, such as "--ultra"

    @property
    def suggested(self) -> bool:
        """Whether the core knows what it may become, while it is typed (`Core.suggest`)."""
        return self.kind in ("choices", "day") or self.name in SUGGESTED

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; a name of two words is a subcommand. `admin`: for those who may change allowances."""

    name: str
    help: str
    options: tuple[Option, ...] = ()
    admin: bool = False
