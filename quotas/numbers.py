"""Numbers as people type them: one reading for chat, shell, settings, catalog and CSV. Pure.

Digits are 0 to 9; full-width ones, which a Japanese keyboard types, count as these. A separator that is not a
decimal point must stand between strict groups of three digits, the first of which begins with no 0. Anything
else is not a number, rather than another number: signs, exponents (1e3), underscores (1_000), digits of other
scripts.
"""

import re
from decimal import Decimal

MAX_WHOLE = 2**63 - 1  # what a column of the ledger holds; Discord's ids have 19 digits
_FULL_WIDTH = {ord("０") + digit: str(digit) for digit in range(10)} | {ord("，"): ",", ord("．"): "."}
_NUMBERS = {
    point: re.compile(
        rf"(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?:{re.escape(group)}[0-9]{{3}})+)?"
        rf"(?:{re.escape(point)}(?P<part>[0-9]*))?"
    )
    for point, group in ((".", ","), (",", "."))
}


def read_decimal(text: str, *, point: str = ".") -> Decimal | None:
    """Read a number that is not negative, exactly. `point`: "." or ","; the other groups thousands.

    None: it is not such a number.
    """
    match = _NUMBERS[point].fullmatch(text.strip().translate(_FULL_WIDTH))
    if match is None or not (match["whole"] or match["part"]):
        return None
    whole = re.sub("[^0-9]", "", match["whole"] or "")
    return Decimal(f"{whole or 0}.{match['part'] or 0}")


def read_whole(text: str) -> int | None:
    """Read a whole number that is not negative, without a decimal point. None: it is not such a number."""
    plain = text.strip().translate(_FULL_WIDTH)
    number = read_decimal(plain)
    if number is None or "." in plain or number > MAX_WHOLE:
        return None
    return int(number)
