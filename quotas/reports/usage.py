"""What was drawn and what it cost: every report's figures, summed from the rollup. No report reads jobs.

All sums are over closed jobs, on the days they were reserved for.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import NamedTuple, TypeVar

from quotas.records import By, Totals, UsageFilter, UsageReport
from quotas.reports.reconcile import Calls, Spent, spent
from quotas.store.store import Store
from quotas.store.transaction import Transaction

T = TypeVar("T")

_FIGURES = tuple(field.name for field in fields(Totals))
_SUMS = ", ".join(f"COALESCE(SUM({name}), 0)" for name in _FIGURES)
_TOTAL = f"SELECT {_SUMS} FROM rollup WHERE %s"
_BROKEN_DOWN = f"""SELECT {{key}}, {_SUMS} FROM rollup WHERE %s
  GROUP BY {{key}} ORDER BY SUM(charge_micros) DESC, SUM(cost_micros) DESC, {{key}}"""
_DAYS = "SELECT day, tier, SUM(charge_micros) FROM rollup WHERE %s GROUP BY day, tier"
_LINES = f"""SELECT workspace, day, person, channel, tier, model, {", ".join(_FIGURES)} FROM rollup
  WHERE %s ORDER BY day, workspace, person, channel, tier, model"""
_NAMES = "SELECT workspace, person, name FROM people WHERE %s ORDER BY seen_at"
_PLACES = "SELECT id, name FROM names WHERE %s"  # of channels, too; ids are a platform's own
_CONDITIONS = {
    "workspace": "workspace = ?",
    "person": "person = ?",
    "channel": "channel = ?",
    "first_day": "day >= ?",
    "last_day": "day <= ?",
}
_OF_PEOPLE = ("workspace", "person")  # of these, what narrows down people, too
_ALL = "1 = 1"


class Line(NamedTuple):
    """One line of the rollup: what one person drew on a day, in a channel, with a model."""

    workspace: str
    day: str
    person: str
    name: str  # as it was last seen in that workspace
    channel: str
    channel_name: str  # "" where no request has told it
    tier: str
    model: str
    figures: Totals


class Usage:
    """Questions about what was spent. Methods raise LedgerError where the ledger cannot serve."""

    _store: Store

    async def usage(self, where: UsageFilter, by: By | None) -> UsageReport:
        """Totals, and broken down dearest first."""
        return await self._store.read(lambda tx: usage(tx, where, by))

    async def usage_days(self, where: UsageFilter) -> list[tuple[str, str, int]]:
        """(day, tier, micro-dollars charged), for each that there was."""
        return await self._store.read(lambda tx: usage_days(tx, where))

    async def usage_lines(self, where: UsageFilter, take: Callable[[Iterator[Line]], T]) -> T:
        """What `take` makes of the lines, oldest first, at one moment. It is called off the event loop."""
        return await self._store.read(lambda tx: take(usage_lines(tx, where)))

    async def spent(self, first: float, last: float, calls: Calls) -> list[Spent]:
        """Closed jobs that were drawn from one instant to another (unix seconds), oldest first."""
        return await self._store.read(lambda tx: spent(tx, first, last, calls))


def usage(tx: Transaction, where: UsageFilter, by: By | None) -> UsageReport:
    condition, values = _condition(where, tuple(_CONDITIONS))
    total = tx.execute(_TOTAL % condition, values).fetchone()
    if by is None:
        return UsageReport(totals=_totals(total), by=None)
    rows = tx.execute(_BROKEN_DOWN.format(key=by) % condition, values).fetchall()
    names = _named_by(tx, where, by)
    broken_down = tuple((key, names.get(key, ""), _totals(figures)) for key, *figures in rows)
    return UsageReport(totals=_totals(total), by=by, rows=broken_down)


def usage_days(tx: Transaction, where: UsageFilter) -> list[tuple[str, str, int]]:
    condition, values = _condition(where, tuple(_CONDITIONS))
    return tx.execute(_DAYS % condition, values).fetchall()


def usage_lines(tx: Transaction, where: UsageFilter) -> Iterator[Line]:
    names = {(workspace, person): name for workspace, person, name in _names(tx, where)}
    places = _places(tx, where)
    condition, values = _condition(where, tuple(_CONDITIONS))
    for row in tx.execute(_LINES % condition, values):
        workspace, day, person, channel, tier, model, *figures = row
        name = names.get((workspace, person), "")
        called = places.get(channel, "")
        yield Line(workspace, day, person, name, channel, called, tier, model, _totals(figures))


def _named_by(tx: Transaction, where: UsageFilter, by: By) -> dict[str, str]:
    """Names of the keys that a report has when it is broken down by that."""
    if by == "channel":
        return _places(tx, where)
    return {person: name for _, person, name in _names(tx, where)} if by == "person" else {}


def _places(tx: Transaction, where: UsageFilter) -> dict[str, str]:
    condition, values = _condition(where, ("workspace",))
    return dict(tx.execute(_PLACES % condition, values).fetchall())


def _names(tx: Transaction, where: UsageFilter) -> list[tuple[str, str, str]]:
    """(workspace, person, name) of those who may be meant, the newest last."""
    condition, values = _condition(where, _OF_PEOPLE)
    return tx.execute(_NAMES % condition, values).fetchall()


def _condition(where: UsageFilter, names: tuple[str, ...]) -> tuple[str, list[str]]:
    given = {name: value for name in names if (value := getattr(where, name)) is not None}
    return " AND ".join(_CONDITIONS[name] for name in given) or _ALL, list(given.values())


def _totals(figures: Iterable[int]) -> Totals:
    return Totals(**dict(zip(_FIGURES, figures, strict=True)))
