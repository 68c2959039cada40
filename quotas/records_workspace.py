"""Records about a whole workspace: preferences, budget, alerts, and refused undoing."""

from dataclasses import dataclass
from typing import Literal

from quotas.records import Entry

AtEnd = Literal["stop", "cheaper"]


@dataclass(frozen=True, slots=True)
class CannotUndo:
    """The reason why an entry was not undone. `by`: the entry that undid it, or changed the same since."""

    why: Literal["unknown", "elsewhere", "undone", "changed", "not_undoable", "full"]
    by: Entry | None = None


@dataclass(frozen=True, slots=True)
class StyleRefused:
    """The reason why a style was not set or removed. `names`: of the workspace's styles."""

    why: Literal["unknown", "same", "full"]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The preferences of a workspace. None: not set."""

    language: str | None = None
    default_tier: str | None = None
    default_ratio: str | None = None
    default_variants: int | None = None
    alert_channel: str | None = None
    admin_channel: str | None = None
    at_end: AtEnd | None = None  # the action at the end of the month's budget; None: stop


@dataclass(frozen=True, slots=True)
class Forecast:
    """The likely sum of a month in micro-dollars, between `low` and `high` in four months of five."""

    low: int
    likely: int
    high: int
    ends_on: str | None  # the day at whose end the budget is likely to be spent; None: not this month


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """A workspace's budget of this month (YYYY-MM), in micro-dollars. `amount` None: no budget."""

    amount: int | None
    at_end: AtEnd
    month: str
    spent: int  # settled
    held: int  # reserved by open jobs
    forecast: Forecast | None  # None: too few days are known


@dataclass(frozen=True, slots=True)
class Alert:
    """A line of a month's budget was reached; for 100 %, the rest may be too small for a request."""

    workspace: str
    month: str  # YYYY-MM
    percent: int
    amount: int  # the budget, in micro-dollars
    spent: int  # micro-dollars, when the line was reached
