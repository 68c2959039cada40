"""Charts as PNG: what was spent on each day. Drawn off the event loop; the library comes at first use."""

import asyncio
import io
import threading
from collections.abc import Sequence

from quotas.money import MICROS_PER_DOLLAR

WIDTH, HEIGHT = 8.0, 3.2  # inches, at DPI dots each: 1,120 x 448 pixels, sharp in a chat column
DPI = 140
PAPER, INK, FAINT, BAR = (
    "#ffffff",
    "#1c1b22",
    "#d8d6e2",
    "#5b4bd6",
)  # opaque, so that it reads in dark chats too

_turn = threading.Lock()  # the library caches fonts for the whole process: one chart at a time


async def spent_by_day(title: str, days: Sequence[tuple[str, int]]) -> bytes:
    """A bar for each (day as YYYY-MM-DD, micro-dollars), in the order given."""
    return await asyncio.to_thread(_draw, title, list(days))


def _draw(title: str, days: list[tuple[str, int]]) -> bytes:
    with _turn:
        return _png(title, days)


def _png(title: str, days: list[tuple[str, int]]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure  # not pyplot, which keeps every figure and is not for threads
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=PAPER, layout="constrained")
    axes = figure.subplots()
    axes.set_facecolor(PAPER)
    axes.bar(
        range(len(days)), [micros / MICROS_PER_DOLLAR for _, micros in days], color=BAR, width=0.72, zorder=2
    )
    step = max(1, -(-len(days) // 16))  # at most sixteen labels fit without overlapping
    axes.set_xticks(range(0, len(days), step), [day[8:].lstrip("0") for day, _ in days[::step]])
    axes.set_xlim(-0.6, max(len(days), 1) - 0.4)
    axes.set_ylim(bottom=0)
    if not any(micros for _, micros in days):
        axes.set_ylim(0, 1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda dollars, _place: f"${dollars:,.2f}"))
    axes.grid(axis="y", color=FAINT, linewidth=0.8, zorder=0)
    axes.tick_params(colors=INK, length=0, labelsize=9)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold")
    png = io.BytesIO()
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]
    return png.getvalue()
