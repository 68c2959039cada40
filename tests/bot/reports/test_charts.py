"""Charts look like their goldens, and everybody can read them.

The goldens in `charts/` are charts made smaller, in few colours; IMAGINE_WRITE_CHARTS=1 writes them anew.
"""

import asyncio
import io
import os
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot import wording
from bot.reports import charts
from bot.reports.charts import DARK, LIGHT, Look, draw_by_day, draw_ranked

HERE = Path(__file__).parent / "charts"
WIDTH = 560
# Mean difference, of 255, up to which two pictures look the same. Scaling and few colours alone make 0.6.
TOLERANCE = 2.0
Pngs = tuple[bytes, bytes]
TIERS = ("fast", "standard", "ultra", "gpt")
PEOPLE = (
    *(
        "Ann",
        "Bob $x^2$ $",
        "田中太郎",
        "Maximiliana Konstantinopolitanskaya-Schmidt",
        "🦊 Fox",
        "=HYPERLINK(1)",
    ),
    *("محمد", "שלום", "O'Brien \\frac{1}{2}", "Łukasz Żółć", *(f"Person {number}" for number in range(10))),
)


def spent(days: int, tiers: Sequence[str] = TIERS, *, of: int = 60_000) -> dict[str, list[int]]:
    """Make figures that differ from day to day, and are 0 on some days."""
    return {
        tier: [of * ((7 * day + 5 * at) % 11) * (day % (at + 2) > 0) for day in range(days)]
        for at, tier in enumerate(tiers)
    }


def days(first: str, count: int) -> list[date]:
    return [date.fromisoformat(first) + timedelta(number) for number in range(count)]


async def month() -> Pngs:
    return await draw_by_day(
        "Everyone here, 2026-11-01 to 2026-11-30: $61.74", days("2026-11-01", 30), spent(30)
    )


async def quarter() -> Pngs:
    return await draw_by_day(
        "Everyone here, 2026-01-01 to 2026-03-31: $986", days("2026-01-01", 90), spent(90)
    )


async def year() -> Pngs:
    title = "Everyone here, 2026-02-01 to 2027-01-31: $753.36 for 12,556 pictures"
    return await draw_by_day(title, days("2026-02-01", 365), spent(365))


async def one_tier() -> Pngs:
    figures = {"fast": [0] * 22, "standard": spent(22, ["standard"])["standard"]}
    return await draw_by_day("You, 2026-11-01 to 2026-11-22: $2.40", days("2026-11-01", 22), figures)


async def one_day() -> Pngs:
    return await draw_by_day("You, 2026-11-01: $0.0165", days("2026-11-01", 1), {"gpt": [16_500]})


async def nothing() -> Pngs:
    return await draw_by_day(
        "You, 2026-11-01 to 2026-11-22: $0.00", days("2026-11-01", 22), {"fast": [0] * 22}
    )


async def one_person() -> Pngs:
    title = "Maximiliana Konstantinopolitanskaya-Schmidt in general, 2026-11-22: $0.84 for 14 pictures"
    return await draw_ranked(title, [("Ann", 840_000)], None)


async def forty_people() -> Pngs:
    rows = [(name, 90_000_000 // (at + 2)) for at, name in enumerate(PEOPLE)]
    return await draw_ranked(
        "Everyone here, 2026-11-01 to 2026-11-22: $228.30", rows, ("and 20 more", 44_000_000)
    )


CHARTS: tuple[Callable[[], object], ...] = (
    *(month, quarter, year, one_tier, one_day, nothing, one_person, forty_people),
)


def shrink(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        return picture.convert("RGB").resize((WIDTH, round(WIDTH / picture.width * picture.height)))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
async def test_each_chart_looks_like_its_golden(chart: Callable[[], object]) -> None:
    for look, png in zip(("light", "dark"), await chart(), strict=True):  # type: ignore[misc]
        picture, golden = shrink(png), HERE / f"{chart.__name__}-{look}.png"
        if os.environ.get("IMAGINE_WRITE_CHARTS"):
            picture.quantize(48).save(golden, optimize=True)
        with Image.open(golden) as expected:
            assert picture.size == expected.size
            difference = ImageStat.Stat(ImageChops.difference(picture, expected.convert("RGB"))).mean
        assert max(difference) < TOLERANCE, f"{golden.name}: {difference}"


async def test_a_chart_is_sharp_and_opaque() -> None:
    for png, look in zip(await month(), (LIGHT, DARK), strict=True):
        with Image.open(io.BytesIO(png)) as picture:
            assert (picture.format, picture.size) == ("PNG", (1120, 490))
            corners = [(0, 0), (1119, 0), (0, 461), (1119, 489)]
            assert {picture.convert("RGBA").getpixel(corner) for corner in corners} == {
                (*rgb(look.paper), 255)
            }


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "$\\frac$"),
        ("$1 and $2", ""),
        ("x" * 500, "_" * 90),
        ("田中, 2026-11-22: $0.00", "🦊"),
        ("\\frac{}", "\u202eann"),
        ("\n\0a", "a\nb"),
    ],
)
async def test_no_name_breaks_a_chart(title: str, name: str) -> None:
    """Warnings fail this test, too: of letters that the font lacks, or of text read as a formula."""
    ranking = await draw_ranked(title, [(name, 1), (name, 2)], None)
    stacks = await draw_by_day(title, days("2026-11-01", 2), {name: [1, 2], "b": [3, 4]})
    assert all(png.startswith(b"\x89PNG") for png in (*ranking, *stacks))


async def test_drawing_does_not_block_the_event_loop() -> None:
    task, turns = asyncio.ensure_future(one_day()), 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10


def test_tiers_beyond_the_last_colour_are_summed_up() -> None:
    figures = {f"tier {number}": [number] for number in range(8)}
    labels, series = charts._bars(days("2026-11-01", 1), figures)
    assert labels == ["1"]
    assert series == {f"tier {number}": [number] for number in range(4)} | {wording.OTHERS: [4 + 5 + 6 + 7]}
    as_many = {f"tier {number}": [number] for number in range(5)}
    assert charts._bars(days("2026-11-01", 1), as_many)[1] == as_many


def test_a_year_has_one_bar_a_month() -> None:
    labels, series = charts._bars(days("2025-12-01", 365), {"fast": [1] * 365})
    assert labels[:3] == ["Dec\n2025", "Jan\n2026", "Feb"]
    assert series == {"fast": [31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30]}


# --- colours

# Colour vision of most people, and of those who confuse red with green (two kinds) or blue with yellow.
# Source: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", 2009.
SIGHTS = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
)
# To OKLab, where distances match what people perceive (https://bottosson.github.io/posts/oklab/).
TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.793617785, -0.0040720468),
    (1.9779984951, -2.428592205, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.808675766),
)
# In OKLab, black and white are 1 apart. Side by side, people can tell a fifth of this distance.
MIN_DISTANCE = 0.1
Triple = Sequence[float]


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def linear(colour: str) -> list[float]:
    parts = [value / 255 for value in rgb(colour)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def times(matrix: Sequence[Triple], vector: Triple) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def perceive(colour: str, sight: Sequence[Triple]) -> list[float]:
    light = [min(1.0, max(0.0, part)) for part in times(sight, linear(colour))]
    return times(TO_LAB, [part ** (1 / 3) for part in times(TO_LMS, light)])


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio as WCAG 2 defines it."""
    parts = (0.2126, 0.7152, 0.0722)
    low, high = sorted(sum(times([parts], linear(each))) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_text_and_bars_stand_out_from_the_paper(look: Look) -> None:
    assert min(contrast(look.paper, text) for text in (look.ink, look.soft)) >= 4.5
    assert min(contrast(look.paper, bar) for bar in (*look.series, look.bar)) >= 3


@pytest.mark.parametrize("look", [LIGHT, DARK])
@pytest.mark.parametrize("sight", SIGHTS)
def test_everybody_can_tell_the_colours_apart(look: Look, sight: Sequence[Triple]) -> None:
    for one, other in combinations(look.series, 2):
        here, there = perceive(one, sight), perceive(other, sight)
        assert sum((a - b) ** 2 for a, b in zip(here, there, strict=True)) ** 0.5 >= MIN_DISTANCE, (
            one,
            other,
        )
