"""The counters that one job changes: person, channel, workspace and bot, each for a day and for its month.

These are eight guarded statements (ten for a linked identity) rather than one: each is the plainest SQL,
means the same on every engine, and needs no read before it. They run from narrow to wide, and the first that
changes no row names the limit that refused. One UPDATE over eight values was measured slower. The row that
everybody shares comes last and is locked for the shortest time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quotas.limits.rules import SCOPES, Period, Rules, Scope
from quotas.records import ANY
from quotas.store.transaction import Transaction

# Their money counts what the provider bills, too, even if nobody is charged for it.
BILLED: tuple[Scope, ...] = ("workspace", "bot")
NO_LIMIT = 1 << 62  # larger than any sum of images or micro-dollars, and still 63 bits with an extra on top

_TAKE = """UPDATE counters SET images = images + ?, micros = micros + ?
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?
    AND images + ? <= ? + extra_images AND micros + ? <= ? + extra_micros"""
# Help with a prompt takes no images. It is for those who may draw: not where the limit of images is 0.
_TAKE_MONEY = """UPDATE counters SET micros = micros + ?
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?
    AND ? + extra_images > 0 AND micros + ? <= ? + extra_micros"""
_BEGIN = """INSERT INTO counters (workspace, kind, period, ref, images, micros, extra_images, extra_micros)
  VALUES (?, ?, ?, ?, 0, 0, 0, 0) ON CONFLICT DO NOTHING"""
_GIVE_BACK = """UPDATE counters SET images = images - ?, micros = micros - ?
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?"""
_READ = """SELECT images, micros, extra_images, extra_micros FROM counters
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?"""


@dataclass(frozen=True, slots=True)
class Payer:
    """The counters that pay for one job, on the days of its reservation, which never change."""

    workspace: str
    person: str
    channel: str
    day: str
    bot_day: str
    link: str  # the ref of the counter that linked identities share; "": not linked

    def counter(self, scope: Scope, period: Period) -> tuple[str, str, str, str]:
        """Return the key of one counter: workspace, kind, period, ref."""
        day = self.bot_day if scope == "bot" else self.day
        text = day if period == "day" else day[:7]
        if scope == "person":
            return self.workspace, scope, text, self.person
        if scope == "joined":
            return ANY, "person", text, self.link
        if scope == "channel":
            return self.workspace, scope, text, self.channel
        return (ANY if scope == "bot" else self.workspace), scope, text, ANY

    def counters(self) -> Iterator[tuple[Scope, Period, tuple[str, str, str, str]]]:
        """Yield scope, period and key of every counter, narrow to wide."""
        for scope in SCOPES:
            if scope == "joined" and not self.link:
                continue
            yield scope, "day", self.counter(scope, "day")
            yield scope, "month", self.counter(scope, "month")


@dataclass(frozen=True, slots=True)
class Count:
    """The values of one counter.

    `images` and `micros`: holds and charges together. The micros of BILLED scopes include uncertain cost and
    cost beyond the charge.
    """

    images: int = 0
    micros: int = 0
    extra_images: int = 0
    extra_micros: int = 0


def take(
    tx: Transaction, payer: Payer, images: int, micros: int, rules: Rules
) -> tuple[Scope, Period] | None:
    """Add images and micro-dollars to every counter; return the first counter that has no room, or None.

    The counters before it have been changed by then: the caller must return a Refusal to undo that.
    """
    limits = {(rule.scope, rule.period, rule.what): rule.limit for rule in rules.rules}
    for scope, period, key in payer.counters():
        most_images = limits.get((scope, period, "images"), NO_LIMIT)
        most_micros = limits.get((scope, period, "money"), NO_LIMIT)
        money = micros, most_micros
        sql = _TAKE if images else _TAKE_MONEY
        row: tuple[Any, ...] = (micros, *key, most_images, *money)
        if images:
            row = (images, micros, *key, images, most_images, *money)
        if tx.execute(sql, row).rowcount:
            continue
        is_new = tx.execute(_BEGIN, key).rowcount  # else its limit refused
        if not is_new or not tx.execute(sql, row).rowcount:
            return scope, period
    return None


def give_back(tx: Transaction, payer: Payer, images: int, micros: int, unbilled: int) -> None:
    """Subtract from every counter, on the days of the reservation.

    `unbilled`: micro-dollars that the job may have cost beyond its charge; BILLED scopes keep them.
    """
    for scope, _, key in payer.counters():
        rest = micros - unbilled if scope in BILLED else micros
        if images or rest:
            tx.execute(_GIVE_BACK, (images, rest, *key))


def read_counter(tx: Transaction, key: tuple[str, str, str, str]) -> Count:
    row = tx.execute(_READ, key).fetchone()
    return Count(*row) if row else Count()
