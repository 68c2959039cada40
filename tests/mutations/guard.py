"""A guard of the program: a piece of source that holds something, and the tests that must miss it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["caught", "survived", "not found", "broken"]


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard, and how it is taken away.

    `name`: what it holds, in a few words.
    `file`, `source`: where it stands; the source stands there once.
    `without`: what stands in its place when it is gone. It still runs.
    `tests`: what fails then, below tests/, without parameters.
    `also`: another piece of the same file, and its stand-in, if one holds as well as both.
    """

    name: str
    file: str
    source: str
    without: str
    tests: tuple[str, ...] = ()
    also: tuple[str, str] | None = None

    @property
    def pieces(self) -> list[tuple[str, str]]:
        return [(self.source, self.without), *([self.also] if self.also else [])]
