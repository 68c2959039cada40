"""What is offered while a command is typed."""

from collections.abc import Mapping
from datetime import date

from bot.wording.german.admin_log import changed, moment_in
from bot.wording.german.amounts import _WEEKDAYS, _month
from quotas.records import Entry

QUOTAS_MEANS = "Wer wie viel zeichnen darf: für Admins"
PERIODS = {"today": "heute", "week": "diese Woche", "month": "dieser Monat"}


def named_day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}, {day.day}. {named_month(day)}"


def named_month(day: date) -> str:
    return f"{_month(day)} {day.year}"


def entry_choice(entry: Entry, names: Mapping[str, str], zone: str) -> str:
    why = f" ({entry.reason})" if entry.reason else ""
    return f"{moment_in(entry.at, zone)} · {changed(entry, names, zone)}{why}"
