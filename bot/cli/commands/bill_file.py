"""The reader of a gateway's bill, as CSV. No form of it is published, so columns go by their names."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from quotas.money import MICROS_PER_DOLLAR
from quotas.reports.reconcile import BillLine

# The names of each column, the likeliest first, in lower case, with "_" for all that is no letter.
NAMES = {
    "time": ("time", "timestamp", "created", "created_at", "date", "datetime", "start_time", "request_time"),
    "cost": ("cost", "amount", "total", "total_cost", "charge", "price", "spend"),
    "model": ("model", "model_id", "model_name"),
    "images": ("images", "n", "count", "num_images", "image_count", "quantity"),
    "call": ("request_id", "x_request_id", "id", "call_id", "idempotency_key"),
}
NEEDED = ("time", "cost")
_CURRENCY = re.compile(r"_(?:in_)?(?:usd|us_dollars?|dollars?)$")
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
    heading, *_ = [*text.splitlines(), ""]
    rows = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=heading.count))
    try:
        return sorted(_lines(rows), key=lambda line: (line.at, line.line))
    except (BadFile, csv.Error) as error:
        raise BadFile(f"{path}, line {rows.line_num or 1}: {error}") from error


def _lines(rows: Any) -> Iterator[BillLine]:
    columns = _columns(next(rows, []))
    for row in rows:
        if any(cell.strip() for cell in row) and not row[0].strip().lower().startswith("total"):
            yield _billed(
                rows.line_num, {name: row[at].strip() for name, at in columns.items() if at < len(row)}
            )


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
    return places


def _billed(number: int, row: dict[str, str]) -> BillLine:
    return BillLine(
        line=number,
        at=_time(row.get("time", "")),
        model=row.get("model", ""),
        images=_count(row.get("images", "")),
        micros=_micros(row.get("cost", "")),
        call=row.get("call", ""),
    )


def _time(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        plain = text.replace("/", "-").removesuffix("UTC").strip()
    else:
        return number / 1_000 if number > _MILLISECONDS else number
    try:
        at = datetime.fromisoformat(plain)
    except ValueError:
        raise BadFile(f"{text!r} is not a time; write it like 2026-11-22T12:00:00Z.") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _micros(text: str) -> int:
    """Read dollars as micro-dollars, rounded: some bills hold the noise of binary fractions."""
    try:
        amount = Decimal(text.replace(",", "").replace("$", "").removesuffix("USD").strip())
        return int((amount * MICROS_PER_DOLLAR).to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, ValueError, OverflowError):
        raise BadFile(f"{text!r} is not an amount of dollars.") from None


def _count(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}(\.0+)?", text):
        raise BadFile(f"{text!r} is not a number of pictures.")
    return int(text.partition(".")[0])
