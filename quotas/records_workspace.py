"""The nouns of what concerns a whole workspace: what it prefers, its budget, and taking changes back."""

from dataclasses import dataclass
from typing import Literal

from quotas.records import Entry

AtEnd = Literal["stop", "cheaper"]


@dataclass(frozen=True, slots=True)
class CannotUndo:
    """Why an entry was not undone; `by`: the entry that undid it, or changed the same since."""

    why: Literal["unknown", "elsewhere", "undone", "changed", "not_undoable"]
    by: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a workspace prefers. None: not set."""

    language: str | None = None
    default_tier: str | None = None
    default_ratio: str | None = None
    default_variants: int | None = None
    alert_channel: str | None = None
    admin_channel: str | None = None
    at_end: AtEnd | None = None  # what happens when the month's budget has ended; None: stop


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a month will come to, in micro-dollars; `low` and `high` hold in four months of five."""

    low: int
    likely: int
    high: int
    ends_on: str | None  # the day on which the budget is likely to end; None: not in this month


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """A workspace's budget of this month (YYYY-MM), in micro-dollars. `amount` None: there is none."""

    amount: int | None
    at_end: AtEnd
    month: str
    spent: int  # settled
    held: int  # reserved by open jobs
    forecast: Forecast | None  # None: too few days to go by


@dataclass(frozen=True, slots=True)
class Alert:
    """So many percent of a month's budget were spent, or (100) what was left was too little for a request."""

    workspace: str
    month: str  # YYYY-MM
    percent: int
    amount: int  # the budget, in micro-dollars
    spent: int  # when it was noticed
