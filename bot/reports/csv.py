"""Usage as CSV (RFC 4180) for spreadsheets. No cell is a formula, whatever people call themselves."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from bot.text import clean
from quotas.money import FINEST, MICROS_PER_DOLLAR
from quotas.reports.service import Line

BOM = "\ufeff".encode()  # without it, Excel reads the file in a local 8-bit encoding
HEADINGS = (
    *("day", "workspace", "person", "name", "channel", "channel_name", "tier", "model"),
    *("jobs", "images"),
    *("charge_micros", "cost_micros", "uncertain_micros", "beyond_micros"),
    *("charge", "cost", "uncertain", "beyond"),
)
# A cell that begins with one of these is a formula, the fullwidth forms of some keyboards included; the other
# characters may stand before it. Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA_STARTS = tuple("=+-@\t\r\n|%＝＋－＠")
_SKIPPED = " \u00a0\"'`“”„‘’«»"


def format_csv(lines: Iterable[Line], most: int | None = None) -> bytes | None:
    """Write the lines as a CSV file; return None if it needs more than `most` bytes."""
    out = io.BytesIO(BOM)
    out.seek(0, io.SEEK_END)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(HEADINGS)
    for line in lines:
        rows.writerow(_row(line))
        if most is not None and out.tell() > most:
            return None
    return out.getvalue()


def _row(line: Line) -> tuple[str | int, ...]:
    sums = line.figures
    micros = (sums.charge_micros, sums.cost_micros, sums.uncertain_micros, sums.beyond_micros)
    who = (line.day, line.workspace, line.person, line.name, line.channel, line.channel_name)
    texts = map(escape_formula, (*who, line.tier, line.model))
    return (*texts, sums.jobs, sums.images, *micros, *map(_dollars, micros))


def escape_formula(text: str) -> str:
    """Clean a cell's text, and put an apostrophe before what a spreadsheet would read as a formula."""
    cell = clean(text)
    return f"'{cell}" if cell.lstrip(_SKIPPED).startswith(_FORMULA_STARTS) else cell


def _dollars(micros: int) -> str:
    return str((Decimal(micros) / MICROS_PER_DOLLAR).quantize(FINEST))
