"""What is offered while a command is typed."""

from datetime import date, datetime

from quotas.records import Entry

QUOTAS_MEANS = "Who may draw how much: for admins"
PERIODS = {"today": "today", "week": "this week", "month": "this month"}


def named_day(day: date) -> str:
    return day.strftime("%A, %-d %B %Y")


def named_month(day: date) -> str:
    return day.strftime("%B %Y")


def entry_choice(entry: Entry, at: datetime) -> str:
    why = f": {entry.reason}" if entry.reason else ""
    return f"{at.strftime('%-d %b %H:%M')} · {entry.verb} {entry.kind}{why}"
