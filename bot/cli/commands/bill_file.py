"""The reader of a gateway's bill, as CSV. No form of it is published, so columns go by their names."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from quotas.money import FINEST, MAX_DOLLARS, MICROS_PER_DOLLAR
from quotas.numbers import read_decimal
from quotas.reports.reconcile import BillLine

# The names of each column, the likeliest first, in lower case, with "_" for all that is no letter.
NAMES = {
    "time": ("time", "timestamp", "created", "created_at", "date", "datetime", "start_time", "request_time"),
    "cost": ("cost", "amount", "total", "total_cost", "charge", "price", "spend"),
    "model": ("model", "model_id", "model_name"),
    "images": ("images", "n", "count", "num_images", "image_count", "quantity"),
    "call": ("request_id", "x_request_id", "id", "call_id", "idempotency_key"),
    "currency": ("currency", "currency_code"),
}
NEEDED = ("time", "cost")
DOLLARS = ("", "USD", "US$", "$")
_CURRENCY = re.compile(r"_(?:in_)?(?:usd|us_dollars?|dollars?)$")
MAX_SECONDS = 253_402_300_799_000  # the last instant of the year 9999, in thousandths
MAX_IMAGES = 999_999  # of one line; more is a slip
_MILLISECONDS = (
    100_000_000_000  # a number above it tells the time in thousandths: in seconds, it is the year 5138
)


class BadFile(Exception):
    """The file cannot be read; the message says at which line, and why."""


def read(path: Path) -> list[BillLine]:
    """Read the lines of the bill, oldest first. Raises BadFile."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadFile(f"{path}, line {line}: this is not UTF-8; save the file as CSV in UTF-8.") from error
    if "\0" in text:  # UTF-16, of which each second byte may be 0
        raise BadFile(f"{path}, line 1: this is not UTF-8; save the file as CSV in UTF-8.")
    heading, *_ = [*text.splitlines(), ""]
    delimiter = max(",;\t", key=heading.count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        # Where a decimal comma is usual, ";" separates the cells; else commas group thousands.
        return sorted(_lines(rows, "," if delimiter == ";" else "."), key=lambda line: (line.at, line.line))
    except (BadFile, csv.Error) as error:
        raise BadFile(f"{path}, line {rows.line_num or 1}: {error}") from error


def _lines(rows: Any, point: str) -> Iterator[BillLine]:
    columns = _columns(next(rows, []))
    for row in rows:
        if any(cell.strip() for cell in row) and not row[0].strip().lower().startswith("total"):
            cells = {name: row[at].strip() for name, at in columns.items() if at < len(row)}
            yield _billed(rows.line_num, cells, point)


def _columns(heading: Sequence[str]) -> dict[str, int]:
    """Return the place of each column in the heading. Raises BadFile if one that is needed is missing."""
    plain = [_CURRENCY.sub("", re.sub(r"[^a-z]+", "_", name.lower()).strip("_")) for name in heading]
    places = {}
    for column, names in NAMES.items():
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is not None:
            places[column] = place
    for column in NEEDED:
        if column not in places:
            raise BadFile(f"there is no column for the {column}; call it one of {', '.join(NAMES[column])}.")
    cost = heading[places["cost"]]
    if any(unicodedata.category(letter) == "Sc" and letter != "$" for letter in cost):
        raise BadFile(f"{cost.strip()!r} is not in US dollars; export the bill in US dollars.")
    return places


def _billed(number: int, row: dict[str, str], point: str) -> BillLine:
    currency = row.get("currency", "")
    if currency.upper() not in DOLLARS:
        raise BadFile(f"{currency!r} is not USD; export the bill in US dollars.")
    return BillLine(
        line=number,
        at=_time(row.get("time", ""), point),
        model=row.get("model", ""),
        images=_count(row.get("images", ""), point),
        micros=_micros(row.get("cost", ""), point),
        call=row.get("call", ""),
    )


def _time(text: str, point: str) -> float:
    number = _number(text, point)
    if number is not None and number <= MAX_SECONDS:
        seconds = float(number)
        return seconds / 1_000 if seconds > _MILLISECONDS else seconds
    plain = text.replace("/", "-").removesuffix("UTC").strip()
    try:
        at = datetime.fromisoformat(plain)
        # In UTC, to be shown: the zones of the first and the last year may lead out of the calendar.
        return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadFile(f"{text!r} is not a time; write it like 2026-11-22T12:00:00Z.") from None


def _micros(text: str, point: str) -> int:
    """Read dollars as micro-dollars, rounded: some bills hold the noise of binary fractions.

    A credit is negative.
    """
    plain = text.replace("$", "").removesuffix("USD").strip()
    amount = _number(plain.removeprefix("-"), point)
    if amount is None or amount > MAX_DOLLARS:
        raise BadFile(f"{text!r} is not an amount of dollars.")
    micros = int(amount.quantize(FINEST, ROUND_HALF_EVEN) * MICROS_PER_DOLLAR)
    return -micros if plain.startswith("-") else micros


def _count(text: str, point: str) -> int | None:
    if not text:
        return None
    number = _number(text, point)
    if number is None or number != int(number) or number > MAX_IMAGES:
        raise BadFile(f"{text!r} is not a number of pictures.")
    return int(number)


def _number(text: str, point: str) -> Decimal | None:
    """Read a number of the file. None: it is none, or could be two.

    Some files with ";" have decimal points all the same. "0.06" can be nothing else; "1.234" could be either.
    """
    number = read_decimal(text, point=point)
    if point == "." or "," in text:
        return number
    other = read_decimal(text)
    return other if number is None or number == other else number if other is None else None
