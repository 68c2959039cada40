"""The counters that one job moves: person, channel, workspace and bot, each for a day and for its month.

Eight guarded statements (ten for somebody who is joined) rather than one. Each is the plainest SQL there is,
so that it means the same on every engine and needs no read before it; they run narrow to wide and stop at the
first that changes no row, which names the limit that refused; and one UPDATE over eight values was measured
slower. The order also means that the row everybody shares is touched last and held shortest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from quotas.limits.rules import SCOPES, Period, Rules, Scope
from quotas.records import ANY
from quotas.store.transaction import Transaction

NO_LIMIT = 1 << 62  # larger than any sum of images or micro-dollars, and still 63 bits with an extra on top

_TAKE = """UPDATE counters SET images = images + ?, micros = micros + ?
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?
    AND images + ? <= ? + extra_images AND micros + ? <= ? + extra_micros"""
_BEGIN = """INSERT INTO counters (workspace, kind, period, ref, images, micros, extra_images, extra_micros)
  VALUES (?, ?, ?, ?, 0, 0, 0, 0) ON CONFLICT DO NOTHING"""
_GIVE_BACK = """UPDATE counters SET images = images - ?, micros = micros - ?
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?"""
_READ = """SELECT images, micros, extra_images, extra_micros FROM counters
  WHERE workspace = ? AND kind = ? AND period = ? AND ref = ?"""


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose counters one job moves, and on which days: those of its reservation, for ever."""

    workspace: str
    person: str
    channel: str
    day: str
    bot_day: str
    link: str  # the ref of the counter that joined identities share; "" for somebody alone

    def counter(self, scope: Scope, period: Period) -> tuple[str, str, str, str]:
        """The key of one counter: workspace, kind, period, ref."""
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
        """All of them, narrow to wide."""
        for scope in SCOPES:
            if scope == "joined" and not self.link:
                continue
            yield scope, "day", self.counter(scope, "day")
            yield scope, "month", self.counter(scope, "month")


@dataclass(frozen=True, slots=True)
class Count:
    """One counter as it stands. images and micros are holds and charges together."""

    images: int = 0
    micros: int = 0
    extra_images: int = 0
    extra_micros: int = 0


def take(
    tx: Transaction, payer: Payer, images: int, micros: int, rules: Rules
) -> tuple[Scope, Period] | None:
    """Count images and micro-dollars on all of them, or name the first that has no room.

    Then those before it have counted already: the caller must refuse, which undoes them.
    """
    limits = {(rule.scope, rule.period, rule.what): rule.limit for rule in rules.rules}
    for scope, period, key in payer.counters():
        most_images = limits.get((scope, period, "images"), NO_LIMIT)
        most_micros = limits.get((scope, period, "money"), NO_LIMIT)
        row = (images, micros, *key, images, most_images, micros, most_micros)
        if tx.execute(_TAKE, row).rowcount:
            continue
        started = tx.execute(_BEGIN, key).rowcount  # the first of its day, or refused
        if not started or not tx.execute(_TAKE, row).rowcount:
            return scope, period
    return None


def give_back(tx: Transaction, payer: Payer, images: int, micros: int) -> None:
    """Count less on all of them, on the days of the reservation."""
    if images or micros:
        for _, _, key in payer.counters():
            tx.execute(_GIVE_BACK, (images, micros, *key))


def read(tx: Transaction, key: tuple[str, str, str, str]) -> Count:
    row = tx.execute(_READ, key).fetchone()
    return Count(*row) if row else Count()
