"""Usage as CSV (RFC 4180), for spreadsheets: nothing in it is a formula, whatever people call themselves."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from bot.text import clean
from quotas.money import FINEST, MICROS_PER_DOLLAR
from quotas.reports.service import Line

BOM = "\ufeff".encode()  # without it, Excel reads UTF-8 as the letters of its own country
HEADINGS = (
    *("day", "workspace", "person", "name", "channel", "channel_name", "tier", "model"),
    *("jobs", "images"),
    *("charge_micros", "cost_micros", "uncertain_micros", "beyond_micros"),
    *("charge", "cost", "uncertain", "beyond"),
)
# What makes a formula of a cell, also in the wide letters of some keyboards, and what may stand before it.
# (https://owasp.org/www-community/attacks/CSV_Injection)
_BEGIN = tuple("=+-@\t\r\n|%＝＋－＠")
_PASSED_OVER = " \u00a0\"'`“”„‘’«»"


def written(lines: Iterable[Line], most: int | None = None) -> bytes | None:
    """The file; None where it would have more bytes than that."""
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
    texts = map(harmless, (*who, line.tier, line.model))
    return (*texts, sums.jobs, sums.images, *micros, *map(_dollars, micros))


def harmless(text: str) -> str:
    """A cell that is text: what would begin a formula has an apostrophe before it."""
    shown = clean(text)
    return f"'{shown}" if shown.lstrip(_PASSED_OVER).startswith(_BEGIN) else shown


def _dollars(micros: int) -> str:
    return str((Decimal(micros) / MICROS_PER_DOLLAR).quantize(FINEST))
