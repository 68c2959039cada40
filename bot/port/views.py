"""Views: pages that are asked for and never posted, for a person or for the operator.

Money is micro-dollars, times are seconds; sentences come ready-made, as in `bot.port.cards`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.port.cards import Button, Choice, Delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums over closed jobs, named as in every report. `beyond_micros`: billed beyond the charge."""

    jobs: int
    images: int
    charge_micros: int
    cost_micros: int
    uncertain_micros: int
    beyond_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """The spending, in total and broken down: (key, name, sums), dearest first."""

    totals: Sums
    by: str
    rows: tuple[tuple[str, str, Sums], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One allowance, block or pause that holds in a workspace: in words, and as options of `/quotas`.

    `whom`: the options that name its subject. `figures`: the options that would set it again, as typed.
    """

    who: str
    what: str
    until: str
    whom: Mapping[str, str]
    figures: Mapping[str, str] = field(default_factory=dict)
    taken_back_by: Literal["reset", "unblock", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a title; `title` and `columns` may be empty, and every row is as long as `columns`."""

    title: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier job, in words, with buttons to draw it again or share it."""

    prompt: str
    tier: str
    when: str
    paid: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A person's own page, on a platform that has one; never posted, so no `Card`.

    `past`: newest first. `settings`: the allowances set in this workspace, for admins; None for others.
    """

    title: str
    lines: tuple[str, ...]  # what was spent this month, when the allowance renews
    allowance: Table = Table()
    past_title: str = ""
    past: tuple[Past, ...] = ()
    settings: Table | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A request in the library: its gallery, without the sheet of a comparison.

    The card's buttons keep it or let it go, for whom it belongs to.
    `at`: unix seconds; `day`: YYYY-MM-DD in its workspace. `channel`: as people call it; "": unknown.
    `kept`: the collection that it is kept in; None: it is not kept.
    """

    card: Delivered
    at: float
    day: str
    channel: str
    kept: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """A page of the library, newest first.

    `count`: requests on all pages. `more`: asks for the next page as `Search.after`; "" on the last one.
    """

    found: tuple[Found, ...]
    count: int
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowings:
    """The values that a search of the library can be narrowed to."""

    tiers: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    channels: tuple[Choice, ...] = ()
    collections: tuple[str, ...] = ()
