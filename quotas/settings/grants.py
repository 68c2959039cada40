"""Grants: extra images and money on top of an allowance, on one day or on each of several.

The extras stand beside the used amounts, on the person's own counter and on the one that linked identities
share. So a check reads one row.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from quotas.records import ANY, Entry
from quotas.settings import log
from quotas.settings.limits import read_calendar
from quotas.settings.log import Change
from quotas.store.transaction import Transaction

MAX_DAYS = 31  # a month; for longer, a setting is clearer

_KEEP_DAY = "INSERT INTO grant_days (entry, day) VALUES (?, ?)"
_DAYS = """SELECT grant_days.day, images, micros FROM entries JOIN grant_days ON entry = id
  WHERE id = ? ORDER BY grant_days.day"""
_ADD = """INSERT INTO counters (workspace, kind, ref, period, images, micros, extra_images, extra_micros)
  VALUES (?, 'person', ?, ?, 0, 0, ?, ?)
  ON CONFLICT (workspace, kind, period, ref) DO UPDATE
  SET extra_images = counters.extra_images + excluded.extra_images,
      extra_micros = counters.extra_micros + excluded.extra_micros"""
_TAKE_BACK = """UPDATE counters SET extra_images = extra_images - ?, extra_micros = extra_micros - ?
  WHERE workspace = ? AND kind = 'person' AND ref = ? AND period = ?"""
_LINK = "SELECT link FROM links WHERE workspace = ? AND person = ?"


def grant(tx: Transaction, change: Change, images: int, micros: int, until: str | None) -> Entry:
    """Add to a person's allowance on their current day and on each day until `until` (YYYY-MM-DD)."""
    if entry := log.entry_of(tx, change):
        return entry
    day = read_calendar(tx, change.workspace).day(change.at)
    days = _days(day, until or day)
    fields = {"images": images, "money": micros, log.FIRST_DAY: day}
    if len(days) > 1:
        fields["until"] = days[-1]
    return _give(tx, change, (None, json.dumps(fields)), days, (images, micros))


def take_back(tx: Transaction, change: Change, grant: Entry) -> Entry:
    """Undo a grant. Pictures that were drawn with it stay."""
    days, amounts = _days_and_amounts(tx, grant)
    for key, extra in _extras(tx, change, days, amounts):
        tx.execute(_TAKE_BACK, (*extra, *key))
    return log.write_entry(tx, change, "undo", (grant.after, None), reverses=grant.id)


def give_again(tx: Transaction, change: Change, grant: Entry, undoing: Entry) -> Entry:
    """Undo the undoing of a grant: the same amounts on the same days, in an entry that can be undone."""
    return _give(tx, change, (None, grant.after), *_days_and_amounts(tx, grant), reverses=undoing.id)


def _give(
    tx: Transaction,
    change: Change,
    texts: log.Texts,
    days: list[str],
    amounts: tuple[int, int],
    reverses: int | None = None,
) -> Entry:
    granted = days[0], *amounts
    entry = log.write_entry(tx, change, "grant", texts, granted=granted, reverses=reverses)
    tx.executemany(_KEEP_DAY, [(entry.id, day) for day in days])
    for key, extra in _extras(tx, change, days, amounts):
        tx.execute(_ADD, (*key, *extra))
    return entry


def _days(first: str, last: str) -> list[str]:
    """Return every day from first to last. Raises ValueError if there are none or more than MAX_DAYS."""
    begin, count = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    if not 1 <= count <= MAX_DAYS:
        raise ValueError(f"a grant ends on its day or within {MAX_DAYS} days, not on {last}")
    return [(begin + timedelta(days=number)).isoformat() for number in range(count)]


def _days_and_amounts(tx: Transaction, grant: Entry) -> tuple[list[str], tuple[int, int]]:
    rows = tx.execute(_DAYS, (grant.id,)).fetchall()
    return [day for day, _, _ in rows], rows[0][1:]


def _extras(
    tx: Transaction, change: Change, days: list[str], amounts: tuple[int, int]
) -> Iterable[tuple[tuple[str, str, str], tuple[int, int]]]:
    """Yield ((workspace, ref, period), (images, micros)).

    A day has both amounts; a month has the money of its days.
    """
    images, micros = amounts
    holders = [(change.workspace, change.ref)]
    holders += [(ANY, link) for (link,) in tx.execute(_LINK, (change.workspace, change.ref)).fetchall()]
    months = Counter(day[:7] for day in days)
    for holder in holders:
        for day in days:
            yield (*holder, day), (images, micros)
        for month, count in months.items():
            yield (*holder, month), (0, micros * count)
