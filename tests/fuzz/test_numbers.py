"""Numbers and money: exact, whole, within bounds, and the same when they are written and read again."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from bot.config import validators
from quotas.money import (
    MAX_DOLLARS,
    MICROS_PER_DOLLAR,
    NotDollars,
    format_dollars,
    multiplied,
    parse_dollars,
    plain_dollars,
)
from quotas.numbers import MAX_WHOLE, read_decimal, read_whole
from quotas.prices import MILLION, Rates, Tokens
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged, odd_text

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

MOST = MAX_DOLLARS * MICROS_PER_DOLLAR
PLAIN, WIDE = "0123456789.,", "０１２３４５６７８９．，"
FULL_WIDTH, ASCII = str.maketrans(PLAIN, WIDE), str.maketrans(WIDE, PLAIN)
PRICES = 10**12  # micro-dollars; far above any price of a picture


def amount(dice: Random) -> int:
    return dice.choice(
        (0, 1, 10**6, MOST, dice.randint(0, 10**4), dice.randint(0, 10**9), dice.randint(0, MOST))
    )


def plain_value(text: str) -> Fraction | None:
    """Read ASCII digits with strict groups of three, one character at a time."""
    whole, point, part = text.partition(".")
    groups = whole.split(",")
    if len(groups) > 1 and (
        not 1 <= len(groups[0]) <= 3 or groups[0][0] == "0" or any(len(group) != 3 for group in groups[1:])
    ):
        return None
    digits = "".join(groups) + part
    if not digits or any(letter not in "0123456789" for letter in digits):
        return None
    return Fraction(int(digits), 10 ** len(part)) if point else Fraction(int(digits))


def as_ascii(text: str) -> str:
    return text.strip().translate(ASCII)


def test_numbers_and_money(fuzzer: Fuzzer) -> None:
    for dice in fuzzer:
        micros = amount(dice)
        fuzzer.input = micros
        check_written(dice, micros)
        check_multiplied(dice, fuzzer)
        text = dice.choice((format_dollars(micros), plain_dollars(micros), str(micros), f"{micros:,}", "1e9"))
        text = fuzzer.input = damaged(dice, text) if dice.random() < 0.9 else odd_text(dice)
        check_typed(text, plain_value(as_ascii(text)))


def check_written(dice: Random, micros: int) -> None:
    """An amount reads back the same, in every form that people type."""
    for text in (format_dollars(micros), plain_dollars(micros), f"${micros // 10**6}.{micros % 10**6:06d}"):
        assert parse_dollars(text) == micros
        assert parse_dollars(f" {text.translate(FULL_WIDTH)} ") == micros
    assert format_dollars(-micros) == ("-" if micros else "") + format_dollars(micros)
    assert read_whole(f"{micros:,}") == read_whole(f"{micros}") == micros
    european = f"{micros:,}".replace(",", ".")
    assert read_decimal(european, point=",") == micros
    assert validators.money(plain_dollars(micros)) == micros
    assert validators.number(f"-{micros}", int) == -micros


def check_multiplied(dice: Random, fuzzer: Fuzzer) -> None:
    """A price times the multiplier is exact, rounded half up once."""
    micros, digits = dice.randint(0, PRICES), dice.choice((0, 1, 3, 12, 30))
    multiplier = Decimal(dice.randint(0, 10 ** (digits + 1))) / 10**digits
    if dice.random() < 0.2:  # just beside a half
        micros, multiplier = 1, Decimal(f"0.4{'9' * digits}")
    fuzzer.input = (micros, multiplier)
    exact = micros * Fraction(multiplier)
    assert multiplied(micros, multiplier) == (2 * exact + 1) // 2
    assert type(multiplied(micros, multiplier)) is int
    rates = Rates(text_in=None, image_in=dice.randint(0, PRICES), image_out=micros, multiplier=multiplier)
    tokens = Tokens(text_in=5, image_in=dice.randint(0, MILLION), image_out=dice.randint(0, MILLION))
    exact = Fraction(tokens.image_in * (rates.image_in or 0) + tokens.image_out * micros, MILLION)
    assert rates.cost(tokens) == (2 * exact * Fraction(multiplier) + 1) // 2


def check_typed(text: str, value: Fraction | None) -> None:
    """A typed text is exactly the number that its digits say, or none; it is never a float."""
    number, whole = read_decimal(text), read_whole(text)
    assert (None if number is None else Fraction(number)) == value
    assert number is None or type(number) is Decimal
    if whole is not None:
        assert type(whole) is int
        assert whole == value
        assert 0 <= whole <= MAX_WHOLE
    elif value is not None and value <= MAX_WHOLE:
        assert "." in text or "．" in text
    try:
        micros = parse_dollars(text)
    except NotDollars as error:
        why = error.why
    else:
        why = ""
        assert type(micros) is int
        assert 0 <= micros <= MOST
    dollars = plain_value(as_ascii(text.strip().removeprefix("$")))
    if dollars is None:
        assert why == "no amount"
    elif dollars > MAX_DOLLARS:
        assert why == "outside"
    elif dollars * MICROS_PER_DOLLAR % 1:
        assert why == "too fine"
    else:
        assert micros == dollars * MICROS_PER_DOLLAR
