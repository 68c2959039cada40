from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotas.ids import id_number, id_text, new_id
from quotas.money import MAX_DOLLARS, MICROS_PER_DOLLAR, format_dollars, multiplied, parse_dollars

AMOUNTS = st.integers(0, MAX_DOLLARS * MICROS_PER_DOLLAR)


@pytest.mark.parametrize(
    ("typed", "micros"),
    [
        ("2.50", 2_500_000),
        (" $1,000 ", 1_000_000_000),
        ("0", 0),
        (".5", 500_000),
        ("0.000001", 1),
        ("２．５０", 2_500_000),
    ],
)
def test_typed_dollars_become_micros(typed: str, micros: int) -> None:
    assert parse_dollars(typed) == micros


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "two",
        "-1",
        "nan",
        "inf",
        "0.0000001",
        "1." + "0" * 40 + "1",
        "1000000000.01",
        "2,50",
        "2,50 €",
        "1,00,000",
        "0,060",
        "1e3",
        "1_000",
        "+5",
        "٣",
    ],
)
def test_an_invalid_amount_raises_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount|is outside|is finer"):
        parse_dollars(typed)


@given(AMOUNTS)
def test_a_written_amount_reads_back_the_same(micros: int) -> None:
    assert parse_dollars(format_dollars(micros)) == micros


def test_amounts_have_two_decimals_or_as_many_as_are_exact() -> None:
    shown = [format_dollars(micros) for micros in (0, 120_000, 16_500, 1, 1_234_567_000_000, -500_000)]
    assert shown == ["$0.00", "$0.12", "$0.0165", "$0.000001", "$1,234,567.00", "-$0.50"]


def test_multiplied_rounds_half_up() -> None:
    assert multiplied(11_000, Decimal("1.5")) == 16_500
    assert multiplied(1, Decimal("1.5")) == 2
    assert multiplied(3, Decimal("1.333")) == 4
    assert multiplied(1, Decimal("1.4" + "9" * 30)) == 1  # with 28 digits it would be a half


@given(st.integers(0, (1 << 63) - 1))
def test_an_id_is_read_back_as_typed(number: int) -> None:
    assert id_number(id_text(number)) == number
    assert id_number(f" {id_text(number).lower().replace('0', 'o').replace('1', 'l')} ") == number


@pytest.mark.parametrize("text", ["", "SHORT", "U" * 13, "Z" * 13, "../../etc/pwd"])
def test_an_invalid_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a job's id"):
        id_number(text)


def test_ids_only_grow() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(set(ids))
