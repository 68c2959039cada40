"""Charts as PNG, each in two looks. Drawn off the event loop; the library comes at first use.

The light look is opaque, and its paper is no pure white, so that it reads in a dark chat without glaring; the
dark one is for pages that know what their reader prefers.
"""

import asyncio
import io
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from bot import wording
from bot.text import clean, cut
from quotas.money import MICROS_PER_DOLLAR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, LOW = 6.4, 2.8, 1.1  # inches, at DPI dots each: 1,120 pixels across, twice a chat column
HEAD, ROW = 0.62, 0.24  # inches: what stands above bars with names, and such a bar
DPI = 175
PAD = 0.08  # inches around everything
FONT = "DejaVu Sans"  # comes with the library, so that a chart is the same on every machine
TITLE, NAME = 96, 24  # characters that fit; of a title, in letters that get smaller
WHOLE = 68  # of a title in letters of the usual size
DAYS_APART = 92  # days that have a bar each; of more, each month has one
LABELS, LETTERS = 16, 60  # below the bars, without touching
WEEK = 7  # the fewest bars that there is room for: one alone would be a wall


@dataclass(frozen=True, slots=True)
class Look:
    """Colours. Text has a contrast of 4.5:1 with the paper at least, bars 3:1.

    `series` can be told apart by those who confuse red with green, or blue with yellow, too.
    """

    paper: str
    ink: str
    soft: str
    faint: str
    bar: str
    series: tuple[str, ...]


LIGHT = Look(
    paper="#f4f3f8",
    ink="#1f1d27",
    soft="#5d586b",
    faint="#dcd8e6",
    bar="#5344c9",
    series=("#3a8cc4", "#5344c9", "#d9660a", "#6b1420", "#9a4a6e"),
)
DARK = Look(
    paper="#201f27",
    ink="#eceaf2",
    soft="#aca7ba",
    faint="#393743",
    bar="#8a78f5",
    series=("#62c6ea", "#8a78f5", "#e07a33", "#f4e9b0", "#b05a86"),
)

_turn = threading.Lock()  # the library's settings and fonts are the process's: one chart at a time
Spent = Mapping[str, Sequence[int]]
Rows = Sequence[tuple[str, int]]


async def by_day(title: str, days: Sequence[date], spent: Spent) -> tuple[bytes, bytes]:
    """Light and dark: a bar a day (of a long time, a month) with what was spent, in micro-dollars.

    `spent`: for each name, as many figures as there are days; stacked in their order, each in the colour of
    its place, whether those before it are there or not.
    """
    return await asyncio.to_thread(_both, title, lambda figure, look: _days(figure, look, days, spent))


async def ranked(title: str, rows: Rows, rest: tuple[str, int] | None) -> tuple[bytes, bytes]:
    """Light and dark: a bar for each (name, micro-dollars), in their order, and one for all the rest."""
    return await asyncio.to_thread(_both, title, lambda figure, look: _ranks(figure, look, rows, rest))


def _both(title: str, draw: Callable[["Figure", Look], None]) -> tuple[bytes, bytes]:
    import matplotlib as mpl
    from matplotlib.figure import Figure  # not pyplot, which keeps every figure and is not for threads

    looks = []
    with _turn, mpl.rc_context({"font.family": FONT, "text.parse_math": False}):  # dollars are no formulas
        for look in (LIGHT, DARK):
            figure = Figure(figsize=(WIDTH, LOW), dpi=DPI, facecolor=look.paper, layout="constrained")
            figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD)  # type: ignore[union-attr, call-arg]
            told = cut(_writable(title).lstrip(", "), TITLE)
            size = 11 * min(1, WHOLE / max(1, len(told)))
            figure.suptitle(told, x=0.012, ha="left", fontsize=size, fontweight="bold", color=look.ink)
            draw(figure, look)
            looks.append(_png(figure))
    return looks[0], looks[1]


def _png(figure: "Figure") -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    png = io.BytesIO()
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]
    return png.getvalue()


def _axes(figure: "Figure", look: Look, height: float) -> "Axes":
    figure.set_figheight(height)
    axes = figure.subplots()
    axes.set_facecolor(look.paper)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=look.soft, length=0, labelsize=9, pad=5)
    return axes


def _nothing(figure: "Figure", look: Look) -> None:
    axes = _axes(figure, look, LOW)
    axes.set_axis_off()
    axes.annotate(wording.NOTHING_DRAWN, (0.5, 0.5), ha="center", va="center", fontsize=11, color=look.soft)


# --- day by day


def _days(figure: "Figure", look: Look, days: Sequence[date], spent: Spent) -> None:
    labels, series = _bars(days, spent)
    shown = [(name, sums, look.series[at]) for at, (name, sums) in enumerate(series.items()) if any(sums)]
    if not shown:
        _nothing(figure, look)
        return
    axes = _axes(figure, look, HEIGHT)
    below = [0] * len(labels)
    for name, sums, colour in shown:
        above = [low + micros for low, micros in zip(below, sums, strict=True)]
        label = f"{_writable(name)} {wording.about(sum(sums))}"
        _stack(axes, below, above, label, colour, edge=look.paper)
        below = above
    _scaled(axes, look, labels, max(below))
    if len(shown) > 1:
        _legend(axes, look)


def _legend(axes: "Axes", look: Look) -> None:
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.4}
    place |= {"handlelength": 0.9, "handleheight": 0.9, "columnspacing": 1.4, "handletextpad": 0.5}
    axes.legend(ncols=4, frameon=False, fontsize=9, labelcolor=look.ink, borderpad=0, **place)


def _stack(axes: "Axes", low: Sequence[int], high: Sequence[int], label: str, colour: str, edge: str) -> None:
    """The bars of one name, as one shape: hundreds by themselves would take a second."""
    from matplotlib.collections import PolyCollection

    corners = [
        ((at - 0.37, bottom), (at - 0.37, top), (at + 0.37, top), (at + 0.37, bottom))
        for at, (bottom, top) in enumerate(zip(low, high, strict=True))
        if top > bottom
    ]
    thin = 0.8 if len(low) <= 31 else 0.3
    shape = PolyCollection(corners, facecolor=colour, edgecolor=edge, linewidth=thin, label=label, zorder=2)
    axes.add_collection(shape)


def _scaled(axes: "Axes", look: Look, labels: Sequence[str], most: int) -> None:
    """Dollars at the side, and a label below as many bars as there is room for."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    count, least = len(labels), max(len(labels), WEEK)
    axes.set_xlim((count - least) / 2 - 0.6, (count + least) / 2 - 0.4)
    longest = max(len(line) for label in labels for line in label.split("\n"))
    step = -(-count // min(LABELS, LETTERS // longest))
    axes.set_xticks(range(0, count, step), list(labels[::step]))
    axes.set_ylim(0, most * 1.06)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    whole = most >= 10 * MICROS_PER_DOLLAR
    axes.yaxis.set_major_formatter(FuncFormatter(lambda micros, _place: wording.tick(round(micros), whole)))
    axes.grid(axis="y", color=look.faint, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set(visible=True, color=look.faint)


def _bars(days: Sequence[date], spent: Spent) -> tuple[list[str], dict[str, list[int]]]:
    """The labels of the bars, and each name's figures; names that have no colour of their own are one."""
    monthly = len(days) > DAYS_APART
    keys = [day.replace(day=1) if monthly else day for day in days]
    places = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    own = len(LIGHT.series) - (len(spent) > len(LIGHT.series))
    series: dict[str, list[int]] = {}
    for at, (name, sums) in enumerate(spent.items()):
        into = series.setdefault(name if at < own else wording.OTHERS, [0] * len(places))
        for key, micros in zip(keys, sums, strict=True):
            into[places[key]] += micros
    return list(wording.bar_labels(list(places), monthly)), series


# --- one under the other


def _ranks(figure: "Figure", look: Look, rows: Rows, rest: tuple[str, int] | None) -> None:
    bars = [*rows, *([rest] if rest else [])]
    most = max((micros for _, micros in bars), default=0)
    if not most:
        _nothing(figure, look)
        return
    count = len(bars)
    axes = _axes(figure, look, HEAD + ROW * count)
    colours = [look.bar] * len(rows) + [look.soft] * (count - len(rows))
    axes.barh(range(count), [micros for _, micros in bars], 0.7, color=colours)
    axes.set_yticks(range(count), _names(name for name, _ in bars), color=look.ink)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_xlim(0, most * 1.12)
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 9, "color": look.ink}
    for at, (_, micros) in enumerate(bars):
        axes.annotate(wording.about(micros), (micros, at), (5, 0), **beside)


def _names(names: Iterable[str]) -> list[str]:
    return [cut(_writable(name), NAME) or wording.number_of(at) for at, name in enumerate(names, start=1)]


# --- letters


def _writable(text: str) -> str:
    """What of a text the font can write; a name of other letters only comes to nothing."""
    kept = clean("".join(letter for letter in clean(text) if ord(letter) in _letters()))
    return kept if any(letter.isalnum() for letter in kept) else ""


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(FONT)).get_charmap())
