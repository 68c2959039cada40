"""The parts of a card that two renderers share."""

from dataclasses import replace

import pytest

from adapters.common.cards import alt_text, even_rows, picture_names, with_progress_bar
from bot.port.cards import Delivered
from bot.text import clean, cut
from tests.discord.cards import CARDS, HEAD, picture

PROMPT = "a very red fox " * 20


def fit(text: str, limit: int) -> str:
    return cut(clean(text), limit)


def test_a_gallery_names_its_pictures_by_job_and_number() -> None:
    gallery = CARDS["delivered"]
    assert isinstance(gallery, Delivered)
    mixed = replace(gallery, pictures=(picture(1), picture(2, format="png"), picture(3)))
    assert picture_names(mixed, 2) == (f"{HEAD.job}-1.jpeg", f"{HEAD.job}-2.png")


@pytest.mark.parametrize(("name", "names"), [("usage", ("chart.png",)), ("quota", ()), ("notice", ())])
def test_only_a_report_with_a_chart_has_a_picture_too(name: str, names: tuple[str, ...]) -> None:
    assert picture_names(CARDS[name], 10) == names


@pytest.mark.parametrize(
    ("progress", "steps"), [(0.0, 0), (0.14, 1), (0.5, 5), (1.0, 10), (7.0, 10), (-1.0, 0)]
)
def test_a_bar_never_overflows(progress: float, steps: int) -> None:
    assert with_progress_bar("drawing", progress) == f"drawing\n{'▓' * steps}{'░' * (10 - steps)}"


def test_without_progress_there_is_no_bar() -> None:
    assert with_progress_bar("queued", None) == "queued"


def test_an_alt_text_that_fits_stays_whole() -> None:
    assert alt_text(picture(3, "a fox"), "a fox", 30, fit=fit, size=len) == "a fox (3 of 4)"


def test_a_long_prompt_loses_its_end_and_the_picture_keeps_its_number() -> None:
    text = alt_text(picture(3, PROMPT), PROMPT, 40, fit=fit, size=len)
    assert text == "a very red fox a very red fox… (3 of 4)"


def test_an_alt_text_without_room_for_the_prompt_is_cut_as_a_whole() -> None:
    assert alt_text(picture(3, PROMPT), PROMPT, 10, fit=fit, size=len) == fit(PROMPT, 10)


def test_the_platform_measures_the_size() -> None:
    text = alt_text(
        picture(3, PROMPT),
        PROMPT,
        80,
        fit=lambda text, limit: fit(text, limit // 2),
        size=lambda text: 2 * len(text),
    )
    assert text == "a very red fox a very red fox… (3 of 4)"


@pytest.mark.parametrize(
    ("count", "lengths"),
    [(0, []), (1, [1]), (5, [5]), (6, [3, 3]), (7, [4, 3]), (11, [4, 4, 3])],
)
def test_rows_are_few_and_of_about_the_same_length(count: int, lengths: list[int]) -> None:
    rows = even_rows(range(count), 5)
    assert [len(row) for row in rows] == lengths
    assert [item for row in rows for item in row] == list(range(count))
