"""`ledger.reports`: what a person may still draw, and what was drawn and what it cost.

Reports sum the rollup and read no jobs, but for the few whose cost is not proven: sums are over closed jobs,
on the days they were reserved for.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import NamedTuple, TypeVar

from quotas.records import Allowance, By, Defaults, Totals, UsageFilter, UsageReport
from quotas.reports.allowance import read_allowance
from quotas.reports.reconcile import Calls, JobCost
from quotas.store.store import Store
from quotas.store.transaction import Transaction

T = TypeVar("T")

_FIGURES = tuple(field.name for field in fields(Totals))
_SUMS = ", ".join(f"COALESCE(SUM({name}), 0)" for name in _FIGURES)
_TOTAL = f"SELECT {_SUMS} FROM rollup WHERE %s"
_BROKEN_DOWN = f"""SELECT {{key}}, {_SUMS} FROM rollup WHERE %s
  GROUP BY {{key}} ORDER BY SUM(charge_micros) DESC, SUM(cost_micros) DESC, {{key}}"""
_UNPROVEN = """SELECT COALESCE(SUM(uncertain_micros), 0) FROM jobs
  WHERE state = 'settled' AND uncertain_micros > 0 AND %s"""
_DAYS = "SELECT day, tier, SUM(charge_micros) FROM rollup WHERE %s GROUP BY day, tier"
_LINES = f"""SELECT workspace, day, person, channel, tier, model, {", ".join(_FIGURES)} FROM rollup
  WHERE %s ORDER BY day, workspace, person, channel, tier, model"""
_NAMES = "SELECT workspace, person, name FROM people WHERE %s ORDER BY seen_at"
_PLACES = "SELECT id, name FROM names WHERE %s"  # of channels, too; ids are a platform's own
_SPENT = """SELECT id, started_at, closed_at, model, images, cost_micros, uncertain_micros, outcome FROM jobs
  WHERE closed_at IS NOT NULL AND started_at BETWEEN ? AND ? ORDER BY started_at, id"""
_CONDITIONS = {
    "workspace": "workspace = ?",
    "person": "person = ?",
    "channel": "channel = ?",
    "first_day": "day >= ?",
    "last_day": "day <= ?",
}
_OF_PEOPLE = ("workspace", "person")  # the conditions that also narrow down people
_ALL = "1 = 1"


class Line(NamedTuple):
    """One line of the rollup: what one person drew on a day, in a channel, with a model."""

    workspace: str
    day: str
    person: str
    name: str  # as it was last seen in that workspace
    channel: str
    channel_name: str  # "": not known yet
    tier: str
    model: str
    figures: Totals


class Reports:
    """The reports of an open ledger. Methods raise LedgerError if the ledger cannot serve."""

    def __init__(
        self,
        store: Store,
        defaults: Defaults,
        clock: Callable[[], float],
        may_return: Callable[[str, str], bool],
        welcome: Callable[[Transaction, str, str, float], None],
    ) -> None:
        """`may_return`: True if a person of a workspace may have been forgotten. `welcome`: as for Jobs."""
        self._store = store
        self._defaults = defaults
        self._clock = clock
        self._may_return = may_return
        self._welcome = welcome

    async def allowance(self, workspace: str, person: str, roles: tuple[str, ...]) -> Allowance:
        """Return what a person may still draw now. The caps of a channel are not part of it."""
        now = self._clock()

        def read(tx: Transaction) -> Allowance:
            return read_allowance(tx, workspace, person, roles, self._defaults, now)

        def read_unless_back(tx: Transaction) -> Allowance | None:
            allowance = read(tx)
            # Asked after the snapshot was taken: a forgetting that it shows is known by then.
            return None if self._may_return(workspace, person) else allowance

        def read_of_returned(tx: Transaction) -> Allowance:
            self._welcome(tx, workspace, person, now)
            return read(tx)

        allowance = await self._store.read(read_unless_back)
        if allowance is not None:
            return allowance
        return await self._store.write(read_of_returned)

    async def usage(self, where: UsageFilter, by: By | None) -> UsageReport:
        """Return totals, and the same broken down by one dimension, dearest first."""
        condition, values = _condition(where, tuple(_CONDITIONS))

        def usage(tx: Transaction) -> UsageReport:
            total = _totals(tx.execute(_TOTAL % condition, values).fetchone())
            unproven = 0
            if total.uncertain_micros:
                (unproven,) = tx.execute(_UNPROVEN % condition, values).fetchone()
            if by is None:
                return UsageReport(totals=total, by=None, unproven_micros=unproven)
            rows = tx.execute(_BROKEN_DOWN.format(key=by) % condition, values).fetchall()
            names = _named_by(tx, where, by)
            broken_down = tuple((key, names.get(key, ""), _totals(figures)) for key, *figures in rows)
            return UsageReport(totals=total, by=by, unproven_micros=unproven, rows=broken_down)

        return await self._store.read(usage)

    async def usage_days(self, where: UsageFilter) -> list[tuple[str, str, int]]:
        """Return (day, tier, micro-dollars charged) of each day and tier with a job."""
        condition, values = _condition(where, tuple(_CONDITIONS))
        return await self._store.read(lambda tx: tx.execute(_DAYS % condition, values).fetchall())

    async def usage_lines(self, where: UsageFilter, take: Callable[[Iterator[Line]], T]) -> T:
        """Return the result of `take` over the lines, oldest first, all of one moment.

        `take` is called off the event loop.
        """
        return await self._store.read(lambda tx: take(_lines(tx, where)))

    async def job_costs(self, first: float, last: float, calls: Calls) -> list[JobCost]:
        """Return closed jobs that started between two instants (unix seconds), oldest first."""

        def job_costs(tx: Transaction) -> list[JobCost]:
            return [
                JobCost(
                    job=job,
                    began=began,
                    ended=ended,
                    model=model,
                    images=images,
                    cost_micros=cost,
                    uncertain_micros=uncertain,
                    calls=calls(outcome or "{}"),
                )
                for job, began, ended, model, images, cost, uncertain, outcome in tx.execute(
                    _SPENT, (first, last)
                )
            ]

        return await self._store.read(job_costs)


def _lines(tx: Transaction, where: UsageFilter) -> Iterator[Line]:
    names = {(workspace, person): name for workspace, person, name in _names(tx, where)}
    places = _places(tx, where)
    condition, values = _condition(where, tuple(_CONDITIONS))
    for row in tx.execute(_LINES % condition, values):
        workspace, day, person, channel, tier, model, *figures = row
        name = names.get((workspace, person), "")
        channel_name = places.get(channel, "")
        yield Line(workspace, day, person, name, channel, channel_name, tier, model, _totals(figures))


def _named_by(tx: Transaction, where: UsageFilter, by: By) -> dict[str, str]:
    """Return the names of a breakdown's keys."""
    if by == "channel":
        return _places(tx, where)
    return {person: name for _, person, name in _names(tx, where)} if by == "person" else {}


def _places(tx: Transaction, where: UsageFilter) -> dict[str, str]:
    condition, values = _condition(where, ("workspace",))
    return dict(tx.execute(_PLACES % condition, values).fetchall())


def _names(tx: Transaction, where: UsageFilter) -> list[tuple[str, str, str]]:
    """Return (workspace, person, name) of the people in a report, the newest last."""
    condition, values = _condition(where, _OF_PEOPLE)
    return tx.execute(_NAMES % condition, values).fetchall()


def _condition(where: UsageFilter, names: tuple[str, ...]) -> tuple[str, list[str]]:
    values = {name: value for name in names if (value := getattr(where, name)) is not None}
    return " AND ".join(_CONDITIONS[name] for name in values) or _ALL, list(values.values())


def _totals(figures: Iterable[int]) -> Totals:
    return Totals(**dict(zip(_FIGURES, figures, strict=True)))
