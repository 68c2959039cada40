"""Money: an integer number of micro-dollars everywhere; dollars exist only as text."""

from decimal import Decimal
from typing import Literal

from quotas.numbers import read_decimal

MICROS_PER_DOLLAR = 1_000_000
FINEST = Decimal("0.000001")
MAX_DOLLARS = 1_000_000_000  # more is a typing error; far below 63 bits of micro-dollars


class NotDollars(ValueError):
    """The text is no valid amount. The message is a sentence for the operator."""

    def __init__(self, why: Literal["no amount", "outside", "too fine"], sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


def parse_dollars(text: str) -> int:
    """Read dollars as a person types them ("2.50", "$2.50", "1,000") as micro-dollars.

    Raises NotDollars on anything that is not such an amount.
    """
    amount = read_decimal(text.strip().removeprefix("$"))
    if amount is None:
        raise NotDollars("no amount", f"{text!r} is not an amount of dollars; write it like 2.50")
    if amount > MAX_DOLLARS:
        raise NotDollars("outside", f"{text!r} is outside 0 to {MAX_DOLLARS:,} dollars")
    if amount != amount.quantize(FINEST):  # compared exactly; a multiplication would round after 28 digits
        raise NotDollars("too fine", f"{text!r} is finer than a millionth of a dollar")
    return int(amount.quantize(FINEST) * MICROS_PER_DOLLAR)


def format_dollars(micros: int) -> str:
    """Write micro-dollars as dollars, with two decimals or as many as are needed to be exact."""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    whole, part = divmod(micros, MICROS_PER_DOLLAR)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{decimals}"


def plain_dollars(micros: int) -> str:
    """Write micro-dollars as a person types them into an option: "1234.50"."""
    return format_dollars(micros).removeprefix("$").replace(",", "")


def multiplied(micros: int, multiplier: Decimal, *, per: int = 1) -> int:
    """Multiply an official price by the gateway's multiplier, rounded half up to a whole micro-dollar.

    In integers, because Decimal rounds a product to 28 digits before it is rounded to a whole number.

    `per`: the price is for so many.
    """
    numerator, denominator = multiplier.as_integer_ratio()
    denominator *= per
    return (2 * micros * numerator + denominator) // (2 * denominator)
