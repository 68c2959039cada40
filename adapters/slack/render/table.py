"""Rows of figures: a table in a monospaced font if they are narrow, else lines of text."""

import unicodedata
from collections.abc import Sequence
from itertools import chain

from adapters.slack.render.blocks import (
    Json,
    code,
    names_channels,
    rich,
    section,
    take_lines,
    total_weight,
    word,
    words,
)
from adapters.slack.render.limits import TEXT_LIMIT
from adapters.slack.render.text import shorten

WIDTH = 52  # columns of the monospaced font; a phone held upright breaks wider lines
CELL_LIMIT = 200  # weight of one cell
GAP = "  "

Rows = Sequence[Sequence[str]]


def table(columns: Sequence[str], rows: Rows, room: int) -> tuple[list[Json], int]:
    """Render as many rows as fit in one block of at most the weight `room`; return how many do not fit, too.

    Without any row that fits, there is no block.
    """
    names = [shorten(name, CELL_LIMIT) for name in columns]
    cells = [[shorten(cell, CELL_LIMIT) for cell in row] for row in rows]
    can_align = names and cells and not any(map(names_channels, chain(*cells)))
    lines = _aligned_lines(names, cells) if can_align else []
    return _side_by_side(lines, room) if lines else _line_by_line(names, cells, room)


def _aligned_lines(names: Sequence[str], cells: Rows) -> list[str]:
    """Lay out the heading and the rows, one line each, figures to the right; return [] if it is too wide."""
    padded = [[*row, *[""] * (len(names) - len(row))][: len(names)] for row in (names, *cells)]
    widths = [[_width(cell) for cell in row] for row in padded]
    column_widths = [max(column) for column in zip(*widths, strict=True)]
    if sum(column_widths) + len(GAP) * (len(column_widths) - 1) > WIDTH:
        return []
    lines = []
    for row, row_widths in zip(padded, widths, strict=True):
        spaces = [" " * (most - width) for most, width in zip(column_widths, row_widths, strict=True)]
        figures = [space + cell for space, cell in zip(spaces[1:], row[1:], strict=True)]
        lines.append(GAP.join([row[0] + spaces[0], *figures]).rstrip())
    return lines


def _width(text: str) -> int:
    """Count the columns that a text takes in a monospaced font."""
    if text.isascii():
        return len(text)
    marks = sum(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def _side_by_side(lines: list[str], room: int) -> tuple[list[Json], int]:
    fitting = take_lines(lines, min(TEXT_LIMIT, room - total_weight(rich(code("x")))))
    return rich(code("\n".join(fitting))), len(lines) - len(fitting)


def _line_by_line(names: Sequence[str], cells: Rows, room: int) -> tuple[list[Json], int]:
    elements: list[Json] = []
    room, letters = room - total_weight(rich(section(word("x")))), TEXT_LIMIT
    for place, row in enumerate(cells):
        new = _row(names, row, is_first=not elements)
        room -= total_weight([section(*new)]) - total_weight([section()]) + len(", ")
        letters -= sum(len(each.get("text", "")) for each in new)
        if min(room, letters) < 0:
            return rich(section(*elements)), len(cells) - place
        elements += new
    return rich(section(*elements)), 0


def _row(names: Sequence[str], row: Sequence[str], *, is_first: bool) -> list[Json]:
    """Render a row as one line, or as two lines if its columns have names."""
    key, *rest = row or [""]
    labelled = [f"{name} {cell}" for name, cell in zip(names[1:], rest, strict=False) if cell]
    figures = " · ".join(labelled if names else filter(None, rest))
    between = ("\n" if names else " ") if key and figures else ""
    start = "" if is_first or not (key or figures) else "\n"
    head = words(start + key, bold=True) if key else []
    return head + words(between + figures if key else start + figures)
