"""Numbers are read in one way, wherever they are typed: a text that may be another number is no number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotas.numbers import read_decimal, read_whole

NOT_NUMBERS = [
    "",
    ".",
    ",",
    "two",
    "1e3",
    "1E3",
    "1_000",
    "+5",
    "-5",
    "2,5",
    "0,06",
    "2,50",
    "0,060",
    "01,000",
    "1,00,000",
    "1,0000",
    "1,000,",
    ",000",
    "1 000",
    "1'000",
    "٣",
    "५",
    "5²",
    "½",
    "nan",
    "inf",
    "0x10",
    "1.2.3",
]


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_a_text_that_may_be_another_number_is_none(text: str) -> None:
    assert read_decimal(text) is None
    assert read_whole(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("25", 25), (" 25 ", 25), ("1,000", 1_000), ("12,345,678", 12_345_678), ("２５", 25), ("007", 7)],
)
def test_a_whole_number_may_have_groups_and_full_width_digits(text: str, number: int) -> None:
    assert read_whole(text) == number
    assert read_decimal(text) == number


@pytest.mark.parametrize("text", ["2.5", "2.", "9" * 19, "9" * 9_999])
def test_a_fraction_or_a_monster_is_no_whole_number(text: str) -> None:
    assert read_whole(text) is None


@pytest.mark.parametrize(
    ("text", "point", "number"),
    [
        ("2.50", ".", "2.5"),
        (".5", ".", "0.5"),
        ("2．５", ".", "2.5"),
        ("1,234.5", ".", "1234.5"),
        ("0,06", ",", "0.06"),
        ("1.234,5", ",", "1234.5"),
        ("1,234", ",", "1.234"),
        ("1.234", ",", "1234"),
    ],
)
def test_the_decimal_point_is_what_the_caller_says(text: str, point: str, number: str) -> None:
    assert read_decimal(text, point=point) == Decimal(number)


@given(st.integers(0, 10**18 - 1))
def test_a_number_reads_back_the_same_with_and_without_groups(number: int) -> None:
    assert read_whole(str(number)) == read_whole(f"{number:,}") == number
