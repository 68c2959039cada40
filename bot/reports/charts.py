"""Charts as PNG, each in a light and a dark look, drawn off the event loop.

Both looks are opaque. The light one goes into chats; its paper is no pure white, which would glare in a dark
chat. The dark one is for pages that know which look their reader prefers.

The functions that need matplotlib import it, at the first chart: with it, importing the core takes 1.3 s
instead of 0.6 s, and 43 MB more.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from bot import wording
from bot.tasks import in_thread
from bot.text import clean, cut
from quotas.money import MICROS_PER_DOLLAR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, EMPTY_HEIGHT = 6.4, 2.8, 1.1  # inches; at DPI, 1,120 pixels across: twice a chat column
HEAD, ROW = 0.62, 0.24  # inches: above the bars of a ranking, and one of its bars
DPI = 175
PAD = 0.08  # inches around everything
FONT = "DejaVu Sans"  # comes with matplotlib, so a chart is the same on every machine
TITLE_LENGTH, NAME_LENGTH = 96, 24  # characters that fit; a long title gets smaller letters
FULL_SIZE_TITLE = 68  # characters of a title that fit in letters of full size
DAILY_BARS = 92  # days with a bar each; a longer time has a bar a month
LABELS, LABEL_LETTERS = 16, 60  # labels below the bars, and their letters, that do not touch
MIN_BARS = 7  # the chart has room for a week at least: one bar alone would be as wide as a wall


@dataclass(frozen=True, slots=True)
class Look:
    """Colours. Text has a contrast of at least 4.5:1 with the paper, bars 3:1.

    People who confuse red with green, or blue with yellow, can tell the colours of `series` apart, too.
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

# One thread, since settings and fonts of matplotlib belong to the process. It is their own, since a chart
# takes some tenths of a second, and anybody may ask for many.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chart")
Spent = Mapping[str, Sequence[int]]
Rows = Sequence[tuple[str, int]]


async def draw_by_day(title: str, days: Sequence[date], spent: Spent) -> tuple[bytes, bytes]:
    """Draw a bar a day, or a month for more than DAILY_BARS days; return the light and the dark PNG.

    `spent`: micro-dollars by name, one figure for each day. Names are stacked in their order; a name has the
    colour of its place, even if names before it spent nothing.
    """
    return await in_thread(
        _thread, _draw_looks, title, lambda figure, look: _draw_days(figure, look, days, spent)
    )


async def draw_ranked(title: str, rows: Rows, rest: tuple[str, int] | None) -> tuple[bytes, bytes]:
    """Draw a bar for each (name, micro-dollars) in order, and one for the rest.

    Return the light and the dark PNG.
    """
    return await in_thread(
        _thread, _draw_looks, title, lambda figure, look: _draw_ranking(figure, look, rows, rest)
    )


def _draw_looks(title: str, draw: Callable[["Figure", Look], None]) -> tuple[bytes, bytes]:
    import matplotlib as mpl
    from matplotlib.figure import Figure  # pyplot would keep every figure and is not made for threads

    looks = []
    # Without parse_math, the text between two dollar signs is no formula.
    with mpl.rc_context({"font.family": FONT, "text.parse_math": False}):
        for look in (LIGHT, DARK):
            figure = Figure(
                figsize=(WIDTH, EMPTY_HEIGHT), dpi=DPI, facecolor=look.paper, layout="constrained"
            )
            figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD)  # type: ignore[union-attr, call-arg]
            text = cut(_renderable(title).lstrip(", "), TITLE_LENGTH)
            size = 11 * min(1, FULL_SIZE_TITLE / max(1, len(text)))
            figure.suptitle(text, x=0.012, ha="left", fontsize=size, fontweight="bold", color=look.ink)
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


def _draw_nothing(figure: "Figure", look: Look) -> None:
    axes = _axes(figure, look, EMPTY_HEIGHT)
    axes.set_axis_off()
    axes.annotate(wording.NOTHING_DRAWN, (0.5, 0.5), ha="center", va="center", fontsize=11, color=look.soft)


# --- day by day


def _draw_days(figure: "Figure", look: Look, days: Sequence[date], spent: Spent) -> None:
    labels, series = _bars(days, spent)
    stacks = [(name, sums, look.series[at]) for at, (name, sums) in enumerate(series.items()) if any(sums)]
    if not stacks:
        _draw_nothing(figure, look)
        return
    axes = _axes(figure, look, HEIGHT)
    below = [0] * len(labels)
    for name, sums, colour in stacks:
        above = [low + micros for low, micros in zip(below, sums, strict=True)]
        label = f"{_renderable(name)} {wording.about(sum(sums))}"
        _draw_stack(axes, below, above, label, colour, edge=look.paper)
        below = above
    _scale_axes(axes, look, labels, max(below))
    if len(stacks) > 1:
        _draw_legend(axes, look)


def _draw_legend(axes: "Axes", look: Look) -> None:
    layout: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.4}
    layout |= {"handlelength": 0.9, "handleheight": 0.9, "columnspacing": 1.4, "handletextpad": 0.5}
    axes.legend(ncols=4, frameon=False, fontsize=9, labelcolor=look.ink, borderpad=0, **layout)


def _draw_stack(
    axes: "Axes", low: Sequence[int], high: Sequence[int], label: str, colour: str, edge: str
) -> None:
    """Draw the bars of one name as one shape: hundreds of separate bars would take a second."""
    from matplotlib.collections import PolyCollection

    corners = [
        ((at - 0.37, bottom), (at - 0.37, top), (at + 0.37, top), (at + 0.37, bottom))
        for at, (bottom, top) in enumerate(zip(low, high, strict=True))
        if top > bottom
    ]
    edge_width = 0.8 if len(low) <= 31 else 0.3
    shape = PolyCollection(
        corners, facecolor=colour, edgecolor=edge, linewidth=edge_width, label=label, zorder=2
    )
    axes.add_collection(shape)


def _scale_axes(axes: "Axes", look: Look, labels: Sequence[str], most: int) -> None:
    """Put dollars at the side, and a label below as many bars as there is room for."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    count, least = len(labels), max(len(labels), MIN_BARS)
    axes.set_xlim((count - least) / 2 - 0.6, (count + least) / 2 - 0.4)
    longest = max(len(line) for label in labels for line in label.split("\n"))
    step = -(-count // min(LABELS, LABEL_LETTERS // longest))
    axes.set_xticks(range(0, count, step), list(labels[::step]))
    axes.set_ylim(0, most * 1.06)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    whole_dollars = most >= 10 * MICROS_PER_DOLLAR
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda micros, _place: wording.tick(round(micros), whole_dollars))
    )
    axes.grid(axis="y", color=look.faint, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set(visible=True, color=look.faint)


def _bars(days: Sequence[date], spent: Spent) -> tuple[list[str], dict[str, list[int]]]:
    """Return the bars' labels, and each name's figures; names beyond the last colour are summed up as one."""
    is_monthly = len(days) > DAILY_BARS
    keys = [day.replace(day=1) if is_monthly else day for day in days]
    places = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    own_colour = len(LIGHT.series) - (len(spent) > len(LIGHT.series))
    series: dict[str, list[int]] = {}
    for at, (name, sums) in enumerate(spent.items()):
        bars = series.setdefault(name if at < own_colour else wording.OTHERS, [0] * len(places))
        for key, micros in zip(keys, sums, strict=True):
            bars[places[key]] += micros
    return list(wording.bar_labels(list(places), is_monthly)), series


# --- a ranking


def _draw_ranking(figure: "Figure", look: Look, rows: Rows, rest: tuple[str, int] | None) -> None:
    bars = [*rows, *([rest] if rest else [])]
    most = max((micros for _, micros in bars), default=0)
    if not most:
        _draw_nothing(figure, look)
        return
    count = len(bars)
    axes = _axes(figure, look, HEAD + ROW * count)
    colours = [look.bar] * len(rows) + [look.soft] * (count - len(rows))
    axes.barh(range(count), [micros for _, micros in bars], 0.7, color=colours)
    axes.set_yticks(range(count), _names(name for name, _ in bars), color=look.ink)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_xlim(0, most * 1.12)
    style: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 9, "color": look.ink}
    for at, (_, micros) in enumerate(bars):
        axes.annotate(wording.about(micros), (micros, at), (5, 0), **style)


def _names(names: Iterable[str]) -> list[str]:
    return [
        cut(_renderable(name), NAME_LENGTH) or wording.number_of(at) for at, name in enumerate(names, start=1)
    ]


# --- letters


def _renderable(text: str) -> str:
    """Drop what the font cannot draw; return "" if no letter or digit is left."""
    rest = clean("".join(letter for letter in clean(text) if ord(letter) in _letters()))
    return rest if any(letter.isalnum() for letter in rest) else ""


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(FONT)).get_charmap())
