"""Rows of figures as Slack shows them best: side by side where they are narrow, else line by line."""

import unicodedata
from collections.abc import Sequence
from itertools import chain

from adapters.slack.render.blocks import (
    Json,
    code,
    names_channels,
    rich,
    section,
    taken,
    weighed,
    word,
    words,
)
from adapters.slack.render.limits import TEXT_LIMIT
from adapters.slack.render.text import fitted

WIDTH = 52  # letters side by side: a phone held upright breaks wider lines
CELL = 200  # characters
GAP = "  "

Rows = Sequence[Sequence[str]]


def table(columns: Sequence[str], rows: Rows, room: int) -> tuple[list[Json], int]:
    """One block of as many rows as weigh no more than `room`, if any; how many did not fit."""
    names = [fitted(name, CELL) for name in columns]
    cells = [[fitted(cell, CELL) for cell in row] for row in rows]
    side_by_side = names and cells and not any(map(names_channels, chain(*cells)))
    lines = _aligned(names, cells) if side_by_side else []
    return _side_by_side(lines, room) if lines else _line_by_line(names, cells, room)


def _aligned(names: Sequence[str], cells: Rows) -> list[str]:
    """The heading and the rows, a line each: figures to the right; none if too wide."""
    padded = [[*row, *[""] * (len(names) - len(row))][: len(names)] for row in (names, *cells)]
    widths = [[_width(cell) for cell in row] for row in padded]
    widest = [max(column) for column in zip(*widths, strict=True)]
    if sum(widest) + len(GAP) * (len(widest) - 1) > WIDTH:
        return []
    lines = []
    for row, taken_up in zip(padded, widths, strict=True):
        (first, *rest), free = row, [most - width for most, width in zip(widest, taken_up, strict=True)]
        figures = [" " * space + cell for space, cell in zip(free[1:], rest, strict=True)]
        lines.append(GAP.join([first + " " * free[0], *figures]).rstrip())
    return lines


def _width(text: str) -> int:
    """Columns that a text takes in letters of one width."""
    if text.isascii():
        return len(text)
    marks = sum(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def _side_by_side(lines: list[str], room: int) -> tuple[list[Json], int]:
    shown = taken(lines, min(TEXT_LIMIT, room - weighed(rich(code("x")))))
    return rich(code("\n".join(shown))), len(lines) - len(shown)


def _line_by_line(names: Sequence[str], cells: Rows, room: int) -> tuple[list[Json], int]:
    elements: list[Json] = []
    room, letters = room - weighed(rich(section(word("x")))), TEXT_LIMIT
    for place, row in enumerate(cells):
        new = _row(names, row, first=not elements)
        room -= weighed([section(*new)]) - weighed([section()]) + len(", ")
        letters -= sum(len(each.get("text", "")) for each in new)
        if min(room, letters) < 0:
            return rich(section(*elements)), len(cells) - place
        elements += new
    return rich(section(*elements)), 0


def _row(names: Sequence[str], row: Sequence[str], *, first: bool) -> list[Json]:
    """A row as one line, or, where its columns have names, as two."""
    key, *rest = row or [""]
    named = [f"{name} {cell}" for name, cell in zip(names[1:], rest, strict=False) if cell]
    told = " · ".join(named if names else filter(None, rest))
    between = ("\n" if names else " ") if key and told else ""
    start = "" if first or not (key or told) else "\n"
    head = words(start + key, bold=True) if key else []
    return head + words(between + told if key else start + told)
