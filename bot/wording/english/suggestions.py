"""What is offered while a command is typed."""

from collections.abc import Mapping
from datetime import date

from bot.wording.english.admin_log import changed, moment_in
from quotas.records import Entry

QUOTAS_MEANS = "Who may draw how much: for admins"
PERIODS = {"today": "today", "week": "this week", "month": "this month"}


def named_day(day: date) -> str:
    return day.strftime("%A, %-d %B %Y")


def named_month(day: date) -> str:
    return day.strftime("%B %Y")


def entry_choice(entry: Entry, names: Mapping[str, str], zone: str) -> str:
    why = f" ({entry.reason})" if entry.reason else ""
    return f"{moment_in(entry.at, zone)} · {changed(entry, names, zone)}{why}"
