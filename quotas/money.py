"""Money is an integer number of micro-dollars, everywhere; dollars exist only as text."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal

MICROS_PER_DOLLAR = 1_000_000
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")  # elsewhere a comma may well mean a point
FINEST = Decimal("0.000001")
MAX_DOLLARS = 1_000_000_000  # larger is a slip of the finger, and stays far inside 63 bits


class NotDollars(ValueError):
    """What was typed is no amount that can be set; the message is a sentence for whoever runs the bot."""

    def __init__(self, why: Literal["no amount", "outside", "too fine"], sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


def parse_dollars(text: str) -> int:
    """Turn dollars as a person types them ("2.50", "$2.50", "1,000") into micro-dollars.

    Raises NotDollars on anything that is not such an amount.
    """
    plain = text.strip().removeprefix("$")
    try:
        amount = Decimal(plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain)
    except InvalidOperation:
        sentence = f"{text!r} is not an amount of dollars; write it like 2.50"
        raise NotDollars("no amount", sentence) from None
    if not amount.is_finite() or not 0 <= amount <= MAX_DOLLARS:
        raise NotDollars("outside", f"{text!r} is outside 0 to {MAX_DOLLARS:,} dollars")
    if amount != amount.quantize(FINEST):  # compared exactly, where multiplying would round after 28 digits
        raise NotDollars("too fine", f"{text!r} is finer than a millionth of a dollar")
    return int(amount.quantize(FINEST) * MICROS_PER_DOLLAR)


def format_dollars(micros: int) -> str:
    """Write micro-dollars as dollars: two decimals, and as many more as are needed to be exact."""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    whole, part = divmod(micros, MICROS_PER_DOLLAR)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{decimals}"


def plain_dollars(micros: int) -> str:
    """Write micro-dollars as a person types them into an option: "1234.50"."""
    return format_dollars(micros).removeprefix("$").replace(",", "")


def multiplied(micros: int, multiplier: Decimal) -> int:
    """An official price times the gateway's multiplier, rounded half up to a whole micro-dollar."""
    return int((micros * multiplier).to_integral_value(rounding=ROUND_HALF_UP))
